"""A network that looks up the pairs it has read."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from yingshe.errors import UserError
from yingshe.learners._layers import Dense, GatedMLP, rms_norm
from yingshe.learners._likelihood import Output, make_prediction, move, num_distribution_params
from yingshe.learners.base import Learner, hyperparameters
from yingshe.pairs import Pairs
from yingshe.prediction import Prediction


class AttentiveProcessState(NamedTuple):
    """The last `capacity` pairs, and how each layer sees them: pair i is in row i mod capacity."""

    x: Float[Array, "capacity x_dim"]
    y: Float[Array, "capacity y_dim"]
    keys: Float[Array, "layers capacity embed_dim"]
    values: Float[Array, "layers capacity embed_dim"]
    retrieval_keys: Float[Array, "capacity embed_dim"]
    reads: Int[Array, ""]


class AttentiveProcess(Learner):
    """Softmax attention from an input to the pairs read, several times over; then a local model.

    A pair becomes a token by itself; the input's token attends to those of the pairs, layer after
    layer. With h what it has become and α its attention to the pairs in a last look-up,

        f(x) = Σ_i α_i (y_i + B(h) (x - x_i)) + c(h),

    linear interpolation between what was read, with slopes B and a correction c that training
    chose: where a pair was read close to x, its y is as good as copied. Until pairs are read, a
    learned token stands for none.

    The state holds the last `capacity` pairs; older ones are forgotten.

    After Vaswani et al., AttentiveProcess Is All You Need, 2017, section 3.2; Vinyals et al., MatchingNetwork
    Networks, 2016, section 2.1; Kim et al., Attentive Neural Processes, 2019, section 3; the local
    model is that of locally weighted regression (Atkeson, Moore and Schaal, 1997, section 3).
    """

    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)
    likelihood: Output = eqx.field(static=True)
    embed_dim: int = eqx.field(static=True)
    layers: int = eqx.field(static=True)
    heads: int = eqx.field(static=True)
    num_frequencies: int = eqx.field(static=True)
    capacity: int = eqx.field(static=True)

    pair: tuple[Dense, Dense]
    input: tuple[Dense, Dense]
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
        likelihood: Output = "gaussian",
        embed_dim: int = 96,
        layers: int = 2,
        heads: int = 4,
        num_frequencies: int = 4,
        capacity: int = 256,
        key: PRNGKeyArray,
    ):
        """Draw the initial parameters.

        Args:
            x_dim: number of inputs.
            y_dim: number of outputs, or of classes.
            likelihood: "gaussian", "gaussian_mixture", "point" or "categorical".
            embed_dim: width of a token.
            layers: how often an input attends to the pairs before it is answered.
            heads: attentions side by side in a layer; they share the embed_dim.
            num_frequencies: waves that each input is seen through: sines and cosines of 1, 2, 4, …
                radians per unit.
            capacity: pairs that are remembered.
            key: for the initial parameters.

        Raises UserError for an unknown output, and where heads do not divide embed_dim.
        """
        if embed_dim % heads:
            raise UserError(f"{heads} heads do not divide {embed_dim} embed_dim.")
        self.x_dim, self.y_dim, self.likelihood = x_dim, y_dim, likelihood
        self.embed_dim, self.layers, self.heads = embed_dim, layers, heads
        self.num_frequencies, self.capacity = num_frequencies, capacity
        width, wide = x_dim * (1 + 2 * num_frequencies), 2 * embed_dim
        keys = jax.random.split(key, 8 + layers)
        self.pair = (
            Dense(width + y_dim, wide, key=keys[0]),
            Dense(wide, embed_dim, key=keys[1]),
        )
        self.input = (Dense(width, wide, key=keys[2]), Dense(wide, embed_dim, key=keys[3]))
        self.blocks = tuple(_Block(embed_dim, heads, key=k) for k in keys[8:])
        self.from_input = Dense(embed_dim, embed_dim, key=keys[4])
        self.from_pair = Dense(embed_dim, embed_dim, key=keys[5])
        self.slopes = Dense(embed_dim, y_dim * x_dim, scale=0.1, key=keys[6])
        self.correction = Dense(
            embed_dim, num_distribution_params(likelihood, y_dim), scale=0.1, key=keys[7]
        )
        self.null = jnp.zeros(embed_dim)
        self.null_y = jnp.zeros(y_dim)

    def with_capacity(self, capacity: int) -> "AttentiveProcess":
        """The same learner with room for more pairs, or for fewer; no parameter depends on it."""
        fresh = AttentiveProcess(
            **{**hyperparameters(self), "capacity": capacity}, key=jax.random.key(0)
        )
        arrays = jax.tree.leaves(eqx.filter(self, eqx.is_array))
        structure = jax.tree.structure(eqx.filter(fresh, eqx.is_array))
        return eqx.combine(jax.tree.unflatten(structure, arrays), fresh)

    def init_state(self) -> AttentiveProcessState:
        n = self.capacity
        sides = jnp.zeros((self.layers, n, self.embed_dim))
        return AttentiveProcessState(
            jnp.zeros((n, self.x_dim)),
            jnp.zeros((n, self.y_dim)),
            sides,
            sides,
            jnp.zeros((n, self.embed_dim)),
            jnp.zeros((), int),
        )

    def observe(
        self, state: AttentiveProcessState, x: Float[Array, " x_dim"], y: Float[Array, " y_dim"]
    ) -> AttentiveProcessState:
        return self.read(state, Pairs(x[None], y[None], jnp.ones(1, bool)))

    def read(self, state: AttentiveProcessState, pairs: Pairs) -> AttentiveProcessState:
        """The state after all real pairs, in their order: `observe` for each of them, at once."""
        order = jnp.cumsum(pairs.mask)
        last = pairs.mask & (order > order[-1] - self.capacity)
        # Rows beyond the memory are dropped by the scatter.
        row = jnp.where(last, (state.reads + order - 1) % self.capacity, self.capacity)
        keys, values, retrieval_keys = self._encode_context(pairs.x, pairs.y)
        return AttentiveProcessState(
            state.x.at[row].set(pairs.x, mode="drop"),
            state.y.at[row].set(pairs.y, mode="drop"),
            state.keys.at[:, row].set(keys, mode="drop"),
            state.values.at[:, row].set(values, mode="drop"),
            state.retrieval_keys.at[row].set(retrieval_keys, mode="drop"),
            state.reads + order[-1],
        )

    def predict(self, state: AttentiveProcessState, x: Float[Array, " x_dim"]) -> Prediction:
        attention_mask = jnp.arange(self.capacity) < state.reads
        return jax.tree.map(
            lambda leaf: leaf[0], self._decode(state, attention_mask[None], x[None])
        )

    def prequential(self, pairs: Pairs) -> Prediction:
        order = jnp.cumsum(pairs.mask)
        before = (order - pairs.mask)[:, None]  # pairs read until each one is asked for
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
        """Predictions at n inputs, each from the pairs of the memory that it may see."""
        first, second = self.input
        tokens = second(jax.nn.silu(first(self._fourier_features(x))))
        for block, keys, values in zip(self.blocks, memory.keys, memory.values, strict=True):
            tokens = block(tokens, keys, values, attention_mask)
        normed = rms_norm(tokens)
        scores = (
            self.from_input(normed)
            @ jnp.concatenate([memory.retrieval_keys, self.from_pair(rms_norm(self.null))[None]]).T
        )  # (n, m + 1): the last is for none
        scores = scores / jnp.sqrt(self.embed_dim)
        seen = jnp.concatenate([attention_mask, jnp.ones((len(x), 1), bool)], axis=1)
        weights = jax.nn.softmax(jnp.where(seen, scores, -jnp.inf), axis=1)
        of_pairs = jnp.where(attention_mask, weights[:, :-1], 0.0)
        y = of_pairs @ memory.y + weights[:, -1:] * self.null_y
        split_heads = jnp.sum(of_pairs, axis=1, keepdims=True) * x - of_pairs @ memory.x
        slopes = self.slopes(normed).reshape(-1, self.y_dim, self.x_dim)
        local = y + jnp.einsum("nyx,nx->ny", slopes, split_heads)
        raw = move(self.likelihood, self.correction(normed), local)
        return make_prediction(self.likelihood, raw, self.y_dim)

    def _encode_context(self, x: Float[Array, "n x_dim"], y: Float[Array, "n y_dim"]):
        """Keys and values of n pairs for each layer, and keys for the last look-up."""
        first, second = self.pair
        tokens = second(jax.nn.silu(first(jnp.concatenate([self._fourier_features(x), y], axis=1))))
        normed = rms_norm(tokens)
        keys = jnp.stack([block.keys(normed) for block in self.blocks])
        values = jnp.stack([block.values(normed) for block in self.blocks])
        return keys, values, self.from_pair(normed)

    def _fourier_features(self, x: Float[Array, "n x_dim"]) -> Float[Array, "n width"]:
        """x, and sines and cosines of it at each octave."""
        angles = [2.0**octave * x for octave in range(self.num_frequencies)]
        waves = [wave(angle) for wave in (jnp.sin, jnp.cos) for angle in angles]
        return jnp.concatenate([x, *waves], axis=1)


class _Block(eqx.Module):
    """Attention of inputs to pairs, and a gated layer."""

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
        def split_heads(rows: Float[Array, "k embed_dim"]) -> Float[Array, "k heads part"]:
            return rows.reshape(len(rows), self.heads, -1)

        queries = split_heads(self.queries(rms_norm(tokens)))
        keys = split_heads(jnp.concatenate([keys, self.null_key[None]]))
        values = split_heads(jnp.concatenate([values, self.null_value[None]]))
        scores = jnp.einsum("nhc,mhc->hnm", queries, keys) / jnp.sqrt(queries.shape[-1])
        seen = jnp.concatenate([attention_mask, jnp.ones((len(tokens), 1), bool)], axis=1)
        weights = jax.nn.softmax(jnp.where(seen, scores, -jnp.inf), axis=-1)
        found = jnp.einsum("hnm,mhc->nhc", weights, values).reshape(len(tokens), -1)
        return self.mlp(tokens + self.out(found))
