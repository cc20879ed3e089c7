"""From grades to numbers: verdicts, summaries, comparisons, and the form of `results.json`."""
