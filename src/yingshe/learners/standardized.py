"""Wrapper that standardizes inputs and outputs and maps predictions back."""

import equinox as eqx

from yingshe.learners.base import Learner, observe_all
from yingshe.pairs import Pairs
from yingshe.standardizer import Standardizer


class StandardizedLearner(Learner):
    """Learner that works in the user's units around one that works in standardized units.

    Training on recorded tasks makes one; its loss is that of `inner`.

    Args:
        inner: Learner in standardized units.
        standardizer: Shift and scale of every input and output.
    """

    inner: Learner
    standardizer: Standardizer
    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)
    likelihood: str = eqx.field(static=True)

    def __init__(self, inner: Learner, standardizer: Standardizer):
        self.inner, self.standardizer = inner, standardizer
        self.x_dim, self.y_dim, self.likelihood = inner.x_dim, inner.y_dim, inner.likelihood

    def init_state(self):
        return self.inner.init_state()

    def observe(self, state, x, y):
        return self.inner.observe(
            state, self.standardizer.transform_x(x), self.standardizer.transform_y(y)
        )

    def observe_batch(self, state, pairs: Pairs):
        return observe_all(self.inner, state, self.standardizer.transform(pairs))

    def predict(self, state, x):
        return self.standardizer.inverse_transform(
            self.inner.predict(state, self.standardizer.transform_x(x))
        )

    def prequential(self, pairs: Pairs):
        return self.standardizer.inverse_transform(
            self.inner.prequential(self.standardizer.transform(pairs))
        )
