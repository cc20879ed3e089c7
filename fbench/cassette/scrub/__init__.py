"""Secrets are replaced before anything is kept."""
