"""From an experiment to a summary: plan, train, ask, grade, sum up."""
