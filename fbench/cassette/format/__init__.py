"""The files of recordings: interactions, their lines, heads and closings, in vcrpy's format."""
