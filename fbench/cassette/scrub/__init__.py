"""Scrubbing: what is a secret, and how it is replaced before anything is kept."""
