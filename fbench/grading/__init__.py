"""From answers to grades: graders, layers of grades for a run, judges, and files of answers."""
