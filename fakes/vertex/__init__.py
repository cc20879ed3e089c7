"""The fake Vertex AI: tuning jobs, and the generation of content."""
