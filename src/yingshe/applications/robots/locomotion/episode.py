"""A walk in which damage strikes, and what a controller makes of it."""
# pyright: reportAttributeAccessIssue=false
# MuJoCo is a compiled module without types.

import time
from dataclasses import dataclass

import jax
import mujoco
import numpy as np
from jaxtyping import Float

from yingshe.applications.robots.locomotion.body import FRAME_SKIP, Damage, Walker
from yingshe.applications.robots.locomotion.control import Adapting, Controller, Told, TrueSimulator


@dataclass(frozen=True)
class Episode:
    """What a controller did, step by step."""

    reward: Float[np.ndarray, " steps"]
    """Gymnasium's: forward velocity less control cost; no bonus for being alive."""
    forward: Float[np.ndarray, " steps"]
    """Where the torso is, m."""
    full: Float[np.ndarray, "steps full"]
    action: Float[np.ndarray, "steps motors"]
    strength: Float[np.ndarray, "steps motors"]
    """That is believed, of an adapting controller; else 1."""
    step_seconds: Float[np.ndarray, " steps"]
    """Time of the controller, without the simulation."""
    strike: int

    @property
    def after(self) -> float:
        """Return from the strike on."""
        return float(self.reward[self.strike :].sum())

    @property
    def before(self) -> float:
        """Return until then."""
        return float(self.reward[: self.strike].sum())


def walk(
    walker: Walker,
    controller: Controller,
    damage: Damage,
    *,
    seed: int,
    steps: int = 300,
    strike: int = 100,
    first: Damage | None = None,
) -> Episode:
    """Let a controller drive a walker that is struck by `damage` at that step, told by nobody.

    Only `Told` and `TrueSimulator` are told. With `first` it is damaged so until then.
    """
    generator, key = np.random.default_rng(seed), jax.random.key(seed)
    data = walker.start(generator)
    model = walker.model if first is None else walker.with_strength(first.strength)
    if first is not None and isinstance(controller, Told | TrueSimulator):
        controller.strike(first)
    kept: dict[str, list] = {name: [] for name in ("reward", "forward", "full", "action")}
    believed, spent = [], []
    for t in range(steps):
        if t == strike:
            model = walker.with_strength(damage.strength)
            if isinstance(controller, Told | TrueSimulator):
                controller.strike(damage)
        full = walker.full_state(data)
        began = time.perf_counter()
        action = controller.act(full, jax.random.fold_in(key, t))
        spent.append(time.perf_counter() - began)
        data.ctrl[:] = action
        mujoco.mj_step(model, data, FRAME_SKIP)
        after = walker.full_state(data)
        began = time.perf_counter()
        controller.learn(full, action, after)
        spent[-1] += time.perf_counter() - began
        velocity = (after[1] - full[1]) / walker.time_step
        kept["reward"].append(velocity - walker.control_cost * float(np.sum(action**2)))
        kept["forward"].append(after[1])
        kept["full"].append(full)
        kept["action"].append(action)
        whole = np.ones(walker.size)
        believed.append(controller.mapping.strength if isinstance(controller, Adapting) else whole)
    arrays = {name: np.array(values) for name, values in kept.items()}
    return Episode(**arrays, strength=np.array(believed), step_seconds=np.array(spent),
                   strike=strike)  # fmt: skip
