"""The network default_variants fast-weight memories, shared by DeltaNet and MesaNet."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from yingshe.learners._fourier_readout import FourierReadout, turned_entries
from yingshe.learners._layers import Dense, FourierFeatures, GatedMLP, rms_norm
from yingshe.learners._likelihood import Output, make_prediction
from yingshe.learners._memories import Memory, MemoryInputs
from yingshe.learners.base import Learner
from yingshe.pairs import Pairs
from yingshe.prediction import Prediction

MakeMemory = Callable[[int, int], Memory]
"""(width of a key, width of a value) -> the memory of one layer, arrays stacked over its heads."""

_CHUNK = 64  # pairs taken at once: their cost grows with the square, that of a loop with the number
_KEEP = 7.0  # γ starts at sigmoid(7) = 0.999


class FastWeightLayer(eqx.Module):
    """Heads of memory, which every token first reads and then writes.

    Keys are the num_frequencies of x and a learned function of the token, values the num_frequencies of y and another;
    what is read goes through the wave reader, and S k itself beside it.
    """

    memory: Memory
    key_scale: Float[Array, "heads dk"]
    keys: Dense
    value_mix: Float[Array, "heads dv dv"]
    values: Dense
    gates: Dense
    reader: FourierReadout
    memory_readout: Dense
    mlp: GatedMLP

    def __init__(
        self,
        memory: Memory,
        heads: int,
        phi: FourierFeatures,
        psi: FourierFeatures,
        width: int,
        beta_init_logit: float,
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
        start = jnp.repeat(jnp.array([beta_init_logit, _KEEP]), heads)
        self.gates = eqx.tree_at(lambda dense: dense.bias, gates, start)
        self.reader = FourierReadout(2 * psi.width * heads, phi.num_frequencies, width, key=keys[3])
        self.memory_readout = Dense(heads * (psi.width + 1), width, key=keys[4])
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
        n, num_frequencies = stream.shape[0], self.reader.identity.shape[0]
        normed = rms_norm(stream)
        writes = self._writes(phi, psi, normed, mask)
        read_and_write = eqx.filter_vmap(lambda memory, *args: memory.read_and_write(*args))
        after, found = read_and_write(self.memory, states, writes)
        entries = turned_entries(
            found.matrices,
            phi[:, -2 * num_frequencies : -num_frequencies],
            phi[:, -num_frequencies:],
        )
        entries = jnp.moveaxis(entries, 0, 2).reshape(
            n, num_frequencies, -1
        )  # (n, num_frequencies, heads 2 dv)
        answers = jnp.sum(found.matrices * writes.keys[..., None], axis=2)  # (heads, n, dv)
        answers = jnp.moveaxis(answers, 0, 1).reshape(n, -1)
        stream = stream + self.reader(entries, normed)
        certainty = jnp.log1p(found.variances).T
        stream = stream + self.memory_readout(jnp.concatenate([answers, certainty], axis=1))
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
    ) -> MemoryInputs:
        """What the tokens write, stacked over the heads."""
        n, heads = normed.shape[0], self.key_scale.shape[0]
        keys = self.keys(normed).reshape(n, heads, -1) + self.key_scale * phi[:, None]
        values = self.values(normed).reshape(n, heads, -1)
        values = values + jnp.einsum("nv,hvw->nhw", psi, self.value_mix)
        beta, keeps = jnp.split(self.gates(normed), 2, axis=1)
        # Padding writes nothing: its beta_init_logit is 0 and it keeps everything.
        beta, log_decay = jax.nn.sigmoid(beta), jax.nn.log_sigmoid(keeps)
        beta, log_decay = beta * mask[:, None], log_decay * mask[:, None]
        return MemoryInputs(
            jnp.moveaxis(keys, 1, 0), jnp.moveaxis(values, 1, 0), beta.T, log_decay.T
        )


class FastWeightNetwork(eqx.Module):
    """Pairs in, the raw numbers of predictions out, through layers of fast-weight memory.

    Two kinds of token, one stream: the query token of pair t holds x_t and what the memories of
    the pairs before it answer; the context token is the query token together with y_t, once that
    is known, and is what is written. So no prediction sees its own y, and what a pair writes may
    depend on how far y was from what was expected.
    """

    phi: FourierFeatures
    psi: FourierFeatures
    embed: Dense
    count: Float[Array, " width"]
    layers: tuple[FastWeightLayer, ...]
    readout: Dense
    skip: Float[Array, "recalled outputs"]

    def __init__(
        self,
        phi: FourierFeatures,
        psi: FourierFeatures,
        outputs: int,
        make_memory: MakeMemory,
        *,
        heads: int,
        layers: int,
        width: int,
        beta_init_logit: float,
        key: PRNGKeyArray,
    ):
        """`beta_init_logit` is where the logit of β starts."""
        embed_key, count_key, readout_key, layers_key = jax.random.split(key, 4)
        self.phi, self.psi = phi, psi
        self.embed = Dense(phi.width, width, key=embed_key)
        self.count = jax.random.normal(count_key, (width,))
        self.layers = tuple(
            FastWeightLayer(
                make_memory(phi.width, psi.width),
                heads,
                phi,
                psi,
                width,
                beta_init_logit,
                key=layer_key,
            )
            for layer_key in jax.random.split(layers_key, layers)
        )
        self.readout = Dense(width, outputs, scale=0.3, key=readout_key)
        self.skip = jnp.zeros((heads * psi.width, outputs))

    def init_state(self) -> PyTree[Array]:
        """The memories of every layer, and the number of pairs read."""
        memories = tuple(layer.init_state() for layer in self.layers)
        return memories, jnp.zeros(())

    def read(
        self, state: PyTree[Array] | None, pairs: Pairs
    ) -> tuple[PyTree[Array], Float[Array, "n outputs"]]:
        """The state after n pairs, and the raw likelihood for each from those before it."""
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
        raw = self.readout(rms_norm(stream)) + answers[0] @ self.skip
        return (tuple(after), already + jnp.sum(mask)), raw

    def observe(
        self, state: PyTree[Array], x: Float[Array, " x_dim"], y: Float[Array, " y_dim"]
    ) -> PyTree[Array]:
        """The state after one more pair."""
        return self.read(state, Pairs(x[None], y[None]))[0]

    def predict(self, state: PyTree[Array], x: Float[Array, " x_dim"]) -> Float[Array, " outputs"]:
        """The raw likelihood at x."""
        return self.read(state, Pairs(x[None], jnp.zeros((1, self.psi.frequencies.shape[1]))))[1][0]

    def prequential(self, pairs: Pairs) -> Float[Array, "n outputs"]:
        """The raw likelihood for each pair from those before it, many pairs at a time."""
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
    """A learner default_variants a network of fast weights; a subclass makes the network."""

    network: FastWeightNetwork
    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)
    likelihood: Output = eqx.field(static=True)
    layers: int = eqx.field(static=True)
    heads: int = eqx.field(static=True)
    width: int = eqx.field(static=True)
    num_frequencies: int = eqx.field(static=True)
    max_frequency: float = eqx.field(static=True)

    def init_state(self) -> PyTree[Array]:
        return self.network.init_state()

    def observe(
        self, state: PyTree[Array], x: Float[Array, " x_dim"], y: Float[Array, " y_dim"]
    ) -> PyTree[Array]:
        return self.network.observe(state, x, y)

    def predict(self, state: PyTree[Array], x: Float[Array, " x_dim"]) -> Prediction:
        return make_prediction(self.likelihood, self.network.predict(state, x), self.y_dim)

    def prequential(self, pairs: Pairs) -> Prediction:
        return make_prediction(self.likelihood, self.network.prequential(pairs), self.y_dim)
