"""Recurrent network shared by GRU and LSTM."""

import math
from collections.abc import Callable
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from yingshe.learners._layers import Dense
from yingshe.learners._likelihood import Likelihood, make_prediction, num_distribution_params
from yingshe.learners.base import Learner
from yingshe.pairs import Pairs
from yingshe.prediction import Prediction

Carry = tuple[Float[Array, "*batch hidden"], ...]
"""State vectors of a cell; the first, h, enters the matrix products."""

Gates = tuple[Float[Array, "*batch hidden"], ...]
"""Pre-activations, one array for each gate. XLA for CPU compiles a loop over slices of one wide
array to slow scalar code: the elementwise part of a GRU took 35 ms instead of 4 ms."""

Cell = Callable[[Carry, Gates], Carry]
"""Elementwise function (state, pre-activations) -> state."""


class Gate(eqx.Module):
    """Pre-activation of a cell: a linear map of the token, of h, or the sum of both."""

    from_token: Float[Array, "token hidden"] | None
    from_h: Float[Array, "hidden hidden"] | None

    def __init__(self, source: str, bias: float, token: int, hidden: int, *, key: PRNGKeyArray):
        """Draw the initial parameters.

        Args:
            source: "token", "h" or "both".
            bias: Initial bias.
            token: Width of a token. It ends with a 1, whose row of weights is the bias.
            hidden: Width of the state.
            key: PRNG key.
        """
        token_key, h_key = jax.random.split(key)
        rows = jax.random.normal(token_key, (token - 1, hidden)) / math.sqrt(token - 1)
        rows = jnp.concatenate([rows, jnp.full((1, hidden), bias)])
        self.from_token = None if source == "h" else rows
        self.from_h = None if source == "token" else jax.random.orthogonal(h_key, hidden)

    def __call__(
        self, h: Float[Array, " hidden"], token: Float[Array, " token"]
    ) -> Float[Array, " hidden"]:
        total = jnp.zeros(h.shape[-1])
        if self.from_h is not None:
            total += h @ self.from_h
        if self.from_token is not None:
            total += token @ self.from_token
        return total


class RecurrentNetwork(eqx.Module):
    """Network with a hidden layer before a recurrent cell and two hidden layers after it.

    The layers before and after the cell run outside the scan, as one matrix product for all pairs.
    The product of tokens and gate weights runs inside, together with that of h. It is as fast there
    and needs less memory, so that a step takes 0.85 of the time.
    """

    embed: Dense
    gates: tuple[Gate, ...]
    init_carry: Carry
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
        num_state_vectors: int,
        x_dim: int,
        y_dim: int,
        hidden: int,
        width: int,
        *,
        key: PRNGKeyArray,
    ):
        """Draw the initial parameters.

        Args:
            cell: Recurrent cell.
            gates: Source and initial bias of each pre-activation.
            num_state_vectors: Vectors of `hidden` numbers in the cell's state.
            x_dim: Number of inputs.
            y_dim: Number of outputs, or of classes.
            hidden: Width of the state and of every layer.
            width: Raw numbers per prediction.
            key: PRNG key.
        """
        embed_key, gates_key, query_key, q_key, h_key, mix_key, out_key = jax.random.split(key, 7)
        token = hidden + x_dim + y_dim + 1
        self.embed = _spread_bias(Dense(x_dim + y_dim, hidden, key=embed_key))
        self.gates = tuple(
            Gate(source, bias, token, hidden, key=gate_key)
            for (source, bias), gate_key in zip(
                gates, jax.random.split(gates_key, len(gates)), strict=True
            )
        )
        self.init_carry = (jnp.zeros(hidden),) * num_state_vectors
        self.query = _spread_bias(Dense(x_dim, hidden, key=query_key))
        self.from_query = Dense(hidden, hidden, key=q_key)
        self.from_h = Dense(hidden, hidden, key=h_key)
        self.mix = Dense(hidden, hidden, key=mix_key)
        self.out = Dense(hidden, width, scale=0.1, key=out_key)
        self.cell = cell

    def observe(self, state: Carry, x: Float[Array, " x_dim"], y: Float[Array, " y_dim"]) -> Carry:
        """Return the state after one more pair."""
        return self._advance(state, self._token(x, y), jnp.array(True))

    def states_before(self, pairs: Pairs) -> Carry:
        """Return the states before each pair, stacked along the pairs; padding changes no state."""
        tokens = self._token(_time_first(pairs.x), _time_first(pairs.y))

        def step(state, pair):
            return self._advance(state, *pair), state

        return jax.lax.scan(step, self.init_carry, (tokens, pairs.mask))[1]

    def predict(
        self, h: Float[Array, "*n hidden"], x: Float[Array, "*n x_dim"]
    ) -> Float[Array, "*n width"]:
        """Return the raw numbers of a prediction at x, given h."""
        features = jax.nn.silu(self.query(x))
        both = jax.nn.silu(self.from_h(h) + self.from_query(features))
        return self.out(jax.nn.silu(self.mix(both)))

    def _token(
        self, x: Float[Array, "*n x_dim"], y: Float[Array, "*n y_dim"]
    ) -> Float[Array, "*n token"]:
        pair = jnp.concatenate([x, y], axis=-1)
        embedded = jax.nn.silu(self.embed(pair))
        return jnp.concatenate([embedded, pair, jnp.ones_like(pair[..., :1])], axis=-1)

    def _advance(self, state: Carry, token: Float[Array, " token"], real: Bool[Array, ""]):
        # In the backward pass activations are cheaper to recompute than to read from memory.
        @jax.checkpoint
        def advance(state, gates):
            new = self.cell(state, gates)
            return jax.tree.map(lambda a, b: jnp.where(real, a, b), new, state)

        return advance(state, tuple(gate(state[0], token) for gate in self.gates))


class RecurrentLearner(Learner):
    """Learner around a recurrent network; a subclass names the cell."""

    cell: ClassVar[Cell]
    gates: ClassVar[tuple[tuple[str, float], ...]]
    """Source and initial bias of each of the cell's pre-activations."""
    num_state_vectors: ClassVar[int]
    """Number of vectors in the cell's state."""

    network: RecurrentNetwork
    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)
    likelihood: Likelihood = eqx.field(static=True)
    hidden: int = eqx.field(static=True)

    def __init__(
        self,
        x_dim: int,
        y_dim: int,
        *,
        likelihood: Likelihood = "gaussian",
        hidden: int = 128,
        key: PRNGKeyArray,
    ):
        """Draw the initial parameters.

        Args:
            x_dim: Number of inputs.
            y_dim: Number of outputs, or of classes.
            likelihood: "gaussian", "gaussian_mixture", "point" or "categorical".
            hidden: Width of the state, and of every layer around the cell.
            key: PRNG key for the initial parameters.

        Raises:
            UserError: If the likelihood is unknown.
        """
        self.x_dim, self.y_dim, self.likelihood, self.hidden = x_dim, y_dim, likelihood, hidden
        width = num_distribution_params(likelihood, y_dim)
        kind = type(self)
        self.network = RecurrentNetwork(
            kind.cell, kind.gates, kind.num_state_vectors, x_dim, y_dim, hidden, width, key=key
        )

    def init_state(self) -> Carry:
        return self.network.init_carry

    def observe(self, state: Carry, x: Float[Array, " x_dim"], y: Float[Array, " y_dim"]) -> Carry:
        return self.network.observe(state, x, y)

    def predict(self, state: Carry, x: Float[Array, " x_dim"]) -> Prediction:
        return make_prediction(self.likelihood, self.network.predict(state[0], x), self.y_dim)

    def prequential(self, pairs: Pairs) -> Prediction:
        h, *_ = self.network.states_before(pairs)
        return make_prediction(self.likelihood, self.network.predict(h, pairs.x), self.y_dim)


def _spread_bias(layer: Dense) -> Dense:
    """Return the same layer with evenly spread biases, so that its units have different kinks."""
    bias = jnp.linspace(-2.0, 2.0, layer.bias.shape[0])
    return eqx.tree_at(lambda dense: dense.bias, layer, bias)


def _time_first(rows: Float[Array, "n columns"]) -> Float[Array, "n columns"]:
    """Return `rows` unchanged, in the memory layout that is fastest for a scan under vmap.

    A scan's results have the time axis before the task axis. Transposing narrow rows here is
    cheaper than transposing wide tokens later.
    """
    return jax.lax.scan(lambda _, row: (None, row), None, rows)[1]
