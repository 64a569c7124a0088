"""Classes by likeness: an input is compared, in several ways, with what was read of each class."""

from typing import Any, Literal, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from yingshe.errors import UserError
from yingshe.learners._layers import Dense
from yingshe.learners._similarity import (
    kernel_ridge,
    novel_base_mass,
    similarity_statistics,
    sqrt_base_probs,
)
from yingshe.learners.base import Learner, hyperparameters, scan_prequential
from yingshe.pairs import Pairs
from yingshe.prediction import Categorical, Prediction

# Facts of a class beside its likeness: read, none, if none how often the others, how often, how
# uncertain so, whether of two pairs.
_NUM_CLASS_FEATURES = 6
_IS_NONE, _NONE_AFTER = 1, 2  # places among them
_LR_MULTIPLIER = (
    10.0  # a number on its own is kept in tenths: an optimizer moves it as far as a weight
)
BASE_HIDDEN = 128
"""Width of the network that recognises `known` classes."""
_TRAINED = ("learned", "kernel_logits", "log_noise", "linear_head", "first", "second", "answer")
_TINY = 1e-6


class MatchingNetworkState(NamedTuple):
    """The last `capacity` pairs that were read: pair i is in row i mod capacity."""

    seen: Float[Array, "capacity width"]
    """x as it is compared: its views and what is learned of them, each of length 1."""
    y: Float[Array, "capacity y_dim"]
    reads: Int[Array, ""]


class MatchingNetwork(Learner):
    """An input is likened to the pairs read of each class; training finds which likeness tells.

    x consists of `views`, vectors of which the direction counts (an encoder's, counts of letters).
    Each is compared by its cosine as it is, and once more as a network of its own sees it; a last
    network sees all of them. What is known of a class j is then, for each of these cosines, its
    mean and its maximum over the pairs read of j, both also in standard deviations from what is
    usual between pairs of different classes, the mean from what is usual within j as well, beside
    the answers of kernel_ridge regressions on one-hot classes whose kernels are learned sums of the
    cosines. A network answers from that, the same for all classes, and sees the mean and maximum
    over the classes of what they are to it, and how well each cosine tells the classes read apart:
    its parameters do not depend on how many classes there are, nor on their order (`with_num_classes`).

    With `known`, every view is likened in one more way: how probable it makes each of so many
    classes that other tasks had, by a network that is fitted to them beforehand (`base_classifiers`: two
    layers with max(·, 0) between) and that training leaves as it is; and so are all views together,
    by the square root of the product of these probabilities. Of probabilities the square roots are
    compared, so that their cosine is the Bhattacharyya coefficient. How probable the known classes
    are that none of the classes read looks like is one more sign of none. While training, x may
    hold these square roots itself, after the views (`given`): by networks that were fitted without
    the task, say.

    With `none`, the last class stands for "none of the others": what is labelled so is not read,
    as it may be anything, and its probability is learned from tasks in which such inputs occur.

    After Vinyals et al., MatchingNetwork Networks, 2016, and Snell et al., Prototypical Networks, 2017
    (maximum and mean); Bertinetto et al., Meta-learning with differentiable closed-form solvers,
    2019 (kernel_ridge regression); Zaheer et al., Deep Sets, 2017, section 3.1 (classes alike).
    """

    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)
    likelihood: Literal["categorical"] = eqx.field(static=True)
    views: tuple[int, ...] = eqx.field(static=True)
    num_features: int = eqx.field(static=True)
    hidden: int = eqx.field(static=True)
    out_of_scope: bool = eqx.field(static=True)
    num_base_classes: int = eqx.field(static=True)
    precomputed_base_probs: bool = eqx.field(static=True)
    capacity: int = eqx.field(static=True)

    learned: tuple[tuple[Dense, Dense], ...]
    base_classifiers: tuple[tuple[Dense, Dense], ...]
    kernel_logits: Float[Array, "regressions cosines"]
    log_noise: Float[Array, " regressions"]
    linear_head: Float[Array, " facts"]
    first: Dense
    second: Dense
    answer: Dense

    def __init__(
        self,
        x_dim: int,
        y_dim: int,
        *,
        likelihood: Literal["categorical"] = "categorical",
        views: tuple[int, ...] = (),
        num_features: int = 64,
        hidden: int = 32,
        out_of_scope: bool = False,
        num_base_classes: int = 0,
        precomputed_base_probs: bool = False,
        capacity: int = 128,
        key: PRNGKeyArray,
    ):
        """Draw the initial parameters.

        Args:
            x_dim: number of inputs.
            y_dim: number of classes; with `none`, one more.
            likelihood: "categorical".
            views: widths of the parts of x that are compared on their own; () for x as one.
            num_features: that are learned of each view, and of all together; 0 to compare them only as
                they are.
            hidden: width of the network that weighs the likenesses.
            out_of_scope: whether the last class stands for "none of the others".
            num_base_classes: classes of other tasks by which the views are likened besides.
            precomputed_base_probs: whether x ends in square roots of their probabilities, by each view and by all;
                the base_classifiers are then added later (`with_base_classifiers`).
            capacity: pairs that are remembered; older ones are forgotten.
            key: for the initial parameters.

        Raises UserError for another output, and where the views do not sum to x_dim.
        """
        if likelihood != "categorical":
            raise UserError(
                f"MatchingNetwork tells classes apart; it has no likelihood '{likelihood}'."
            )
        if precomputed_base_probs and not views:
            raise UserError(
                "With precomputed_base_probs=True, name the views: x holds more than they."
            )
        parts = views or (x_dim,)
        columns = sum(parts) + precomputed_base_probs * num_base_classes * (len(parts) + 1)
        if columns != x_dim:
            raise UserError(f"The views {views} have {columns} columns together, x has {x_dim}.")
        self.x_dim, self.y_dim, self.likelihood = x_dim, y_dim, likelihood
        self.views, self.num_features, self.hidden = views, num_features, hidden
        self.out_of_scope, self.num_base_classes, self.precomputed_base_probs, self.capacity = (
            out_of_scope,
            num_base_classes,
            precomputed_base_probs,
            capacity,
        )
        keys = iter(jax.random.split(key, 4 * len(parts) + 7))

        def network(inputs: int, wide: int) -> tuple[Dense, Dense]:
            # Inputs are of length 1: of unit variance together, not each.
            start = Dense(inputs, wide, scale=inputs**0.5, key=next(keys))
            return start, Dense(wide, num_features, key=next(keys))

        together = [(sum(parts), 2 * num_features)]
        sizes = [(width, num_features) for width in parts] + together if num_features else []
        self.learned = tuple(network(*size) for size in sizes)
        distributions = (len(parts) + 1) * (num_base_classes > 0)
        cosines = len(parts) + distributions + len(self.learned)
        # A regression on each kind of cosines: as they are, of known classes, learned.
        kinds = np.repeat(np.arange(3), (len(parts), distributions, len(self.learned)))
        own = jnp.asarray([kinds == kind for kind in np.unique(kinds)])
        self.kernel_logits = jnp.where(own, 1.0, -2.0) / _LR_MULTIPLIER
        self.log_noise = jnp.full(len(own), -0.5) / _LR_MULTIPLIER
        weights = jnp.tile(jnp.where(kinds < 2, 0.5, 2.0), 2), jnp.full(len(own), 4.0)
        others = jnp.zeros(3 * cosines + _NUM_CLASS_FEATURES)
        self.linear_head = jnp.concatenate([*weights, others]) / _LR_MULTIPLIER
        facts = len(self.linear_head)
        self.first = Dense(facts, hidden, key=next(keys))
        of_task = len(own) + 1 + 3 * cosines + 2 + distributions
        self.second = Dense(3 * hidden + of_task, hidden, key=next(keys))
        self.answer = Dense(hidden, 1, scale=0.1, key=next(keys))
        self.base_classifiers = tuple(
            (
                Dense(width, BASE_HIDDEN, key=next(keys)),
                Dense(BASE_HIDDEN, num_base_classes, key=next(keys)),
            )
            for width in parts
            if num_base_classes and not precomputed_base_probs
        )

    def with_num_classes(self, y_dim: int, capacity: int) -> "MatchingNetwork":
        """The same learner for so many classes, that of none included, and so many pairs.

        No parameter changes.
        """
        options: dict[str, Any] = {**hyperparameters(self), "y_dim": y_dim, "capacity": capacity}
        other = eqx.filter_eval_shape(lambda: MatchingNetwork(**options, key=jax.random.key(0)))
        return jax.tree.unflatten(jax.tree.structure(other), jax.tree.leaves(self))

    def with_base_classifiers(
        self, base_classifiers: tuple[tuple[Dense, Dense], ...]
    ) -> "MatchingNetwork":
        """The same learner with these base_classifiers, one a view, whose answers x no longer gives."""
        width = sum(self.views) if self.precomputed_base_probs else self.x_dim
        options: dict[str, Any] = {
            **hyperparameters(self),
            "x_dim": width,
            "precomputed_base_probs": False,
        }
        other = eqx.filter_eval_shape(lambda: MatchingNetwork(**options, key=jax.random.key(0)))
        parts = {name: getattr(self, name) for name in _TRAINED} | {
            "base_classifiers": base_classifiers
        }
        return eqx.tree_at(
            lambda one: [getattr(one, name) for name in parts], other, list(parts.values())
        )

    def with_temperature(
        self, temperature: float, none: float = 0.0, none_after: float = 0.0
    ) -> "MatchingNetwork":
        """The same learner with its logits divided by a temperature, then that of none shifted.

        By `none`, and `none_after` for each unit of ½ ln(1 + pairs read of a class, on average).
        """
        index = len(self.linear_head) - _NUM_CLASS_FEATURES
        linear_head = self.linear_head / temperature
        linear_head = linear_head.at[index + _IS_NONE].add(none / _LR_MULTIPLIER)
        linear_head = linear_head.at[index + _NONE_AFTER].add(none_after / _LR_MULTIPLIER)
        answer = eqx.tree_at(
            lambda dense: dense.weight, self.answer, self.answer.weight / temperature
        )
        return eqx.tree_at(lambda one: (one.linear_head, one.answer), self, (linear_head, answer))

    def init_state(self) -> MatchingNetworkState:
        n = self.capacity
        width = self._bounds()[-1][1]
        return MatchingNetworkState(
            jnp.zeros((n, width)), jnp.zeros((n, self.y_dim)), jnp.zeros((), int)
        )

    def observe(
        self, state: MatchingNetworkState, x: Float[Array, " x_dim"], y: Float[Array, " y_dim"]
    ) -> MatchingNetworkState:
        row = state.reads % self.capacity
        # A row beyond the memory is dropped: what is of no class is not read.
        row = jnp.where(self._is_read(y), row, self.capacity)
        return MatchingNetworkState(
            state.seen.at[row].set(self._seen(x), mode="drop"),
            state.y.at[row].set(y, mode="drop"),
            state.reads + self._is_read(y),
        )

    def predict(self, state: MatchingNetworkState, x: Float[Array, " x_dim"]) -> Prediction:
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
        return y[-1] < 0.5 if self.out_of_scope else jnp.asarray(True)

    def _bounds(self) -> list[tuple[int, int]]:
        """Where each of the vectors that are compared begins and ends: views, probabilities of
        known classes, what is learned.
        """
        parts = self._parts()
        known = (self.num_base_classes,) * (len(parts) + 1) if self.num_base_classes else ()
        widths = (*parts, *known, *(self.num_features,) * len(self.learned))
        ends = [sum(widths[: i + 1]) for i in range(len(widths))]
        return [(end - width, end) for width, end in zip(widths, ends, strict=True)]

    def _parts(self) -> tuple[int, ...]:
        return self.views or (self.x_dim,)

    def _seen(self, x: Float[Array, " x_dim"]) -> Float[Array, " width"]:
        parts = [_l2_normalize(x[a:b]) for a, b in self._bounds()[: len(self._parts())]]
        inputs = [*parts, jnp.concatenate(parts)] if self.learned else []
        learned = [_apply_mlp(n, part) for n, part in zip(self.learned, inputs, strict=True)]
        if self.precomputed_base_probs:
            known = [x[sum(self.views) :]]
        else:
            known = sqrt_base_probs(self.base_classifiers, parts) if self.num_base_classes else []
        return jnp.concatenate([*parts, *known, *learned])

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
        beside = similarity_statistics(of_pairs, of_class)
        has_within = beside.has_within[..., None]
        regressions, uncertainty = self._ridges(of_pairs, cosines, y, visible)
        scaled = (
            beside.zscore(mean),
            beside.zscore(most),
            has_within * beside.zscore(mean, "within_class_mean"),
        )
        likenesses = [mean, most, regressions, *scaled]
        number = jnp.maximum(jnp.sum(read, axis=1), 1)
        often = jnp.log1p(counts) / 2
        is_none = jnp.zeros_like(counts).at[:, -1].set(float(self.out_of_scope))
        usually = jnp.log1p(jnp.sum(counts, axis=1, keepdims=True) / number) / 2
        rarity = jax.lax.rsqrt(1 + counts)
        about = [read[..., 0], is_none, is_none * usually, often, rarity, beside.has_within]
        facts = jnp.concatenate(
            [jnp.where(read, jnp.concatenate(likenesses, axis=-1), 0.0), jnp.stack(about, axis=-1)],
            axis=-1,
        )
        h = jax.nn.silu(self.first(facts))  # (n, y_dim, hidden)
        pooled = [
            jnp.sum(h * read, axis=1) / number,
            jnp.max(jnp.where(read, h, -1.0), axis=1),
            uncertainty,
            jnp.log1p(jnp.sum(counts, axis=1, keepdims=True)) / 4,
            *beside.of_task(number),
            jnp.any(~read[:, : read.shape[1] - self.out_of_scope], axis=1).astype(float),
            *self._unclaimed(asked, memory, of_class),
        ]
        pooled = jnp.concatenate(pooled, axis=-1)
        pooled = jnp.broadcast_to(pooled[:, None], (*h.shape[:2], pooled.shape[-1]))
        h = jax.nn.silu(self.second(jnp.concatenate([h, pooled], axis=-1)))
        return _LR_MULTIPLIER * facts @ self.linear_head + self.answer(h)[..., 0]

    def _ridges(
        self,
        of_pairs: Float[Array, "cosines m m"],
        cosines: Float[Array, "cosines n m"],
        y: Float[Array, "m y_dim"],
        visible: Bool[Array, "n m"],
    ) -> tuple[Float[Array, "n y_dim regressions"], Float[Array, "n regressions"]]:
        """Ridge regressions, each on its own kernel_logits of the cosines."""

        def one(kernel_logits, log_noise):
            kernel_logits, noise = (
                jax.nn.softmax(_LR_MULTIPLIER * kernel_logits),
                jnp.exp(2 * _LR_MULTIPLIER * log_noise),
            )
            kernel, across = (
                jnp.einsum("c,cij->ij", kernel_logits, each) for each in (of_pairs, cosines)
            )
            return kernel_ridge(kernel, across, noise, y, visible)

        answers, variances = jax.vmap(one)(self.kernel_logits, self.log_noise)
        return jnp.moveaxis(answers, 0, 2), variances.T

    def _unclaimed(
        self,
        asked: Float[Array, "n width"],
        memory: Float[Array, "m width"],
        of_class: Float[Array, "n m y_dim"],
    ) -> list[Float[Array, "n 1"]]:
        """By each view, and by all."""
        start = len(self._parts())
        bounds = self._bounds()[start : start + (start + 1) * (self.num_base_classes > 0)]
        fixed = [jax.lax.stop_gradient((asked[:, a:b], memory[:, a:b])) for a, b in bounds]
        return [novel_base_mass(*each, of_class)[:, None] for each in fixed]


def _apply_mlp(network: tuple[Dense, Dense], x: Float[Array, " part"]) -> Float[Array, " features"]:
    first, second = network
    return _l2_normalize(second(jax.nn.silu(first(x))))


def _l2_normalize(x: Float[Array, " width"]) -> Float[Array, " width"]:
    return x * jax.lax.rsqrt(jnp.sum(x**2) + _TINY)
