"""A small language model in NumPy that is really trained: `fakes.learners.tiny.learner.TinyLearner`."""
