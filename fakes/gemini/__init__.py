"""The fake Gemini Developer API: base models, with an API key. Nothing is tuned here."""
