"""Scrubbing: what counts as a secret, and how it is replaced before anything is stored."""
