"""A network that chooses among candidates, each of them described."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from yingshe.errors import UserError
from yingshe.learners._layers import Dense
from yingshe.learners.base import Learner
from yingshe.pairs import Pairs
from yingshe.prediction import Categorical, Prediction

Sums = Float[Array, "*n state"]


class CandidateRanker(Learner):
    """Says which of a case's candidates is right, or null_head, and learns what a task prefers.

    x describes the case in its first `num_context_columns` columns, and then each alternative in turn; one whose
    columns are all 0 is not there. y is one-hot over the candidates, and in its last column says
    that null_head is right. An alternative is read together with the case into h_j, beside it stand
    the mean and maximum of all h of the case, and a context of what the task summary_proj so far,

        S = Σ_t (1, ψ(h of the right one), ψ(mean h of those there)),

    and one network, the same for all, gives its log-odds against null_head, after it was seen once more
    beside the mean and maximum of all.

    The last columns of the case, and of each alternative, may be num_categorical (letters, say): numbers of
    an vocab_size, of which an embedding is learned.

    Conditional choice after McFadden, Conditional Logit Analysis of Qualitative CandidateRanker Behavior,
    1974; the equivariant layers are those of Zaheer et al., Deep Sets, 2017, section 3.1.
    """

    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)
    likelihood: str = eqx.field(static=True)
    num_context_columns: int = eqx.field(static=True)
    num_categorical: tuple[int, int] = eqx.field(static=True)
    vocab_size: int = eqx.field(static=True)
    hidden: int = eqx.field(static=True)
    context: int = eqx.field(static=True)

    embedding: Float[Array, "vocab_size width"]
    context_proj: Dense
    candidate_proj: Dense
    summary_proj: Dense
    layer1: Dense
    layer1_pooled: Dense
    layer2: Dense
    layer2_pooled: Dense
    score_head: Dense
    null_head: Dense

    def __init__(
        self,
        x_dim: int,
        y_dim: int,
        *,
        likelihood: str = "categorical",
        num_context_columns: int = 0,
        num_categorical: tuple[int, int] = (0, 0),
        vocab_size: int = 1,
        hidden: int = 64,
        context: int = 16,
        key: PRNGKeyArray,
    ):
        """Draw the initial parameters.

        Args:
            x_dim: num_context_columns + candidates · columns of each.
            y_dim: candidates + 1.
            likelihood: "categorical".
            num_context_columns: columns of x that describe the case.
            num_categorical: how many of the columns of the case, and of each alternative, are num_categorical.
            vocab_size: how many num_categorical there are; they are numbered from 0.
            hidden: width of each layer.
            context: learned features that the state sums up.
            key: for the initial parameters.

        Raises UserError where the columns cannot be shared out so, and for another likelihood.
        """
        if likelihood != "categorical":
            raise UserError(
                f"CandidateRanker has no likelihood '{likelihood}'; its answers are categorical."
            )
        candidates = y_dim - 1
        if (
            candidates < 1
            or x_dim <= num_context_columns
            or (x_dim - num_context_columns) % candidates
        ):
            raise UserError(
                f"x_dim is {x_dim}, of which {num_context_columns} are num_context_columns and the others are shared by "
                f"y_dim - 1 = {candidates} candidates; each must have as many, at least one."
            )
        each = (x_dim - num_context_columns) // candidates
        if num_categorical[0] > num_context_columns or num_categorical[1] > each:
            raise UserError(
                f"{num_categorical} num_categorical are more than {(num_context_columns, each)} columns."
            )
        self.x_dim, self.y_dim, self.likelihood = x_dim, y_dim, likelihood
        self.num_context_columns, self.num_categorical, self.vocab_size = (
            num_context_columns,
            num_categorical,
            vocab_size,
        )
        self.hidden, self.context = hidden, context
        keys = iter(jax.random.split(key, 10))
        self.embedding = jax.random.normal(next(keys), (vocab_size, _WIDTH)) / 2
        wider = _WIDTH - 1
        self.context_proj = Dense(
            max(num_context_columns + wider * num_categorical[0], 1), hidden, key=next(keys)
        )
        self.candidate_proj = Dense(each + wider * num_categorical[1], hidden, key=next(keys))
        self.summary_proj = Dense(hidden, context, key=next(keys))
        beside = 2 * hidden + 2 * context + 1
        self.layer1 = Dense(hidden, hidden, key=next(keys))
        self.layer1_pooled = Dense(beside, hidden, key=next(keys))
        self.layer2 = Dense(hidden, hidden, key=next(keys))
        self.layer2_pooled = Dense(2 * hidden, hidden, key=next(keys))
        self.score_head = Dense(hidden, 1, scale=0.1, key=next(keys))
        self.null_head = Dense(beside, 1, scale=0.1, key=next(keys))

    @property
    def candidates(self) -> int:
        """How many there may be."""
        return self.y_dim - 1

    def init_state(self) -> Sums:
        return jnp.zeros(1 + 2 * self.context)

    def observe(self, state: Sums, x: Float[Array, " x_dim"], y: Float[Array, " y_dim"]) -> Sums:
        return state + self._pair_statistics(*self._encode(x), y)

    def predict(self, state: Sums, x: Float[Array, " x_dim"]) -> Prediction:
        return Categorical(self._answer(state, *self._encode(x)))

    def prequential(self, pairs: Pairs) -> Prediction:
        h, there = self._encode(pairs.x)
        brought = jnp.where(pairs.mask[:, None], self._pair_statistics(h, there, pairs.y), 0.0)
        before = jnp.cumsum(brought, axis=0) - brought
        return Categorical(self._answer(before, h, there))

    def _encode(self, x: Float[Array, "*n x_dim"]):
        """What candidates are to the network, (*n, candidates, hidden), and which are there."""
        rows = x[..., self.num_context_columns :].reshape(*x.shape[:-1], self.candidates, -1)
        there = jnp.any(rows != 0, axis=-1)
        h = self.candidate_proj(self._embedded(rows, self.num_categorical[1]))
        if self.num_context_columns:
            case = self.context_proj(
                self._embedded(x[..., : self.num_context_columns], self.num_categorical[0])
            )
            h += case[..., None, :]
        return jax.nn.silu(h) * there[..., None], there

    def _embedded(self, values: Float[Array, "*n columns"], num_categorical: int):
        if not num_categorical:
            return values
        numbers, letters = values[..., :-num_categorical], values[..., -num_categorical:]
        chosen = jnp.clip(letters, 0, self.vocab_size - 1).astype(int)
        # A product with one-hot rows: on a CPU its gradient is far faster than that of a look-up.
        letters = jax.nn.one_hot(chosen, self.vocab_size) @ self.embedding
        return jnp.concatenate([numbers, letters.reshape(*letters.shape[:-2], -1)], axis=-1)

    def _pair_statistics(
        self,
        h: Float[Array, "*n candidates hidden"],
        there: Bool[Array, "*n candidates"],
        y: Float[Array, "*n y_dim"],
    ) -> Sums:
        """What a pair adds to the sums."""
        right = jnp.sum(h * y[..., :-1, None], axis=-2)
        ones = jnp.ones_like(right[..., :1])
        mean = _mean(h, there)
        psi = [jax.nn.silu(self.summary_proj(one)) for one in (right, mean)]
        return jnp.concatenate([ones, *psi], axis=-1)

    def _answer(self, sums: Sums, h: Float[Array, "*n candidates hidden"], there):
        times = jnp.abs(sums[..., :1])
        before = jnp.concatenate([jnp.log1p(times) / 3, sums[..., 1:] / (1 + times)], axis=-1)
        beside = jnp.concatenate([_pooled(h, there), before], axis=-1)
        mixed = (
            jax.nn.silu(self.layer1(h) + self.layer1_pooled(beside)[..., None, :])
            * there[..., None]
        )
        others = self.layer2_pooled(_pooled(mixed, there))
        mixed += jax.nn.silu(self.layer2(mixed) + others[..., None, :])
        own = self.score_head(mixed)[..., 0]
        own = jnp.where(there, own, _ABSENT)
        return jnp.concatenate([own, self.null_head(beside)], axis=-1)


_WIDTH = 6  # numbers that stand for a symbol
_ABSENT = -30.0  # log-odds of an alternative that is not there


def _mean(h: Float[Array, "*n candidates hidden"], there: Bool[Array, "*n candidates"]):
    number = jnp.maximum(jnp.sum(there, axis=-1, keepdims=True), 1)
    return jnp.sum(h, axis=-2) / number


def _pooled(h: Float[Array, "*n candidates hidden"], there: Bool[Array, "*n candidates"]):
    return jnp.concatenate([_mean(h, there), h.max(axis=-2)], axis=-1)
