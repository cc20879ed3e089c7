"""The commands of `fbench cassette`: check, clean (scrub, convert), diff, merge, seal, stats."""
