"""What made a learner, as plain JSON: enough to train it again, and to tell two runs apart."""

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

_VERSIONS_OF = ("yingshe", "jax", "jaxlib", "equinox", "optax", "orbax-checkpoint", "numpy")


def meta_training_config(
    learner: Learner,
    family: Family,
    config: TrainConfig,
    *,
    key: PRNGKeyArray,
    validation: Family | None = None,
) -> dict[str, Any]:
    """Family, learner, settings, seed and versions of a training run, ready for JSON."""
    return {
        "family": family_config(family),
        "validation": None if validation is None else family_config(validation),
        **base_config(learner, config, key=key),
    }


def base_config(learner: Learner, config: RunConfig, *, key: PRNGKeyArray) -> dict[str, Any]:
    """What every run is, whatever it learns from."""
    return {
        "learner": learner_config(learner),
        "train": dataclasses.asdict(config),
        "seed": np.asarray(jax.random.key_data(key)).tolist(),
        "versions": {
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in _VERSIONS_OF},
        },
    }


def learner_config(learner: Learner) -> dict[str, Any]:
    """Its name in LEARNERS, its options, and a fingerprint of the parameters it starts from."""
    return {
        "name": registry_name(LEARNERS, learner),
        "options": hyperparameters(learner),
        "parameters": fingerprint(learner),
    }


def family_config(family: Family) -> dict[str, Any]:
    """Its name in FAMILIES and its options; recorded tasks as their columns and a fingerprint."""
    if isinstance(family, TaskSet):
        options = {**family.schema, "order": family.order, "tasks": len(family)}
        return {"name": "TaskSet", "options": options, "data": fingerprint(family)}
    options = {
        field.name: _plain(value)
        for field in dataclasses.fields(family)
        if field.init and not eqx.is_array(value := getattr(family, field.name))
    }
    description = {"name": registry_name(FAMILIES, family), "options": options}
    recorded = bool(jax.tree.leaves(eqx.filter(family, eqx.is_array)))
    return description | {"data": fingerprint(family)} if recorded else description


def build_family(description: Mapping[str, Any]) -> Family:
    """The family that `family_config` described. Raises UserError where it cannot be built."""
    name = description["name"]
    if "data" in description:
        raise UserError("These tasks were recorded ones; give the table that they are in.")
    if name not in FAMILIES:
        raise UserError(f"There is no family '{name}'." + did_you_mean(name, FAMILIES))
    options = {key: _built(value) for key, value in description["options"].items()}
    return FAMILIES[name](**options)


def fingerprint(tree: PyTree) -> str:
    """A short hash of all arrays of a tree."""
    digest = hashlib.sha256()
    for path, leaf in jax.tree_util.tree_leaves_with_path(eqx.filter(tree, eqx.is_array)):
        array = np.asarray(leaf)
        digest.update(f"{jax.tree_util.keystr(path)}{array.shape}{array.dtype}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()[:16]


def registry_name(registry: Mapping[str, type], thing: object) -> str:
    """The name of a thing's class in a registry; that of the class itself where it is in none."""
    names = (name for name, cls in registry.items() if cls is type(thing))
    return next(names, type(thing).__name__)


def _plain(value: Any) -> Any:
    """Families become their descriptions, and tuples lists, as JSON would have them."""
    if isinstance(value, Family):
        return family_config(value)
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return repr(value)


def _built(value: Any) -> Any:
    if isinstance(value, Mapping):
        return build_family(value)
    if isinstance(value, list):
        return tuple(_built(entry) for entry in value)
    return value
