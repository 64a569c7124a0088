"""Applications: each a family of tasks, a learner, and what makes it real."""
