"""Fast-weight memories against their rules, written out one token at a time."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from yingshe.learners import DeltaNet, MesaNet, scan_prequential
from yingshe.learners._memories import DeltaMemory, MemoryInputs, MesaMemory
from yingshe.pairs import Pairs

N, DK, DV = 12, 5, 3
RIDGE = np.array([0.1, 0.5, 1.0, 2.0, 10.0])


def _inputs(*, use_decay: bool) -> MemoryInputs:
    k_key, v_key, beta_key, decay_key = jax.random.split(jax.random.key(5), 4)
    silent = jnp.arange(N) % 5 == 3  # padding may stand anywhere
    log_decay = jnp.log(jax.random.uniform(decay_key, (N,), minval=0.6)) * use_decay
    return MemoryInputs(
        jax.random.normal(k_key, (N, DK)),
        jax.random.normal(v_key, (N, DV)),
        jnp.where(silent, 0.0, jax.random.uniform(beta_key, (N,))),
        jnp.where(silent, 0.0, log_decay),
    )


def _in_pieces(memory, inputs: MemoryInputs, *sizes: int):
    """The final state and all answers, the tokens given in pieces of those sizes."""
    read_and_write = eqx.filter_jit(type(memory).read_and_write)
    state = None if sizes == (N,) else memory.init_state()  # the two are the same
    answers, at = [], 0
    for size in sizes:
        piece = jax.tree.map(lambda a, at=at, size=size: a[at : at + size], inputs)
        state, reads = read_and_write(memory, state, piece)
        answers.append(reads)
        at += size
    return state, jax.tree.map(lambda *parts: jnp.concatenate(parts), *answers)


def _delta_rule(inputs: MemoryInputs):
    k, v, beta, log_decay = (np.asarray(a, np.float64) for a in inputs)
    k = k / np.linalg.norm(k, axis=1, keepdims=True)
    s, expected = np.zeros((DV, DK)), []
    for t in range(N):
        expected.append(s.T)
        erased = s @ (np.eye(DK) - beta[t] * np.outer(k[t], k[t]))
        s = np.exp(log_decay[t]) * erased + beta[t] * np.outer(v[t], k[t])
    return s.T, np.stack(expected)


def _mesa_rule(inputs: MemoryInputs):
    k, v, beta, log_decay = (np.asarray(a, np.float64) for a in inputs)
    h, g, expected, variances = np.zeros((DK, DK)), np.zeros((DV, DK)), [], []
    for t in range(N):
        r = np.linalg.inv(h + np.diag(RIDGE))
        expected.append((g @ r).T)
        variances.append(k[t] @ r @ k[t])
        h = np.exp(log_decay[t]) * h + beta[t] * np.outer(k[t], k[t])
        g = np.exp(log_decay[t]) * g + beta[t] * np.outer(v[t], k[t])
    return (h, g.T), np.stack(expected), np.stack(variances)


@pytest.mark.parametrize("sizes", [(N,), (5, 7), (1,) * N], ids=["at once", "in two", "one by one"])
def test_delta_memory_follows_the_gated_delta_rule(sizes):
    inputs = _inputs(use_decay=True)
    state, reads = _in_pieces(DeltaMemory(DK, DV), inputs, *sizes)
    final, expected = _delta_rule(inputs)
    np.testing.assert_allclose(reads.matrices, expected, atol=1e-5)
    np.testing.assert_allclose(state, final, atol=1e-5)


@pytest.mark.parametrize(
    ("use_decay", "sizes"),
    [(False, (N,)), (False, (5, 7)), (False, (1,) * N), (True, (1,) * N)],
    ids=["at once", "in two", "one by one", "with decay"],
)
def test_mesa_memory_solves_least_squares_after_every_token(use_decay, sizes):
    inputs = _inputs(use_decay=use_decay)
    memory = MesaMemory(jnp.log(RIDGE), DV, use_decay)
    (h, g), reads = _in_pieces(memory, inputs, *sizes)
    (h_final, g_final), expected, variances = _mesa_rule(inputs)
    np.testing.assert_allclose(reads.matrices, expected, atol=2e-5)
    np.testing.assert_allclose(reads.variances, variances, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(h, h_final, atol=1e-5)
    np.testing.assert_allclose(g, g_final, atol=1e-5)


@pytest.mark.slow
def test_mesa_memory_stays_positive_definite_over_many_pairs():
    """float32; two of the keys' columns are nearly the same, which is what breaks updates of R."""
    chunk, chunks, weights = 100, 2_000, jnp.array([1.0, -2.0, 0.5, 0.0])
    memory = MesaMemory(jnp.zeros(4), 1)

    def step(state, i):
        x_key, noise_key = jax.random.split(jax.random.fold_in(jax.random.key(7), i))
        k = jax.random.normal(x_key, (chunk, 4))
        k = k.at[:, 3].set(k[:, 0] + 1e-3 * k[:, 3])
        v = k @ weights + 0.1 * jax.random.normal(noise_key, (chunk,))
        inputs = MemoryInputs(k, v[:, None], jnp.ones(chunk), jnp.zeros(chunk))
        state, reads = memory.read_and_write(state, inputs)
        return state, jnp.min(reads.variances)

    run = jax.jit(lambda: jax.lax.scan(step, memory.init_state(), jnp.arange(chunks)))
    state, variances = run()
    probe = jnp.array([[0.0, 1.0, 0.0, 0.0], [1.0, 0.0, 1.0, 1.0]])
    silent = MemoryInputs(probe, jnp.zeros((2, 1)), jnp.zeros(2), jnp.zeros(2))
    _, reads = memory.read_and_write(state, silent)
    answers = jnp.sum(reads.matrices[..., 0] * probe, axis=1)
    np.testing.assert_allclose(answers, probe @ weights, atol=1e-2)  # 0.1 / √2e5, and float32 sums
    assert bool(jnp.all(jnp.isfinite(variances)))
    assert 0 < float(reads.variances[0]) < 2e-5


@pytest.mark.slow
@pytest.mark.parametrize("make", [DeltaNet, MesaNet])
def test_sequences_longer_than_a_chunk(make):
    """70 pairs are read as 64 and 6; one pair at a time gives the same."""
    learner = make(1, 1, layers=1, heads=2, width=8, num_frequencies=3, key=jax.random.key(0))
    x = jax.random.normal(jax.random.key(1), (70, 1))
    pairs = Pairs(x, jnp.sin(x), jnp.arange(70) % 7 != 3)
    fast = eqx.filter_jit(type(learner).prequential)(learner, pairs)
    slow = eqx.filter_jit(scan_prequential)(learner, pairs)
    assert fast.mean.shape == (70, 1)
    np.testing.assert_allclose(fast.mean, slow.mean, atol=1e-4)
    np.testing.assert_allclose(fast.variance, slow.variance, rtol=1e-3)
