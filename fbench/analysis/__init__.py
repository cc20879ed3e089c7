"""From grades to numbers: verdicts, summaries, comparisons, and the format of `results.json`."""
