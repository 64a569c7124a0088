"""Adapted model of an arm: inverse and forward dynamics after the observed motions."""

import dataclasses
import functools
import os
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from yingshe._jit_cache import HashableModule
from yingshe.applications.adapted import AdaptedModel, Codec
from yingshe.applications.robots.arm.robot import NUM_JOINT_COLUMNS, REGRESSOR_COLUMNS, Arm
from yingshe.errors import UserError
from yingshe.learners import RLS, Learner
from yingshe.learners._unwrap import unwrap
from yingshe.learners.rls import RLSState
from yingshe.prediction import Gaussian, Prediction
from yingshe.serialization import read_learner, write_learner

_NIS_WINDOW = 10  # observations over which the squared innovation is averaged
_MAX_NIS = 50.0  # bound on the squared innovation of a single observation
_MIN_MOTOR_GAIN = 0.2  # fraction of the nominal motor; a weaker joint counts as dead

Joints = Float[np.ndarray, " joints"]


class JointMotion(NamedTuple):
    """Motion of all joints at one time step."""

    q: Joints
    """Joint angles, rad."""
    velocity: Joints
    """Joint velocities, rad/s."""
    acceleration: Joints
    """Joint accelerations, rad/s²."""


class TorquePrediction(NamedTuple):
    """Torque to command, and its uncertainty."""

    torque: Joints
    """Joint torques, N m."""
    deviation: Joints
    """Standard deviations, N m."""


@dataclasses.dataclass(frozen=True)
class ArmCodec(Codec[JointMotion, Joints, TorquePrediction]):
    """Conversion between motions and torques of an arm and the rows of a learner.

    One motion gives one row per joint; torques are fractions of the joints' limits.

    Args:
        arm: Robot model of the arm.
    """

    arm: Arm

    def encode_x(self, x: Sequence[JointMotion]) -> np.ndarray:
        return np.concatenate([self.arm.regressor(*motion) for motion in x])

    def encode_y(self, y: Sequence[Joints]) -> np.ndarray:
        return np.concatenate([np.asarray(torque) / self.arm.torque_limits for torque in y])[
            :, None
        ]

    def decode(self, prediction: Prediction, x: Sequence[JointMotion]) -> list[TorquePrediction]:
        limits = self.arm.torque_limits
        mean = np.asarray(prediction.mean).reshape(len(x), -1) * limits
        deviation = np.sqrt(np.asarray(prediction.variance).reshape(len(x), -1)) * limits
        return [TorquePrediction(*rows) for rows in zip(mean, deviation, strict=True)]

    def metadata(self) -> dict[str, Any]:
        return {"joints": list(self.arm.joints)}


class _Steps(NamedTuple):
    """Compiled calls for all joints at one time step."""

    observe: Callable
    predict: Callable


@dataclasses.dataclass(frozen=True)
class JointMappings:
    """One learner with one state per joint; rows of x and y are in the order of the joints.

    Args:
        arm: Robot model of the arm.
        learner: Learner of a joint's torque.
        states: States of the joints, stacked along the first axis.
        nis: Normalized innovation squared: squared error over predicted variance, median over
            joints, moving average over the last observations. About 0.5 for a well-specified model.
        steps: Compiled calls of the learner.
    """

    arm: Arm
    learner: Learner
    states: RLSState
    nis: float
    steps: _Steps = dataclasses.field(repr=False)

    @classmethod
    def from_states(cls, arm: Arm, learner: Learner, states: RLSState) -> "JointMappings":
        """Create the mappings of an arm from the states of its joints.

        Args:
            arm: Robot model of the arm.
            learner: RLS on `REGRESSOR_COLUMNS` without learned features.
            states: States of the joints, stacked along the first axis.

        Returns:
            The mappings.

        Raises:
            UserError: The learner is not such an RLS learner.
        """
        _unwrap_rls(learner)
        return cls(arm, learner, states, 0.0, _compile_steps(HashableModule(learner)))

    def __call__(self, x: ArrayLike) -> Gaussian:
        """Predict torques as fractions of their limits.

        Args:
            x: Regressor rows (time steps · joints, columns).

        Returns:
            Predictions (time steps · joints, 1).
        """
        predictions = [self.steps.predict(self.states, rows) for rows in self._split(x)]
        means, variances = zip(*predictions, strict=True)
        return Gaussian(jnp.concatenate(means), jnp.concatenate(variances))

    def observe(self, x: ArrayLike, y: ArrayLike) -> "JointMappings":
        """Return the mappings after one or more time steps; joints that stand still are skipped.

        Args:
            x: Regressor rows (time steps · joints, columns).
            y: Torques as fractions of their limits (time steps · joints, 1).

        Returns:
            The updated mappings.
        """
        states, nis = self.states, self.nis
        for regressor, fraction in zip(self._split(x), self._split(y), strict=True):
            moving = self.arm.is_moving(regressor)
            states, squares = self.steps.observe(
                states, regressor.astype(np.float32), fraction.astype(np.float32), moving
            )
            if moving.any():
                median = min(float(np.median(np.asarray(squares)[moving])), _MAX_NIS)
                nis += (median - nis) / _NIS_WINDOW
        return dataclasses.replace(self, states=states, nis=nis)

    def reset_payload(self) -> "JointMappings":
        """Return the mappings of the same arm with an unknown payload.

        The posterior of the joints' weights is kept. The payload's weights return to the prior,
        conditioned on those of the joints.

        Returns:
            The updated mappings.
        """
        factor = np.tril(np.asarray(_unwrap_rls(self.learner).prior_factor, float))
        prior = factor @ factor.T
        # Standardized inputs let the intercept depend on the payload.
        joint, rest = (
            np.arange(1, 1 + NUM_JOINT_COLUMNS),
            np.r_[0, 1 + NUM_JOINT_COLUMNS : len(prior)],
        )
        gain = np.linalg.solve(prior[np.ix_(joint, joint)], prior[np.ix_(joint, rest)]).T
        conditional = prior[np.ix_(rest, rest)] - gain @ prior[np.ix_(joint, rest)]
        means, roots = (np.asarray(leaf, float) for leaf in self.states)
        states = []
        for mean, root in zip(means, roots, strict=True):  # of whitened weights, one joint each
            posterior = factor @ root
            spread = (posterior @ posterior.T)[np.ix_(joint, joint)]
            covariance = np.empty_like(prior)
            covariance[np.ix_(joint, joint)], covariance[np.ix_(rest, joint)] = (
                spread,
                gain @ spread,
            )
            covariance[np.ix_(joint, rest)] = covariance[np.ix_(rest, joint)].T
            covariance[np.ix_(rest, rest)] = conditional + gain @ spread @ gain.T
            weights = np.empty((len(prior), 1))
            weights[joint] = (factor @ mean)[joint]
            weights[rest] = gain @ weights[joint]
            half = np.linalg.solve(factor, covariance)
            whitened = np.linalg.solve(factor, half.T)
            whitened = (whitened + whitened.T) / 2 + 1e-10 * np.eye(len(prior))
            states.append((np.linalg.solve(factor, weights), np.linalg.cholesky(whitened)))
        leaves = (jnp.asarray(np.stack(leaf), jnp.float32) for leaf in zip(*states, strict=True))
        return dataclasses.replace(self, states=RLSState(*leaves), nis=0.0)

    def save(self, path: str | os.PathLike, *, metadata: dict[str, Any] | None = None) -> None:
        """Write learner and states to one file.

        Args:
            path: File to write.
            metadata: Plain JSON to keep in its header.
        """
        kind = _file_kind(self.arm)
        write_learner(path, self.learner, kind=kind, state=self.states, metadata=metadata)

    def _split(self, rows: ArrayLike) -> np.ndarray:
        """Return rows as (time steps, joints, columns)."""
        array = np.asarray(rows)
        return array.reshape(-1, self.arm.num_joints, array.shape[-1])


@dataclasses.dataclass(frozen=True)
class ArmModel(AdaptedModel[JointMotion, Joints, TorquePrediction]):
    """Inverse dynamics (q, q̇, q̈) → τ of one arm, adapted to the motions observed so far.

    ```python
    model = ArmModel.from_learner(Arm(), ys.load("arm"))
    model = model.observe(JointMotion(q, velocity, acceleration), torque)
    torque, deviation = model(JointMotion(q, velocity, desired_acceleration))
    ```

    All joints share a learner that was meta-trained on `make_tasks` of many arms; each joint has
    its own state. The torque is linear in q̈, so solving the same model for q̈ gives the forward
    dynamics.

    Args:
        codec: Conversion between motions and regressor rows.
        mapping: The learner with one state per joint.
    """

    codec: ArmCodec
    mapping: JointMappings

    @classmethod
    def from_learner(cls, arm: Arm, learner: Learner) -> "ArmModel":
        """Return the model before any observation.

        Args:
            arm: Robot model of the arm.
            learner: RLS learner that was meta-trained on `make_tasks` of many arms.

        Returns:
            The prior of the arm.

        Raises:
            UserError: The learner has other inputs, or learned features.
        """
        states = _initial_states(arm, learner)
        return cls(ArmCodec(arm), JointMappings.from_states(arm, learner, states))

    @classmethod
    def load(cls, path: str | os.PathLike, arm: Arm) -> "ArmModel":
        """Read a model that `save` wrote.

        Args:
            path: File to read.
            arm: Robot model of the arm that it was adapted to.

        Returns:
            The adapted model.

        Raises:
            UserError: The file cannot be read, or its arm has other joints.
        """
        learner, states, _ = read_learner(
            path, kind=_file_kind(arm), state_of=lambda learner: _initial_states(arm, learner)
        )
        return cls(ArmCodec(arm), JointMappings.from_states(arm, learner, states))

    @property
    def arm(self) -> Arm:
        """Robot model of the arm."""
        return self.codec.arm

    @property
    def nis(self) -> float:
        """Normalized innovation squared over the last observations; see `JointMappings`."""
        return self.mapping.nis

    def predict_from_regressor(
        self, regressor: Float[np.ndarray, "joints columns"]
    ) -> TorquePrediction:
        """Predict the torque where `Arm.regressor` is computed already.

        Args:
            regressor: Regressor of one time step, one row per joint.

        Returns:
            Torque to command and its standard deviation, N m.
        """
        mean, variance = self.mapping.steps.predict(
            self.mapping.states, regressor.astype(np.float32)
        )
        limits = self.arm.torque_limits
        return TorquePrediction(
            np.asarray(mean)[:, 0] * limits, np.sqrt(np.asarray(variance)[:, 0]) * limits
        )

    def observe_regressor(
        self, regressor: Float[np.ndarray, "joints columns"], torque: Joints
    ) -> "ArmModel":
        """Return the model after one more time step where `Arm.regressor` is computed already.

        Joints that stand still are skipped.

        Args:
            regressor: Regressor of one time step, one row per joint.
            torque: Commanded torques, N m.

        Returns:
            The updated model.
        """
        fraction = (torque / self.arm.torque_limits)[:, None]
        return dataclasses.replace(self, mapping=self.mapping.observe(regressor, fraction))

    def reset_payload(self) -> "ArmModel":
        """Return the model of the same arm with an unknown payload; the joints stay learned.

        Returns:
            The updated model.
        """
        return dataclasses.replace(self, mapping=self.mapping.reset_payload())

    def acceleration(self, q: Joints, velocity: Joints, torque: Joints) -> Joints:
        """Compute the forward dynamics (q, q̇, τ) → q̈.

        A joint whose motor seems dead is assumed to move freely, like that of the nominal arm.

        Args:
            q: Joint angles, rad.
            velocity: Joint velocities, rad/s.
            torque: Commanded torques, N m.

        Returns:
            Joint accelerations, rad/s².
        """
        still = np.zeros(self.arm.num_joints)
        accelerations = [still, *np.eye(self.arm.num_joints)]
        regressors = np.stack([self.arm.regressor(q, velocity, row) for row in accelerations])
        learned = np.stack([self.predict_from_regressor(rows).torque for rows in regressors])
        nominal = regressors[:, :, 0] * self.arm.torque_limits
        inertia, empty = (f[1:].T - f[0][:, None] for f in (learned, nominal))
        alive = np.diagonal(inertia) > _MIN_MOTOR_GAIN * np.diagonal(empty)
        friction = self.arm.nominal_friction(velocity)
        matrix = np.where(alive[:, None], inertia, empty)
        right = np.where(alive, torque - learned[0], -nominal[0] - friction)
        return np.linalg.solve(matrix, right)


def _file_kind(arm: Arm) -> str:
    # The kind names the joints, so that a file of another arm is refused with both lists.
    return f"model of an arm ({', '.join(arm.joints)})"


def _initial_states(arm: Arm, learner: Learner) -> RLSState:
    _unwrap_rls(learner)
    prior = learner.init_state()
    return RLSState(*(jnp.stack([leaf] * arm.num_joints) for leaf in prior))


def _unwrap_rls(learner: Learner) -> RLS:
    inner = unwrap(learner)
    if not isinstance(inner, RLS) or (inner.x_dim, inner.num_features) != (
        len(REGRESSOR_COLUMNS),
        0,
    ):
        raise UserError(
            f"learner must be an RLS learner with {len(REGRESSOR_COLUMNS)} inputs and no learned "
            f"features, got {type(inner).__name__} with {inner.x_dim} inputs."
        )
    return inner


@functools.lru_cache(maxsize=8)
def _compile_steps(hashable: HashableModule) -> _Steps:
    learner = cast(Learner, hashable.module)
    # For matrices this small, starting a second thread takes longer than the work.
    options = {"xla_cpu_multi_thread_eigen": False}

    def observe(state, x, y, moving):
        expected, updated = learner.predict(state, x), learner.observe(state, x, y)
        square = jnp.sum((y - expected.mean) ** 2 / expected.variance)
        return jax.tree.map(lambda new, old: jnp.where(moving, new, old), updated, state), square

    def predict(states, x):
        prediction = jax.vmap(learner.predict)(states, x)
        return prediction.mean, prediction.variance

    return _Steps(
        jax.jit(jax.vmap(observe), compiler_options=options),
        jax.jit(predict, compiler_options=options),
    )
