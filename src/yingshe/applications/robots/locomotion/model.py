"""Learned dynamics of a legged robot that adapt to actuator faults."""

import dataclasses
import functools
import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PyTree
from numpy.typing import ArrayLike

from yingshe import zoo
from yingshe._jit_cache import HashableModule
from yingshe.applications.adapted import AdaptedModel
from yingshe.applications.robots.locomotion.planner import LearnedDynamics, get_rls
from yingshe.applications.robots.locomotion.robots import LeggedRobot
from yingshe.errors import UserError
from yingshe.learners import RLS, Learner, StandardizedLearner
from yingshe.prediction import Prediction
from yingshe.serialization import read_learner, write_learner

_MAX_GAIN = 1.2  # largest estimated gain of a motor
_MODEL_ERROR = 0.15  # usual error of the dynamics learner, in standard deviations of an output

ZOO_SUFFIXES = {"dynamics": "", "actuator": "-actuator", "commanded_dynamics": "-commanded"}
"""Role of a learner → suffix of its zoo model after the robot's name."""

StateAction = tuple[Float[np.ndarray, " local"], Float[np.ndarray, " motors"]]
"""Local state, and the commanded action."""


@dataclasses.dataclass(frozen=True)
class LocomotionCodec:
    """Codec between (local state, action) pairs and the columns of the dynamics learner.

    Args:
        robot: Robot that is controlled.
    """

    robot: LeggedRobot

    def encode_x(self, x: Sequence[StateAction]) -> np.ndarray:
        """Return rows of encoded state and commanded action.

        Args:
            x: Local states and actions.

        Returns:
            Rows (n, encoded + motors).
        """
        states = np.stack([np.asarray(state, np.float32) for state, _ in x])
        actions = np.stack([np.asarray(action, np.float32) for _, action in x])
        return np.concatenate([np.asarray(self.robot.encode_state(states)), actions], axis=1)

    def encode_y(self, y: Sequence[Float[np.ndarray, " outputs"]]) -> np.ndarray:
        """Return rows of observed changes.

        Args:
            y: Changes as `LeggedRobot.delta` gives them.

        Returns:
            Rows (n, outputs).
        """
        return np.stack([np.asarray(delta) for delta in y])

    def decode(
        self, prediction: Prediction, x: Sequence[StateAction]
    ) -> list[Float[np.ndarray, " outputs"]]:
        """Return the predicted change for each x.

        Args:
            prediction: Batched prediction.
            x: Local states and actions.

        Returns:
            One change (outputs,) for each x.
        """
        return list(np.asarray(prediction.mean))

    def metadata(self) -> dict[str, Any]:
        """Return the name of the robot."""
        return {"robot": self.robot.name}


@dataclasses.dataclass(frozen=True)
class FaultAdaptiveDynamics:
    """Dynamics learner whose inputs are scaled by estimated motor gains.

    The residuals of `dynamics` are linear in the gains to first order. Each time step therefore
    gives n pairs for n motors (`linearize`) to `actuator`, an RLS learner. It was trained with
    motors in random order, so that it treats all motors alike.

    Args:
        dynamics: Learner from (encoded state, delivered action) to delta, the same for all faults.
        actuator: Learner of the motor gains.
        state: State of the actuator learner.
        gains: Estimated gains; they follow from `state`.
    """

    dynamics: StandardizedLearner
    actuator: StandardizedLearner
    state: PyTree[Array]
    gains: Float[np.ndarray, " motors"]

    def __call__(self, x: ArrayLike) -> Prediction:
        """Predict the changes at rows of encoded state and commanded action.

        Args:
            x: (rows, encoded + motors).

        Returns:
            Prediction of the changes (rows, outputs).
        """
        predict = _compile_prediction(HashableModule(self.dynamics))
        return predict(np.asarray(x, np.float32), np.asarray(self.gains, np.float32))

    def observe(self, x: ArrayLike, y: ArrayLike) -> "FaultAdaptiveDynamics":
        """Return the dynamics after more time steps, each linearized at the gains before it.

        Args:
            x: (rows, encoded + motors), in order of time.
            y: Observed changes (rows, outputs).

        Returns:
            The updated dynamics.
        """
        observe, _ = _compile_actuator(HashableModule(self.actuator))
        state, gains = self.state, self.gains
        for row, delta in zip(np.asarray(x), np.asarray(y), strict=True):
            encoded, action = np.split(row[None], [len(row) - len(gains)], axis=1)
            pairs = linearize(self.dynamics, encoded, action, delta[None], gains)
            state = observe(state, pairs[0][0], pairs[1][0])
            gains = estimate_gains(self.actuator, state)
        return dataclasses.replace(self, state=state, gains=gains)

    def save(self, path: str | os.PathLike, *, metadata: dict[str, Any] | None = None) -> None:
        """Write the actuator learner and its state; the dynamics learner has its own file.

        Args:
            path: File to write.
            metadata: Plain JSON.
        """
        write_learner(path, self.actuator, kind="mapping", state=self.state, metadata=metadata)


@dataclasses.dataclass(frozen=True)
class LocomotionModel(AdaptedModel[StateAction, np.ndarray, np.ndarray]):
    """Dynamics (local state, action) → delta of one robot, adapted to its actuator faults.

    >>> model = LocomotionModel.from_learners(
    ...     robot, ys.load("half-cheetah"), ys.load("half-cheetah-actuator")
    ... )
    >>> model = model.observe((state, action), delta)
    >>> model.gains
    """

    codec: LocomotionCodec
    mapping: FaultAdaptiveDynamics

    @classmethod
    def from_learners(
        cls, robot: LeggedRobot, dynamics: Learner, actuator: Learner, *, state: Any = None
    ) -> "LocomotionModel":
        """Return the model before any observation.

        Args:
            robot: Robot that is controlled.
            dynamics: Learner from (encoded state, delivered action) to delta.
            actuator: Learner of the motor gains.
            state: State of the actuator learner, to continue from earlier observations.

        Returns:
            The model.

        Raises:
            UserError: A learner does not fit the robot.
        """
        state = actuator.init_state() if state is None else state
        return cls(LocomotionCodec(robot), _make_mapping(robot, dynamics, actuator, state))

    @classmethod
    def load(
        cls, path: str | os.PathLike, robot: LeggedRobot, dynamics: Learner
    ) -> "LocomotionModel":
        """Read a model that `save` wrote.

        Args:
            path: File of the actuator learner and its state.
            robot: Robot that is controlled.
            dynamics: The dynamics learner, which has its own file.

        Returns:
            The adapted model.

        Raises:
            UserError: The file cannot be read, or a learner does not fit the robot.
        """
        actuator, state, _ = read_learner(path, kind="mapping")
        return cls(LocomotionCodec(robot), _make_mapping(robot, dynamics, actuator, state))

    @property
    def gains(self) -> Float[np.ndarray, " motors"]:
        """Estimated gain of each motor: delivered torque divided by commanded torque."""
        return self.mapping.gains

    @property
    def dynamics(self) -> LearnedDynamics:
        """Dynamics model for the planner."""
        learner = self.mapping.dynamics
        return LearnedDynamics(learner, get_prior_weights(learner), jnp.asarray(self.gains))


class LocomotionLearners(NamedTuple):
    """Learners of one robot by role."""

    dynamics: Learner
    """Learner from (encoded state, delivered action) to delta."""
    actuator: Learner
    """Learner of the motor gains."""
    commanded_dynamics: Learner
    """Learner from (encoded state, commanded action) to delta; it does not adapt."""


def load_learners(
    robot: LeggedRobot, paths: Mapping[str, str | os.PathLike] | None = None
) -> LocomotionLearners:
    """Return the learners of a robot.

    Args:
        robot: Robot that is controlled.
        paths: Role → run directory or file; the default of a role is the zoo model of the robot.

    Returns:
        The three learners.

    Raises:
        UserError: A learner cannot be read.
    """
    paths = paths or {}
    names = (paths.get(role, robot.name + suffix) for role, suffix in ZOO_SUFFIXES.items())
    return LocomotionLearners(*(zoo.load(name) for name in names))


def linearize(
    dynamics: StandardizedLearner,
    encoded: Float[np.ndarray, "n encoded"],
    action: Float[np.ndarray, "n motors"],
    delta: Float[np.ndarray, "n outputs"],
    gains: Float[np.ndarray, " motors"],
) -> tuple[Float[np.ndarray, "n motors motors"], Float[np.ndarray, "n motors 1"]]:
    """Return the pairs of n time steps for the actuator learner, linearized at given gains.

    With F the dynamics learner, u = gains * action and σ its usual error, each output i gives

        (delta − F(u))_i / σ_i = Σ_j (∂F_i/∂u_j a_j / σ_i) (gains*_j − gains_j) + noise.

    A QR decomposition reduces these equations to as many rows as motors without loss of
    information about gains*: y = x gains* + noise of variance about 1.

    Args:
        dynamics: Dynamics learner.
        encoded: Encoded states.
        action: Commanded actions.
        delta: Observed changes.
        gains: Gains to linearize at.

    Returns:
        Inputs x and outputs y, one row per motor for each time step.
    """
    arrays = (np.asarray(part, np.float32) for part in (encoded, action, delta, gains))
    x, y = (np.asarray(part) for part in _compile_linearization(HashableModule(dynamics))(*arrays))
    q, r = np.linalg.qr(x)
    projected = np.einsum("noj,no->nj", q, y)
    # A residual that no gains explain is due to a badly predicted contact and gets less weight.
    residual = y - np.einsum("noj,nj->no", q, projected)
    misfit = np.sqrt(np.sum(residual**2, axis=1) / max(x.shape[1] - x.shape[2], 1))
    scale = np.maximum(misfit, 1.0)[:, None, None]
    return (r / scale).astype(np.float32), (projected[:, :, None] / scale).astype(np.float32)


def estimate_gains(
    actuator: StandardizedLearner, state: PyTree[Array]
) -> Float[np.ndarray, " motors"]:
    """Return the gains that an actuator learner has inferred.

    Args:
        actuator: Actuator learner.
        state: Its state.

    Returns:
        Gains from 0 to 1.2, one for each motor.
    """
    return np.asarray(_compile_actuator(HashableModule(actuator))[1](state))


def get_prior_weights(learner: StandardizedLearner) -> Float[Array, "f outputs"]:
    """Return the weights of an RLS learner before any pair.

    Args:
        learner: Standardized RLS learner.

    Returns:
        Weights (features, outputs) in standardized units.
    """
    return get_rls(learner).prior_mean


def check_learner(learner: Learner, x_dim: int, y_dim: int) -> StandardizedLearner:
    """Return the learner if it is a standardized RLS learner of the right dimensions.

    Args:
        learner: Any learner.
        x_dim: Expected number of inputs.
        y_dim: Expected number of outputs.

    Returns:
        The same learner.

    Raises:
        UserError: The learner has another type or other dimensions.
    """
    fits = isinstance(learner, StandardizedLearner) and isinstance(learner.inner, RLS)
    if not fits or (learner.x_dim, learner.y_dim) != (x_dim, y_dim):
        raise UserError(
            f"learner must be a standardized RLS learner with {x_dim} inputs and {y_dim} outputs, "
            f"got {type(learner).__name__} with {learner.x_dim} and {learner.y_dim}."
        )
    return cast(StandardizedLearner, learner)


def check_dynamics(robot: LeggedRobot, learner: Learner) -> StandardizedLearner:
    """Return the learner if it is a dynamics learner of the robot.

    Args:
        robot: Robot that is controlled.
        learner: Any learner.

    Returns:
        The same learner.

    Raises:
        UserError: The learner has another type or other dimensions.
    """
    x_dim = len(robot.state_names) + robot.num_motors
    return check_learner(learner, x_dim, len(robot.delta_names))


def _make_mapping(
    robot: LeggedRobot, dynamics: Learner, actuator: Learner, state: PyTree[Array]
) -> FaultAdaptiveDynamics:
    actuator = check_learner(actuator, robot.num_motors, 1)
    dynamics = check_dynamics(robot, dynamics)
    return FaultAdaptiveDynamics(dynamics, actuator, state, estimate_gains(actuator, state))


@functools.lru_cache(maxsize=8)
def _compile_prediction(dynamics: HashableModule):
    learner = cast(StandardizedLearner, dynamics.module)

    def predict(x, gains):
        encoded, action = jnp.split(x, [len(x) - len(gains)])
        delivered = jnp.concatenate([encoded, gains * action])
        return learner.predict(learner.init_state(), delivered)

    return jax.jit(jax.vmap(predict, in_axes=(0, None)))


@functools.lru_cache(maxsize=8)
def _compile_linearization(dynamics: HashableModule):
    learner = cast(StandardizedLearner, dynamics.module)

    def linearize_step(encoded, action, delta, gains):
        def predict(delivered):
            x = jnp.concatenate([encoded, delivered])
            return learner.predict(learner.init_state(), x).mean

        deviation = _MODEL_ERROR * learner.standardizer.y_scale
        slope = jax.jacfwd(predict)(gains * action)  # (outputs, motors)
        mean = predict(gains * action)
        x = slope * action / deviation[:, None]
        return x, (delta - mean) / deviation + x @ gains

    return jax.jit(jax.vmap(linearize_step, in_axes=(0, 0, 0, None)))


@functools.lru_cache(maxsize=8)
def _compile_actuator(actuator: HashableModule):
    learner = cast(StandardizedLearner, actuator.module)

    def observe(state, x, y):
        def step(state, pair):
            return learner.observe(state, *pair), None

        return jax.lax.scan(step, state, (x, y))[0]

    def gains(state):
        # The mapping is linear: its slopes are its values at the unit vectors.
        points = jnp.concatenate([jnp.zeros((1, learner.x_dim)), jnp.eye(learner.x_dim)])
        values = jax.vmap(learner.predict, in_axes=(None, 0))(state, points).mean[:, 0]
        return jnp.clip(values[1:] - values[0], 0.0, _MAX_GAIN)

    return jax.jit(observe), jax.jit(gains)
