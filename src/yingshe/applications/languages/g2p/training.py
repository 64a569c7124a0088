"""Meta-training of a grapheme-to-phoneme prior over many languages."""

import dataclasses
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PyTree

from yingshe._validation import check_min
from yingshe.applications.languages.g2p._alignment import AlignedWord
from yingshe.applications.languages.g2p._grapheme_prior import GraphemePrior
from yingshe.applications.languages.g2p._log_linear import fit, loss_and_meta_gradient
from yingshe.applications.languages.g2p._prior import G2PPrior
from yingshe.applications.languages.g2p.decoder import CandidateTable, make_decisions
from yingshe.applications.languages.g2p.tasks import Entry, Episode, Language, sample_episode
from yingshe.errors import UserError
from yingshe.training._step import TrainState, apply_gradient
from yingshe.training.config import RunConfig, make_optimizer
from yingshe.training.loop import TrainingProgram, init_trainer_state
from yingshe.training.run_config import package_versions
from yingshe.training.runner import run_training

_MAX_WORDS = 1500  # words of a language that are aligned and drawn from
_MIN_LANGUAGES = 3


@dataclasses.dataclass(frozen=True)
class G2PConfig(RunConfig):
    """Settings of meta-training over languages."""

    steps: int = 200
    """Number of training steps; each draws support and query words of one language."""
    learning_rate: float = 0.1
    """Peak learning rate, in logarithms of standard deviations."""
    support_range: tuple[int, int] = (30, 800)
    """Smallest and largest number of support words; the number is drawn log-uniformly."""
    num_query: int = 300
    """Maximum number of query words of a step."""
    shrinkage: float = 0.5
    """Fraction by which the trained standard deviations are moved back, in logarithms, to their
    initial values; it counteracts overfitting to few languages."""
    validate_every: int = 50
    """Number of steps between validations on held-out languages."""
    log_every: int = 5
    """Number of steps between logs of the training loss."""
    checkpoint_every: int = 25
    """Number of steps between checkpoints, where a run directory is given."""

    def validate(self) -> None:
        check_min("num_query", self.num_query, 1)
        if not 1 <= self.support_range[0] <= self.support_range[1]:
            raise UserError(
                f"support_range must be two numbers with 1 ≤ low ≤ high, got {self.support_range}."
            )
        if not 0 <= self.shrinkage <= 1:
            raise UserError(f"shrinkage must be between 0 and 1, got {self.shrinkage}.")


def meta_train_g2p(
    languages: Mapping[str, Sequence[Entry]],
    config: G2PConfig,
    *,
    seed: int,
    query: Mapping[str, Sequence[Entry]] | None = None,
    validation: Mapping[str, Sequence[Entry]] | None = None,
    run_dir: str | os.PathLike | None = None,
    progress: bool = False,
    metadata: Mapping[str, Any] | None = None,
) -> G2PPrior:
    """Meta-train a prior over languages.

    Each step draws a language, and fits the weights of its letters to support words. The prior is
    then updated by the gradient of the loss on query words, differentiated through the fit.

    Args:
        languages: Language name -> words and phonemes.
        config: Settings of the run.
        seed: Seed of everything that is drawn.
        query: Language name -> words that query sets are drawn from; by default other words of the
            same language. Words with new stems resemble a new language better.
        validation: Held-out languages; by default other draws from the training languages.
        run_dir: Directory for config, metrics, checkpoints and the trained prior. The same call
            with the same directory resumes a run that was stopped. See `RunDirectory`.
        progress: Show a progress bar on the standard error.
        metadata: Free-form JSON to keep in the run's config and in the prior's file.

    Returns:
        The trained prior.

    Raises:
        UserError: There are fewer than three languages, one has too few words, or the run directory
            belongs to another run.
        DivergenceError: The loss is no longer a finite number.
    """
    _check_languages(languages, config)
    query, validation = query or {}, validation or {}
    generator = np.random.default_rng(seed)
    unfitted = G2PPrior(GraphemePrior({}))
    aligned = {
        name: _align_language(unfitted, entries, query.get(name, ()), generator)
        for name, entries in languages.items()
    }
    prior = G2PPrior(GraphemePrior.fit(words for words, _ in aligned.values()))
    held_out = [
        Language(
            *_align_language(prior, entries, query.get(name, ()), generator), prior.grapheme_prior
        )
        for name, entries in validation.items()
    ]

    def build() -> TrainingProgram:
        training = [
            Language(*words, GraphemePrior.fit(w for n, (w, _) in aligned.items() if n != name))
            for name, words in aligned.items()
        ]
        return _build_program(prior, training, held_out or training, config, seed)

    return run_training(
        prior,
        build,
        config,
        initial_state=init_trainer_state(prior, make_optimizer(config)),
        finalize=lambda trained: shrink_to_init(trained, config.shrinkage),
        run_config=lambda: {
            "languages": {name: _describe(words) for name, words in languages.items()},
            "query": {name: _describe(words) for name, words in query.items()},
            "validation": {name: _describe(words) for name, words in validation.items()},
            "train": dataclasses.asdict(config),
            "seed": seed,
            "versions": package_versions(),
        },
        run_dir=run_dir,
        progress=progress,
        metadata=metadata,
    )


def shrink_to_init(prior: G2PPrior, shrinkage: float) -> G2PPrior:
    """Move the standard deviations of a prior back towards their initial values, in logarithms.

    Args:
        prior: Trained prior.
        shrinkage: Fraction of the way, from 0 to 1.

    Returns:
        The prior with the new standard deviations.
    """
    initial = G2PPrior(prior.grapheme_prior).log_prior_stds
    shrunk = (1 - shrinkage) * prior.log_prior_stds + shrinkage * initial
    return eqx.tree_at(lambda p: p.log_prior_stds, prior, shrunk)


def _check_languages(languages: Mapping[str, Sequence[Entry]], config: G2PConfig) -> None:
    if len(languages) < _MIN_LANGUAGES:
        raise UserError(
            f"languages must have at least {_MIN_LANGUAGES} entries, got {len(languages)}."
        )
    min_words = 2 * config.support_range[0]
    for name, entries in languages.items():
        if len(entries) < min_words:
            raise UserError(
                f"{name} must have at least {min_words} words, twice the smallest support, got "
                f"{len(entries)}."
            )


def _build_program(
    prior: G2PPrior,
    languages: Sequence[Language],
    validation: Sequence[Language],
    config: G2PConfig,
    seed: int,
) -> TrainingProgram:
    optimizer = make_optimizer(config)
    options = {"support_range": config.support_range, "num_query": config.num_query}
    held_out = [
        sample_episode(language, np.random.default_rng((seed, i, 1)), **options)
        for i, language in enumerate(validation)
    ]
    static = eqx.partition(prior, eqx.is_inexact_array)[1]

    def train_step(state: TrainState):
        # Seeded by the step: a resumed run draws the same words.
        generator = np.random.default_rng((seed, int(state.step)))
        language = languages[int(generator.integers(len(languages)))]
        episode = sample_episode(language, generator, **options)
        loss, gradient = _loss_and_gradient(eqx.combine(state.parameters, static), episode)
        if gradient is None:
            return state._replace(step=state.step + 1), jnp.asarray(loss)
        return apply_gradient(optimizer, state, gradient), jnp.asarray(loss)

    def validation_loss(parameters) -> float:
        candidate = eqx.combine(parameters, static)
        return float(np.mean([_loss_and_gradient(candidate, episode)[0] for episode in held_out]))

    return TrainingProgram(train_step, validation_loss)


def _align_language(
    prior: G2PPrior,
    entries: Sequence[Entry],
    query: Sequence[Entry],
    generator: np.random.Generator,
) -> tuple[list[AlignedWord], list[AlignedWord]]:
    """Align some of a language's words, and some of its query words, together."""
    support_entries = [entries[i] for i in generator.permutation(len(entries))[:_MAX_WORDS]]
    query_entries = [query[i] for i in generator.permutation(len(query))[:_MAX_WORDS]]
    aligned = prior.align([*support_entries, *query_entries])
    parts = aligned[: len(support_entries)], aligned[len(support_entries) :]
    support_words, query_words = ([word for word in part if word is not None] for part in parts)
    return support_words, query_words


def _loss_and_gradient(prior: G2PPrior, episode: Episode) -> tuple[float, PyTree[Array] | None]:
    """Return the loss in nats per letter and its gradient, None where there is no decision."""
    table = CandidateTable(episode.support, episode.grapheme_prior, prior.prior_scale)
    known = table.inventory.index
    words = [word for word in episode.query if all(chunk in known for chunk in word.chunks)]
    if not words:
        return 0.0, None
    support, query = make_decisions(episode.support, table), make_decisions(words, table)
    if not len(support.starts) or not len(query.starts):
        return 0.0, None
    letters = sum(len(word.letters) for word in words)
    loss, stds, scale = loss_and_meta_gradient(fit(support, prior.prior_stds), query)
    gradient = eqx.tree_at(
        lambda p: (p.log_prior_stds, p.log_prior_scale),
        eqx.filter(prior, eqx.is_inexact_array),
        (jnp.asarray(stds / letters), jnp.asarray(scale / letters)),
    )
    return loss / letters, gradient


def _describe(entries: Sequence[Entry]) -> dict[str, Any]:
    """Return the number of words and a fingerprint of them."""
    text = json.dumps([[entry.word, entry.phonemes] for entry in entries], ensure_ascii=False)
    return {"words": len(entries), "data": hashlib.sha256(text.encode()).hexdigest()[:16]}
