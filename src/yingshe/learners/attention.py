"""A network that looks up the pairs it has read."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from yingshe.errors import UserError
from yingshe.learners.base import Learner, hyperparameters
from yingshe.learners.layers import Dense, GatedMLP, rms_norm
from yingshe.learners.output import Output, move, output_width, to_prediction
from yingshe.pairs import Pairs
from yingshe.prediction import Prediction


class AttentionState(NamedTuple):
    """The last `capacity` pairs, and how each layer sees them: pair i is in row i mod capacity."""

    x: Float[Array, "capacity x_dim"]
    y: Float[Array, "capacity y_dim"]
    keys: Float[Array, "layers capacity channels"]
    values: Float[Array, "layers capacity channels"]
    lookup: Float[Array, "capacity channels"]
    reads: Int[Array, ""]


class Attention(Learner):
    """Softmax attention from an input to the pairs read, several times over; then a local model.

    A pair becomes a token by itself; the input's token attends to those of the pairs, layer after
    layer. With h what it has become and α its attention to the pairs in a last look-up,

        f(x) = Σ_i α_i (y_i + B(h) (x - x_i)) + c(h),

    linear interpolation between what was read, with slopes B and a correction c that training
    chose: where a pair was read close to x, its y is as good as copied. Until pairs are read, a
    learned token stands for none.

    The state holds the last `capacity` pairs; older ones are forgotten.

    After Vaswani et al., Attention Is All You Need, 2017, section 3.2; Vinyals et al., Matching
    Networks, 2016, section 2.1; Kim et al., Attentive Neural Processes, 2019, section 3; the local
    model is that of locally weighted regression (Atkeson, Moore and Schaal, 1997, section 3).
    """

    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)
    output: Output = eqx.field(static=True)
    channels: int = eqx.field(static=True)
    layers: int = eqx.field(static=True)
    heads: int = eqx.field(static=True)
    octaves: int = eqx.field(static=True)
    capacity: int = eqx.field(static=True)

    pair: tuple[Dense, Dense]
    input: tuple[Dense, Dense]
    blocks: tuple["_Block", ...]
    from_input: Dense
    from_pair: Dense
    slopes: Dense
    correction: Dense
    none: Float[Array, " channels"]
    none_y: Float[Array, " y_dim"]

    def __init__(
        self,
        x_dim: int,
        y_dim: int,
        *,
        output: Output = "gaussian",
        channels: int = 96,
        layers: int = 2,
        heads: int = 4,
        octaves: int = 4,
        capacity: int = 256,
        key: PRNGKeyArray,
    ):
        """Draw the initial parameters.

        Args:
            x_dim: number of inputs.
            y_dim: number of outputs, or of classes.
            output: "gaussian", "mixture", "squared_error" or "categorical".
            channels: width of a token.
            layers: how often an input attends to the pairs before it is answered.
            heads: attentions side by side in a layer; they share the channels.
            octaves: waves that each input is seen through: sines and cosines of 1, 2, 4, …
                radians per unit.
            capacity: pairs that are remembered.
            key: for the initial parameters.

        Raises UserError for an unknown output, and where heads do not divide channels.
        """
        if channels % heads:
            raise UserError(f"{heads} heads do not divide {channels} channels.")
        self.x_dim, self.y_dim, self.output = x_dim, y_dim, output
        self.channels, self.layers, self.heads = channels, layers, heads
        self.octaves, self.capacity = octaves, capacity
        width, wide = x_dim * (1 + 2 * octaves), 2 * channels
        keys = jax.random.split(key, 8 + layers)
        self.pair = (
            Dense(width + y_dim, wide, key=keys[0]),
            Dense(wide, channels, key=keys[1]),
        )
        self.input = (Dense(width, wide, key=keys[2]), Dense(wide, channels, key=keys[3]))
        self.blocks = tuple(_Block(channels, heads, key=k) for k in keys[8:])
        self.from_input = Dense(channels, channels, key=keys[4])
        self.from_pair = Dense(channels, channels, key=keys[5])
        self.slopes = Dense(channels, y_dim * x_dim, scale=0.1, key=keys[6])
        self.correction = Dense(channels, output_width(output, y_dim), scale=0.1, key=keys[7])
        self.none = jnp.zeros(channels)
        self.none_y = jnp.zeros(y_dim)

    def with_capacity(self, capacity: int) -> "Attention":
        """The same learner with room for more pairs, or for fewer; no parameter depends on it."""
        fresh = Attention(**{**hyperparameters(self), "capacity": capacity}, key=jax.random.key(0))
        arrays = jax.tree.leaves(eqx.filter(self, eqx.is_array))
        structure = jax.tree.structure(eqx.filter(fresh, eqx.is_array))
        return eqx.combine(jax.tree.unflatten(structure, arrays), fresh)

    def init_state(self) -> AttentionState:
        n = self.capacity
        sides = jnp.zeros((self.layers, n, self.channels))
        return AttentionState(
            jnp.zeros((n, self.x_dim)),
            jnp.zeros((n, self.y_dim)),
            sides,
            sides,
            jnp.zeros((n, self.channels)),
            jnp.zeros((), int),
        )

    def observe(
        self, state: AttentionState, x: Float[Array, " x_dim"], y: Float[Array, " y_dim"]
    ) -> AttentionState:
        return self.read(state, Pairs(x[None], y[None], jnp.ones(1, bool)))

    def read(self, state: AttentionState, pairs: Pairs) -> AttentionState:
        """The state after all real pairs, in their order: `observe` for each of them, at once."""
        order = jnp.cumsum(pairs.mask)
        last = pairs.mask & (order > order[-1] - self.capacity)
        # Rows beyond the memory are dropped by the scatter.
        row = jnp.where(last, (state.reads + order - 1) % self.capacity, self.capacity)
        keys, values, lookup = self._seen(pairs.x, pairs.y)
        return AttentionState(
            state.x.at[row].set(pairs.x, mode="drop"),
            state.y.at[row].set(pairs.y, mode="drop"),
            state.keys.at[:, row].set(keys, mode="drop"),
            state.values.at[:, row].set(values, mode="drop"),
            state.lookup.at[row].set(lookup, mode="drop"),
            state.reads + order[-1],
        )

    def predict(self, state: AttentionState, x: Float[Array, " x_dim"]) -> Prediction:
        visible = jnp.arange(self.capacity) < state.reads
        return jax.tree.map(lambda leaf: leaf[0], self._answer(state, visible[None], x[None]))

    def prequential(self, pairs: Pairs) -> Prediction:
        order = jnp.cumsum(pairs.mask)
        before = (order - pairs.mask)[:, None]  # pairs read until each one is asked for
        visible = pairs.mask & (order <= before) & (order > before - self.capacity)
        memory = AttentionState(pairs.x, pairs.y, *self._seen(pairs.x, pairs.y), order[-1])
        return self._answer(memory, visible, pairs.x)

    def _answer(
        self,
        memory: AttentionState,
        visible: Bool[Array, "n m"],
        x: Float[Array, "n x_dim"],
    ) -> Prediction:
        """Predictions at n inputs, each from the pairs of the memory that it may see."""
        first, second = self.input
        tokens = second(jax.nn.silu(first(self._waves(x))))
        for block, keys, values in zip(self.blocks, memory.keys, memory.values, strict=True):
            tokens = block(tokens, keys, values, visible)
        normed = rms_norm(tokens)
        scores = (
            self.from_input(normed)
            @ jnp.concatenate([memory.lookup, self.from_pair(rms_norm(self.none))[None]]).T
        )  # (n, m + 1): the last is for none
        scores = scores / jnp.sqrt(self.channels)
        seen = jnp.concatenate([visible, jnp.ones((len(x), 1), bool)], axis=1)
        weights = jax.nn.softmax(jnp.where(seen, scores, -jnp.inf), axis=1)
        of_pairs = jnp.where(visible, weights[:, :-1], 0.0)
        y = of_pairs @ memory.y + weights[:, -1:] * self.none_y
        apart = jnp.sum(of_pairs, axis=1, keepdims=True) * x - of_pairs @ memory.x
        slopes = self.slopes(normed).reshape(-1, self.y_dim, self.x_dim)
        local = y + jnp.einsum("nyx,nx->ny", slopes, apart)
        raw = move(self.output, self.correction(normed), local)
        return to_prediction(self.output, raw, self.y_dim)

    def _seen(self, x: Float[Array, "n x_dim"], y: Float[Array, "n y_dim"]):
        """Keys and values of n pairs for each layer, and keys for the last look-up."""
        first, second = self.pair
        tokens = second(jax.nn.silu(first(jnp.concatenate([self._waves(x), y], axis=1))))
        normed = rms_norm(tokens)
        keys = jnp.stack([block.keys(normed) for block in self.blocks])
        values = jnp.stack([block.values(normed) for block in self.blocks])
        return keys, values, self.from_pair(normed)

    def _waves(self, x: Float[Array, "n x_dim"]) -> Float[Array, "n width"]:
        """x, and sines and cosines of it at each octave."""
        angles = [2.0**octave * x for octave in range(self.octaves)]
        waves = [wave(angle) for wave in (jnp.sin, jnp.cos) for angle in angles]
        return jnp.concatenate([x, *waves], axis=1)


class _Block(eqx.Module):
    """Attention of inputs to pairs, and a gated layer."""

    queries: Dense
    keys: Dense
    values: Dense
    out: Dense
    mlp: GatedMLP
    none_key: Float[Array, " channels"]
    none_value: Float[Array, " channels"]
    heads: int = eqx.field(static=True)

    def __init__(self, channels: int, heads: int, *, key: PRNGKeyArray):
        q_key, k_key, v_key, o_key, m_key = jax.random.split(key, 5)
        self.queries = Dense(channels, channels, key=q_key)
        self.keys = Dense(channels, channels, key=k_key)
        self.values = Dense(channels, channels, key=v_key)
        self.out = Dense(channels, channels, scale=0.5, key=o_key)
        self.mlp = GatedMLP(channels, 2 * channels, key=m_key)
        self.none_key, self.none_value = jnp.zeros(channels), jnp.zeros(channels)
        self.heads = heads

    def __call__(
        self,
        tokens: Float[Array, "n channels"],
        keys: Float[Array, "m channels"],
        values: Float[Array, "m channels"],
        visible: Bool[Array, "n m"],
    ) -> Float[Array, "n channels"]:
        def apart(rows: Float[Array, "k channels"]) -> Float[Array, "k heads part"]:
            return rows.reshape(len(rows), self.heads, -1)

        queries = apart(self.queries(rms_norm(tokens)))
        keys = apart(jnp.concatenate([keys, self.none_key[None]]))
        values = apart(jnp.concatenate([values, self.none_value[None]]))
        scores = jnp.einsum("nhc,mhc->hnm", queries, keys) / jnp.sqrt(queries.shape[-1])
        seen = jnp.concatenate([visible, jnp.ones((len(tokens), 1), bool)], axis=1)
        weights = jax.nn.softmax(jnp.where(seen, scores, -jnp.inf), axis=-1)
        found = jnp.einsum("hnm,mhc->nhc", weights, values).reshape(len(tokens), -1)
        return self.mlp(tokens + self.out(found))
