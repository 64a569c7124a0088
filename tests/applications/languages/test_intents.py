"""What sentences ask for: templates, episodes, and a mapping that is taught by sentences."""

from itertools import permutations

import jax
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yingshe.applications.languages.intents import Intents, read_examples
from yingshe.applications.languages.intents.corpus import Corpus, corpus, languages
from yingshe.applications.languages.intents.episodes import ROUND, IntentEpisodes
from yingshe.applications.languages.intents.examples import WAYS, Examples, episode, examples
from yingshe.applications.languages.intents.judge import calibration_error
from yingshe.applications.languages.intents.recogniser import (
    known_intents,
    recognised,
    recognisers,
)
from yingshe.applications.languages.intents.split import (
    ASIDE,
    META_TEST,
    VALIDATION,
    meta_train_languages,
    relatives_apart,
    variants_apart,
)
from yingshe.applications.languages.intents.templates import Grammar
from yingshe.cli import main
from yingshe.errors import UserError
from yingshe.learners import MatchingNetwork
from yingshe.text import ENCODERS, hashed_ngrams
from yingshe.zoo import save

GRAMMAR = Grammar(
    {"on": "(turn|switch) on", "off": "kill"},
    {
        "colour": {"values": ["red", {"in": "[deep ]blue"}]},
        "level": {"range": {"from": 5, "to": 6}},
    },
)


def drawn(template: str, number: int = 60) -> set[str]:
    generator = np.random.default_rng(0)
    return {GRAMMAR.draw(template, generator) for _ in range(number)}


@pytest.mark.parametrize(
    ("template", "sentences"),
    [
        (
            "[please] <on> it",
            {f"{p}{w} on it" for p in ("", "please ") for w in ("turn", "switch")},
        ),
        ("{colour} now", {"red now", "blue now", "deep blue now"}),
        (
            "(a;b;[c])",
            {f"{x} {y}" for x, y in ("ab", "ba")} | {" ".join(p) for p in permutations("abc")},
        ),
        ("at {level:x}%", {"at 5%", "at 6%"}),
    ],
)
def test_a_template_gives_every_sentence_and_no_other(template, sentences):
    assert drawn(template, 200) == sentences


@pytest.mark.parametrize(("template", "complaint"), [("(a|b", "not closed"), ("a)", "not opened")])
def test_a_broken_template_says_what_is_wrong(template, complaint):
    with pytest.raises(UserError, match=complaint):
        drawn(template)


def test_a_name_is_made_up_where_anything_may_stand():
    assert all(name.isalpha() and name.istitle() for name in drawn("{name}"))


def test_no_language_is_on_two_sides():
    sides = [META_TEST, VALIDATION, ASIDE, meta_train_languages(languages())]
    assert sorted(name for side in sides for name in side) == languages()


def test_what_is_asked_is_of_a_template_that_taught_nothing():
    known = examples("cy", "letters")
    for seed in range(20):
        one = episode(known, np.random.default_rng(seed), 3, outside=4)
        template, intent = known.corpus.template, known.corpus.intent
        assert not set(template[one.taught]) & set(template[one.asked])
        inside = one.asked_intent < WAYS
        assert not set(intent[one.taught]) & set(intent[one.asked[~inside]])
        assert set(intent[one.asked[inside]]) <= set(intent[one.taught])
        assert len(set(one.taught)) == len(one.taught)


def test_an_episode_of_training_holds_what_its_labels_say():
    family = IntentEpisodes(["cy"], "letters")
    known = examples("cy", "letters")
    pairs = jax.jit(lambda key: family.sample(key, 3 * ROUND))(jax.random.key(0))
    intents_of: dict[int, set[int]] = {}
    for x, y, real in zip(*map(np.asarray, (pairs.x, pairs.y, pairs.mask)), strict=True):
        if real:
            row = int(np.argmin(np.abs(known.x - x).sum(axis=1)))
            intents_of.setdefault(int(y.argmax()), set()).add(int(known.corpus.intent[row]))
    assert set(intents_of) == set(range(WAYS + 1))
    inside = [intents_of[i] for i in range(WAYS)]
    assert all(len(found) == 1 for found in inside)
    assert not set.union(*inside) & intents_of[WAYS]


def test_a_corpus_is_the_same_for_the_same_seed_alone():
    first = corpus("mn", seed=1).sentences
    corpus.cache_clear()
    assert first == corpus("mn", seed=1).sentences
    assert first != corpus("mn", seed=2).sentences


@given(st.lists(st.text(max_size=30), max_size=4))
def test_letters_are_of_length_one_or_nothing(sentences):
    lengths = np.linalg.norm(hashed_ngrams(sentences)[:, :1024], axis=1)
    assert np.all((np.abs(lengths - 1) < 1e-4) | (lengths == 0))


def test_calibration_error_by_hand():
    right = np.array([True, False] * 15)
    assert calibration_error(np.full(30, 0.5), right) == pytest.approx(0.0)
    assert calibration_error(np.full(30, 0.9), right) == pytest.approx(0.4)


@pytest.fixture(scope="module")
def learner():
    """Not trained: it likens by cosines and ridge regression alone."""
    encoder = ENCODERS["letters"]
    options = {"views": encoder.views, "features": 2, "hidden": 2, "none": True, "capacity": 4}
    return MatchingNetwork(encoder.width, 3, **options, key=jax.random.key(0))


TAUGHT = {
    "kapcsold fel a lámpát": "on",
    "kapcsold le a lámpát": "off",
    "mennyi most az idő": "time",
    "hány óra van": "time",
    "a lámpát kérlek fel": "on",
}


def test_labels_and_sentences_may_come_later_and_in_any_number(learner):
    sentences, labels = list(TAUGHT), list(TAUGHT.values())
    together = Intents(learner, ENCODERS["letters"]).teach(sentences, labels)
    later = Intents(learner, ENCODERS["letters"])
    for part in (slice(0, 2), slice(2, 5)):
        later = later.teach(sentences[part], labels[part])
    for one, other in zip(together.ask(sentences), later.ask(sentences), strict=True):
        assert one.probabilities == pytest.approx(other.probabilities, abs=1e-5)
        assert one.none + sum(one.probabilities.values()) == pytest.approx(1, abs=1e-5)
    assert [max(a.probabilities, key=a.probabilities.get) for a in later.ask(sentences)] == labels


def test_taught_and_asked_from_the_command_line(learner, tmp_path, capsys):
    save(tmp_path / "l.safetensors", learner, metadata={"about": {"encoder": "letters"}})
    table = pl.DataFrame({"sentence": list(TAUGHT), "label": list(TAUGHT.values())})
    table.write_csv(tmp_path / "t.csv")
    taught, learned = str(tmp_path / "home.safetensors"), str(tmp_path / "l.safetensors")
    words = ["intents", "teach", str(tmp_path / "t.csv"), "--save", taught, "--learner", learned]
    assert main(words) == 0
    assert "5 sentences of 3 intents by the encoder 'letters'" in capsys.readouterr().out
    assert main(["intents", "ask", taught, "--sentences", "hány óra van most"]) == 0
    assert "hány óra van most" in capsys.readouterr().out
    assert main(["intents", "ask", taught, "--sentences", " "]) == 2
    assert "A sentence is empty" in capsys.readouterr().err
    assert (
        main(["intents", "teach", str(tmp_path / "t.csv"), "--save", taught, "--label", "l"]) == 2
    )
    assert "There is no column 'l'" in capsys.readouterr().err


def test_a_recogniser_tells_the_intents_of_other_languages():
    """Two languages, whose intents lie along axes; one intent is left out."""
    generator = np.random.default_rng(0)
    told = []
    for names, axes in ((("mute", "off", "on"), (0, 1, 2)), (("on", "stop"), (2, 3))):
        intent = np.repeat(np.arange(len(names)), 300)
        x = np.eye(4)[np.array(axes)[intent]] + 0.1 * generator.normal(size=(len(intent), 4))
        spoken = Corpus("xx", ("",) * len(intent), names, intent, intent)
        told.append(Examples(spoken, x.astype(np.float32), {}))
    known = known_intents(told, without=("stop",))
    assert known == ["mute", "off", "on"]
    networks = recognisers(told, known, (4,))
    one = Examples(told[0].corpus, np.eye(3, 4, dtype=np.float32), {})
    roots = recognised(networks, one, (4,))
    assert roots.shape == (3, 2 * 3)  # by the one view, and by all
    assert (np.diag(roots[:, :3] ** 2) > 0.5).all()  # a third by chance


def test_variants_of_a_language_are_in_the_same_part_and_relatives_too_where_asked():
    names = ["pt", "af", "sr-Latn", "pt-BR", "sr", "nl", "ko", "vi"]
    for variants in ({"pt", "pt-BR"}, {"sr", "sr-Latn"}):
        assert sum(variants <= set(part) for part in variants_apart(names)) == 1
    assert relatives_apart(names) == [
        ["af", "nl"],
        ["pt", "pt-BR"],
        ["sr-Latn", "sr"],
        ["ko", "vi"],
    ]


def test_what_may_be_a_mistake_in_a_table_is_said(tmp_path):
    path = tmp_path / "t.csv"
    columns = {"sentence": ["fel", "le", "fel", None], "label": ["on", "off", "up", "on"]}
    pl.DataFrame({**columns, "number": [1, 2, 3, 4]}).write_csv(path)
    with pytest.warns(UserWarning, match="rows lack|several labels") as said:
        sentences, labels = read_examples(path, text="sentence", label="label")
    assert (sentences, labels) == (["fel", "le", "fel"], ["on", "off", "up"])
    words = [str(one.message) for one in said]
    assert words == [
        f"{path}: 1 of 4 rows lack a sentence or a label.",
        f"{path}: 'fel' has several labels: on, up.",
    ]
    with pytest.raises(UserError, match="'number' holds numbers"):
        read_examples(path, text="number", label="label")
