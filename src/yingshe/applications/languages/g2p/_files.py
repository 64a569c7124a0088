"""Files of priors and of adapted languages: kinds "g2p prior" and "g2p model"."""

from collections.abc import Mapping, Sequence
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from yingshe.applications.languages.g2p._feature_templates import TEMPLATES
from yingshe.applications.languages.g2p._grapheme_prior import GraphemePrior
from yingshe.applications.languages.g2p._prior import G2PPrior
from yingshe.applications.languages.g2p.tasks import Entry
from yingshe.errors import UserError

PRIOR_KIND, MODEL_KIND = "g2p prior", "g2p model"


def prior_to_file(prior: G2PPrior) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return header fields and tensors of a prior."""
    fields = {
        "templates": list(TEMPLATES),
        "graphemes": {
            key: [[" ".join(chunk), prob] for chunk, prob in probs.items()]
            for key, probs in prior.grapheme_prior.table.items()
        },
    }
    tensors = {
        "log_prior_stds": np.asarray(prior.log_prior_stds),
        "log_prior_scale": np.asarray(prior.log_prior_scale),
    }
    return fields, tensors


def prior_from_file(header: Mapping[str, Any], tensors: Mapping[str, np.ndarray]) -> G2PPrior:
    """Return the prior of header and tensors.

    Raises:
        UserError: The feature templates are not those of this version.
    """
    if header["templates"] != list(TEMPLATES):
        raise UserError(
            "The file was written by a version of yingshe with other feature templates; train the "
            "prior again, or use that version."
        )
    grapheme_prior = GraphemePrior(
        {
            key: {tuple(chunk.split()): prob for chunk, prob in probs}
            for key, probs in header["graphemes"].items()
        }
    )
    return eqx.tree_at(
        lambda prior: (prior.log_prior_stds, prior.log_prior_scale),
        G2PPrior(grapheme_prior),
        (jnp.asarray(tensors["log_prior_stds"]), jnp.asarray(tensors["log_prior_scale"])),
    )


def entries_to_json(entries: Sequence[Entry]) -> list[list[str]]:
    """Return entries as pairs of strings."""
    return [[entry.word, " ".join(entry.phonemes)] for entry in entries]


def entries_from_json(pairs: Sequence[Sequence[str]]) -> tuple[Entry, ...]:
    """Return the entries of pairs of strings."""
    return tuple(Entry(word, tuple(phonemes.split())) for word, phonemes in pairs)
