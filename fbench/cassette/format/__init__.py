"""The file format: how interactions stand in a cassette, and how its file is read and written."""
