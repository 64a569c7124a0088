"""Demo of agents: bandits, and cart-poles whose motors may be reversed."""

from typing import NamedTuple

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Bool, Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

from yingshe import zoo
from yingshe.applications.agents.baselines import Memoryless, baseline_policies
from yingshe.applications.agents.cli import (
    ZOO_BANDIT,
    ZOO_CARTPOLE,
    ZOO_MEMORYLESS,
    DemoOptions,
)
from yingshe.applications.agents.environments import Bandit, CartPole
from yingshe.applications.agents.model import LearnerPolicy
from yingshe.applications.agents.render import CartPoleTrial, render_trials
from yingshe.applications.agents.rollout import Trajectory, TrialKeys, rollout
from yingshe.applications.policy import Policy
from yingshe.command_line.output import check_writable
from yingshe.errors import UserError
from yingshe.evaluation.plotting import (
    ACCENT_COLORS,
    MUTED_COLORS,
    TEXT_COLOR,
    new_figure,
    render_or_explain,
    save_figure,
)
from yingshe.learners import Learner

_ARMS, _PULLS = 10, 100
_NUM_BANDITS, _NUM_CARTS = 2000, 400
_BASELINES = ("random", "Thompson", "UCB1", "Gittins")
_AGENT, _MEMORY_CLEARED = "agent (yingshe)", "agent, memory cleared"
_WINDOW = 5  # pulls of the moving average
_FRAME_STRIDE = 3  # time steps of 0.02 s
_ANIMATION_STEPS = 400  # both episodes


def run_demo(options: DemoOptions) -> None:
    """Run agents of the zoo, print their returns, and draw them.

    Args:
        options: Files to write, and the seed.

    Raises:
        UserError: A file cannot be written.
    """
    check_writable(plot=options.plot, animation=options.animation)
    console, key = Console(), jax.random.key(options.seed)
    console.print(
        f"Find the best of {_ARMS} arms: mean over {_NUM_BANDITS} new bandits of {_PULLS} pulls, "
        "the same ones for all policies.\n"
    )
    curves = _run_bandits(key)
    table = Table("policy", "return", "reward per pull, last 20", box=None)
    for name, rewards in curves.items():
        table.add_row(name, f"{rewards.sum():.1f}", f"{rewards[-20:].mean():.2f}")
    console.print(table)
    console.print(
        f"\nBalance a pole: {_NUM_CARTS} new carts with unknown masses, lengths, gravity and "
        "motors. Half of the motors are reversed; an episode has 200 steps.\n"
    )
    carts = _run_carts(key)
    table = Table("steps upright", "motor", "1st episode", "2nd episode", box=None)
    for name, result in carts.items():
        for is_reversed, motor in ((False, "as labelled"), (True, "reversed")):
            first, second = result.returns[result.reversed == is_reversed].mean(axis=0)
            table.add_row(name, motor, f"{first:.0f}", f"{second:.0f}")
    console.print(table)
    if _MEMORY_CLEARED in carts:
        console.print(
            f"\n{_MEMORY_CLEARED}: the agent's own memory is empty at every step. A policy trained "
            "without memory stays upright far longer; see the benchmark of cart-poles."
        )
    save_figure(draw_results(curves, carts), options.plot)
    print(f"\nplot: {options.plot}")
    render_or_explain(
        lambda: list(_render_reversed_cart(carts)),
        options.animation,
        fps=1 / (0.02 * _FRAME_STRIDE),
    )


class CartResults(NamedTuple):
    """Results of one policy on all carts."""

    returns: Float[np.ndarray, "carts episodes"]
    reversed: Bool[np.ndarray, " carts"]
    """True where the motor of the cart is reversed."""
    trials: Trajectory
    lengths: Float[np.ndarray, " carts"]


def _run_bandits(key) -> dict[str, Float[np.ndarray, " pulls"]]:
    """Return the mean reward of each pull by policy."""
    # pyright takes properties that make abstract fields concrete for arguments.
    bandits = Bandit(num_arms=_ARMS, horizon=_PULLS)  # pyright: ignore[reportCallIssue]
    keys = jax.random.split(key, _NUM_BANDITS)
    baselines = baseline_policies(bandits)
    policies = {name: baselines[name]() for name in _BASELINES}
    learner = zoo.load(ZOO_BANDIT.format(horizon=_PULLS, num_arms=_ARMS))
    policies[_AGENT] = LearnerPolicy(learner, greedy=True)
    return {
        name: np.asarray(_rollout(bandits, policy, keys).reward).mean(axis=0)
        for name, policy in policies.items()
    }


def _run_carts(key) -> dict[str, CartResults]:
    carts = CartPole()
    keys = jax.random.split(key, _NUM_CARTS)
    tasks = jax.vmap(lambda k: carts.sample_task(TrialKeys.split(k).task))(keys)
    results = {}
    for name, learner in _load_cart_learners().items():
        trials = _rollout(carts, LearnerPolicy(learner, greedy=True), keys)
        returns = jax.vmap(lambda trial: trial.returns(carts.episodes))(trials)
        results[name] = CartResults(
            np.asarray(returns), np.asarray(tasks.force) < 0, trials, np.asarray(tasks.length)
        )
    return results


def _load_cart_learners() -> dict[str, Learner]:
    """Return the baseline without memory and the agent.

    The baseline is trained without memory. Without it in the zoo, the agent's own memory is
    cleared, which is worse than what a memoryless policy can learn; its name says so.
    """
    agent = zoo.load(ZOO_CARTPOLE)
    try:
        return {"trained without memory": Memoryless(zoo.load(ZOO_MEMORYLESS)), _AGENT: agent}
    except UserError:
        return {_MEMORY_CLEARED: Memoryless(agent), _AGENT: agent}


@eqx.filter_jit
def _rollout(env_distribution, policy: Policy, keys) -> Trajectory:
    return jax.vmap(lambda k: rollout(env_distribution, policy, k))(keys)


def draw_results(
    curves: dict[str, Float[np.ndarray, " pulls"]], carts: dict[str, CartResults]
) -> Figure:
    """Draw the rewards of bandits by pull, and how long poles stay up in the second episode.

    Args:
        curves: Policy -> mean reward of each pull.
        carts: Policy -> results on carts.

    Returns:
        A figure with two panels.
    """
    figure, (pulls, steps) = new_figure(2, width=4.6, height=3.6)
    _draw_pulls(pulls, curves)
    for name, result in carts.items():
        color = ACCENT_COLORS[0] if name == _AGENT else MUTED_COLORS[0]
        lifetimes = np.sort(result.returns[result.reversed][:, -1])
        fraction = 1 - np.arange(len(lifetimes)) / len(lifetimes)
        steps.step(lifetimes, fraction, where="pre", color=color, linewidth=1.8, label=name)
    steps.set_xlabel("step of the second episode, motor reversed", color=TEXT_COLOR)
    steps.set_ylabel("fraction of poles upright", color=TEXT_COLOR)
    steps.set_ylim(0, 1.05)
    steps.legend(frameon=False, fontsize=8)
    return figure


def _draw_pulls(axes: Axes, curves: dict[str, Float[np.ndarray, " pulls"]]) -> None:
    window = np.ones(_WINDOW) / _WINDOW
    for i, (name, rewards) in enumerate(curves.items()):
        smooth = np.convolve(rewards, window, mode="valid")
        centers = np.arange(len(smooth)) + (_WINDOW + 1) / 2
        is_agent = name == _AGENT
        color = ACCENT_COLORS[0] if is_agent else MUTED_COLORS[i % len(MUTED_COLORS)]
        axes.plot(centers, smooth, color=color, linewidth=2.0 if is_agent else 1.4, label=name)
    axes.set_xlabel(f"pull (moving average of {_WINDOW})", color=TEXT_COLOR)
    axes.set_ylabel(f"reward per pull, {_ARMS} arms", color=TEXT_COLOR)
    axes.legend(frameon=False, fontsize=8)


def _render_reversed_cart(carts: dict[str, CartResults]):
    """Yield frames of the first cart with a reversed motor, one policy below the other."""
    cart = int(np.flatnonzero(next(iter(carts.values())).reversed)[0])
    trials = {
        f"{name}: motor reversed": CartPoleTrial(
            jax.tree.map(lambda leaf: np.asarray(leaf[cart]), result.trials),
            float(result.lengths[cart]),
        )
        for name, result in carts.items()
    }
    return render_trials(trials, steps=_ANIMATION_STEPS, stride=_FRAME_STRIDE)
