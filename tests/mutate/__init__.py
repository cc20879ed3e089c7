"""Mutation testing: do the tests notice small faults? `python -m tests.mutate stats`."""
