"""Network around fast-weight memories, shared by DeltaNet and MesaNet."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from yingshe.learners._features import FourierFeatures
from yingshe.learners._fourier_readout import FourierReadout, phase_rotated_entries
from yingshe.learners._layers import Dense, GatedMLP, rms_norm
from yingshe.learners._likelihood import Likelihood, make_prediction
from yingshe.learners._memories import Memory, MemoryInputs
from yingshe.learners.base import Learner
from yingshe.pairs import Pairs
from yingshe.prediction import Prediction

MakeMemory = Callable[[int, int], Memory]
"""(width of a key, width of a value) -> the memory of one layer, arrays stacked over its heads."""

_CHUNK = 64  # pairs per step of the loop; a chunk costs its length squared, the loop is sequential
_DECAY_INIT = 7.0  # γ starts at sigmoid(7) = 0.999


class FastWeightLayer(eqx.Module):
    """Heads of memory, which every token first reads and then writes.

    Keys are the Fourier features of x plus a learned function of the token, values those of y plus
    another. The memory is read by `FourierReadout`, and as S k.
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
        bias = jnp.repeat(jnp.array([beta_init_logit, _DECAY_INIT]), heads)
        self.gates = eqx.tree_at(lambda dense: dense.bias, gates, bias)
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
    ) -> tuple[PyTree[Array], Float[Array, "n width"], Float[Array, "n readouts"]]:
        """Apply the layer to n tokens.

        Args:
            states: States of the heads before the tokens.
            phi: Features of x.
            psi: Features of y.
            stream: Residual stream.
            mask: 1 for a real token, 0 for padding.

        Returns:
            States after the tokens, the stream after this layer, and S k of every head.
        """
        n, m = stream.shape[0], self.reader.wave_embedding.shape[0]  # tokens, frequencies
        normed = rms_norm(stream)
        inputs = self._memory_inputs(phi, psi, normed, mask)
        read_and_write = eqx.filter_vmap(lambda memory, *args: memory.read_and_write(*args))
        after, reads = read_and_write(self.memory, states, inputs)
        entries = phase_rotated_entries(reads.matrices, phi[:, -2 * m : -m], phi[:, -m:])
        entries = jnp.moveaxis(entries, 0, 2).reshape(n, m, -1)  # (n, m, heads 2 dv)
        readouts = jnp.sum(reads.matrices * inputs.keys[..., None], axis=2)  # (heads, n, dv)
        readouts = jnp.moveaxis(readouts, 0, 1).reshape(n, -1)
        stream = stream + self.reader(entries, normed)
        uncertainty = jnp.log1p(reads.variances).T
        stream = stream + self.memory_readout(jnp.concatenate([readouts, uncertainty], axis=1))
        return after, self.mlp(stream), readouts

    def init_state(self) -> PyTree[Array]:
        """Return the stacked states of all heads before any token."""
        heads = self.key_scale.shape[0]
        return eqx.filter_vmap(lambda memory: memory.init_state(), axis_size=heads)(self.memory)

    def _memory_inputs(
        self,
        phi: Float[Array, "n dk"],
        psi: Float[Array, "n dv"],
        normed: Float[Array, "n width"],
        mask: Float[Array, " n"],
    ) -> MemoryInputs:
        """Return keys, values and gates of the tokens, stacked over the heads."""
        n, heads = normed.shape[0], self.key_scale.shape[0]
        keys = self.keys(normed).reshape(n, heads, -1) + self.key_scale * phi[:, None]
        values = self.values(normed).reshape(n, heads, -1)
        values = values + jnp.einsum("nv,hvw->nhw", psi, self.value_mix)
        beta, decay = jnp.split(self.gates(normed), 2, axis=1)
        # Padding writes nothing: its beta is 0 and it keeps everything.
        beta, log_decay = jax.nn.sigmoid(beta), jax.nn.log_sigmoid(decay)
        beta, log_decay = beta * mask[:, None], log_decay * mask[:, None]
        return MemoryInputs(
            jnp.moveaxis(keys, 1, 0), jnp.moveaxis(values, 1, 0), beta.T, log_decay.T
        )


class FastWeightNetwork(eqx.Module):
    """Network from pairs to the raw numbers of predictions, through layers of fast weights.

    One stream holds two kinds of token. The query token of pair t holds x_t and what it
    reads from the memories of earlier pairs. The context token adds y_t, once that is known, and is
    what the memories store. So no prediction depends on its own y, and what a pair writes may
    depend on the prediction error.
    """

    phi: FourierFeatures
    psi: FourierFeatures
    embed: Dense
    count: Float[Array, " width"]
    layers: tuple[FastWeightLayer, ...]
    readout: Dense
    skip: Float[Array, "readouts outputs"]

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
        """Draw the initial parameters.

        Args:
            phi: Features of x.
            psi: Features of y.
            outputs: Raw numbers per prediction.
            make_memory: Constructor of a layer's memory.
            heads: Memories per layer.
            layers: Number of layers.
            width: Width of the residual stream.
            beta_init_logit: Initial logit of β.
            key: PRNG key.
        """
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
        """Return the empty memories of every layer, and 0 observed pairs."""
        memories = tuple(layer.init_state() for layer in self.layers)
        return memories, jnp.zeros(())

    def process(
        self, state: PyTree[Array] | None, pairs: Pairs
    ) -> tuple[PyTree[Array], Float[Array, "n outputs"]]:
        """Predict and observe n pairs, one after another.

        Args:
            state: State before the pairs; None for `init_state()`.
            pairs: n pairs of one task.

        Returns:
            State after the pairs, and the raw numbers of each prediction from the pairs before it.
        """
        memories, already = (None, jnp.zeros(())) if state is None else state
        # Padding is predicted like any x, from the pairs before it; its y must not matter.
        phi, psi = self.phi(pairs.x), self.psi(jnp.where(pairs.mask[:, None], pairs.y, 0.0))
        mask = pairs.mask.astype(phi.dtype)
        count = already + jnp.cumsum(mask) - mask
        stream = self.embed(phi) + jax.lax.rsqrt(1 + count)[:, None] * self.count
        after, readouts = [], []
        for i, layer in enumerate(self.layers):
            before = None if memories is None else memories[i]
            states, stream, readout = layer(before, phi, psi, stream, mask)
            after.append(states)
            readouts.append(readout)
        raw = self.readout(rms_norm(stream)) + readouts[0] @ self.skip
        return (tuple(after), already + jnp.sum(mask)), raw

    def observe(
        self, state: PyTree[Array], x: Float[Array, " x_dim"], y: Float[Array, " y_dim"]
    ) -> PyTree[Array]:
        """Return the state after one more pair."""
        return self.process(state, Pairs(x[None], y[None]))[0]

    def predict(self, state: PyTree[Array], x: Float[Array, " x_dim"]) -> Float[Array, " outputs"]:
        """Return the raw numbers of the prediction at x."""
        placeholder = jnp.zeros((1, self.psi.frequencies.shape[1]))
        return self.process(state, Pairs(x[None], placeholder))[1][0]

    def prequential(self, pairs: Pairs) -> Float[Array, "n outputs"]:
        """Return the raw numbers of each prediction from the pairs before it, in chunks."""
        n = len(pairs)
        if n <= _CHUNK:
            return self.process(None, pairs)[1]
        short = -n % _CHUNK

        def chunks(a):
            padded = jnp.concatenate([a, jnp.zeros((short, *a.shape[1:]), a.dtype)])
            return padded.reshape(-1, _CHUNK, *a.shape[1:])

        def step(state, chunk):
            return self.process(state, chunk)

        _, raw = jax.lax.scan(step, self.init_state(), jax.tree.map(chunks, pairs))
        return raw.reshape(n + short, -1)[:n]


class FastWeightLearner(Learner):
    """Learner around a network of fast weights; a subclass makes the network."""

    network: FastWeightNetwork
    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)
    likelihood: Likelihood = eqx.field(static=True)
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
