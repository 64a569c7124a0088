"""Ranking of described candidates, conditioned on earlier labelled queries."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from yingshe.errors import UserError
from yingshe.learners._layers import Dense
from yingshe.learners._set_learner import SetLearner, mean_and_max, mean_over_set
from yingshe.prediction import Categorical, Prediction

_EMBED_DIM = 6  # width of the embedding of a categorical value
_ABSENT_LOGIT = -30.0  # of a candidate that is absent

Sums = Float[Array, "*n state"]
Encoding = tuple[Float[Array, "*n candidates hidden"], Bool[Array, "*n candidates"]]
"""Hidden units of the candidates, and the mask of those that are present."""


class CandidateRanker(SetLearner):
    """Conditional-logit ranker: scores the candidates of a query, or rejects all of them.

    The ranking is conditioned on the task's earlier labelled queries. x describes the query in its
    first `num_context_columns` columns, and then each candidate in turn; a candidate whose columns
    are all 0 is absent. y is one-hot over the candidates; its last column says that none is right.

    Each candidate is encoded together with the query into h_j. One network, shared by all
    candidates, computes its logit. The inputs are h_j, the mean and maximum of all h of the query,
    and a summary of the task's earlier queries,

        S = Σ_t (1, ψ(h of the right candidate), ψ(mean h of the present ones)).

    The last columns of the query and of each candidate may be categorical, such as letters: they
    hold integers below `vocab_size`, of which an embedding is learned.

    References:
        McFadden, Conditional Logit Analysis of Qualitative Choice Behavior, 1974.
        Zaheer et al., Deep Sets, 2017, section 3.1 (the equivariant layers).
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
            x_dim: num_context_columns + candidates · columns per candidate.
            y_dim: Number of candidates + 1.
            likelihood: "categorical".
            num_context_columns: Number of columns of x that describe the query.
            num_categorical: Number of categorical columns of the query, and of each candidate.
            vocab_size: Number of categorical values; they are the integers from 0.
            hidden: Width of each layer.
            context: Number of learned features in each half of the task summary.
            key: PRNG key for the initial parameters.

        Raises:
            UserError: If the columns do not divide evenly among the candidates, or the likelihood
                is not "categorical".
        """
        if likelihood != "categorical":
            raise UserError(
                f"CandidateRanker has no likelihood '{likelihood}'; it predicts 'categorical'."
            )
        candidates, columns = y_dim - 1, x_dim - num_context_columns
        if candidates < 1 or columns <= 0 or columns % candidates:
            raise UserError(
                f"x_dim is {x_dim}, with {num_context_columns} context columns; the other columns "
                f"must divide evenly among y_dim - 1 = {candidates} candidates, at least one each."
            )
        per_candidate = columns // candidates
        if num_categorical[0] > num_context_columns or num_categorical[1] > per_candidate:
            raise UserError(
                f"num_categorical is {num_categorical}, more than the "
                f"{(num_context_columns, per_candidate)} columns of the query and a candidate."
            )
        self.x_dim, self.y_dim, self.likelihood = x_dim, y_dim, likelihood
        self.num_context_columns, self.num_categorical = num_context_columns, num_categorical
        self.vocab_size, self.hidden, self.context = vocab_size, hidden, context
        keys = iter(jax.random.split(key, 10))
        self.embedding = jax.random.normal(next(keys), (vocab_size, _EMBED_DIM)) / 2
        extra = _EMBED_DIM - 1  # columns that embedding a categorical column adds
        context_width = max(num_context_columns + extra * num_categorical[0], 1)
        self.context_proj = Dense(context_width, hidden, key=next(keys))
        candidate_width = per_candidate + extra * num_categorical[1]
        self.candidate_proj = Dense(candidate_width, hidden, key=next(keys))
        self.summary_proj = Dense(hidden, context, key=next(keys))
        pooled = 2 * hidden + 2 * context + 1
        self.layer1 = Dense(hidden, hidden, key=next(keys))
        self.layer1_pooled = Dense(pooled, hidden, key=next(keys))
        self.layer2 = Dense(hidden, hidden, key=next(keys))
        self.layer2_pooled = Dense(2 * hidden, hidden, key=next(keys))
        self.score_head = Dense(hidden, 1, scale=0.1, key=next(keys))
        self.null_head = Dense(pooled, 1, scale=0.1, key=next(keys))

    @property
    def candidates(self) -> int:
        """Largest number of candidates of a query."""
        return self.y_dim - 1

    def init_state(self) -> Sums:
        return jnp.zeros(1 + 2 * self.context)

    def encode(self, x: Float[Array, "*n x_dim"]) -> Encoding:
        rows = x[..., self.num_context_columns :].reshape(*x.shape[:-1], self.candidates, -1)
        present = jnp.any(rows != 0, axis=-1)
        h = self.candidate_proj(self._embed(rows, self.num_categorical[1]))
        if self.num_context_columns:
            context = x[..., : self.num_context_columns]
            context = self.context_proj(self._embed(context, self.num_categorical[0]))
            h += context[..., None, :]
        return jax.nn.silu(h) * present[..., None], present

    def pair_statistics(self, encoding: Encoding, y: Float[Array, "*n y_dim"]) -> Sums:
        h, present = encoding
        right = jnp.sum(h * y[..., :-1, None], axis=-2)
        ones = jnp.ones_like(right[..., :1])
        summaries = (right, mean_over_set(h, present))
        psi = [jax.nn.silu(self.summary_proj(summary)) for summary in summaries]
        return jnp.concatenate([ones, *psi], axis=-1)

    def decode(self, sums: Sums, encoding: Encoding) -> Prediction:
        h, present = encoding
        count = jnp.abs(sums[..., :1])
        summary = jnp.concatenate([jnp.log1p(count) / 3, sums[..., 1:] / (1 + count)], axis=-1)
        pooled = jnp.concatenate([mean_and_max(h, present), summary], axis=-1)
        mixed = jax.nn.silu(self.layer1(h) + self.layer1_pooled(pooled)[..., None, :])
        mixed = mixed * present[..., None]
        pooled_mixed = self.layer2_pooled(mean_and_max(mixed, present))
        mixed += jax.nn.silu(self.layer2(mixed) + pooled_mixed[..., None, :])
        scores = jnp.where(present, self.score_head(mixed)[..., 0], _ABSENT_LOGIT)
        return Categorical(jnp.concatenate([scores, self.null_head(pooled)], axis=-1))

    def _embed(
        self, values: Float[Array, "*n columns"], num_categorical: int
    ) -> Float[Array, "*n embedded"]:
        """Replace the last, categorical columns by their embeddings."""
        if not num_categorical:
            return values
        numbers, symbols = values[..., :-num_categorical], values[..., -num_categorical:]
        index = jnp.clip(symbols, 0, self.vocab_size - 1).astype(int)
        # A product with one-hot rows: on a CPU its gradient is far faster than that of a look-up.
        embedded = jax.nn.one_hot(index, self.vocab_size) @ self.embedding
        return jnp.concatenate([numbers, embedded.reshape(*embedded.shape[:-2], -1)], axis=-1)
