"""Readout of a fast-weight memory as a set of hypotheses about the task's frequency."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe.learners._layers import Dense

_NUM_HEADS = 8
_OUTPUTS_PER_HEAD = 2
_HIDDEN = 16
_INV_TEMPERATURE = 4.0  # scores are log-posteriors: sums over pairs, far larger than activations
_MIN_LOG_EVIDENCE = -12.0  # in nats; a head with less is as good as excluded


class FourierReadout(eqx.Module):
    """Softmax over the frequencies of a memory's keys; each frequency is one hypothesis.

    The memory's entries at one frequency are the evidence for it in the observed pairs. Rotated to
    the query's phase, they are the prediction of that hypothesis. A small network, shared by all
    frequencies, gives every hypothesis a score and outputs for each of 8 heads. The readout of a
    head is the posterior mean of its outputs and its log-evidence. The log-evidence is the
    log-sum-exp of sums over pairs, which is the form of Bayes' rule.
    """

    first: Dense
    wave_embedding: Float[Array, "num_frequencies hidden"]
    stream: Dense
    second: Dense
    out: Dense

    def __init__(self, channels: int, num_frequencies: int, width: int, *, key: PRNGKeyArray):
        """Draw the initial parameters.

        Args:
            channels: Memory entries per frequency.
            num_frequencies: Number of frequencies.
            width: Width of the stream, and of the result.
            key: PRNG key.
        """
        first_key, embedding_key, stream_key, second_key, out_key = jax.random.split(key, 5)
        self.first = Dense(channels, _HIDDEN, scale=10.0, key=first_key)
        embedding = jax.random.normal(embedding_key, (num_frequencies, _HIDDEN))
        self.wave_embedding = 0.5 * embedding
        self.stream = Dense(width, _HIDDEN, scale=0.5, key=stream_key)
        self.second = Dense(_HIDDEN, _NUM_HEADS * (1 + _OUTPUTS_PER_HEAD), key=second_key)
        self.out = Dense(_NUM_HEADS * (1 + _OUTPUTS_PER_HEAD), width, key=out_key)

    def __call__(
        self, entries: Float[Array, "n num_frequencies channels"], stream: Float[Array, "n width"]
    ) -> Float[Array, "n width"]:
        hidden = self.first(entries) + self.wave_embedding + self.stream(stream)[:, None]
        raw = self.second(jax.nn.silu(hidden))  # (n, num_frequencies, heads (1 + outputs))
        scores = _INV_TEMPERATURE * raw[..., :_NUM_HEADS]
        outputs = raw[..., _NUM_HEADS:].reshape(*scores.shape, _OUTPUTS_PER_HEAD)
        largest = jax.lax.stop_gradient(jnp.max(scores, axis=1, keepdims=True))
        weights = jnp.exp(scores - largest)
        total = jnp.sum(weights, axis=1)  # (n, heads)
        means = jnp.sum(weights[..., None] * outputs, axis=1) / total[..., None]
        evidence = jax.nn.log_softmax(jnp.log(total) + largest[:, 0])
        evidence = jnp.maximum(evidence, _MIN_LOG_EVIDENCE) / _INV_TEMPERATURE
        return self.out(jnp.concatenate([evidence, means.reshape(means.shape[0], -1)], axis=1))


def phase_rotated_entries(
    matrices: Float[Array, "heads n dk dv"],
    cos: Float[Array, "n num_frequencies"],
    sin: Float[Array, "n num_frequencies"],
) -> Float[Array, "heads n num_frequencies channels"]:
    """Return the memory's entries at each frequency, rotated to the query's phase.

    Let c and s be the rows of S at the cosine and the sine of a frequency. Then c cos + s sin is
    the memory's readout at that frequency alone, and c sin - s cos is the same readout a quarter of
    a period later.

    Args:
        matrices: Memories Sᵀ.
        cos: Cosines in the query's key.
        sin: Sines in the query's key.

    Returns:
        2 dv channels for each frequency.
    """
    num_frequencies = cos.shape[1]
    c = matrices[..., -2 * num_frequencies : -num_frequencies, :]
    s = matrices[..., -num_frequencies:, :]
    cos, sin = cos[..., None], sin[..., None]
    return jnp.concatenate([c * cos + s * sin, c * sin - s * cos], axis=-1)
