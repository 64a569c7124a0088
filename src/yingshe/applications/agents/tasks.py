"""Registry of environment distributions, and their plain description in files."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, cast

from yingshe import _format_0_1
from yingshe.applications.agents.environments import (
    Acrobot,
    Bandit,
    CartPole,
    EnvDistribution,
    HiddenGoal,
    Pendulum,
    TabularMDP,
)
from yingshe.applications.agents.rollout import AnyEnvDistribution
from yingshe.errors import UserError, did_you_mean
from yingshe.training.run_config import registry_name

ENVIRONMENTS: dict[str, type[EnvDistribution]] = {
    "bandit": Bandit,
    "mdp": TabularMDP,
    "hidden_goal": HiddenGoal,
    "cartpole": CartPole,
    "pendulum": Pendulum,
    "acrobot": Acrobot,
}
"""Key -> class of every built-in distribution."""

RENAMED = _format_0_1.ENVIRONMENTS
"""Keys of 0.1 -> present keys."""


def describe_environments(env_distribution: AnyEnvDistribution) -> dict[str, Any]:
    """Return the description of a distribution that files hold.

    Args:
        env_distribution: A built-in distribution, or one of Gymnasium environments.

    Returns:
        `name`, a key of `ENVIRONMENTS` or the id of a Gymnasium environment, and `options`.
    """
    if not isinstance(env_distribution, EnvDistribution):
        options = {
            "episodes": env_distribution.episodes,
            "episode_steps": env_distribution.episode_steps,
        }
        name = getattr(env_distribution, "name", type(env_distribution).__name__)
        return {"name": name, "options": options}
    options = {
        field.name: getattr(env_distribution, field.name)
        for field in dataclasses.fields(env_distribution)
        if field.init
    }
    return {"name": registry_name(ENVIRONMENTS, env_distribution), "options": options}


def build_environments(description: Mapping[str, Any]) -> EnvDistribution:
    """Build a distribution from its description.

    Args:
        description: Return value of `describe_environments`, also after a round trip as JSON.

    Returns:
        The distribution.

    Raises:
        UserError: The description names no built-in distribution.
    """
    name = description["name"]
    if name not in ENVIRONMENTS:
        raise UserError(
            f"The environments '{name}' are not built in: make a GymnasiumEnvDistribution in "
            "Python." + did_you_mean(name, ENVIRONMENTS)
        )
    options = {
        option: tuple(value) if isinstance(value, list) else value
        for option, value in description["options"].items()
    }
    # The constructors differ: pyright takes the abstract fields for arguments.
    make = cast(Callable[..., EnvDistribution], ENVIRONMENTS[name])
    return make(**options)
