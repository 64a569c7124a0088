"""What stands beside an adapted policy: the same demonstrations, read by simpler means."""

import warnings
from collections.abc import Sequence

import jax
import numpy as np
from jaxtyping import Float
from sklearn.exceptions import ConvergenceWarning
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from yingshe.applications.robots.metaworld.demonstrations import Demonstration
from yingshe.applications.robots.metaworld.features import alike, inputs
from yingshe.applications.robots.metaworld.nudge import Act


def nearest_neighbours(demonstrations: Sequence[Demonstration], *, neighbours: int = 3) -> Act:
    """The mean action of the moments most `alike`."""
    seen, acted = _pairs(demonstrations)
    model = KNeighborsRegressor(min(neighbours, len(seen))).fit(alike(_inputs(seen)), acted)
    return lambda seen: model.predict(alike(_inputs(seen))).astype(np.float32)


def cloned(demonstrations: Sequence[Demonstration], *, seed: int = 0) -> Act:
    """Behaviour cloning from scratch: a network fitted to these demonstrations alone."""
    seen, acted = _pairs(demonstrations)
    network = MLPRegressor(
        hidden_layer_sizes=(128, 128), alpha=1e-4, max_iter=400, random_state=seed
    )
    model = make_pipeline(StandardScaler(), network)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(_inputs(seen), acted)
    return lambda seen: model.predict(_inputs(seen)).astype(np.float32)


def _pairs(demonstrations: Sequence[Demonstration]) -> tuple[np.ndarray, np.ndarray]:
    """What was seen, and what was carried out: actions as the world clips them."""
    seen = np.concatenate([one.seen for one in demonstrations])
    return seen, np.clip(np.concatenate([one.acted for one in demonstrations]), -1, 1)


def _inputs(seen: Float[np.ndarray, "n 21"]) -> np.ndarray:
    return np.asarray(_jitted_inputs(seen))


_jitted_inputs = jax.jit(inputs)
