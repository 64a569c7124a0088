"""Baselines fitted to the same demonstrations: nearest neighbors and behavior cloning."""

import warnings
from collections.abc import Sequence

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from yingshe.applications.robots.metaworld.control import PolicyFn
from yingshe.applications.robots.metaworld.data import Demonstration
from yingshe.applications.robots.metaworld.encoding import (
    distance_features,
    encode_observations_jit,
)


def nearest_neighbors(demonstrations: Sequence[Demonstration], *, neighbors: int = 3) -> PolicyFn:
    """Return the policy of the mean action at the nearest demonstrated time steps.

    Args:
        demonstrations: Demonstrations of one task.
        neighbors: Number of time steps.

    Returns:
        Function from observations to actions.
    """
    x, actions = _to_pairs(demonstrations)
    model = KNeighborsRegressor(min(neighbors, len(x))).fit(distance_features(x), actions)

    def act(observations: np.ndarray) -> np.ndarray:
        features = distance_features(np.asarray(encode_observations_jit(observations)))
        return model.predict(features).astype(np.float32)

    return act


def behavior_cloning(demonstrations: Sequence[Demonstration], *, seed: int = 0) -> PolicyFn:
    """Return the policy of a network trained from scratch on the demonstrations.

    Args:
        demonstrations: Demonstrations of one task.
        seed: Seed of initialization and training.

    Returns:
        Function from observations to actions.
    """
    x, actions = _to_pairs(demonstrations)
    network = MLPRegressor(
        hidden_layer_sizes=(128, 128), alpha=1e-4, max_iter=400, random_state=seed
    )
    model = make_pipeline(StandardScaler(), network)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(x, actions)

    def act(observations: np.ndarray) -> np.ndarray:
        return model.predict(np.asarray(encode_observations_jit(observations))).astype(np.float32)

    return act


def _to_pairs(demonstrations: Sequence[Demonstration]) -> tuple[np.ndarray, np.ndarray]:
    """Return encoded observations, and actions as the environment clips them."""
    observations = np.concatenate([demo.observations for demo in demonstrations])
    actions = np.concatenate([demo.actions for demo in demonstrations])
    return np.asarray(encode_observations_jit(observations)), np.clip(actions, -1, 1)
