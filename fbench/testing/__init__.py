"""What other projects use in their tests.

`fbench.testing.plugin` has the fakes as pytest fixtures, `fbench.testing.strategies` answers for hypothesis.
"""
