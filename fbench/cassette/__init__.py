"""Recordings: vcrpy's files with an index, behind a transport that wraps any other."""
