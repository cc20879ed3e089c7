"""What is done with recordings besides playing them: check, diff, stats, seal, clean."""
