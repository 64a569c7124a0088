"""Controllers of a walker: one planner, and the models that it may plan through."""
# pyright: reportAttributeAccessIssue=false
# MuJoCo is a compiled module without types.

from collections.abc import Callable
from typing import Protocol, runtime_checkable

import jax
import jax.numpy as jnp
import mujoco
import numpy as np
from mujoco import rollout

from yingshe.applications.robots.locomotion.body import FRAME_SKIP, Damage
from yingshe.applications.robots.locomotion.mapping import (
    WalkerMapping,
    checked,
    prior_weights,
)
from yingshe.applications.robots.locomotion.planner import Model, Plan, Planner, features, search
from yingshe.learners import Learner


@runtime_checkable
class Controller(Protocol):
    """An action for a full state; and, after it, what it did."""

    def act(self, full: np.ndarray, key: jax.Array) -> np.ndarray: ...

    def learn(self, full: np.ndarray, action: np.ndarray, after: np.ndarray) -> None: ...


class Fixed:
    """Plans through a model that stays as it is."""

    def __init__(self, planner: Planner, model: Model):
        self.planner, self.model = planner, model
        self.plan: Plan = planner.begin()

    def act(self, full: np.ndarray, key: jax.Array) -> np.ndarray:
        pose = jnp.asarray(self.planner.walker.pose(full), jnp.float32)
        action, self.plan = self.planner.plan(self.model, pose, self.plan, key)
        return np.asarray(action, float)

    def learn(self, full: np.ndarray, action: np.ndarray, after: np.ndarray) -> None:
        pass


class Told(Fixed):
    """Plans through the learned body and is told the strengths: the limit of what it learned."""

    def strike(self, damage: Damage) -> None:
        """The walker is damaged so from now on."""
        self.model = self.model._replace(strength=jnp.asarray(damage.strength))


class Adapting(Fixed):
    """Plans through a mapping that reads every step."""

    def __init__(self, planner: Planner, mapping: WalkerMapping):
        super().__init__(planner, mapping.model)
        self.mapping = mapping

    def learn(self, full: np.ndarray, action: np.ndarray, after: np.ndarray) -> None:
        walker = self.planner.walker
        change = walker.change(full, after)
        self.mapping = self.mapping.observe(walker.pose(full), action, change)
        self.model = self.mapping.model


class Ridge(Fixed):
    """Plans through the given model, whose slopes in the commands are fitted to what it reads.

    At every moment ridge regression of what the model lacks, r = y - model(x), on the commands a:

        argmin over V of Σᵢ keepᵗ⁻ⁱ ‖rᵢ - aᵢᵀ V‖² + penalty ‖V‖².

    Old moments fade; before any it is the given model. Columns, penalty and keep are those, of a
    grid, that foresee a step best after half-cheetahs lose joints of training: a squared error of
    0.75 of the given model's. Fitted as a whole, the last layer came to 0.88.
    """

    def __init__(
        self, planner: Planner, model: Model, *, penalty: float = 10.0, keep: float = 0.95
    ):
        super().__init__(planner, model)
        size, read = planner.walker.size, len(planner.walker.inputs)
        self._slopes = slice(1 + read, 1 + read + size)  # rows of the weights: 1, pose, commands
        self._given, self._keep = np.asarray(model.weights, float), keep
        self._penalty = penalty * np.eye(size)
        self._seen, self._missed = np.zeros((size, size)), np.zeros((size, self._given.shape[1]))
        self._features = jax.jit(lambda x: features(model.learner, x))

    def learn(self, full: np.ndarray, action: np.ndarray, after: np.ndarray) -> None:
        walker, standardizer = self.planner.walker, self.model.learner.standardizer
        x = np.concatenate([np.asarray(walker.read(walker.pose(full))), action])
        phi = np.asarray(self._features(jnp.asarray(x, jnp.float32)), float)
        y = (walker.change(full, after) - np.asarray(standardizer.y_mean)) / np.asarray(
            standardizer.y_scale
        )
        command = phi[self._slopes]
        self._seen = self._keep * self._seen + np.outer(command, command)
        self._missed = self._keep * self._missed + np.outer(command, y - phi @ self._given)
        fitted = self._given.copy()
        fitted[self._slopes] += np.linalg.solve(self._penalty + self._seen, self._missed)
        self.model = self.model._replace(weights=jnp.asarray(fitted, jnp.float32))


class TrueSimulator:
    """Plans through MuJoCo itself, and is told of the damage: the limit for this planner."""

    def __init__(self, planner: Planner, *, threads: int = 1):
        self.planner = planner
        self.plan: Plan = planner.begin()
        walker = planner.walker
        self._model = walker.model
        self._rollout = rollout.Rollout(nthread=threads)
        self._data = [mujoco.MjData(walker.model) for _ in range(threads)]

    def strike(self, damage: Damage) -> None:
        """The walker is damaged so from now on."""
        self._model = self.planner.walker.with_strength(damage.strength)

    def act(self, full: np.ndarray, key: jax.Array) -> np.ndarray:
        action, self.plan = search(
            lambda actions: jnp.asarray(self._returns(full, np.asarray(actions, float))),
            self.planner,
            self.plan,
            key,
        )
        return np.asarray(action, float)

    def learn(self, full: np.ndarray, action: np.ndarray, after: np.ndarray) -> None:
        pass

    def _returns(self, full: np.ndarray, actions: np.ndarray) -> np.ndarray:
        walker = self.planner.walker
        states = np.tile(full, (len(actions), 1))
        every, _ = self._rollout.rollout(
            self._model, self._data, states, np.repeat(actions, FRAME_SKIP, axis=1)
        )
        ends = np.asarray(every)[:, FRAME_SKIP - 1 :: FRAME_SKIP]  # (n, horizon, full)
        forward = (ends[:, -1, 1] - full[1]) / walker.time_step
        fallen = walker.fallen(walker.pose(ends)).sum(axis=1)
        total = forward - walker.control_cost * np.sum(actions**2, axis=(1, 2)) - fallen
        return np.where(np.isfinite(total), total, -1e9)


def line_up(
    planner: Planner, body: Learner, joints: Learner, commanded: Learner, *, threads: int = 1
) -> dict[str, Callable[[], Controller]]:
    """Everything that is compared, by name, each made anew by a call.

    | name | plans through |
    |---|---|
    | non-adapting | a model of the same kind, logs and training, of what commands do; it stays |
    | undamaged | the body with every motor whole; it stays |
    | ridge | the non-adapting model, its slopes in the commands fitted by ridge regression |
    | adapting | the mapping, which reads every step |
    | told | the body, told the true strengths |
    | true simulator | MuJoCo, told the damage |
    """
    walker = planner.walker
    sizes = len(walker.inputs) + walker.size, len(walker.outputs)
    body, commanded = checked(body, *sizes), checked(commanded, *sizes)
    whole = jnp.ones(walker.size)
    of_body = Model(body, prior_weights(body), whole)
    of_commands = Model(commanded, prior_weights(commanded), whole)
    return {
        "non-adapting": lambda: Fixed(planner, of_commands),
        "undamaged": lambda: Fixed(planner, of_body),
        "ridge": lambda: Ridge(planner, of_commands),
        "adapting": lambda: Adapting(planner, WalkerMapping(walker, body, joints)),
        "told": lambda: Told(planner, of_body),
        "true simulator": lambda: TrueSimulator(planner, threads=threads),
    }
