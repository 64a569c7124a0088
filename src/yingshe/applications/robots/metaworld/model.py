"""Policy of a learner that has observed a few demonstrations."""

import dataclasses
import os
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, PRNGKeyArray

from yingshe.applications.adapted import AdaptedModel
from yingshe.applications.robots.metaworld.data import Demonstration
from yingshe.applications.robots.metaworld.encoding import (
    X_DIM,
    Y_DIM,
    decode_actions,
    distance_features,
    encode_actions,
    encode_observations_jit,
)
from yingshe.errors import UserError
from yingshe.learners import AttentiveProcess, Learner
from yingshe.mapping import Mapping, adapt
from yingshe.prediction import GaussianMixture, Prediction
from yingshe.serialization import read_learner

_MAX_PAIRS = 256  # of the learner's support; longer demonstrations are subsampled evenly
_REPLAY_DISTANCE = 0.03  # m, within which the demonstrated action outweighs the learner's

Observations = Float[np.ndarray, "n 21"]
"""Observations of n environments or time steps."""
Actions = Float[np.ndarray, "n 4"]
"""Actions in n environments or time steps."""


@dataclasses.dataclass(frozen=True)
class DemonstrationCodec:
    """Codec between observations and actions, with the demonstrated time steps.

    The action is w a + (1 − w) b. Here a is the demonstrated action at the nearest demonstrated
    time step, b is the learner's action, and w = exp(−(distance / 3 cm)²).

    Args:
        x: Encoded observations of the demonstrations.
        y: Encoded actions of the demonstrations.
    """

    x: Float[np.ndarray, "n 21"] = dataclasses.field(
        default_factory=lambda: np.zeros((0, X_DIM), np.float32)
    )
    y: Float[np.ndarray, "n 4"] = dataclasses.field(
        default_factory=lambda: np.zeros((0, Y_DIM), np.float32)
    )

    def encode_x(self, x: Sequence[Observations]) -> np.ndarray:
        """Return the encoded rows of several arrays of observations.

        Args:
            x: Arrays of observations.

        Returns:
            Inputs of the learner (n, 21).
        """
        return np.asarray(encode_observations_jit(np.concatenate(x)))

    def encode_y(self, y: Sequence[Actions]) -> np.ndarray:
        """Return the encoded rows of several arrays of actions.

        Args:
            y: Arrays of actions.

        Returns:
            Outputs of the learner (n, 4).
        """
        return np.asarray(encode_actions(jnp.asarray(np.concatenate(y))))

    def decode(self, prediction: Prediction, x: Sequence[Observations]) -> list[Actions]:
        """Return the actions at several arrays of observations, in [-1, 1].

        Args:
            prediction: Batched prediction at all rows.
            x: Arrays of observations.

        Returns:
            One array of actions for each array of observations.
        """
        actions = np.clip(_most_probable_actions(prediction), -1, 1)
        if len(self.x):
            query, shown = distance_features(self.encode_x(x)), distance_features(self.x)
            distance = np.linalg.norm(query[:, None] - shown[None], axis=2)
            replayed = np.clip(decode_actions(self.y), -1, 1)[distance.argmin(axis=1)]
            nearest = distance.min(axis=1, keepdims=True)
            weight = np.exp(-((nearest / _REPLAY_DISTANCE) ** 2))
            actions = weight * replayed + (1 - weight) * actions
        return np.split(actions, np.cumsum([len(part) for part in x])[:-1])

    def metadata(self) -> dict[str, Any]:
        """Return the demonstrated time steps as lists."""
        return {"application": "metaworld", "x": self.x.tolist(), "y": self.y.tolist()}

    def refit(
        self, mapping: Mapping, x: Sequence[Observations], y: Sequence[Actions]
    ) -> tuple["DemonstrationCodec", Mapping]:
        """Return the codec with more demonstrations, and the learner adapted to all of them.

        Args:
            mapping: Mapping of the learner.
            x: Observations of the demonstrations.
            y: Actions of the demonstrations.

        Returns:
            The new codec and the adapted mapping.
        """
        codec = DemonstrationCodec(
            np.concatenate([self.x, self.encode_x(x)]),
            np.concatenate([self.y, self.encode_y(y)]),
        )
        return codec, _adapt_evenly(mapping.learner, codec.x, codec.y)


@dataclasses.dataclass(frozen=True)
class ImitationPolicy(AdaptedModel[np.ndarray, np.ndarray, np.ndarray]):
    """Policy from observations to actions, adapted to a task by its demonstrations.

    >>> policy = ImitationPolicy.from_learner(ys.load("metaworld-ml45"))
    >>> policy = policy.adapt(demonstrate("door-lock-v3", 3, seed=0))
    >>> env = MetaWorldVectorEnv("door-lock-v3", seed=1)
    >>> env.rollout(StallRecovery(policy), steps=300)
    """

    codec: DemonstrationCodec
    mapping: Mapping

    @classmethod
    def from_learner(cls, learner: Learner) -> "ImitationPolicy":
        """Return the policy before any demonstration.

        Args:
            learner: Learner from encoded observations to encoded actions.

        Returns:
            The policy.
        """
        if isinstance(learner, AttentiveProcess):
            learner = learner.with_capacity(_MAX_PAIRS)
        codec = DemonstrationCodec()
        return cls(codec, _adapt_evenly(learner, codec.x, codec.y))

    @classmethod
    def load(cls, path: str | os.PathLike) -> "ImitationPolicy":
        """Read a policy that `save` wrote.

        Args:
            path: The file.

        Returns:
            The adapted policy.

        Raises:
            UserError: The file cannot be read, or holds something else.
        """
        learner, state, metadata = read_learner(path, kind="mapping")
        if metadata.get("application") != "metaworld":
            raise UserError(f"{path} is not a saved ImitationPolicy.")
        x = np.array(metadata["x"], np.float32).reshape(-1, X_DIM)
        y = np.array(metadata["y"], np.float32).reshape(-1, Y_DIM)
        return cls(DemonstrationCodec(x, y), Mapping(learner, state))

    def adapt(self, demonstrations: Sequence[Demonstration]) -> "ImitationPolicy":
        """Return the policy of these demonstrations alone; no gradient step is taken.

        Args:
            demonstrations: Demonstrations of one task.

        Returns:
            The adapted policy.

        Raises:
            UserError: There are no demonstrations.
        """
        if not demonstrations:
            raise UserError("demonstrations is empty; give at least one.")
        return self.from_learner(self.mapping.learner).observe_many(
            [demonstration.observations for demonstration in demonstrations],
            [demonstration.actions for demonstration in demonstrations],
        )

    def init_state(self, task: Any) -> tuple[()]:
        """Return the empty state of a rollout.

        Args:
            task: Not used.

        Returns:
            The empty state.
        """
        return ()

    def act(
        self, state: tuple[()], step: Observations, key: PRNGKeyArray
    ) -> tuple[Actions, tuple[()]]:
        """Choose one action for each observation.

        Args:
            state: Not used.
            step: Observations of n environments.
            key: Not used.

        Returns:
            Actions (n, 4), and no further information.
        """
        return self(step), ()

    def update(self, state: tuple[()], step: Any, action: Any, result: Any) -> tuple[()]:
        """Return the empty state: the policy learns from demonstrations only.

        Args:
            state: Not used.
            step: Not used.
            action: Not used.
            result: Not used.

        Returns:
            The empty state.
        """
        return state


def _adapt_evenly(
    learner: Learner, x: Float[np.ndarray, "n 21"], y: Float[np.ndarray, "n 4"]
) -> Mapping:
    """Adapt to at most 256 evenly spaced pairs."""
    rows = np.linspace(0, len(x) - 1, min(len(x), _MAX_PAIRS)).astype(int)
    return adapt(learner, x[rows], y[rows])


def _most_probable_actions(prediction: Prediction) -> Actions:
    """Return the mode of a mixture, since a mean may lie between two possible actions."""
    if not isinstance(prediction, GaussianMixture):
        return decode_actions(np.asarray(prediction.mean))
    best = jnp.argmax(prediction.logits, axis=-1, keepdims=True)
    return decode_actions(np.asarray(jnp.take_along_axis(prediction.means, best, axis=-1)[..., 0]))
