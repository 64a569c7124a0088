"""A network that chooses among alternatives, each of them described."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from yingshe.errors import UserError
from yingshe.learners.base import Learner
from yingshe.learners.layers import Dense
from yingshe.pairs import Pairs
from yingshe.prediction import Categorical, Prediction

Sums = Float[Array, "*n state"]


class Choice(Learner):
    """Says which of a case's alternatives is right, or none, and learns what a task prefers.

    x describes the case in its first `common` columns, and then each alternative in turn; one whose
    columns are all 0 is not there. y is one-hot over the alternatives, and in its last column says
    that none is right. An alternative is read together with the case into h_j, beside it stand
    the mean and maximum of all h of the case, and a context of what the task preferred so far,

        S = Σ_t (1, ψ(h of the right one), ψ(mean h of those there)),

    and one network, the same for all, gives its log-odds against none, after it was seen once more
    beside the mean and maximum of all.

    The last columns of the case, and of each alternative, may be symbols (letters, say): numbers of
    an alphabet, of which an embedding is learned.

    Conditional choice after McFadden, Conditional Logit Analysis of Qualitative Choice Behavior,
    1974; the equivariant layers are those of Zaheer et al., Deep Sets, 2017, section 3.1.
    """

    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)
    output: str = eqx.field(static=True)
    common: int = eqx.field(static=True)
    symbols: tuple[int, int] = eqx.field(static=True)
    alphabet: int = eqx.field(static=True)
    hidden: int = eqx.field(static=True)
    context: int = eqx.field(static=True)

    embedding: Float[Array, "alphabet width"]
    of_case: Dense
    of_each: Dense
    preferred: Dense
    mix: Dense
    mix_beside: Dense
    again: Dense
    again_beside: Dense
    answer: Dense
    none: Dense

    def __init__(
        self,
        x_dim: int,
        y_dim: int,
        *,
        output: str = "categorical",
        common: int = 0,
        symbols: tuple[int, int] = (0, 0),
        alphabet: int = 1,
        hidden: int = 64,
        context: int = 16,
        key: PRNGKeyArray,
    ):
        """Draw the initial parameters.

        Args:
            x_dim: common + alternatives · columns of each.
            y_dim: alternatives + 1.
            output: "categorical".
            common: columns of x that describe the case.
            symbols: how many of the columns of the case, and of each alternative, are symbols.
            alphabet: how many symbols there are; they are numbered from 0.
            hidden: width of each layer.
            context: learned features that the state sums up.
            key: for the initial parameters.

        Raises UserError where the columns cannot be shared out so, and for another output.
        """
        if output != "categorical":
            raise UserError(f"Choice has no output '{output}'; its answers are categorical.")
        alternatives = y_dim - 1
        if alternatives < 1 or x_dim <= common or (x_dim - common) % alternatives:
            raise UserError(
                f"x_dim is {x_dim}, of which {common} are common and the others are shared by "
                f"y_dim - 1 = {alternatives} alternatives; each must have as many, at least one."
            )
        each = (x_dim - common) // alternatives
        if symbols[0] > common or symbols[1] > each:
            raise UserError(f"{symbols} symbols are more than {(common, each)} columns.")
        self.x_dim, self.y_dim, self.output = x_dim, y_dim, output
        self.common, self.symbols, self.alphabet = common, symbols, alphabet
        self.hidden, self.context = hidden, context
        keys = iter(jax.random.split(key, 10))
        self.embedding = jax.random.normal(next(keys), (alphabet, _WIDTH)) / 2
        wider = _WIDTH - 1
        self.of_case = Dense(max(common + wider * symbols[0], 1), hidden, key=next(keys))
        self.of_each = Dense(each + wider * symbols[1], hidden, key=next(keys))
        self.preferred = Dense(hidden, context, key=next(keys))
        beside = 2 * hidden + 2 * context + 1
        self.mix = Dense(hidden, hidden, key=next(keys))
        self.mix_beside = Dense(beside, hidden, key=next(keys))
        self.again = Dense(hidden, hidden, key=next(keys))
        self.again_beside = Dense(2 * hidden, hidden, key=next(keys))
        self.answer = Dense(hidden, 1, scale=0.1, key=next(keys))
        self.none = Dense(beside, 1, scale=0.1, key=next(keys))

    @property
    def alternatives(self) -> int:
        """How many there may be."""
        return self.y_dim - 1

    def init_state(self) -> Sums:
        return jnp.zeros(1 + 2 * self.context)

    def observe(self, state: Sums, x: Float[Array, " x_dim"], y: Float[Array, " y_dim"]) -> Sums:
        return state + self._brought(*self._seen(x), y)

    def predict(self, state: Sums, x: Float[Array, " x_dim"]) -> Prediction:
        return Categorical(self._answer(state, *self._seen(x)))

    def prequential(self, pairs: Pairs) -> Prediction:
        h, there = self._seen(pairs.x)
        brought = jnp.where(pairs.mask[:, None], self._brought(h, there, pairs.y), 0.0)
        before = jnp.cumsum(brought, axis=0) - brought
        return Categorical(self._answer(before, h, there))

    def _seen(self, x: Float[Array, "*n x_dim"]):
        """What alternatives are to the network, (*n, alternatives, hidden), and which are there."""
        rows = x[..., self.common :].reshape(*x.shape[:-1], self.alternatives, -1)
        there = jnp.any(rows != 0, axis=-1)
        h = self.of_each(self._embedded(rows, self.symbols[1]))
        if self.common:
            case = self.of_case(self._embedded(x[..., : self.common], self.symbols[0]))
            h += case[..., None, :]
        return jax.nn.silu(h) * there[..., None], there

    def _embedded(self, values: Float[Array, "*n columns"], symbols: int):
        if not symbols:
            return values
        numbers, letters = values[..., :-symbols], values[..., -symbols:]
        chosen = jnp.clip(letters, 0, self.alphabet - 1).astype(int)
        # A product with one-hot rows: on a CPU its gradient is far faster than that of a look-up.
        letters = jax.nn.one_hot(chosen, self.alphabet) @ self.embedding
        return jnp.concatenate([numbers, letters.reshape(*letters.shape[:-2], -1)], axis=-1)

    def _brought(
        self,
        h: Float[Array, "*n alternatives hidden"],
        there: Bool[Array, "*n alternatives"],
        y: Float[Array, "*n y_dim"],
    ) -> Sums:
        """What a pair adds to the sums."""
        right = jnp.sum(h * y[..., :-1, None], axis=-2)
        ones = jnp.ones_like(right[..., :1])
        mean = _mean(h, there)
        psi = [jax.nn.silu(self.preferred(one)) for one in (right, mean)]
        return jnp.concatenate([ones, *psi], axis=-1)

    def _answer(self, sums: Sums, h: Float[Array, "*n alternatives hidden"], there):
        times = jnp.abs(sums[..., :1])
        before = jnp.concatenate([jnp.log1p(times) / 3, sums[..., 1:] / (1 + times)], axis=-1)
        beside = jnp.concatenate([_pooled(h, there), before], axis=-1)
        mixed = jax.nn.silu(self.mix(h) + self.mix_beside(beside)[..., None, :]) * there[..., None]
        others = self.again_beside(_pooled(mixed, there))
        mixed += jax.nn.silu(self.again(mixed) + others[..., None, :])
        own = self.answer(mixed)[..., 0]
        own = jnp.where(there, own, _ABSENT)
        return jnp.concatenate([own, self.none(beside)], axis=-1)


_WIDTH = 6  # numbers that stand for a symbol
_ABSENT = -30.0  # log-odds of an alternative that is not there


def _mean(h: Float[Array, "*n alternatives hidden"], there: Bool[Array, "*n alternatives"]):
    number = jnp.maximum(jnp.sum(there, axis=-1, keepdims=True), 1)
    return jnp.sum(h, axis=-2) / number


def _pooled(h: Float[Array, "*n alternatives hidden"], there: Bool[Array, "*n alternatives"]):
    return jnp.concatenate([_mean(h, there), h.max(axis=-2)], axis=-1)
