"""Description of a training run as plain JSON, sufficient to repeat and to compare runs."""

import dataclasses
import hashlib
import platform
from collections.abc import Mapping
from importlib import metadata
from typing import Any

import equinox as eqx
import jax
import numpy as np
from jaxtyping import PRNGKeyArray, PyTree

from yingshe.errors import UserError, did_you_mean
from yingshe.learners import LEARNERS, Learner, hyperparameters
from yingshe.tasks import FAMILIES, Family, TaskSet
from yingshe.training.config import RunConfig, TrainConfig

_PACKAGES = ("yingshe", "jax", "jaxlib", "equinox", "optax", "orbax-checkpoint", "numpy")


def meta_training_config(
    learner: Learner,
    family: Family,
    config: TrainConfig,
    *,
    key: PRNGKeyArray,
    validation: Family | None = None,
) -> dict[str, Any]:
    """Describe a meta-training run.

    Args:
        learner: Learner before training.
        family: Distribution of the training tasks.
        config: Settings of the run.
        key: PRNG key of the run.
        validation: Distribution of the held-out tasks, if it is another one.

    Returns:
        Family, learner, settings, seed and package versions, ready for JSON.
    """
    return {
        "family": family_config(family),
        "validation": None if validation is None else family_config(validation),
        **base_config(learner, config, key=key),
    }


def base_config(learner: Learner, config: RunConfig, *, key: PRNGKeyArray) -> dict[str, Any]:
    """Describe the parts that every training run has.

    Args:
        learner: Learner before training.
        config: Settings of the run.
        key: PRNG key of the run.

    Returns:
        Learner, settings, seed and package versions, ready for JSON.
    """
    return {
        "learner": learner_config(learner),
        "train": dataclasses.asdict(config),
        "seed": np.asarray(jax.random.key_data(key)).tolist(),
        "versions": package_versions(),
    }


def package_versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that results depend on."""
    versions = {name: metadata.version(name) for name in _PACKAGES}
    return {"python": platform.python_version(), **versions}


def learner_config(learner: Learner) -> dict[str, Any]:
    """Describe a learner.

    Args:
        learner: Learner before training.

    Returns:
        Its name in LEARNERS, its constructor arguments and a fingerprint of its parameters.
    """
    return {
        "name": registry_name(LEARNERS, learner),
        "options": hyperparameters(learner),
        "parameters": fingerprint(learner),
    }


def family_config(family: Family) -> dict[str, Any]:
    """Describe a task family.

    Args:
        family: Family of `FAMILIES`, or recorded tasks.

    Returns:
        Its name in FAMILIES and its constructor arguments; of recorded tasks, their columns and a
        fingerprint of the data.
    """
    if isinstance(family, TaskSet):
        options = {**family.schema, "order": family.order, "tasks": len(family)}
        return {"name": "TaskSet", "options": options, "data": fingerprint(family)}
    options = {
        field.name: _to_json(value)
        for field in dataclasses.fields(family)
        if field.init and not eqx.is_array(value := getattr(family, field.name))
    }
    description = {"name": registry_name(FAMILIES, family), "options": options}
    recorded = bool(jax.tree.leaves(eqx.filter(family, eqx.is_array)))
    return description | {"data": fingerprint(family)} if recorded else description


def build_family(description: Mapping[str, Any]) -> Family:
    """Build the family that `family_config` described.

    Args:
        description: Return value of `family_config`.

    Returns:
        The family.

    Raises:
        UserError: The tasks were recorded, or the family is unknown.
    """
    name = description["name"]
    if "data" in description:
        raise UserError("The family holds recorded tasks; give the table that they come from.")
    if name not in FAMILIES:
        raise UserError(f"There is no family '{name}'." + did_you_mean(name, FAMILIES))
    options = {key: _from_json(value) for key, value in description["options"].items()}
    return FAMILIES[name](**options)


def fingerprint(tree: PyTree) -> str:
    """Compute a short hash of all arrays of a tree.

    Args:
        tree: Any PyTree.

    Returns:
        Hash of 16 hexadecimal digits.
    """
    digest = hashlib.sha256()
    for path, leaf in jax.tree_util.tree_leaves_with_path(eqx.filter(tree, eqx.is_array)):
        array = np.asarray(leaf)
        digest.update(f"{jax.tree_util.keystr(path)}{array.shape}{array.dtype}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()[:16]


def registry_name(registry: Mapping[str, type], thing: object) -> str:
    """Look up the name of an object's class in a registry.

    Args:
        registry: Name -> class.
        thing: Object to look up.

    Returns:
        Its name in the registry; the name of the class where the registry does not hold it.
    """
    names = (name for name, cls in registry.items() if cls is type(thing))
    return next(names, type(thing).__name__)


def _to_json(value: Any) -> Any:
    """Convert to JSON: families to their descriptions, tuples to lists."""
    if isinstance(value, Family):
        return family_config(value)
    if isinstance(value, list | tuple):
        return [_to_json(entry) for entry in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return repr(value)


def _from_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return build_family(value)
    if isinstance(value, list):
        return tuple(_from_json(entry) for entry in value)
    return value
