"""The commands of `fbench cassette`: check, clean, diff, seal, stats."""
