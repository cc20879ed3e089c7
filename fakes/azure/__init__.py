"""Azure OpenAI: OpenAI's wire for files, jobs and questions, and Azure's own for deployments."""
