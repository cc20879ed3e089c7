"""Facts and questions: the released FineTuneBench files, generated ones, and a user's own."""
