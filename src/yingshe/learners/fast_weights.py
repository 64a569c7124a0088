"""The network around fast-weight memories, shared by DeltaNet and MesaNet."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from yingshe.learners.layers import Dense, FourierFeatures, GatedMLP, rms_norm
from yingshe.learners.memories import Memory, Writes
from yingshe.pairs import Pairs

_QUERIES = 2  # a query and the same a quarter turn later


class FastWeightLayer(eqx.Module):
    """Heads of memory, read into the query stream and written with what y then turned out to be."""

    memories: tuple[Memory, ...]
    key_scale: Float[Array, "heads dk"]
    key_stream: Dense
    query_scale: Float[Array, "heads queries dk"]
    query_stream: Dense
    values: Float[Array, "heads dv dv"]
    value_stream: Dense
    gates: Dense
    read: Float[Array, "heads reads width"]
    certainty: Dense
    mlp: GatedMLP

    def __init__(self, memories, phi_width, psi_width, width, hidden, rate, *, key):
        heads = len(memories)
        ks = jax.random.split(key, 8)
        self.memories = memories
        self.key_scale = jnp.ones((heads, phi_width))
        self.key_stream = Dense(width, heads * phi_width, scale=0.1, key=ks[0])
        self.query_scale = jnp.ones((heads, _QUERIES, phi_width))
        self.query_stream = Dense(width, heads * phi_width, scale=0.1, bias=1.0, key=ks[1])
        self.values = jnp.tile(jnp.eye(psi_width), (heads, 1, 1))
        self.value_stream = Dense(width, heads * psi_width, scale=0.1, key=ks[2])
        gates = Dense(width, 2 * heads, scale=0.1, key=ks[3])
        bias = jnp.concatenate([jnp.full(heads, rate), jnp.full(heads, 7.0)])
        self.gates = eqx.tree_at(lambda g: g.bias, gates, bias)
        reads = _QUERIES * phi_width * psi_width
        self.read = jax.random.normal(ks[4], (heads, reads, width)) / jnp.sqrt(heads * reads)
        self.certainty = Dense(heads, width, key=ks[5])
        self.mlp = GatedMLP(width, hidden, key=ks[6])

    def chunk(self, states, phi, turned, stream, psi, mask):
        """-> states, stream (n, width), recalled (n, heads * dv): S k of every head."""
        n, heads = len(phi), len(self.memories)
        normed = rms_norm(stream)
        key_stream = self.key_stream(normed).reshape(n, heads, -1)
        selected = self.query_stream(normed).reshape(n, heads, -1)
        value_stream = self.value_stream(normed).reshape(n, heads, -1)
        rates, log_keeps = jnp.split(self.gates(normed), 2, axis=1)
        rates = jax.nn.sigmoid(rates) * mask[:, None]
        log_keeps = jax.nn.log_sigmoid(log_keeps) * mask[:, None]
        new_states, recalled, variances, total = [], [], [], stream
        for h, memory in enumerate(self.memories):
            keys = self.key_scale[h] * phi + key_stream[:, h]
            values = psi @ self.values[h] + value_stream[:, h]
            writes = Writes(keys, values, rates[:, h], log_keeps[:, h])
            state, matrices, variance = memory.chunk(None if states is None else states[h], writes)
            queries = jnp.stack([phi, turned], axis=1) * self.query_scale[h] * selected[:, h, None]
            reads = (matrices[:, None] * queries[:, :, None, :]).reshape(n, -1)
            total = total + rms_norm(reads) @ self.read[h]
            new_states.append(state)
            recalled.append(jnp.einsum("nvk,nk->nv", matrices, keys))
            variances.append(variance)
        total = total + self.certainty(jnp.log1p(jnp.stack(variances, axis=1)))
        return tuple(new_states), self.mlp(total), jnp.concatenate(recalled, axis=1)


class FastWeightNetwork(eqx.Module):
    """Pairs in, raw outputs out, by layers of fast-weight memory.

    Two streams of tokens: the query token of pair t holds x_t and what the memories of the pairs before
    it answer; the context token is that token once y_t is known, and is what the memories are written with.
    """

    phi: FourierFeatures
    psi: FourierFeatures
    embed: Dense
    count: Float[Array, " width"]
    layers: tuple[FastWeightLayer, ...]
    readout: Dense
    recall: Float[Array, "recalled outputs"]

    def __init__(
        self,
        x_dim: int,
        y_dim: int,
        outputs: int,
        make_memories: Callable[[int, int, int], tuple[Memory, ...]],
        *,
        layers: int,
        width: int,
        hidden: int,
        frequencies: int,
        highest: float,
        value_frequencies: int,
        rate: float,
        key: PRNGKeyArray,
    ):
        """`make_memories(layer, dk, dv)` gives the heads of a layer."""
        phi_key, psi_key, embed_key, count_key, readout_key, layers_key = jax.random.split(key, 6)
        self.phi = FourierFeatures(x_dim, frequencies, highest, key=phi_key)
        self.psi = FourierFeatures(y_dim, value_frequencies, 1.0, key=psi_key)
        self.embed = Dense(self.phi.width, width, key=embed_key)
        self.count = jax.random.normal(count_key, (width,))
        self.layers = tuple(
            FastWeightLayer(
                make_memories(i, self.phi.width, self.psi.width),
                self.phi.width,
                self.psi.width,
                width,
                hidden,
                rate,
                key=jax.random.fold_in(layers_key, i),
            )
            for i in range(layers)
        )
        self.readout = Dense(width, outputs, scale=0.3, key=readout_key)
        heads = len(self.layers[0].memories)
        self.recall = jnp.zeros((heads * self.psi.width, outputs))

    def init_state(self) -> PyTree[Array]:
        memories = tuple(tuple(m.init_state() for m in layer.memories) for layer in self.layers)
        return memories, jnp.zeros(())

    def chunk(self, state: PyTree[Array] | None, pairs: Pairs):
        """-> (state after the pairs, raw outputs (n, outputs) for each pair from those before it)."""
        memories, read = (None, 0.0) if state is None else state
        mask = pairs.mask.astype(float)
        phi, psi = self.phi(pairs.x), self.psi(jnp.where(pairs.mask[:, None], pairs.y, 0.0))
        turned = self.phi.quarter_turn(phi)
        reads = read + jnp.cumsum(mask) - mask
        stream = self.embed(phi) + jax.lax.rsqrt(1.0 + reads)[:, None] * self.count
        after, recalled = [], None
        for i, layer in enumerate(self.layers):
            states = None if memories is None else memories[i]
            states, stream, answer = layer.chunk(states, phi, turned, stream, psi, mask)
            after.append(states)
            recalled = answer if recalled is None else recalled
        raw = self.readout(rms_norm(stream)) + recalled @ self.recall
        return (tuple(after), read + jnp.sum(mask)), raw
