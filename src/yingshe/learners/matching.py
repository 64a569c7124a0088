"""Classes by likeness: an input is compared, in several ways, with what was read of each class."""

from typing import Any, Literal, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from yingshe.errors import UserError
from yingshe.learners.base import Learner, hyperparameters, scan_prequential
from yingshe.learners.layers import Dense
from yingshe.linalg import cholesky, inverse_of_triangle
from yingshe.pairs import Pairs
from yingshe.prediction import Categorical, Prediction

_ABOUT_CLASS = 4  # facts of a class beside its likeness: read, none, how often, how uncertain so
_IS_NONE = 1  # its place among them
_FAST = 10.0  # a number on its own is kept in tenths: an optimiser moves it as far as a weight
KNOWN_HIDDEN = 128
"""Width of the network that recognises `known` classes."""
_TINY = 1e-6


class MatchingState(NamedTuple):
    """The last `capacity` pairs that were read: pair i is in row i mod capacity."""

    seen: Float[Array, "capacity width"]
    """x as it is compared: its views and what is learned of them, each of length 1."""
    y: Float[Array, "capacity y_dim"]
    reads: Int[Array, ""]


class Matching(Learner):
    """An input is likened to the pairs read of each class; training finds which likeness tells.

    x consists of `views`, vectors of which the direction counts (an encoder's, counts of letters).
    Each is compared by its cosine as it is, and once more as a network of its own sees it; a last
    network sees all of them. What is known of a class j is then, for each of these cosines, its
    mean and its maximum over the pairs read of j, beside the answers of two ridge regressions on
    one-hot classes whose kernels are learned sums of the cosines. A network answers from that, the
    same for all classes, and sees the mean and maximum over the classes of what they are to it: its
    parameters do not depend on how many classes there are, nor on their order (`resized`).

    With `known`, the first view is likened in one more way: how probable it makes each of so many
    classes that other tasks had, by a network that is fitted to them beforehand (`recogniser`: two
    layers with max(·, 0) between) and that training leaves as it is. Of these probabilities the
    square roots are compared, so that their cosine is the Bhattacharyya coefficient.

    With `none`, the last class stands for "none of the others": what is labelled so is not read,
    as it may be anything, and its probability is learned from tasks in which such inputs occur.

    After Vinyals et al., Matching Networks, 2016, and Snell et al., Prototypical Networks, 2017
    (maximum and mean); Bertinetto et al., Meta-learning with differentiable closed-form solvers,
    2019 (ridge regression); Zaheer et al., Deep Sets, 2017, section 3.1 (classes alike).
    """

    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)
    output: Literal["categorical"] = eqx.field(static=True)
    views: tuple[int, ...] = eqx.field(static=True)
    features: int = eqx.field(static=True)
    hidden: int = eqx.field(static=True)
    none: bool = eqx.field(static=True)
    known: int = eqx.field(static=True)
    capacity: int = eqx.field(static=True)

    each: tuple[tuple[Dense, Dense], ...]
    together: tuple[Dense, Dense]
    recogniser: tuple[Dense, Dense] | None
    shares: Float[Array, "2 cosines"]
    log_noise: Float[Array, "2"]
    plain: Float[Array, " facts"]
    first: Dense
    second: Dense
    answer: Dense

    def __init__(
        self,
        x_dim: int,
        y_dim: int,
        *,
        output: Literal["categorical"] = "categorical",
        views: tuple[int, ...] = (),
        features: int = 64,
        hidden: int = 32,
        none: bool = False,
        known: int = 0,
        capacity: int = 128,
        key: PRNGKeyArray,
    ):
        """Draw the initial parameters.

        Args:
            x_dim: number of inputs.
            y_dim: number of classes; with `none`, one more.
            output: "categorical".
            views: widths of the parts of x that are compared on their own; () for x as one.
            features: that are learned of each view, and of all together.
            hidden: width of the network that weighs the likenesses.
            none: whether the last class stands for "none of the others".
            known: classes of other tasks by which the first view is likened besides.
            capacity: pairs that are remembered; older ones are forgotten.
            key: for the initial parameters.

        Raises UserError for another output, and where the views do not sum to x_dim.
        """
        if output != "categorical":
            raise UserError(f"Matching tells classes apart; it has no output '{output}'.")
        if sum(views or (x_dim,)) != x_dim:
            raise UserError(f"The views {views} have {sum(views)} columns together, x has {x_dim}.")
        self.x_dim, self.y_dim, self.output = x_dim, y_dim, output
        self.views, self.features, self.hidden = views, features, hidden
        self.none, self.known, self.capacity = none, known, capacity
        parts = views or (x_dim,)
        keys = iter(jax.random.split(key, 2 * len(parts) + 7))

        def network(inputs: int, wide: int) -> tuple[Dense, Dense]:
            # Inputs are of length 1: of unit variance together, not each.
            start = Dense(inputs, wide, scale=inputs**0.5, key=next(keys))
            return start, Dense(wide, features, key=next(keys))

        self.each = tuple(network(width, features) for width in parts)
        self.together = network(x_dim, 2 * features)
        given = len(parts) + (known > 0)
        cosines = given + len(parts) + 1
        as_it_is = jnp.arange(cosines) < given
        self.shares = jnp.where(jnp.stack([as_it_is, ~as_it_is]), 1.0, -2.0) / _FAST
        self.log_noise = jnp.full(2, -0.5) / _FAST
        weights = jnp.tile(jnp.where(as_it_is, 0.5, 2.0), 2), jnp.full(2, 4.0)
        self.plain = jnp.concatenate([*weights, jnp.zeros(_ABOUT_CLASS)]) / _FAST
        facts = len(self.plain)
        self.first = Dense(facts, hidden, key=next(keys))
        self.second = Dense(3 * hidden + 3, hidden, key=next(keys))
        self.answer = Dense(hidden, 1, scale=0.1, key=next(keys))
        self.recogniser = None
        if known:
            wide = Dense(parts[0], KNOWN_HIDDEN, key=next(keys))
            self.recogniser = wide, Dense(KNOWN_HIDDEN, known, key=next(keys))

    def resized(self, y_dim: int, capacity: int) -> "Matching":
        """The same learner for so many classes, that of none included, and so many pairs.

        No parameter changes.
        """
        options: dict[str, Any] = {**hyperparameters(self), "y_dim": y_dim, "capacity": capacity}
        other = eqx.filter_eval_shape(lambda: Matching(**options, key=jax.random.key(0)))
        return jax.tree.unflatten(jax.tree.structure(other), jax.tree.leaves(self))

    def tempered(self, temperature: float, none: float = 0.0) -> "Matching":
        """The same learner with its logits divided by a temperature, then that of none shifted."""
        index = len(self.plain) - _ABOUT_CLASS + _IS_NONE
        plain = (self.plain / temperature).at[index].add(none / _FAST)
        answer = eqx.tree_at(
            lambda dense: dense.weight, self.answer, self.answer.weight / temperature
        )
        return eqx.tree_at(lambda one: (one.plain, one.answer), self, (plain, answer))

    def init_state(self) -> MatchingState:
        n = self.capacity
        width = self._bounds()[-1][1]
        return MatchingState(jnp.zeros((n, width)), jnp.zeros((n, self.y_dim)), jnp.zeros((), int))

    def observe(
        self, state: MatchingState, x: Float[Array, " x_dim"], y: Float[Array, " y_dim"]
    ) -> MatchingState:
        row = state.reads % self.capacity
        # A row beyond the memory is dropped: what is of no class is not read.
        row = jnp.where(self._is_read(y), row, self.capacity)
        return MatchingState(
            state.seen.at[row].set(self._seen(x), mode="drop"),
            state.y.at[row].set(y, mode="drop"),
            state.reads + self._is_read(y),
        )

    def predict(self, state: MatchingState, x: Float[Array, " x_dim"]) -> Prediction:
        visible = jnp.arange(self.capacity) < state.reads
        logits = self._answer(state.seen, state.y, self._seen(x)[None], visible[None])
        return Categorical(logits[0])

    def prequential(self, pairs: Pairs) -> Prediction:
        n = len(pairs)
        if n > self.capacity:
            return scan_prequential(self, pairs)
        read = pairs.mask & jax.vmap(self._is_read)(pairs.y)
        seen = jax.vmap(self._seen)(jnp.where(pairs.mask[:, None], pairs.x, 0.0))
        y = jnp.where(read[:, None], pairs.y, 0.0)
        visible = read & jnp.tril(jnp.ones((n, n), bool), -1)
        return Categorical(self._answer(seen, y, seen, visible))

    def _is_read(self, y: Float[Array, " y_dim"]) -> Bool[Array, ""]:
        return y[-1] < 0.5 if self.none else jnp.asarray(True)

    def _bounds(self) -> list[tuple[int, int]]:
        """Where each of the vectors that are compared begins and ends."""
        parts = self.views or (self.x_dim,)
        known = (self.known,) if self.known else ()
        widths = (*parts, *known, *(self.features,) * (len(parts) + 1))
        ends = [sum(widths[: i + 1]) for i in range(len(widths))]
        return [(end - width, end) for width, end in zip(widths, ends, strict=True)]

    def _seen(self, x: Float[Array, " x_dim"]) -> Float[Array, " width"]:
        parts = [_unit(x[a:b]) for a, b in self._bounds()[: len(self.each)]]
        learned = [_through(n, part) for n, part in zip(self.each, parts, strict=True)]
        learned.append(_through(self.together, jnp.concatenate(parts)))
        if self.recogniser is not None:
            first, second = jax.lax.stop_gradient(self.recogniser)
            logits = second(jax.nn.relu(first(parts[0])))
            learned.insert(0, jnp.exp(jax.nn.log_softmax(logits) / 2))
        return jnp.concatenate([*parts, *learned])

    def _answer(
        self,
        memory: Float[Array, "m width"],
        y: Float[Array, "m y_dim"],
        asked: Float[Array, "n width"],
        visible: Bool[Array, "n m"],
    ) -> Float[Array, "n y_dim"]:
        """Logits at n inputs, each from the pairs before the first that it may not see."""
        of_pairs = jnp.stack([memory[:, a:b] @ memory[:, a:b].T for a, b in self._bounds()])
        cosines = jnp.stack([asked[:, a:b] @ memory[:, a:b].T for a, b in self._bounds()])
        of_class = jnp.where(visible[..., None], y, 0.0)  # (n, m, y_dim)
        counts = jnp.sum(of_class, axis=1)
        read = (counts > 0.5)[..., None]
        mean = jnp.einsum("cnm,nmj->njc", cosines, of_class) / jnp.maximum(counts, 1)[..., None]
        most = jnp.max(
            jnp.where((of_class > 0.5)[..., None], jnp.moveaxis(cosines, 0, 2)[:, :, None], -1.0),
            axis=1,
        )
        ridge, uncertainty = jax.vmap(self._ridge, in_axes=(0, 0, None, None, None, None))(
            _FAST * self.shares, _FAST * self.log_noise, of_pairs, cosines, y, visible
        )
        is_none = jnp.zeros_like(counts).at[:, -1].set(float(self.none))
        about = [read[..., 0], is_none, jnp.log1p(counts) / 2, jax.lax.rsqrt(1 + counts)]
        likenesses = jnp.where(
            read, jnp.concatenate([mean, most, jnp.moveaxis(ridge, 0, 2)], axis=-1), 0.0
        )
        facts = jnp.concatenate([likenesses, jnp.stack(about, axis=-1)], axis=-1)
        h = jax.nn.silu(self.first(facts))  # (n, y_dim, hidden)
        number = jnp.maximum(jnp.sum(read, axis=1), 1)
        pooled = [jnp.sum(h * read, axis=1) / number, jnp.max(jnp.where(read, h, -1.0), axis=1)]
        reads = jnp.log1p(jnp.sum(counts, axis=1)) / 4
        pooled = jnp.concatenate([*pooled, uncertainty.T, reads[:, None]], axis=-1)
        pooled = jnp.broadcast_to(pooled[:, None], (*h.shape[:2], pooled.shape[-1]))
        h = jax.nn.silu(self.second(jnp.concatenate([h, pooled], axis=-1)))
        return _FAST * facts @ self.plain + self.answer(h)[..., 0]

    def _ridge(
        self,
        shares: Float[Array, " cosines"],
        log_noise: Float[Array, ""],
        of_pairs: Float[Array, "cosines m m"],
        cosines: Float[Array, "cosines n m"],
        y: Float[Array, "m y_dim"],
        visible: Bool[Array, "n m"],
    ) -> tuple[Float[Array, "n y_dim"], Float[Array, " n"]]:
        """Kernel ridge regression on the pairs that each input may see, and its variance.

        With K + σ²I = CCᵀ, the first rows of C are those of fewer pairs: one factor serves all.
        """
        shares = jax.nn.softmax(shares)
        read = jnp.any(y > 0.5, axis=1)
        kernel = jnp.einsum("c,cij->ij", shares, of_pairs)
        kernel = jnp.where(read[:, None] & read, kernel, 0.0)
        noise = jnp.exp(2 * log_noise)
        inverse = inverse_of_triangle(cholesky(kernel + noise * jnp.eye(len(y))))
        across = jnp.where(visible, jnp.einsum("c,cnm->nm", shares, cosines), 0.0)
        v = jnp.where(visible, across @ inverse.T, 0.0)
        return v @ (inverse @ y), 1 - jnp.sum(v**2, axis=1)


def _through(network: tuple[Dense, Dense], x: Float[Array, " part"]) -> Float[Array, " features"]:
    first, second = network
    return _unit(second(jax.nn.silu(first(x))))


def _unit(x: Float[Array, " width"]) -> Float[Array, " width"]:
    return x * jax.lax.rsqrt(jnp.sum(x**2) + _TINY)
