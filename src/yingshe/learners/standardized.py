"""A learner that is spoken to in the user's units and works in standardised ones."""

import equinox as eqx

from yingshe.learners.base import Learner, observe_all
from yingshe.pairs import Pairs
from yingshe.standardizer import Standardizer


class StandardizedLearner(Learner):
    """Wraps `inner`: inputs and outputs are standardised on the way in, predictions undone on the
    way out. Training on recorded tasks makes one; its loss is that of `inner`.
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

    def read(self, state, pairs: Pairs):
        return observe_all(self.inner, state, self.standardizer.transform(pairs))

    def predict(self, state, x):
        return self.standardizer.inverse_transform(
            self.inner.predict(state, self.standardizer.transform_x(x))
        )

    def prequential(self, pairs: Pairs):
        return self.standardizer.inverse_transform(
            self.inner.prequential(self.standardizer.transform(pairs))
        )
