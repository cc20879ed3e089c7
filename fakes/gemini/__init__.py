"""The fake Gemini Developer API: base models, with an API key. It does not tune models."""
