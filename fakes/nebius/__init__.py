"""Nebius Token Factory: OpenAI's wire with jobs of its own kind, and custom models that are deployed."""
