"""Torque errors of adapted models by the number of observed time steps."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from yingshe._validation import check_min
from yingshe.applications.robots.arm.baselines import RIDGE_PENALTY
from yingshe.applications.robots.arm.data import joint_arrays
from yingshe.applications.robots.arm.model import ArmModel
from yingshe.applications.robots.arm.robot import REGRESSOR_COLUMNS, Arm
from yingshe.applications.robots.ridge import RecursiveRidge
from yingshe.errors import UserError
from yingshe.evaluation import ShotCurve, curve_from_scores
from yingshe.learners import Learner

LEARNED, RIDGE, NOMINAL = "yingshe", "ridge", "nominal"
"""Methods: the adapted model, ridge regression from scratch, the model without payload."""


def evaluate_torque(
    arm: Arm,
    learner: Learner,
    logs: pl.DataFrame,
    shots: Sequence[int],
    *,
    num_queries: int = 60,
    seed: int = 0,
) -> ShotCurve:
    """Evaluate torque predictions after k observed time steps of each arm.

    The error of an arm is the root mean square over joints and query rows, divided by that of the
    model without payload.

    Args:
        arm: Robot model of the arms.
        learner: Learner that was meta-trained on other arms.
        logs: Logs as written by `collect`; each task is one arm.
        shots: Numbers of observed time steps.
        num_queries: Number of other rows of each arm to predict.
        seed: Seed of the choice of rows and of the bootstrap.

    Returns:
        The relative errors of the learner, ridge regression and the nominal model.

    Raises:
        UserError: A column is missing, or an arm has too few rows.
    """
    check_min("shots", min(shots), 0)
    check_min("num_queries", num_queries, 1)
    shots = tuple(sorted(set(shots)))
    scores = [
        _score_arm(arm, learner, frame, shots, num_queries, seed)
        for frame in logs.partition_by("task", maintain_order=True)
    ]
    errors = {name: np.array([score[name] for score in scores]) for name in scores[0]}
    return curve_from_scores(
        errors,
        shots,
        family="inverse dynamics",
        metric="relative torque RMSE",
        learners=(LEARNED,),
        seed=seed,
    )


def _score_arm(
    arm: Arm,
    learner: Learner,
    frame: pl.DataFrame,
    shots: tuple[int, ...],
    num_queries: int,
    seed: int,
) -> dict[str, list[float]]:
    """Return each method's relative error at every shot count on one arm."""
    q, v, a, u = joint_arrays(frame, arm.num_joints)
    order = np.random.default_rng(seed).permutation(len(q))
    support, query = order[: shots[-1]], order[shots[-1] :][:num_queries]
    if not len(query):
        raise UserError(
            f"An arm has {len(q)} rows; {shots[-1]} observed time steps leave none to predict."
        )
    query_rows = [arm.regressor(q[i], v[i], a[i]) for i in query]
    targets = u[query]
    nominal = _rmse([arm.nominal_torque(q[i], v[i], a[i]) for i in query], targets)
    model = ArmModel.from_learner(arm, learner)
    ridge = RecursiveRidge(
        len(REGRESSOR_COLUMNS), 1, penalty=RIDGE_PENALTY, batch_shape=(arm.num_joints,)
    )
    scores: dict[str, list[float]] = {LEARNED: [], RIDGE: [], NOMINAL: []}
    for k in range(shots[-1] + 1):
        if k in shots:
            torques = [model.predict_from_regressor(rows).torque for rows in query_rows]
            scores[LEARNED].append(_rmse(torques, targets) / nominal)
            weights = ridge.weights[..., 0]
            torques = [np.sum(rows * weights, axis=1) * arm.torque_limits for rows in query_rows]
            # From scratch: there is no prediction before the first time step.
            scores[RIDGE].append(_rmse(torques, targets) / nominal if k else np.nan)
            scores[NOMINAL].append(1.0)
        if k < shots[-1]:
            i = support[k]
            rows = arm.regressor(q[i], v[i], a[i])
            model = model.observe_regressor(rows, u[i])
            moving = arm.is_moving(rows)[:, None]
            ridge.update(rows * moving, u[i][:, None] / arm.torque_limits[:, None] * moving)
    return scores


def _rmse(torques: Sequence[np.ndarray], targets: np.ndarray) -> float:
    return float(np.sqrt(np.mean((np.stack(torques) - targets) ** 2)))
