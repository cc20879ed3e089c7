"""The fake OpenAI: files, fine-tuning jobs, models, chat."""
