"""The fake Cloud Storage: objects in buckets."""
