"""A learner that is spoken to in the user's units and works in standardised ones."""

import equinox as eqx

from yingshe.learners.base import Learner, read_pairs
from yingshe.pairs import Pairs
from yingshe.scaling import Scaling


class Standardised(Learner):
    """Wraps `inner`: inputs and outputs are standardised on the way in, predictions undone on the
    way out. Training on recorded tasks makes one; its loss is that of `inner`.
    """

    inner: Learner
    scaling: Scaling
    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)
    output: str = eqx.field(static=True)

    def __init__(self, inner: Learner, scaling: Scaling):
        self.inner, self.scaling = inner, scaling
        self.x_dim, self.y_dim, self.output = inner.x_dim, inner.y_dim, inner.output

    def init_state(self):
        return self.inner.init_state()

    def observe(self, state, x, y):
        return self.inner.observe(state, self.scaling.x_in(x), self.scaling.y_in(y))

    def read(self, state, pairs: Pairs):
        return read_pairs(self.inner, state, self.scaling.pairs_in(pairs))

    def predict(self, state, x):
        return self.scaling.prediction_out(self.inner.predict(state, self.scaling.x_in(x)))

    def prequential(self, pairs: Pairs):
        return self.scaling.prediction_out(self.inner.prequential(self.scaling.pairs_in(pairs)))
