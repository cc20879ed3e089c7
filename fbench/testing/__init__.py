"""What other projects use in their tests: `fbench.testing.plugin`, the fakes as pytest fixtures."""
