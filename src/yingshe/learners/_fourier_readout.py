"""Reading a memory as a set of hypotheses."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe.learners._layers import Dense

_KINDS = 8
_ANSWERS = 2
_HIDDEN = 16
_SHARPNESS = 4.0  # scores are log-posteriors: sums over pairs, far larger than a network's outputs
_LEAST_EVIDENCE = -12.0  # in nats; a kind with less is as good as excluded


class FourierReadout(eqx.Module):
    """A softmax over the waves that a memory's keys are made of: each one is a hypothesis.

    The memory's entries at one wave are what the pairs read so far say of that frequency; turned
    to the query's phase, they are that hypothesis's own prediction. A small network, the same for
    all waves, gives every hypothesis a score and answers of several kinds. What is read is, for
    each kind, the posterior mean of its answers and its share of the evidence: the logarithm of a
    sum of exponentials of sums over pairs, which is the form of Bayes' rule. It uses many queries
    on one matrix, no more.
    """

    first: Dense
    identity: Float[Array, "waves hidden"]
    stream: Dense
    second: Dense
    out: Dense

    def __init__(self, channels: int, waves: int, width: int, *, key: PRNGKeyArray):
        """`channels` numbers are read of each wave; the result has `width` numbers."""
        first_key, identity_key, stream_key, second_key, out_key = jax.random.split(key, 5)
        self.first = Dense(channels, _HIDDEN, scale=10.0, key=first_key)
        self.identity = 0.5 * jax.random.normal(identity_key, (waves, _HIDDEN))
        self.stream = Dense(width, _HIDDEN, scale=0.5, key=stream_key)
        self.second = Dense(_HIDDEN, _KINDS * (1 + _ANSWERS), key=second_key)
        self.out = Dense(_KINDS * (1 + _ANSWERS), width, key=out_key)

    def __call__(
        self, entries: Float[Array, "n waves channels"], stream: Float[Array, "n width"]
    ) -> Float[Array, "n width"]:
        hidden = self.first(entries) + self.identity + self.stream(stream)[:, None]
        found = self.second(jax.nn.silu(hidden))  # (n, waves, kinds (1 + answers))
        scores = _SHARPNESS * found[..., :_KINDS]
        answers = found[..., _KINDS:].reshape(*scores.shape, _ANSWERS)
        largest = jax.lax.stop_gradient(jnp.max(scores, axis=1, keepdims=True))
        weights = jnp.exp(scores - largest)
        total = jnp.sum(weights, axis=1)  # (n, kinds)
        means = jnp.sum(weights[..., None] * answers, axis=1) / total[..., None]
        evidence = jax.nn.log_softmax(jnp.log(total) + largest[:, 0])
        evidence = jnp.maximum(evidence, _LEAST_EVIDENCE) / _SHARPNESS
        return self.out(jnp.concatenate([evidence, means.reshape(means.shape[0], -1)], axis=1))


def turned_entries(
    matrices: Float[Array, "heads n dk dv"],
    cos: Float[Array, "n waves"],
    sin: Float[Array, "n waves"],
) -> Float[Array, "heads n waves channels"]:
    """The memory's entries at each wave, turned to the query's phase: 2 dv channels.

    With c and s the rows of S at the wave's cosine and sine: c cos + s sin is what the memory
    answers to that wave alone, c sin - s cos the same a quarter of a period on.
    """
    waves = cos.shape[1]
    c, s = matrices[..., -2 * waves : -waves, :], matrices[..., -waves:, :]
    cos, sin = cos[..., None], sin[..., None]
    return jnp.concatenate([c * cos + s * sin, c * sin - s * cos], axis=-1)
