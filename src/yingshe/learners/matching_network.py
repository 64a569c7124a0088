"""Few-shot classification by learned similarity to the observed pairs."""

from typing import Any, Literal, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from yingshe.errors import UserError
from yingshe.learners._class_features import (
    LR_MULTIPLIER,
    NUM_COUNT_FEATURES,
    OUT_OF_SCOPE,
    OUT_OF_SCOPE_COUNT,
    class_features,
    num_class_features,
    num_task_features,
)
from yingshe.learners._layers import MLP, Dense
from yingshe.learners._similarity import sqrt_base_probs
from yingshe.learners.base import Learner, hyperparameters, scan_prequential
from yingshe.pairs import Pairs
from yingshe.prediction import Categorical, Prediction

BASE_HIDDEN = 128
"""Width of the networks that classify into base classes."""

_TRAINED = ("learned", "kernel_logits", "log_noise", "linear_head", "first", "second", "answer")
_EPSILON = 1e-6  # keeps the gradient of a norm finite at 0


class MatchingNetworkState(NamedTuple):
    """Last `capacity` observed pairs: pair i is in row i mod capacity."""

    embeddings: Float[Array, "capacity width"]
    """Views, base-class probabilities and learned embeddings of x, each of length 1."""
    y: Float[Array, "capacity y_dim"]
    num_pairs: Int[Array, ""]
    """Number of pairs observed."""


class MatchingNetwork(Learner):
    """Matching network: classifies a query by its learned similarity to the pairs of each class.

    x consists of `views`, vectors whose direction matters (of an encoder, character counts). Each
    is compared by its cosine, and once more after a network of its own. A last network embeds all
    of them. Features of a class are computed from each of these cosines: its mean and maximum over
    the pairs of the class, their z-scores among pairs of different classes, and the z-score of the
    mean within the class. Further features are the outputs of kernel ridge regressions on one-hot
    classes; their kernels are learned sums of the cosines.

    A network shared by all classes computes the logit of a class. Its inputs are the features of
    the class, their mean and maximum over the classes, and how well each cosine separates the
    observed classes. The parameters do not depend on the number of classes nor on their order
    (`with_num_classes`).

    With `num_base_classes`, every view is also compared by the probabilities of base classes, which
    are classes of other tasks. A network of two layers (`base_classifiers`) gives them; it is
    fitted beforehand and fixed in training. All views together are compared by the product of
    these probabilities. Vectors of square roots are compared, so that the cosine is the
    Bhattacharyya coefficient. Another out-of-scope feature is the probability mass on base classes
    that no observed class matches. In training, x may hold the square roots itself, after the
    views (`precomputed_base_probs`), for example from networks that were fitted without the task.

    With `out_of_scope`, the last class stands for "none of the others". Pairs with that label are
    not stored, because they have nothing in common. Its probability is learned from tasks with
    such queries.

    References:
        Vinyals et al., Matching Networks, 2016.
        Snell et al., Prototypical Networks, 2017 (maximum and mean).
        Bertinetto et al., Meta-learning with differentiable closed-form solvers, 2019.
        Zaheer et al., Deep Sets, 2017, section 3.1 (a network shared by all classes).
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

    learned: tuple[MLP, ...]
    base_classifiers: tuple[tuple[Dense, Dense], ...]
    kernel_logits: Float[Array, "regressions cosines"]
    log_noise: Float[Array, " regressions"]
    linear_head: Float[Array, " features"]
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
            x_dim: Number of inputs.
            y_dim: Number of classes; with `out_of_scope`, one more.
            likelihood: "categorical".
            views: Widths of the parts of x that are compared separately; () for x as one part.
            num_features: Width of the learned embedding of each view, and of all views together;
                0 to compare raw views only.
            hidden: Width of the network that weighs the features of a class.
            out_of_scope: The last class stands for "none of the others".
            num_base_classes: Number of classes of other tasks whose probabilities are compared too.
            precomputed_base_probs: x ends in square roots of these probabilities, by each view and
                by all; `with_base_classifiers` replaces them later.
            capacity: Number of pairs remembered; older ones are forgotten.
            key: PRNG key for the initial parameters.

        Raises:
            UserError: If the likelihood is another, or the views do not sum to x_dim.
        """
        if likelihood != "categorical":
            raise UserError(
                f"MatchingNetwork has no likelihood '{likelihood}'; it predicts 'categorical'."
            )
        if precomputed_base_probs and not views:
            raise UserError(
                "precomputed_base_probs=True needs views, because x has further columns after them."
            )
        widths = views or (x_dim,)
        columns = sum(widths) + precomputed_base_probs * num_base_classes * (len(widths) + 1)
        if columns != x_dim:
            raise UserError(f"The views {views} have {columns} columns together, x has {x_dim}.")
        self.x_dim, self.y_dim, self.likelihood = x_dim, y_dim, likelihood
        self.views, self.num_features, self.hidden = views, num_features, hidden
        self.out_of_scope, self.num_base_classes = out_of_scope, num_base_classes
        self.precomputed_base_probs, self.capacity = precomputed_base_probs, capacity
        keys = iter(jax.random.split(key, 4 * len(widths) + 7))

        def network(in_features: int, wide: int) -> MLP:
            # An input has length 1: its entries have unit variance in sum, not each.
            first = Dense(in_features, wide, scale=in_features**0.5, key=next(keys))
            return MLP(first, Dense(wide, num_features, key=next(keys)))

        joint = [(sum(widths), 2 * num_features)]
        sizes = [(width, num_features) for width in widths] + joint if num_features else []
        self.learned = tuple(network(*size) for size in sizes)
        distributions = (len(widths) + 1) * (num_base_classes > 0)
        cosines = len(widths) + distributions + len(self.learned)
        # One regression per kind of cosine: of views, of base-class probabilities, of embeddings.
        kinds = np.repeat(np.arange(3), (len(widths), distributions, len(self.learned)))
        kind_masks = jnp.asarray([kinds == kind for kind in np.unique(kinds)])
        self.kernel_logits = jnp.where(kind_masks, 1.0, -2.0) / LR_MULTIPLIER
        self.log_noise = jnp.full(len(kind_masks), -0.5) / LR_MULTIPLIER
        features = num_class_features(cosines, len(kind_masks))
        weights = jnp.tile(jnp.where(kinds < 2, 0.5, 2.0), 2), jnp.full(len(kind_masks), 4.0)
        zeros = jnp.zeros(features - 2 * cosines - len(kind_masks))
        self.linear_head = jnp.concatenate([*weights, zeros]) / LR_MULTIPLIER
        self.first = Dense(features, hidden, key=next(keys))
        task_features = num_task_features(cosines, len(kind_masks), distributions)
        self.second = Dense(3 * hidden + task_features, hidden, key=next(keys))
        self.answer = Dense(hidden, 1, scale=0.1, key=next(keys))
        self.base_classifiers = tuple(
            (
                Dense(width, BASE_HIDDEN, key=next(keys)),
                Dense(BASE_HIDDEN, num_base_classes, key=next(keys)),
            )
            for width in widths
            if num_base_classes and not precomputed_base_probs
        )

    def with_num_classes(self, y_dim: int, capacity: int) -> "MatchingNetwork":
        """Return the same learner for another number of classes; no parameter changes.

        Args:
            y_dim: Number of classes; with `out_of_scope`, one more.
            capacity: Number of pairs remembered.

        Returns:
            Learner with the same parameters.
        """
        options: dict[str, Any] = {**hyperparameters(self), "y_dim": y_dim, "capacity": capacity}
        structure = eqx.filter_eval_shape(lambda: MatchingNetwork(**options, key=jax.random.key(0)))
        return jax.tree.unflatten(jax.tree.structure(structure), jax.tree.leaves(self))

    def with_base_classifiers(
        self, base_classifiers: tuple[tuple[Dense, Dense], ...]
    ) -> "MatchingNetwork":
        """Return the same learner with base classifiers instead of precomputed probabilities.

        Args:
            base_classifiers: Two layers for each view, with a ReLU between them.

        Returns:
            Learner whose x holds the views only.
        """
        width = sum(self.views) if self.precomputed_base_probs else self.x_dim
        options: dict[str, Any] = {
            **hyperparameters(self),
            "x_dim": width,
            "precomputed_base_probs": False,
        }
        structure = eqx.filter_eval_shape(lambda: MatchingNetwork(**options, key=jax.random.key(0)))
        parts = {name: getattr(self, name) for name in _TRAINED}
        parts |= {"base_classifiers": base_classifiers}
        return eqx.tree_at(
            lambda learner: [getattr(learner, name) for name in parts],
            structure,
            list(parts.values()),
        )

    def with_temperature(
        self, temperature: float, shift: float = 0.0, shift_per_log_count: float = 0.0
    ) -> "MatchingNetwork":
        """Return the same learner with its logits divided by a temperature.

        Args:
            temperature: Divisor of all logits (temperature scaling, Guo et al., 2017).
            shift: Shift of the out-of-scope logit, added afterwards.
            shift_per_log_count: Further shift for each unit of ½ ln(1 + mean pairs per class).

        Returns:
            Calibrated learner.
        """
        index = len(self.linear_head) - NUM_COUNT_FEATURES
        head = self.linear_head / temperature
        head = head.at[index + OUT_OF_SCOPE].add(shift / LR_MULTIPLIER)
        head = head.at[index + OUT_OF_SCOPE_COUNT].add(shift_per_log_count / LR_MULTIPLIER)
        weight = self.answer.weight / temperature
        answer = eqx.tree_at(lambda dense: dense.weight, self.answer, weight)
        return eqx.tree_at(
            lambda learner: (learner.linear_head, learner.answer), self, (head, answer)
        )

    def init_state(self) -> MatchingNetworkState:
        n, width = self.capacity, self._bounds()[-1][1]
        return MatchingNetworkState(
            jnp.zeros((n, width)), jnp.zeros((n, self.y_dim)), jnp.zeros((), int)
        )

    def observe(
        self, state: MatchingNetworkState, x: Float[Array, " x_dim"], y: Float[Array, " y_dim"]
    ) -> MatchingNetworkState:
        in_scope = self._is_in_scope(y)
        # Out-of-scope pairs are not stored: the scatter drops a row beyond the memory.
        row = jnp.where(in_scope, state.num_pairs % self.capacity, self.capacity)
        return MatchingNetworkState(
            state.embeddings.at[row].set(self._embed(x), mode="drop"),
            state.y.at[row].set(y, mode="drop"),
            state.num_pairs + in_scope,
        )

    def predict(self, state: MatchingNetworkState, x: Float[Array, " x_dim"]) -> Prediction:
        visible = jnp.arange(self.capacity) < state.num_pairs
        logits = self._logits(state.embeddings, state.y, self._embed(x)[None], visible[None])
        return Categorical(logits[0])

    def prequential(self, pairs: Pairs) -> Prediction:
        n = len(pairs)
        if n > self.capacity:
            return scan_prequential(self, pairs)
        stored = pairs.mask & jax.vmap(self._is_in_scope)(pairs.y)
        embeddings = jax.vmap(self._embed)(jnp.where(pairs.mask[:, None], pairs.x, 0.0))
        y = jnp.where(stored[:, None], pairs.y, 0.0)
        visible = stored & jnp.tril(jnp.ones((n, n), bool), -1)
        return Categorical(self._logits(embeddings, y, embeddings, visible))

    def _is_in_scope(self, y: Float[Array, " y_dim"]) -> Bool[Array, ""]:
        return y[-1] < 0.5 if self.out_of_scope else jnp.asarray(True)

    def _view_widths(self) -> tuple[int, ...]:
        return self.views or (self.x_dim,)

    def _bounds(self) -> list[tuple[int, int]]:
        """Return start and end of each part of an embedding.

        In order: views, base-class probabilities, learned embeddings.
        """
        views = self._view_widths()
        base = (self.num_base_classes,) * (len(views) + 1) if self.num_base_classes else ()
        widths = (*views, *base, *(self.num_features,) * len(self.learned))
        ends = [sum(widths[: i + 1]) for i in range(len(widths))]
        return [(end - width, end) for width, end in zip(widths, ends, strict=True)]

    def _base_bounds(self) -> list[tuple[int, int]]:
        views = len(self._view_widths())
        return self._bounds()[views : views + (views + 1) * (self.num_base_classes > 0)]

    def _embed(self, x: Float[Array, " x_dim"]) -> Float[Array, " width"]:
        views = [_l2_normalize(x[a:b]) for a, b in self._bounds()[: len(self._view_widths())]]
        inputs = [*views, jnp.concatenate(views)] if self.learned else []
        learned = [
            _l2_normalize(network(part)) for network, part in zip(self.learned, inputs, strict=True)
        ]
        if self.precomputed_base_probs:
            base = [x[sum(self.views) :]]
        else:
            base = sqrt_base_probs(self.base_classifiers, views) if self.num_base_classes else []
        return jnp.concatenate([*views, *base, *learned])

    def _logits(
        self,
        memory: Float[Array, "m width"],
        y: Float[Array, "m y_dim"],
        query: Float[Array, "n width"],
        visible: Bool[Array, "n m"],
    ) -> Float[Array, "n y_dim"]:
        """Return logits at n queries, each from the pairs before its first invisible one."""
        features = class_features(
            memory,
            y,
            query,
            visible,
            self._bounds(),
            self._base_bounds(),
            (self.kernel_logits, self.log_noise),
            out_of_scope=self.out_of_scope,
        )
        observed = features.observed
        h = jax.nn.silu(self.first(features.per_class))  # (n, y_dim, hidden)
        pooled = [
            jnp.sum(h * observed, axis=1) / features.num_observed,
            jnp.max(jnp.where(observed, h, -1.0), axis=1),
            features.per_task,
        ]
        pooled = jnp.concatenate(pooled, axis=-1)
        pooled = jnp.broadcast_to(pooled[:, None], (*h.shape[:2], pooled.shape[-1]))
        h = jax.nn.silu(self.second(jnp.concatenate([h, pooled], axis=-1)))
        linear = LR_MULTIPLIER * features.per_class @ self.linear_head
        return linear + self.answer(h)[..., 0]


def _l2_normalize(x: Float[Array, " width"]) -> Float[Array, " width"]:
    return x * jax.lax.rsqrt(jnp.sum(x**2) + _EPSILON)
