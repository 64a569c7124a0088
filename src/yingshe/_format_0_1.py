"""Convert files written by yingshe 0.1: header keys, registry keys, arguments and tensor names.

Version 1 files differ from version 2 files in names only; tensors are the same. Every table below
maps the name of 0.1 to the present one.
"""

import warnings
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

RECORDED_FAMILIES = {"Words": "LemmatizationTasks"}
"""Classes of recorded tasks of applications."""

FAMILY_ARGUMENTS: dict[str, dict[str, str]] = {
    "": {"noise": "noise_std"},
    "Demonstrations": {
        "classes": "task_names",
        "imagined": "num_synthetic",
        "support": "num_support",
    },
    "Words": {"disguised": "permute_probability"},
    "drifting": {"how": "kind", "correlation": "autocorrelation"},
}
"""Options of families of tasks by family of 0.1; those under "" are every family's."""

ORDERS = {"shuffled": "random", "recorded": "sequential"}
"""Values of `order` of recorded tasks."""

TABLE = {"kind": "problem_type"}
"""Arguments of `TaskSet.from_table`."""

ZOO = {
    "ant-joints": "ant-actuator",
    "grid": "hidden-goal",
    "half-cheetah-joints": "half-cheetah-actuator",
    "lemmas": "lemmatization",
    "pronounce": "g2p",
}
"""Names of zoo models."""

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

PARAMETERS: dict[str, dict[str, str]] = {
    "": {"scaling": "standardizer"},
    "rls": {"basis": "feature_net"},
    "attention": {
        "none": "null",
        "none_y": "null_y",
        "none_key": "null_key",
        "none_value": "null_value",
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
    "value_iteration": {"curiosity": "bonus_net", "sharpness": "temperature_net"},
    "gradient_descent": {"first": "init_params", "log_steps": "log_lr"},
    "gru": {"start": "init_carry"},
    "lstm": {"start": "init_carry"},
    "deltanet": {"direct": "skip", "recall": "memory_readout", "identity": "wave_embedding"},
    "mesanet": {"direct": "skip", "recall": "memory_readout", "identity": "wave_embedding"},
}
"""Parts of names of parameters, by learner of 0.1; those under "" are every learner's."""

STATES: dict[str, dict[str, str]] = {
    "rls": {"root": "sqrt_covariance"},
    "attention": {"lookup": "retrieval_keys", "reads": "num_pairs"},
    "matching": {"seen": "embeddings", "reads": "num_pairs"},
    "value_iteration": {
        "times": "visit_counts",
        "rewards": "reward_sums",
        "last": "last_action",
    },
    "gradient_descent": {"read": "num_pairs"},
}
"""Parts of names of arrays of a state, by learner of 0.1."""

MLPS: dict[str, tuple[str, ...]] = {
    "attention": ("pair", "input"),
    "matching": ("learned",),
    "value_iteration": ("curiosity", "sharpness", "value"),
}
"""Networks of two layers, by learner of 0.1: the layers were [0] and [1]."""

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

G2P_FORMAT = "yingshe pronounce"
"""Key of the header of pronunciation files, which had a separate format."""

G2P_TEMPLATE_PARTS = {
    "before": "prev2_phoneme",
    "chunk": "prev_chunk",
    "marked": "last_stress_marks",
    "nucleus": "last_vowel",
    "onset": "second_last_vowel",
    "said": "prev_phoneme",
    "vowel": "last_vowel_marks",
}
"""Parts of feature templates of pronunciation, left of the arrow."""

G2P_TENSORS = {"log_deviations": "log_prior_stds", "log_trust": "log_prior_scale"}
"""Tensors of pronunciation files."""

ENVIRONMENTS = {"grid": "hidden_goal"}
"""Keys of `yingshe.applications.agents.tasks.ENVIRONMENTS`."""

ENVIRONMENT_OPTIONS = {
    "acrobot": {"reversed_odds": "reversed_prob"},
    "bandit": {"arms": "num_arms", "pulls": "horizon"},
    "cartpole": {"reversed_odds": "reversed_prob"},
    "grid": {"steps": "episode_steps"},
    "mdp": {"choices": "num_actions", "states": "num_states"},
    "pendulum": {"reversed_odds": "reversed_prob"},
}
"""Constructor arguments by environment of 0.1."""

TRAIN_AGENT = {
    "discount": "gamma",
    "entropy": "ent_coef",
    "epochs": "n_epochs",
    "minibatches": "num_minibatches",
    "ratio": "clip_range",
    "teaching": "expert_fraction",
    "trace": "gae_lambda",
    "trials": "num_envs",
    "value_weight": "vf_coef",
}
"""Fields that only `PPOConfig` and `DAggerConfig` have."""


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


def upgrade_learner(name: str, arguments: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Convert a learner's name and arguments that a user gave, with a warning for each of 0.1.

    Args:
        name: Key of `LEARNERS`, of this version or of 0.1.
        arguments: Constructor arguments, of this version or of 0.1.

    Returns:
        Present key and arguments.
    """
    present = LEARNERS.get(name, name)
    old_name = next((old for old, new in LEARNERS.items() if new == present), name)
    upgraded = upgrade_arguments(old_name, arguments)
    for old, new in ((name, present), *zip(arguments, upgraded, strict=True)):
        if old != new:
            warnings.warn(f"yingshe: '{old}' is now '{new}'.", DeprecationWarning, stacklevel=4)
    return present, upgraded


def upgrade_tensor(learner: str, name: str) -> str:
    """Return the present name of a tensor of a version 1 file.

    Args:
        learner: The learner's registry key in 0.1.
        name: Path of the tensor, such as "learner.inner.basis.frequencies".
    """
    is_state = name.partition(".")[0].partition("[")[0] == "state"
    names = STATES.get(learner, {}) if is_state else PARAMETERS[""] | PARAMETERS.get(learner, {})
    networks = () if is_state else MLPS.get(learner, ())
    parts = []
    for part in name.split("."):
        field, bracket, index = part.partition("[")
        index = bracket + index
        if field in networks:  # "learned[2][0]" -> "learned[2].first"
            index = index[: -len("[0]")] + (".first" if index.endswith("[0]") else ".second")
        parts.append(names.get(field, field) + index)
    return ".".join(parts)


def upgrade_g2p(
    header: Mapping[str, Any], tensors: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Convert a pronunciation file.

    Args:
        header: Header as 0.1 wrote it under `G2P_FORMAT`.
        tensors: Tensors by name.

    Returns:
        Header and tensors in the names of version 2.
    """
    entries = header["entries"]
    upgraded = {
        "version": 2,
        "kind": "g2p prior" if entries is None else "g2p model",
        "templates": [_upgrade_template(text) for text in header["templates"]],
        "graphemes": header["sounds"],
        "metadata": {},
    }
    if entries is not None:
        upgraded["entries"] = entries
    return upgraded, {G2P_TENSORS.get(k, k): v for k, v in tensors.items()}


def upgrade_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """Convert the config of a run or the provenance in a model card.

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
    is_agent = isinstance(config.get("environments"), Mapping)
    if is_agent:
        config["environments"] = _upgrade_environments(config["environments"])
    if "teacher" in config:
        config["expert"] = config.pop("teacher")
    if isinstance(config.get("train"), Mapping):
        fields = TRAIN | TRAIN_AGENT if is_agent else TRAIN
        config["train"] = {fields.get(k, k): v for k, v in config["train"].items()}
    if "about" in config:
        config["metadata"] = config.pop("about")
    metadata = config.get("metadata")
    if isinstance(metadata, Mapping) and isinstance(metadata.get("table"), Mapping):
        table = {str(TABLE.get(k, k)): v for k, v in metadata["table"].items()}
        config["metadata"] = {**metadata, "table": _upgrade_order(table)}
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


def _upgrade_template(template: str) -> str:
    parts, arrow, target = template.partition(" → ")
    names = (G2P_TEMPLATE_PARTS.get(part, part) for part in parts.split(" "))
    return " ".join(names) + arrow + target


def _upgrade_environments(environments: Mapping[str, Any]) -> dict[str, Any]:
    old = environments["name"]
    names = ENVIRONMENT_OPTIONS.get(old, {})
    options = {names.get(k, k): v for k, v in environments["options"].items()}
    return {**environments, "name": ENVIRONMENTS.get(old, old), "options": options}


def _upgrade_family(family: Mapping[str, Any]) -> dict[str, Any]:
    family = dict(family)
    old = family["name"]
    names = FAMILY_ARGUMENTS[""] | FAMILY_ARGUMENTS.get(old, {})
    family["name"] = (FAMILIES | RECORDED_FAMILIES).get(old, old)
    if isinstance(family.get("options"), Mapping):
        options = {str(names.get(k, k)): _upgrade_option(v) for k, v in family["options"].items()}
        family["options"] = _upgrade_order(options)
    return family


def _upgrade_order(options: Mapping[str, Any]) -> dict[str, Any]:
    options = dict(options)
    if isinstance(order := options.get("order"), str):
        options["order"] = ORDERS.get(order, order)
    return options


def _upgrade_option(value: Any) -> Any:
    if isinstance(value, Mapping) and "name" in value:
        return _upgrade_family(value)
    if isinstance(value, list):
        return [_upgrade_option(entry) for entry in value]
    return value
