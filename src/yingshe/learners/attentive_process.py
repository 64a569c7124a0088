"""Attention over the observed pairs."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from yingshe.errors import UserError
from yingshe.learners._features import cos_sin
from yingshe.learners._layers import MLP, Dense, GatedMLP, rms_norm
from yingshe.learners._likelihood import (
    Likelihood,
    make_prediction,
    num_distribution_params,
    shift_mean,
)
from yingshe.learners.base import Learner, hyperparameters
from yingshe.pairs import Pairs
from yingshe.prediction import Prediction


class AttentiveProcessState(NamedTuple):
    """Last `capacity` pairs with their keys and values: pair i is in row i mod capacity."""

    x: Float[Array, "capacity x_dim"]
    y: Float[Array, "capacity y_dim"]
    keys: Float[Array, "layers capacity embed_dim"]
    values: Float[Array, "layers capacity embed_dim"]
    retrieval_keys: Float[Array, "capacity embed_dim"]
    num_pairs: Int[Array, ""]
    """Number of pairs observed."""


class AttentiveProcess(Learner):
    """Attentive neural process: queries attend to the observed pairs, then a local linear model.

    Each pair is encoded as one token. In every layer, the query's token attends to those of the
    pairs. With h the resulting token and α its attention to the pairs in a last retrieval,

        f(x) = Σ_i α_i (y_i + B(h) (x - x_i)) + c(h),

    a linear interpolation between observed outputs with learned slopes B and correction c. Close to
    an observed input, its y is nearly copied. A learned null token stands in before any pair.

    The state holds the last `capacity` pairs; older ones are forgotten.

    References:
        Kim et al., Attentive Neural Processes, 2019, section 3.
        Vaswani et al., Attention Is All You Need, 2017, section 3.2.
        Vinyals et al., Matching Networks, 2016, section 2.1.
        Atkeson, Moore & Schaal, Locally Weighted Learning, 1997, section 3 (the local model).
    """

    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)
    likelihood: Likelihood = eqx.field(static=True)
    embed_dim: int = eqx.field(static=True)
    layers: int = eqx.field(static=True)
    heads: int = eqx.field(static=True)
    num_frequencies: int = eqx.field(static=True)
    capacity: int = eqx.field(static=True)

    pair: MLP
    input: MLP
    blocks: tuple["_Block", ...]
    from_input: Dense
    from_pair: Dense
    slopes: Dense
    correction: Dense
    null: Float[Array, " embed_dim"]
    null_y: Float[Array, " y_dim"]

    def __init__(
        self,
        x_dim: int,
        y_dim: int,
        *,
        likelihood: Likelihood = "gaussian",
        embed_dim: int = 96,
        layers: int = 2,
        heads: int = 4,
        num_frequencies: int = 4,
        capacity: int = 256,
        key: PRNGKeyArray,
    ):
        """Draw the initial parameters.

        Args:
            x_dim: Number of inputs.
            y_dim: Number of outputs, or of classes.
            likelihood: "gaussian", "gaussian_mixture", "point" or "categorical".
            embed_dim: Width of a token.
            layers: Number of attention layers.
            heads: Attention heads per layer; they divide embed_dim.
            num_frequencies: Number of frequencies of the Fourier features of each input: 1, 2, 4, …
                radians per unit.
            capacity: Number of pairs remembered.
            key: PRNG key for the initial parameters.

        Raises:
            UserError: If the likelihood is unknown, or heads do not divide embed_dim.
        """
        if embed_dim % heads:
            raise UserError(f"embed_dim = {embed_dim} must be divisible by heads = {heads}.")
        self.x_dim, self.y_dim, self.likelihood = x_dim, y_dim, likelihood
        self.embed_dim, self.layers, self.heads = embed_dim, layers, heads
        self.num_frequencies, self.capacity = num_frequencies, capacity
        width, hidden = x_dim * (1 + 2 * num_frequencies), 2 * embed_dim
        keys = jax.random.split(key, 8 + layers)
        self.pair = MLP(
            Dense(width + y_dim, hidden, key=keys[0]), Dense(hidden, embed_dim, key=keys[1])
        )
        self.input = MLP(Dense(width, hidden, key=keys[2]), Dense(hidden, embed_dim, key=keys[3]))
        self.blocks = tuple(_Block(embed_dim, heads, key=k) for k in keys[8:])
        self.from_input = Dense(embed_dim, embed_dim, key=keys[4])
        self.from_pair = Dense(embed_dim, embed_dim, key=keys[5])
        self.slopes = Dense(embed_dim, y_dim * x_dim, scale=0.1, key=keys[6])
        raw_width = num_distribution_params(likelihood, y_dim)
        self.correction = Dense(embed_dim, raw_width, scale=0.1, key=keys[7])
        self.null = jnp.zeros(embed_dim)
        self.null_y = jnp.zeros(y_dim)

    def with_capacity(self, capacity: int) -> "AttentiveProcess":
        """Return the same learner with another capacity; no parameter depends on it.

        Args:
            capacity: Number of pairs remembered.

        Returns:
            Learner with the same parameters.
        """
        fresh = AttentiveProcess(
            **{**hyperparameters(self), "capacity": capacity}, key=jax.random.key(0)
        )
        arrays = jax.tree.leaves(eqx.filter(self, eqx.is_array))
        structure = jax.tree.structure(eqx.filter(fresh, eqx.is_array))
        return eqx.combine(jax.tree.unflatten(structure, arrays), fresh)

    def init_state(self) -> AttentiveProcessState:
        n = self.capacity
        per_layer = jnp.zeros((self.layers, n, self.embed_dim))
        return AttentiveProcessState(
            jnp.zeros((n, self.x_dim)),
            jnp.zeros((n, self.y_dim)),
            per_layer,
            per_layer,
            jnp.zeros((n, self.embed_dim)),
            jnp.zeros((), int),
        )

    def observe(
        self, state: AttentiveProcessState, x: Float[Array, " x_dim"], y: Float[Array, " y_dim"]
    ) -> AttentiveProcessState:
        return self.observe_batch(state, Pairs(x[None], y[None], jnp.ones(1, bool)))

    def observe_batch(self, state: AttentiveProcessState, pairs: Pairs) -> AttentiveProcessState:
        """Return the state after all real pairs, equal to that of `observe` for each in order.

        Args:
            state: State before the pairs.
            pairs: n pairs of one task; padding changes nothing.

        Returns:
            State with the last `capacity` pairs.
        """
        order = jnp.cumsum(pairs.mask)
        last = pairs.mask & (order > order[-1] - self.capacity)
        # Rows beyond the memory are dropped by the scatter.
        row = jnp.where(last, (state.num_pairs + order - 1) % self.capacity, self.capacity)
        keys, values, retrieval_keys = self._encode_context(pairs.x, pairs.y)
        return AttentiveProcessState(
            state.x.at[row].set(pairs.x, mode="drop"),
            state.y.at[row].set(pairs.y, mode="drop"),
            state.keys.at[:, row].set(keys, mode="drop"),
            state.values.at[:, row].set(values, mode="drop"),
            state.retrieval_keys.at[row].set(retrieval_keys, mode="drop"),
            state.num_pairs + order[-1],
        )

    def predict(self, state: AttentiveProcessState, x: Float[Array, " x_dim"]) -> Prediction:
        attention_mask = jnp.arange(self.capacity) < state.num_pairs
        return jax.tree.map(
            lambda leaf: leaf[0], self._decode(state, attention_mask[None], x[None])
        )

    def prequential(self, pairs: Pairs) -> Prediction:
        order = jnp.cumsum(pairs.mask)
        before = (order - pairs.mask)[:, None]  # pairs observed before each query
        attention_mask = pairs.mask & (order <= before) & (order > before - self.capacity)
        memory = AttentiveProcessState(
            pairs.x, pairs.y, *self._encode_context(pairs.x, pairs.y), order[-1]
        )
        return self._decode(memory, attention_mask, pairs.x)

    def _decode(
        self,
        memory: AttentiveProcessState,
        attention_mask: Bool[Array, "n m"],
        x: Float[Array, "n x_dim"],
    ) -> Prediction:
        """Return predictions at n inputs, each from the pairs of the memory in its mask."""
        tokens = self.input(self._fourier_features(x))
        for block, keys, values in zip(self.blocks, memory.keys, memory.values, strict=True):
            tokens = block(tokens, keys, values, attention_mask)
        normed = rms_norm(tokens)
        null_key = self.from_pair(rms_norm(self.null))[None]
        keys = jnp.concatenate([memory.retrieval_keys, null_key])
        scores = self.from_input(normed) @ keys.T / jnp.sqrt(self.embed_dim)  # (n, m + 1)
        allowed = jnp.concatenate([attention_mask, jnp.ones((len(x), 1), bool)], axis=1)
        weights = jax.nn.softmax(jnp.where(allowed, scores, -jnp.inf), axis=1)
        pair_weights = jnp.where(attention_mask, weights[:, :-1], 0.0)
        y = pair_weights @ memory.y + weights[:, -1:] * self.null_y
        # Σ_i α_i (x - x_i)
        offset = jnp.sum(pair_weights, axis=1, keepdims=True) * x - pair_weights @ memory.x
        slopes = self.slopes(normed).reshape(-1, self.y_dim, self.x_dim)
        local = y + jnp.einsum("nyx,nx->ny", slopes, offset)
        raw = shift_mean(self.likelihood, self.correction(normed), local)
        return make_prediction(self.likelihood, raw, self.y_dim)

    def _encode_context(self, x: Float[Array, "n x_dim"], y: Float[Array, "n y_dim"]):
        """Return keys and values of n pairs for each layer, and keys of the last retrieval."""
        tokens = self.pair(jnp.concatenate([self._fourier_features(x), y], axis=1))
        normed = rms_norm(tokens)
        keys = jnp.stack([block.keys(normed) for block in self.blocks])
        values = jnp.stack([block.values(normed) for block in self.blocks])
        return keys, values, self.from_pair(normed)

    def _fourier_features(self, x: Float[Array, "n x_dim"]) -> Float[Array, "n width"]:
        """Return x, and its sines and cosines at 1, 2, 4, … radians per unit."""
        octaves = [2.0**octave * x for octave in range(self.num_frequencies)]
        if not octaves:
            return x
        cos, sin = cos_sin(jnp.concatenate(octaves, axis=1))
        return jnp.concatenate([x, sin, cos], axis=1)


class _Block(eqx.Module):
    """Cross-attention of queries to pairs, and a gated layer."""

    queries: Dense
    keys: Dense
    values: Dense
    out: Dense
    mlp: GatedMLP
    null_key: Float[Array, " embed_dim"]
    null_value: Float[Array, " embed_dim"]
    heads: int = eqx.field(static=True)

    def __init__(self, embed_dim: int, heads: int, *, key: PRNGKeyArray):
        q_key, k_key, v_key, o_key, m_key = jax.random.split(key, 5)
        self.queries = Dense(embed_dim, embed_dim, key=q_key)
        self.keys = Dense(embed_dim, embed_dim, key=k_key)
        self.values = Dense(embed_dim, embed_dim, key=v_key)
        self.out = Dense(embed_dim, embed_dim, scale=0.5, key=o_key)
        self.mlp = GatedMLP(embed_dim, 2 * embed_dim, key=m_key)
        self.null_key, self.null_value = jnp.zeros(embed_dim), jnp.zeros(embed_dim)
        self.heads = heads

    def __call__(
        self,
        tokens: Float[Array, "n embed_dim"],
        keys: Float[Array, "m embed_dim"],
        values: Float[Array, "m embed_dim"],
        attention_mask: Bool[Array, "n m"],
    ) -> Float[Array, "n embed_dim"]:
        def split_heads(rows: Float[Array, "k embed_dim"]) -> Float[Array, "k heads head_dim"]:
            return rows.reshape(len(rows), self.heads, -1)

        queries = split_heads(self.queries(rms_norm(tokens)))
        keys = split_heads(jnp.concatenate([keys, self.null_key[None]]))
        values = split_heads(jnp.concatenate([values, self.null_value[None]]))
        scores = jnp.einsum("nhc,mhc->hnm", queries, keys) / jnp.sqrt(queries.shape[-1])
        allowed = jnp.concatenate([attention_mask, jnp.ones((len(tokens), 1), bool)], axis=1)
        weights = jax.nn.softmax(jnp.where(allowed, scores, -jnp.inf), axis=-1)
        attended = jnp.einsum("hnm,mhc->nhc", weights, values).reshape(len(tokens), -1)
        return self.mlp(tokens + self.out(attended))
