"""Convert files written by yingshe 0.1: header keys, registry keys, arguments and tensor names.

Version 1 files differ from version 2 files in names only; tensors are the same. Every table below
maps the name of 0.1 to the present one.
"""

from collections.abc import Mapping
from typing import Any

LEARNERS = {
    "attention": "attentive_process",
    "choice": "candidate_ranker",
    "exchangeable": "deep_sets",
    "matching": "matching_network",
    "value_iteration": "value_iteration_network",
}
"""Keys of `yingshe.learners.LEARNERS`."""

ENCODERS = {"letters": "char-ngrams", "sentences": "sentence-embedding"}
"""Keys of `yingshe.text.ENCODERS`."""

KINDS = {"lemma mapping": "mapping"}
"""Kinds of files."""

FAMILIES = {"drifting": "non_stationary"}
"""Keys of `yingshe.tasks.FAMILIES`."""

ARGUMENTS: dict[str, dict[str, str]] = {
    "": {"output": "likelihood"},
    "rls": {"features": "num_features", "highest_frequency": "max_frequency"},
    "attention": {"channels": "embed_dim", "octaves": "num_frequencies"},
    "matching": {
        "features": "num_features",
        "none": "out_of_scope",
        "known": "num_base_classes",
        "given": "precomputed_base_probs",
    },
    "choice": {
        "common": "num_context_columns",
        "symbols": "num_categorical",
        "alphabet": "vocab_size",
    },
    "exchangeable": {"others": "num_extra_outputs", "features": "num_features"},
    "value_iteration": {"states": "num_states"},
    "deltanet": {"waves": "num_frequencies", "highest_frequency": "max_frequency"},
    "mesanet": {
        "waves": "num_frequencies",
        "highest_frequency": "max_frequency",
        "forgets": "use_decay",
    },
    "gradient_descent": {"inner_hidden": "hidden_sizes", "step": "update"},
}
"""Constructor arguments by learner of 0.1; those under "" are every learner's."""

VALUES: dict[str, dict[str, str]] = {
    "output": {"mixture": "gaussian_mixture", "squared_error": "point"},
    "step": {"normalised": "nlms", "plain": "sgd"},
}
"""Values of arguments, by the argument's name in 0.1."""

TENSORS: dict[str, dict[str, str]] = {
    "": {"scaling": "standardizer"},
    "rls": {"basis": "feature_net", "root": "sqrt_covariance"},
    "attention": {
        "none": "null",
        "none_y": "null_y",
        "none_key": "null_key",
        "none_value": "null_value",
        "lookup": "retrieval_keys",
    },
    "matching": {
        "plain": "linear_head",
        "shares": "kernel_logits",
        "recognisers": "base_classifiers",
    },
    "choice": {
        "of_case": "context_proj",
        "of_each": "candidate_proj",
        "preferred": "summary_proj",
        "mix": "layer1",
        "mix_beside": "layer1_pooled",
        "again": "layer2",
        "again_beside": "layer2_pooled",
        "answer": "score_head",
        "none": "null_head",
    },
    "exchangeable": {
        "read_in": "encoder",
        "about_one": "item_head",
        "about_others": "pooled_head",
    },
    "value_iteration": {
        "curiosity": "bonus_net",
        "sharpness": "temperature_net",
        "times": "visit_counts",
    },
    "gradient_descent": {"first": "init_params", "log_steps": "log_lr"},
    "deltanet": {"direct": "skip", "recall": "memory_readout"},
    "mesanet": {"direct": "skip", "recall": "memory_readout"},
}
"""Parts of tensor names by learner of 0.1; those under "" are every learner's."""

TRAIN = {
    "optimiser": "optimizer",
    "schedule": "lr_schedule",
    "warmup": "warmup_steps",
    "clip": "max_grad_norm",
    "report_every": "log_every",
    "tasks": "tasks_per_step",
    "pairs": "examples_per_task",
    "shots": "shot_range",
}
"""Fields of `TrainConfig`, and those that other runs share with it."""


def upgrade_header(header: Mapping[str, Any]) -> dict[str, Any]:
    """Convert the JSON header of a version 1 file.

    Args:
        header: Header as 0.1 wrote it.

    Returns:
        The same header in the names of version 2.
    """
    old = header["learner"]
    return {
        **{k: v for k, v in header.items() if k not in ("standardised", "about")},
        "version": 2,
        "kind": KINDS.get(header["kind"], header["kind"]),
        "learner": LEARNERS.get(old, old),
        "hyperparameters": upgrade_arguments(old, header["hyperparameters"]),
        "standardized": header["standardised"],
        "metadata": upgrade_config(header["about"]),
    }


def upgrade_arguments(learner: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Convert constructor arguments of a learner.

    Args:
        learner: The learner's registry key in 0.1.
        arguments: Arguments and values as 0.1 wrote them.

    Returns:
        Arguments and values under their present names.
    """
    names = ARGUMENTS[""] | ARGUMENTS.get(learner, {})
    return {
        names.get(name, name): VALUES.get(name, {}).get(value, value)
        if isinstance(value, str)
        else value
        for name, value in arguments.items()
    }


def upgrade_tensor(learner: str, name: str) -> str:
    """Return the present name of a tensor of a version 1 file.

    Args:
        learner: The learner's registry key in 0.1.
        name: Path of the tensor, such as "learner.inner.basis.frequencies".
    """
    parts = TENSORS[""] | TENSORS.get(learner, {})
    renamed = []
    for part in name.split("."):
        field, bracket, index = part.partition("[")
        renamed.append(parts.get(field, field) + bracket + index)
    return ".".join(renamed)


def upgrade_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """Convert what a run's config or a model card says of its making.

    Args:
        config: Metadata as 0.1 wrote it; any part may be absent.

    Returns:
        The same metadata under its present names.
    """
    config = dict(config)
    for key in ("family", "validation"):
        if isinstance(config.get(key), Mapping):
            config[key] = _upgrade_family(config[key])
    if isinstance(config.get("learner"), Mapping):
        learner = dict(config["learner"])
        old = learner["name"]
        learner["name"] = LEARNERS.get(old, old)
        learner["options"] = upgrade_arguments(old, learner["options"])
        config["learner"] = learner
    if isinstance(config.get("train"), Mapping):
        config["train"] = {TRAIN.get(k, k): v for k, v in config["train"].items()}
    if "about" in config:
        config["metadata"] = config.pop("about")
    return _upgrade_encoders(config)


def _upgrade_encoders(value: Any) -> Any:
    """Convert names of text encoders, which stand under "encoder" at any depth."""
    if isinstance(value, list):
        return [_upgrade_encoders(entry) for entry in value]
    if not isinstance(value, Mapping):
        return value
    converted = {k: _upgrade_encoders(v) for k, v in value.items()}
    if isinstance(name := converted.get("encoder"), str):
        converted["encoder"] = ENCODERS.get(name, name)
    return converted


def _upgrade_family(family: Mapping[str, Any]) -> dict[str, Any]:
    family = dict(family)
    family["name"] = FAMILIES.get(family["name"], family["name"])
    if isinstance(family.get("options"), Mapping):
        family["options"] = {k: _upgrade_option(v) for k, v in family["options"].items()}
    return family


def _upgrade_option(value: Any) -> Any:
    if isinstance(value, Mapping) and "name" in value:
        return _upgrade_family(value)
    if isinstance(value, list):
        return [_upgrade_option(entry) for entry in value]
    return value
