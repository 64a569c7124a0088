"""Demo of manipulation: five held-out tasks, from one and from five demonstrations."""

from collections.abc import Mapping

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from yingshe import zoo
from yingshe.applications.robots.metaworld.baselines import nearest_neighbors
from yingshe.applications.robots.metaworld.cli import ZOO_MODELS, DemoOptions
from yingshe.applications.robots.metaworld.data import demonstrate
from yingshe.applications.robots.metaworld.envs import SUITES, MetaWorldVectorEnv, expert
from yingshe.applications.robots.metaworld.model import ImitationPolicy
from yingshe.applications.robots.metaworld.render import (
    FRAME_STRIDE,
    draw_success_rates,
    join_side_by_side,
    render_rollout,
)
from yingshe.applications.robots.metaworld.stall_recovery import StallRecovery
from yingshe.evaluation.plotting import ACCENT_COLORS, render_or_explain, save_figure

_SUITE = "ml45"
_SHOTS = (1, 5)
_GOALS, _GOAL_SEED, _DEMONSTRATION_SEED = 4, 900_000, 910_000
_STEPS = 200
_ANIMATED_TASK = "bin-picking-v3"
_FPS = 12.5
_COLORS = {
    "none": "#bbbbbb",
    "neighbors, 5": ACCENT_COLORS[5],
    "in-context, 1": ACCENT_COLORS[1],
    "in-context, 5": ACCENT_COLORS[0],
}


def run_demo(options: DemoOptions) -> None:
    """Run the policies towards new goals, and print and draw their success rates.

    Args:
        options: Seed and files to write.
    """
    learner_name, pooled_name = ZOO_MODELS[_SUITE]
    policy = ImitationPolicy.from_learner(zoo.load(learner_name))
    pooled = ImitationPolicy.from_learner(zoo.load(pooled_name))
    task_names = SUITES[_SUITE][1]
    console = Console()
    console.print(
        f"A policy was meta-trained on {len(SUITES[_SUITE][0])} manipulation tasks. For each of "
        f"{len(task_names)} held-out tasks it observes one or five demonstrations, takes no "
        f"gradient step, and acts towards {_GOALS} new goals.\n"
    )
    rates = {
        name: _measure_rates(name, policy, pooled, options.seed)
        for name in track(task_names, description="simulating", console=Console(stderr=True))
    }
    console.print(_make_table(rates))
    console.print(
        "\nNone: one policy for all training tasks, without demonstrations. Neighbors: nearest "
        "time steps of the same demonstrations. In-context: yingshe.\n"
    )
    save_figure(draw_success_rates(rates, _COLORS), options.plot)
    print(f"plot: {options.plot}")

    def make_frames():
        demonstrations = demonstrate(_ANIMATED_TASK, 1, seed=_DEMONSTRATION_SEED + options.seed)
        policies = {"no demonstration": pooled, "after one": policy.adapt(demonstrations)}
        rollouts = {
            label: render_rollout(
                StallRecovery(animated),
                _ANIMATED_TASK,
                seed=_GOAL_SEED + options.seed,
                steps=_STEPS,
            )
            for label, animated in policies.items()
        }
        return join_side_by_side(rollouts, _STEPS // FRAME_STRIDE)

    render_or_explain(make_frames, options.animation, fps=_FPS)


def _measure_rates(
    name: str, policy: ImitationPolicy, pooled: ImitationPolicy, seed: int
) -> dict[str, float]:
    env = MetaWorldVectorEnv(name, goals=_GOALS, seed=_GOAL_SEED + seed)
    demonstrations = demonstrate(name, max(_SHOTS), seed=_DEMONSTRATION_SEED + seed)
    policies = {"none": StallRecovery(pooled)}
    for k in _SHOTS:
        policies[f"neighbors, {k}"] = StallRecovery(nearest_neighbors(demonstrations[:k]))
        policies[f"in-context, {k}"] = StallRecovery(policy.adapt(demonstrations[:k]))
    rates = {
        label: float(env.rollout(recovering, steps=_STEPS).mean())
        for label, recovering in policies.items()
    }
    return rates | {"expert": float(env.rollout(expert(name), steps=_STEPS).mean())}


def _make_table(rates: Mapping[str, Mapping[str, float]]) -> Table:
    labels = list(next(iter(rates.values())))
    table = Table("success rate", *labels, box=None)
    for name, row in rates.items():
        table.add_row(name, *(f"{row[label]:.0%}" for label in labels))
    means = [np.mean([row[label] for row in rates.values()]) for label in labels]
    table.add_row("mean", *(f"{mean:.0%}" for mean in means))
    return table
