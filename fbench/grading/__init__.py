"""From answers to grades: graders, layers of grades over a run, judges, and files of answers."""
