"""What GRU and LSTM share: a network that reads pairs through a cell and answers beside it."""

import math
from collections.abc import Callable
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from yingshe.learners._layers import Dense
from yingshe.learners._likelihood import Output, make_prediction, num_distribution_params
from yingshe.learners.base import Learner
from yingshe.pairs import Pairs
from yingshe.prediction import Prediction

Hidden = tuple[Float[Array, "*batch hidden"], ...]
"""The parts of a cell's state; the first, h, is what weights read."""

Gates = tuple[Float[Array, "*batch hidden"], ...]
"""Pre-activations, each an array of its own: XLA for CPU makes slow scalar code of a loop over
slices of one wide array (a GRU's elementwise part 35 ms so, 4 ms apart)."""

Cell = Callable[[Hidden, Gates], Hidden]
"""(state, pre-activations) -> state. Elementwise."""


class Gate(eqx.Module):
    """One pre-activation of a cell: a linear map of the token, of h, or the sum of both."""

    from_token: Float[Array, "token hidden"] | None
    from_h: Float[Array, "hidden hidden"] | None

    def __init__(self, reads: str, bias: float, token: int, hidden: int, *, key: PRNGKeyArray):
        """`reads` is "token", "h" or "both". A token ends with a 1: the row there is the bias."""
        token_key, h_key = jax.random.split(key)
        rows = jax.random.normal(token_key, (token - 1, hidden)) / math.sqrt(token - 1)
        rows = jnp.concatenate([rows, jnp.full((1, hidden), bias)])
        self.from_token = None if reads == "h" else rows
        self.from_h = None if reads == "token" else jax.random.orthogonal(h_key, hidden)

    def __call__(
        self, h: Float[Array, " hidden"], token: Float[Array, " token"]
    ) -> Float[Array, " hidden"]:
        answer = jnp.zeros(h.shape[-1])
        if self.from_h is not None:
            answer += h @ self.from_h
        if self.from_token is not None:
            answer += token @ self.from_token
        return answer


class RecurrentNetwork(eqx.Module):
    """Pairs through a hidden layer into a cell; y from h and x by a network of two hidden layers.

    The layer that reads pairs and the network that answers run outside the scan: one matrix product
    a layer for all pairs. The tokens' product with the gates' weights runs inside, beside that of
    h: it is as fast there, and a step takes 0.85 of the time, as less waits in memory.
    """

    embed: Dense
    gates: tuple[Gate, ...]
    start: Hidden
    query: Dense
    from_query: Dense
    from_h: Dense
    mix: Dense
    out: Dense
    cell: Cell = eqx.field(static=True)

    def __init__(
        self,
        cell: Cell,
        gates: tuple[tuple[str, float], ...],
        parts: int,
        x_dim: int,
        y_dim: int,
        hidden: int,
        width: int,
        *,
        key: PRNGKeyArray,
    ):
        """`gates` are what each pre-activation reads, and its first bias.

        The cell's state is `parts` vectors of `hidden` numbers; an answer is `width` raw numbers.
        """
        embed_key, gate_key, query_key, q_key, h_key, mix_key, out_key = jax.random.split(key, 7)
        token = hidden + x_dim + y_dim + 1
        self.embed = _spread(Dense(x_dim + y_dim, hidden, key=embed_key))
        self.gates = tuple(
            Gate(reads, bias, token, hidden, key=one_key)
            for (reads, bias), one_key in zip(
                gates, jax.random.split(gate_key, len(gates)), strict=True
            )
        )
        self.start = (jnp.zeros(hidden),) * parts
        self.query = _spread(Dense(x_dim, hidden, key=query_key))
        self.from_query = Dense(hidden, hidden, key=q_key)
        self.from_h = Dense(hidden, hidden, key=h_key)
        self.mix = Dense(hidden, hidden, key=mix_key)
        self.out = Dense(hidden, width, scale=0.1, key=out_key)
        self.cell = cell

    def read(self, state: Hidden, x: Float[Array, " x_dim"], y: Float[Array, " y_dim"]) -> Hidden:
        """The state after one more pair."""
        return self._advance(state, self._token(x, y), jnp.array(True))

    def states_before(self, pairs: Pairs) -> Hidden:
        """The states before each pair, stacked along the pairs; padding is not read."""
        tokens = self._token(_time_first(pairs.x), _time_first(pairs.y))

        def step(state, pair):
            return self._advance(state, *pair), state

        return jax.lax.scan(step, self.start, (tokens, pairs.mask))[1]

    def answer(
        self, h: Float[Array, "*n hidden"], x: Float[Array, "*n x_dim"]
    ) -> Float[Array, "*n width"]:
        """The raw numbers of a prediction at x, given h."""
        features = jax.nn.silu(self.query(x))
        both = jax.nn.silu(self.from_h(h) + self.from_query(features))
        return self.out(jax.nn.silu(self.mix(both)))

    def _token(
        self, x: Float[Array, "*n x_dim"], y: Float[Array, "*n y_dim"]
    ) -> Float[Array, "*n token"]:
        pair = jnp.concatenate([x, y], axis=-1)
        embedded = jax.nn.silu(self.embed(pair))
        return jnp.concatenate([embedded, pair, jnp.ones_like(pair[..., :1])], axis=-1)

    def _advance(self, state: Hidden, token: Float[Array, " token"], real: Bool[Array, ""]):
        # On the way back activations are cheaper to compute again than to read from memory.
        @jax.checkpoint
        def advance(state, gates):
            new = self.cell(state, gates)
            return jax.tree.map(lambda a, b: jnp.where(real, a, b), new, state)

        return advance(state, tuple(gate(state[0], token) for gate in self.gates))


class RecurrentLearner(Learner):
    """A learner default_variants a recurrent network; a subclass says by what cell."""

    cell: ClassVar[Cell]
    gates: ClassVar[tuple[tuple[str, float], ...]]
    """What each of the cell's pre-activations reads, and its first bias."""
    parts: ClassVar[int]
    """Vectors in the cell's state."""

    network: RecurrentNetwork
    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)
    likelihood: Output = eqx.field(static=True)
    hidden: int = eqx.field(static=True)

    def __init__(
        self,
        x_dim: int,
        y_dim: int,
        *,
        likelihood: Output = "gaussian",
        hidden: int = 128,
        key: PRNGKeyArray,
    ):
        """Draw the initial parameters. Raises UserError for an unknown likelihood.

        Args:
            x_dim: number of inputs.
            y_dim: number of outputs, or of classes.
            likelihood: "gaussian", "gaussian_mixture", "point" or "categorical".
            hidden: width of the state, and of every layer default_variants the cell.
            key: for the initial parameters.

        """
        self.x_dim, self.y_dim, self.likelihood, self.hidden = x_dim, y_dim, likelihood, hidden
        width = num_distribution_params(likelihood, y_dim)
        kind = type(self)
        self.network = RecurrentNetwork(
            kind.cell, kind.gates, kind.parts, x_dim, y_dim, hidden, width, key=key
        )

    def init_state(self) -> Hidden:
        return self.network.start

    def observe(
        self, state: Hidden, x: Float[Array, " x_dim"], y: Float[Array, " y_dim"]
    ) -> Hidden:
        return self.network.read(state, x, y)

    def predict(self, state: Hidden, x: Float[Array, " x_dim"]) -> Prediction:
        return make_prediction(self.likelihood, self.network.answer(state[0], x), self.y_dim)

    def prequential(self, pairs: Pairs) -> Prediction:
        h, *_ = self.network.states_before(pairs)
        return make_prediction(self.likelihood, self.network.answer(h, pairs.x), self.y_dim)


def _spread(layer: Dense) -> Dense:
    """The same layer with its biases spread out, so that its units bend at different inputs."""
    bias = jnp.linspace(-2.0, 2.0, layer.bias.shape[0])
    return eqx.tree_at(lambda dense: dense.bias, layer, bias)


def _time_first(rows: Float[Array, "n columns"]) -> Float[Array, "n columns"]:
    """`rows` unchanged. Under vmap a scan's results have the time axis before the task axis, as the
    next scan wants them: better turned here than as wide tokens.
    """
    return jax.lax.scan(lambda _, row: (None, row), None, rows)[1]
