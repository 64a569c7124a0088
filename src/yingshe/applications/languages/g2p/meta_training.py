"""Meta-training of pronunciation: priors under which few words of a language say most of it."""

import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, PyTree

from yingshe._validation import check_min
from yingshe.applications.languages.g2p.align import Aligned
from yingshe.applications.languages.g2p.choice import fit, loss_and_meta_gradient
from yingshe.applications.languages.g2p.learner import PronounceLearner
from yingshe.applications.languages.g2p.lexicon import Entry
from yingshe.applications.languages.g2p.reader import Spelling, choices_of
from yingshe.applications.languages.g2p.sounds import SoundPrior
from yingshe.errors import UserError
from yingshe.training._progress_bar import ProgressBar
from yingshe.training._step import TrainState
from yingshe.training.config import RunConfig, make_optimizer
from yingshe.training.loop import TrainingProgram, init_trainer_state, run_steps

_POOL = 1500  # words of a language that are aligned, and drawn from
_FEWEST_LANGUAGES = 3


@dataclass(frozen=True)
class PronounceConfig(RunConfig):
    """A run of meta-training over languages."""

    steps: int = 200
    """Steps; each reads words of one language and is judged on others of it."""
    learning_rate: float = 0.1
    """At its largest; what is learned are logarithms."""
    words: tuple[int, int] = (30, 800)
    """Fewest and most words read in a step; their number is drawn log-uniformly."""
    judged: int = 300
    """Other words of the language that a step is judged on."""
    shrinkage: float = 0.5
    """How far the deviations that were learned are drawn back, in logarithms, to the first ones,
    which are all alike: a few languages say less of the next one than they seem to."""
    validate_every: int = 50
    """Steps between validations on held-out languages."""
    report_every: int = 5
    """Steps between reports of the training loss."""

    def validate(self):
        check_min("judged", self.judged, 1)
        if not 1 <= self.words[0] <= self.words[1]:
            raise UserError(f"words are {self.words}; there must be 1 ≤ fewest ≤ most.")
        if not 0 <= self.shrinkage <= 1:
            raise UserError(f"shrinkage is {self.shrinkage}; it lies between 0 and 1.")


class _Episode(NamedTuple):
    """Words of a language that are read, and those that are judged then."""

    read: list[Aligned]
    judged: list[Aligned]
    sounds: SoundPrior


class _Language(NamedTuple):
    """What meta-training knows of a language."""

    words: list[Aligned]
    judged: list[Aligned]
    """Words that are only judged on; without any, others of `words` are."""
    others: SoundPrior
    """Learned from the other languages: a language is new to the prior it is read under."""


def meta_train_pronunciation(
    languages: Mapping[str, Sequence[Entry]],
    config: PronounceConfig,
    *,
    seed: int,
    judged: Mapping[str, Sequence[Entry]] | None = None,
    validation: Mapping[str, Sequence[Entry]] | None = None,
    progress: bool = False,
) -> PronounceLearner:
    """Learn from other languages what to expect of a new one.

    A step draws a language and some words of it, fits the weights of its letters to them, and moves
    the prior down the gradient of the loss on other words, through the fit (`choice`).

    Args:
        languages: their words, by name.
        config: how long, on how many words.
        seed: of all that is drawn.
        judged: by name, the words that steps are judged on; by default others of the same. Words
            whose stems were not read tell better what to expect of new ones.
        validation: languages that are only validated on; by default other draws of the same.
        progress: show a progress bar on the standard error.

    Raises:
        UserError: there are fewer than three languages, or one has too few words.

    """
    if len(languages) < _FEWEST_LANGUAGES:
        raise UserError(
            f"{len(languages)} languages cannot show what a new one is like; give at least "
            f"{_FEWEST_LANGUAGES}."
        )
    for name, entries in languages.items():
        if len(entries) < 2 * config.words[0]:
            raise UserError(
                f"{name} has {len(entries)} words; at least {2 * config.words[0]} are wanted, "
                f"twice the fewest that a step reads."
            )
    plain = PronounceLearner(SoundPrior({}))
    generator = np.random.default_rng(seed)
    judged = judged or {}
    aligned = {
        name: _aligned(plain, entries, judged.get(name, ()), generator)
        for name, entries in languages.items()
    }
    learner = PronounceLearner(SoundPrior.learn(words for words, _ in aligned.values()))
    known = [
        _Language(*words, SoundPrior.learn(other for n, (other, _) in aligned.items() if n != name))
        for name, words in aligned.items()
    ]
    unseen = [
        _Language(*_aligned(learner, entries, judged.get(name, ()), generator), learner.sounds)
        for name, entries in (validation or {}).items()
    ]

    def course() -> TrainingProgram:
        optimizer = make_optimizer(config)
        held_out = [
            _episode(language, np.random.default_rng((seed, i, 1)), config)
            for i, language in enumerate(unseen or known)
        ]
        static = eqx.partition(learner, eqx.is_inexact_array)[1]

        def train_step(state: TrainState):
            draw = np.random.default_rng((seed, int(state.step)))
            language = known[draw.integers(len(known))]
            episode = _episode(language, draw, config)
            loss, gradient = _judge(eqx.combine(state.parameters, static), episode)
            return _moved(optimizer, state, gradient), jnp.asarray(loss)

        def validate(parameters) -> float:
            judged = eqx.combine(parameters, static)
            return float(np.mean([_judge(judged, episode)[0] for episode in held_out]))

        return TrainingProgram(train_step, validate)

    began = time.monotonic()
    bar = ProgressBar(config.steps, "pronunciation") if progress else contextlib.nullcontext()
    begun = init_trainer_state(learner, make_optimizer(config))
    with bar as shown:
        for report in run_steps(course, learner, begun, config):
            learner = report.learner
            if shown is not None:
                rate = report.step / (time.monotonic() - began)
                shown.show(report, steps_per_second=rate)
    return drawn_back(learner, config.shrinkage)


def drawn_back(learner: PronounceLearner, shrinkage: float) -> PronounceLearner:
    """The learner with deviations that far back on the way to those before training."""
    first = PronounceLearner(learner.sounds).log_deviations
    between = (1 - shrinkage) * learner.log_deviations + shrinkage * first
    return eqx.tree_at(lambda of: of.log_deviations, learner, between)


def _episode(language: _Language, draw: np.random.Generator, config: PronounceConfig) -> _Episode:
    fewest, most = config.words
    order = draw.permutation(len(language.words))
    number = int(np.exp(draw.uniform(np.log(fewest), np.log(most + 1))))
    number = min(number, len(order) // 2)
    read = [language.words[i] for i in order[:number]]
    others = language.judged or [language.words[i] for i in order[number:]]
    judged = draw.permutation(len(others))[: config.judged]
    return _Episode(read, [others[i] for i in judged], language.others)


def _aligned(
    learner: PronounceLearner,
    entries: Sequence[Entry],
    judged: Sequence[Entry],
    generator: np.random.Generator,
) -> tuple[list[Aligned], list[Aligned]]:
    """Some of a language's words, and of those to be judged on: phonemes by letter."""
    some = [entries[i] for i in generator.permutation(len(entries))[:_POOL]]
    others = [judged[i] for i in generator.permutation(len(judged))[:_POOL]]
    found = learner.align([*some, *others])
    parts = found[: len(some)], found[len(some) :]
    words, unread = ([word for word in part if word is not None] for part in parts)
    return words, unread


def _judge(learner: PronounceLearner, episode: _Episode) -> tuple[float, PyTree[Array] | None]:
    """Nats a letter of the judged words, and the gradient; None where there was no choice."""
    spelling = Spelling(episode.read, episode.sounds, learner.trust)
    known = spelling.inventory.number
    judged = [word for word in episode.judged if all(chunk in known for chunk in word.chunks)]
    if not judged:
        return 0.0, None
    read, unread = choices_of(episode.read, spelling), choices_of(judged, spelling)
    if not len(read.starts) or not len(unread.starts):
        return 0.0, None
    letters = sum(len(word.letters) for word in judged)
    loss, deviations, trust = loss_and_meta_gradient(fit(read, learner.deviations), unread)
    gradient = eqx.tree_at(
        lambda of: (of.log_deviations, of.log_trust),
        eqx.filter(learner, eqx.is_inexact_array),
        (jnp.asarray(deviations / letters), jnp.asarray(trust / letters)),
    )
    return loss / letters, gradient


def _moved(
    optimizer: optax.GradientTransformation, state: TrainState, gradient: PyTree[Array] | None
) -> TrainState:
    if gradient is None:
        return TrainState(state.parameters, state.optimizer, state.step + 1)
    updates, moments = optimizer.update(gradient, state.optimizer, state.parameters)
    return TrainState(optax.apply_updates(state.parameters, updates), moments, state.step + 1)
