"""Tools for the tests of other projects.

`fbench.testing.plugin` has the fakes as pytest fixtures, `fbench.testing.strategies` answers for hypothesis.
"""
