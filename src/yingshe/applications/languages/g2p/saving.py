"""Learners of pronunciation, and languages that were read, on disk: safetensors and no pickle."""

import json
import os
import struct
from collections.abc import Sequence
from pathlib import Path

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as to_bytes

from yingshe.applications.languages.g2p.contexts import TEMPLATES
from yingshe.applications.languages.g2p.learner import PronounceLearner
from yingshe.applications.languages.g2p.lexicon import Entry
from yingshe.applications.languages.g2p.sounds import SoundPrior
from yingshe.errors import UserError
from yingshe.serialization import write_atomically

_FORMAT = "yingshe pronounce"
_VERSION = 1


def write_file(
    path: str | os.PathLike, learner: PronounceLearner, entries: Sequence[Entry] | None = None
) -> None:
    """Write a learner, and the words of a language that it read, if any."""
    header = {
        "version": _VERSION,
        "templates": TEMPLATES,
        "sounds": {
            name: [[" ".join(chunk), share] for chunk, share in chances.items()]
            for name, chances in learner.sounds.table.items()
        },
        "entries": entries and [[entry.word, " ".join(entry.phonemes)] for entry in entries],
    }
    tensors = {
        "log_deviations": np.asarray(learner.log_deviations),
        "log_trust": np.asarray(learner.log_trust),
    }
    text = json.dumps(header, ensure_ascii=False)
    write_atomically(path, to_bytes(tensors, metadata={_FORMAT: text}))


def read_file(path: str | os.PathLike) -> tuple[PronounceLearner, tuple[Entry, ...] | None]:
    """The learner, and the words it read; None where it is a learner alone.

    Raises UserError where the file is missing, is not one of ours, is damaged or is of a version
    with other templates.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"There is no file {path}.")
    try:
        with safe_open(path, framework="numpy") as file:
            header = json.loads((file.metadata() or {})[_FORMAT])
            deviations, trust = (file.get_tensor(k) for k in ("log_deviations", "log_trust"))
        if header["templates"] != list(TEMPLATES):
            raise UserError(
                f"{path} was written by a version of yingshe that looks at other contexts; train "
                "the learner again, or use that version."
            )
        sounds = SoundPrior(
            {
                name: {tuple(chunk.split()): share for chunk, share in chances}
                for name, chances in header["sounds"].items()
            }
        )
        entries = header["entries"]
        if entries is not None:
            entries = tuple(Entry(word, tuple(said.split())) for word, said in entries)
    except (SafetensorError, KeyError, TypeError, ValueError, struct.error) as error:
        if isinstance(error, UserError):
            raise
        raise UserError(
            f"{path} is not of `yingshe pronounce`, or it is damaged ({type(error).__name__})."
        ) from error
    learner = eqx.tree_at(
        lambda of: (of.log_deviations, of.log_trust),
        PronounceLearner(sounds),
        (jnp.asarray(deviations), jnp.asarray(trust)),
    )
    return learner, entries
