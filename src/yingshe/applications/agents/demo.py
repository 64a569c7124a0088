"""`yingshe demo agent`: agents that find out where they are while they act."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Bool, Float
from PIL import Image, ImageDraw
from rich.console import Console
from rich.table import Table

from yingshe import zoo
from yingshe._cli_support.options import parse
from yingshe._cli_support.output import check_writable
from yingshe.applications.agents.environments import Bandit, CartPole
from yingshe.applications.agents.limits import Memoryless
from yingshe.applications.agents.planners import play as play_planner
from yingshe.applications.agents.planners.beside import beside
from yingshe.applications.agents.play import Player, Trial, TrialKeys, play
from yingshe.applications.agents.reading import LearnerPlays
from yingshe.evaluation.plotting import (
    ACCENT_COLORS,
    MUTED_COLORS,
    TEXT_COLOR,
    new_figure,
    save_figure,
)
from yingshe.serialization import write_atomically

_ARMS, _PULLS = 10, 100
_BANDITS, _CARTS = 2000, 400  # trials
_BESIDE = ("random", "Thompson", "UCB1", "Gittins")
_SMOOTH = 5  # pulls over which a curve is averaged
_WIDTH, _HEIGHT = 480, 150  # of one cart in the animation, pixels
_EVERY = 2  # steps to a frame


@dataclass(frozen=True)
class DemoAgentOptions:
    """Agents find out which arm pays, and which way their own motor pushes."""

    plot: Path = Path("yingshe-demo-agent.png")
    """Picture to write, .png or .svg."""
    animation: Path = Path("yingshe-demo-agent.gif")
    """Animation to write, .gif: a cart whose motor is reversed, forgetting above, learning below.
    """
    seed: int = 0
    """Seed of environments and luck."""


def run(words: Sequence[str]) -> None:
    """Let agents of the zoo play, print what they earn, and draw it."""
    options = parse(DemoAgentOptions, words, prog="yingshe demo agent")
    check_writable(plot=options.plot, animation=options.animation)
    console, key = Console(), jax.random.key(options.seed)
    console.print(
        f"Which of {_ARMS} arms pays most? {_BANDITS} bandits of {_PULLS} pulls that the agent "
        "never met, the same ones for everybody.\n"
    )
    curves = _bandits(key)
    table = Table("", "return", "last 20 pulls", box=None)
    for name, rewards in curves.items():
        table.add_row(name, f"{rewards.sum():.1f}", f"{rewards[-20:].mean():.2f} a pull")
    console.print(table)
    console.print(
        f"\nWhich way does the motor push? {_CARTS} carts of unknown masses, lengths, gravity and "
        "motors, half of which are reversed; 200 steps an episode.\n"
    )
    carts = _carts(key)
    table = Table("steps upright", "motor", "1st episode", "2nd episode", box=None)
    for name, played in carts.items():
        for reversed_, word in ((False, "as labelled"), (True, "reversed")):
            first, second = played.returns[played.reversed == reversed_].mean(axis=0)
            table.add_row(name, word, f"{first:.0f}", f"{second:.0f}")
    console.print(table)
    save_figure(draw(curves, carts), options.plot)
    print(f"\nplot: {options.plot}")
    write_atomically(options.animation, _film(carts))
    print(f"animation: {options.animation}")


def _bandits(key) -> dict[str, Float[np.ndarray, " pulls"]]:
    """Mean reward of each pull."""
    # pyright takes properties that make abstract fields concrete for arguments.
    family = Bandit(arms=_ARMS, pulls=_PULLS)  # pyright: ignore[reportCallIssue]
    keys = jax.random.split(key, _BANDITS)
    agent = LearnerPlays(zoo.load(f"bandit-{_PULLS}-{_ARMS}"), greedy=True)
    found = {}
    for name, make in beside(family).items():
        if name in _BESIDE:
            rewards = play_planner(family, make(), keys)
            found[name] = np.asarray(rewards).mean(axis=(0, 1))
    found["agent (yingshe)"] = np.asarray(_play(family, agent, keys).reward).mean(axis=0)
    return found


class _Carts(NamedTuple):
    """How one player did."""

    returns: Float[np.ndarray, "carts episodes"]
    reversed: Bool[np.ndarray, " carts"]
    trials: Trial
    lengths: Float[np.ndarray, " carts"]


def _carts(key) -> dict[str, _Carts]:
    family = CartPole()
    keys = jax.random.split(key, _CARTS)
    tasks = jax.vmap(lambda k: family.sample_task(TrialKeys.of(k).task))(keys)
    agent = zoo.load("cartpole")
    found = {}
    for name, learner in (("without memory", Memoryless(agent)), ("agent (yingshe)", agent)):
        trials = _play(family, LearnerPlays(learner, greedy=True), keys)
        earned = jax.vmap(lambda trial: trial.returns(family.episodes))(trials)
        found[name] = _Carts(
            np.asarray(earned), np.asarray(tasks.force) < 0, trials, np.asarray(tasks.length)
        )
    return found


@eqx.filter_jit
def _play(family, player: Player, keys) -> Trial:
    return jax.vmap(lambda k: play(family, player, k))(keys)


def draw(curves: dict, carts: dict[str, _Carts]):
    """Reward by pull, and how long poles stay up where the motor is reversed."""
    figure, (pulls, steps) = new_figure(2, width=4.6, height=3.6)
    box = np.ones(_SMOOTH) / _SMOOTH
    for i, (name, rewards) in enumerate(curves.items()):
        ours = "yingshe" in name
        smooth = np.convolve(rewards, box, mode="valid")
        at = np.arange(len(smooth)) + (_SMOOTH + 1) / 2
        colour = ACCENT_COLORS[0] if ours else MUTED_COLORS[i % len(MUTED_COLORS)]
        pulls.plot(at, smooth, color=colour, linewidth=2.0 if ours else 1.4, label=name)
    pulls.set_xlabel(f"pull (mean of {_SMOOTH})", color=TEXT_COLOR)
    pulls.set_ylabel(f"reward a pull, {_ARMS} arms", color=TEXT_COLOR)
    pulls.legend(frameon=False, fontsize=8)
    for name, played in carts.items():
        colour = ACCENT_COLORS[0] if "yingshe" in name else MUTED_COLORS[0]
        lasted = np.sort(played.returns[played.reversed][:, 0])
        share = 1 - np.arange(len(lasted)) / len(lasted)
        steps.step(lasted, share, where="pre", color=colour, linewidth=1.8, label=name)
    steps.set_xlabel("step of the first episode, motor reversed", color=TEXT_COLOR)
    steps.set_ylabel("poles still up", color=TEXT_COLOR)
    steps.set_ylim(0, 1.05)
    steps.legend(frameon=False, fontsize=8)
    return figure


def _film(carts: dict[str, _Carts]) -> bytes:
    """The first cart with a reversed motor, without memory above and with it below."""
    cart = int(np.flatnonzero(next(iter(carts.values())).reversed)[0])
    frames = []
    for t in range(0, 240, _EVERY):
        rows = [
            _picture(f"{name}: motor reversed", played, cart, t) for name, played in carts.items()
        ]
        both = Image.fromarray(np.concatenate(rows))
        frames.append(both.quantize(16, Image.Quantize.FASTOCTREE))
    buffer = io.BytesIO()
    frames[0].save(
        buffer, "GIF", save_all=True, append_images=frames[1:], duration=20 * _EVERY, loop=0
    )
    return buffer.getvalue()


def _picture(title: str, played: _Carts, cart: int, t: int) -> np.ndarray:
    """One step of one trial."""
    trial = jax.tree.map(lambda leaf: np.asarray(leaf[cart]), played.trials)
    image = Image.new("RGB", (_WIDTH, _HEIGHT), "white")
    pen = ImageDraw.Draw(image)
    last = int(trial.mask.sum()) - 1
    place, _, angle, _ = trial.seen.observation[min(t, last)]
    begun = np.flatnonzero(trial.seen.start[: min(t, last) + 1])[-1]
    episode = int(trial.episode[min(t, last)]) + 1
    note = "trial over" if t > last else f"episode {episode}, step {t - begun + 1}"
    pen.text((8, 6), f"{title}   {note}", fill=TEXT_COLOR)
    ground = _HEIGHT - 20
    pen.line((0, ground, _WIDTH, ground), fill="#bbbbbb", width=2)
    x = _WIDTH / 2 + place * _WIDTH / 5.2
    pen.rectangle((x - 24, ground - 18, x + 24, ground - 2), fill=TEXT_COLOR)
    long = 55 + 45 * min(float(played.lengths[cart]), 1.0)
    tip = (x + long * np.sin(angle), ground - 18 - long * np.cos(angle))
    pen.line((x, ground - 18, *tip), fill=ACCENT_COLORS[0], width=7)
    return np.asarray(image)
