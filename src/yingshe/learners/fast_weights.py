"""The network around fast-weight memories, shared by DeltaNet and MesaNet."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from yingshe.learners.base import Learner
from yingshe.learners.layers import Dense, GatedMLP, Waves, rms_norm
from yingshe.learners.memories import Memory, Writes
from yingshe.learners.output import Output, to_prediction
from yingshe.learners.wave_reader import WaveReader, turned_entries
from yingshe.pairs import Pairs
from yingshe.prediction import Prediction

MakeMemory = Callable[[int, int], Memory]
"""(width of a key, width of a value) -> the memory of one layer, arrays stacked over its heads."""

_CHUNK = 64  # pairs taken at once: their cost grows with the square, that of a loop with the number
_KEEP = 7.0  # γ starts at sigmoid(7) = 0.999


class FastWeightLayer(eqx.Module):
    """Heads of memory, which every token first reads and then writes.

    Keys are the waves of x and a learned function of the token, values the waves of y and another;
    what is read goes through the wave reader, and S k itself beside it.
    """

    memory: Memory
    key_scale: Float[Array, "heads dk"]
    keys: Dense
    value_mix: Float[Array, "heads dv dv"]
    values: Dense
    gates: Dense
    reader: WaveReader
    recall: Dense
    mlp: GatedMLP

    def __init__(
        self,
        memory: Memory,
        heads: int,
        phi: Waves,
        psi: Waves,
        width: int,
        rate: float,
        *,
        key: PRNGKeyArray,
    ):
        keys = jax.random.split(key, 6)
        self.memory = memory
        self.key_scale = jnp.ones((heads, phi.width))
        self.keys = Dense(width, heads * phi.width, scale=0.1, key=keys[0])
        self.value_mix = jnp.tile(jnp.eye(psi.width), (heads, 1, 1))
        self.values = Dense(width, heads * psi.width, scale=0.1, key=keys[1])
        gates = Dense(width, 2 * heads, scale=0.1, key=keys[2])
        start = jnp.repeat(jnp.array([rate, _KEEP]), heads)
        self.gates = eqx.tree_at(lambda dense: dense.bias, gates, start)
        self.reader = WaveReader(2 * psi.width * heads, phi.waves, width, key=keys[3])
        self.recall = Dense(heads * (psi.width + 1), width, key=keys[4])
        self.mlp = GatedMLP(width, 2 * width, key=keys[5])

    def __call__(
        self,
        states: PyTree[Array] | None,
        phi: Float[Array, "n dk"],
        psi: Float[Array, "n dv"],
        stream: Float[Array, "n width"],
        mask: Float[Array, " n"],
    ) -> tuple[PyTree[Array], Float[Array, "n width"], Float[Array, "n recalled"]]:
        """The states after n tokens, the stream after this layer, and S k of every head."""
        n, waves = stream.shape[0], self.reader.identity.shape[0]
        normed = rms_norm(stream)
        writes = self._writes(phi, psi, normed, mask)
        read_and_write = eqx.filter_vmap(lambda memory, *args: memory.read_and_write(*args))
        after, found = read_and_write(self.memory, states, writes)
        entries = turned_entries(found.matrices, phi[:, -2 * waves : -waves], phi[:, -waves:])
        entries = jnp.moveaxis(entries, 0, 2).reshape(n, waves, -1)  # (n, waves, heads 2 dv)
        answers = jnp.sum(found.matrices * writes.keys[..., None], axis=2)  # (heads, n, dv)
        answers = jnp.moveaxis(answers, 0, 1).reshape(n, -1)
        stream = stream + self.reader(entries, normed)
        certainty = jnp.log1p(found.variances).T
        stream = stream + self.recall(jnp.concatenate([answers, certainty], axis=1))
        return after, self.mlp(stream), answers

    def init_state(self) -> PyTree[Array]:
        """The state of every head before any token, stacked."""
        heads = self.key_scale.shape[0]
        return eqx.filter_vmap(lambda memory: memory.init_state(), axis_size=heads)(self.memory)

    def _writes(
        self,
        phi: Float[Array, "n dk"],
        psi: Float[Array, "n dv"],
        normed: Float[Array, "n width"],
        mask: Float[Array, " n"],
    ) -> Writes:
        """What the tokens write, stacked over the heads."""
        n, heads = normed.shape[0], self.key_scale.shape[0]
        keys = self.keys(normed).reshape(n, heads, -1) + self.key_scale * phi[:, None]
        values = self.values(normed).reshape(n, heads, -1)
        values = values + jnp.einsum("nv,hvw->nhw", psi, self.value_mix)
        rates, keeps = jnp.split(self.gates(normed), 2, axis=1)
        # Padding writes nothing: its rate is 0 and it keeps everything.
        rates, log_keeps = jax.nn.sigmoid(rates), jax.nn.log_sigmoid(keeps)
        rates, log_keeps = rates * mask[:, None], log_keeps * mask[:, None]
        return Writes(jnp.moveaxis(keys, 1, 0), jnp.moveaxis(values, 1, 0), rates.T, log_keeps.T)


class FastWeightNetwork(eqx.Module):
    """Pairs in, the raw numbers of predictions out, through layers of fast-weight memory.

    Two kinds of token, one stream: the query token of pair t holds x_t and what the memories of
    the pairs before it answer; the context token is the query token together with y_t, once that
    is known, and is what is written. So no prediction sees its own y, and what a pair writes may
    depend on how far y was from what was expected.
    """

    phi: Waves
    psi: Waves
    embed: Dense
    count: Float[Array, " width"]
    layers: tuple[FastWeightLayer, ...]
    readout: Dense
    direct: Float[Array, "recalled outputs"]

    def __init__(
        self,
        phi: Waves,
        psi: Waves,
        outputs: int,
        make_memory: MakeMemory,
        *,
        heads: int,
        layers: int,
        width: int,
        rate: float,
        key: PRNGKeyArray,
    ):
        """`rate` is where the logit of β starts."""
        embed_key, count_key, readout_key, layers_key = jax.random.split(key, 4)
        self.phi, self.psi = phi, psi
        self.embed = Dense(phi.width, width, key=embed_key)
        self.count = jax.random.normal(count_key, (width,))
        self.layers = tuple(
            FastWeightLayer(
                make_memory(phi.width, psi.width), heads, phi, psi, width, rate, key=layer_key
            )
            for layer_key in jax.random.split(layers_key, layers)
        )
        self.readout = Dense(width, outputs, scale=0.3, key=readout_key)
        self.direct = jnp.zeros((heads * psi.width, outputs))

    def init_state(self) -> PyTree[Array]:
        """The memories of every layer, and the number of pairs read."""
        memories = tuple(layer.init_state() for layer in self.layers)
        return memories, jnp.zeros(())

    def read(
        self, state: PyTree[Array] | None, pairs: Pairs
    ) -> tuple[PyTree[Array], Float[Array, "n outputs"]]:
        """The state after n pairs, and the raw output for each from those before it."""
        memories, already = (None, jnp.zeros(())) if state is None else state
        # Padding is predicted like any x, from the pairs before it; its y must not matter.
        phi, psi = self.phi(pairs.x), self.psi(jnp.where(pairs.mask[:, None], pairs.y, 0.0))
        mask = pairs.mask.astype(phi.dtype)
        count = already + jnp.cumsum(mask) - mask
        stream = self.embed(phi) + jax.lax.rsqrt(1 + count)[:, None] * self.count
        after, answers = [], []
        for i, layer in enumerate(self.layers):
            start = None if memories is None else memories[i]
            states, stream, answer = layer(start, phi, psi, stream, mask)
            after.append(states)
            answers.append(answer)
        raw = self.readout(rms_norm(stream)) + answers[0] @ self.direct
        return (tuple(after), already + jnp.sum(mask)), raw

    def observe(
        self, state: PyTree[Array], x: Float[Array, " x_dim"], y: Float[Array, " y_dim"]
    ) -> PyTree[Array]:
        """The state after one more pair."""
        return self.read(state, Pairs(x[None], y[None]))[0]

    def predict(self, state: PyTree[Array], x: Float[Array, " x_dim"]) -> Float[Array, " outputs"]:
        """The raw output at x."""
        return self.read(state, Pairs(x[None], jnp.zeros((1, self.psi.frequencies.shape[1]))))[1][0]

    def prequential(self, pairs: Pairs) -> Float[Array, "n outputs"]:
        """The raw output for each pair from those before it, many pairs at a time."""
        n = len(pairs)
        if n <= _CHUNK:
            return self.read(None, pairs)[1]
        short = -n % _CHUNK

        def chunks(a):
            padded = jnp.concatenate([a, jnp.zeros((short, *a.shape[1:]), a.dtype)])
            return padded.reshape(-1, _CHUNK, *a.shape[1:])

        def step(state, chunk):
            return self.read(state, chunk)

        _, raw = jax.lax.scan(step, self.init_state(), jax.tree.map(chunks, pairs))
        return raw.reshape(n + short, -1)[:n]


class FastWeightLearner(Learner):
    """A learner around a network of fast weights; a subclass makes the network."""

    network: FastWeightNetwork
    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)
    output: Output = eqx.field(static=True)
    layers: int = eqx.field(static=True)
    heads: int = eqx.field(static=True)
    width: int = eqx.field(static=True)
    waves: int = eqx.field(static=True)
    highest_frequency: float = eqx.field(static=True)

    def init_state(self) -> PyTree[Array]:
        return self.network.init_state()

    def observe(
        self, state: PyTree[Array], x: Float[Array, " x_dim"], y: Float[Array, " y_dim"]
    ) -> PyTree[Array]:
        return self.network.observe(state, x, y)

    def predict(self, state: PyTree[Array], x: Float[Array, " x_dim"]) -> Prediction:
        return to_prediction(self.output, self.network.predict(state, x), self.y_dim)

    def prequential(self, pairs: Pairs) -> Prediction:
        return to_prediction(self.output, self.network.prequential(pairs), self.y_dim)
