"""The file format: the layout of interactions in a cassette, and reading and writing of its file."""
