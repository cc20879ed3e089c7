"""From an experiment to a summary: plan, train, ask, grade, summarise."""
