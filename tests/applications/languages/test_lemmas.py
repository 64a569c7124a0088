"""Dictionary forms: edits, the baseline, candidates, what is learned, and the command line."""

import random

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import yingshe as ys
from yingshe.applications.languages.lemmatization import (
    Edit,
    LemmaMapping,
    LongestSuffix,
    candidates,
    dictionaries,
    edit_between,
    new_learner,
    tasks,
)
from yingshe.applications.languages.lemmatization import cli as commands
from yingshe.applications.languages.lemmatization.dictionaries import (
    TEST,
    TRAIN,
    VALIDATION,
    draw,
    draw_varied,
)
from yingshe.applications.languages.lemmatization.edits import IDENTITY
from yingshe.applications.languages.lemmatization.family import (
    DISGUISED,
    SHOWN,
    TAUGHT,
    labelled,
    taught,
)
from yingshe.applications.languages.lemmatization.features import (
    COMMON,
    EACH,
    SYMBOLS,
    X_DIM,
    Y_DIM,
)
from yingshe.applications.languages.lemmatization.judge import judge
from yingshe.applications.languages.lemmatization.letters import ALPHABET, code, disguise, shape
from yingshe.applications.languages.lemmatization.statistics import Counts, Statistics
from yingshe.cli import main as yingshe
from yingshe.training import prequential_loss


# A language of our own making: nouns in -a with a plural in -ot and a genitive in -assa, verbs in
# -er with a past in -ivu, and a past of some verbs that puts ka- before.
def forms_of(stem: str, noun: bool) -> list[tuple[str, str]]:
    if noun:
        return [(stem + end, stem + "a") for end in ("ot", "assa", "a")]
    return [(stem + "ivu", stem + "er"), ("ka" + stem + "en", stem + "er")]


STEMS = [
    a + b for a in ("bar", "lem", "tok", "sin", "dur", "fel") for b in ("an", "ut", "il", "om")
]
FORMS = [pair for i, stem in enumerate(STEMS) for pair in forms_of(stem, noun=bool(i % 2))]
WORDS = st.text("abcdé", min_size=1, max_size=9)


def test_edits_by_hand():
    assert edit_between("gatti", "gatto") == Edit("", "", "i", "o")
    assert edit_between("gatto", "gatto") == IDENTITY
    assert edit_between("gemacht", "machen") == Edit("ge", "", "t", "en")
    assert edit_between("gegangen", "gehen") == Edit(
        "", "", "gangen", "hen"
    )  # a tie: from the left
    assert Edit("ge", "", "t", "en")("gelacht") == "lachen"
    assert Edit("ge", "", "t", "en")("lacht") is None
    assert Edit("", "", "i", "o")("i") is None  # nothing would stay
    assert edit_between("was", "be")("was") is None  # no letter is shared: nothing to go by


@given(WORDS, WORDS)
def test_an_edit_leads_to_the_lemma(word, lemma):
    if set(word) & set(lemma):
        assert edit_between(word, lemma)(word) == lemma


def test_the_baseline_by_hand():
    support = [("gatti", "gatto"), ("vitti", "vittia"), ("letti", "letto"), ("tazze", "tazza")]
    baseline = LongestSuffix(support)
    assert baseline("matti") == "matto"  # -atti was met once, -tti thrice
    assert baseline("otti") == "otto"  # of those in -tti two of three
    assert baseline("ritti") == "rittia"  # -itti
    assert baseline("rose") == "rosa"
    assert baseline("xyz") == "xyz"
    # The longest suffix goes before a fitting edit; one that does not fit is passed over.
    assert LongestSuffix([("ab", "a"), ("cab", "xd")])("ab") == "a"
    assert LongestSuffix([])("word") == "word"


def test_counts_are_counted_out_again():
    met = Statistics(FORMS[:20])
    whole = vars(Statistics(FORMS[:20]))
    met.count_in("kaqqen", "qqer")
    assert met.count == 21
    met.count_in("kaqqen", "qqer", -1)
    assert not met.edits["qqen"]
    for name in ("words_with", "lemmas_with", "suffixes", "added", "prefixes", "words", "count"):
        assert getattr(met, name) == whole[name]
    assert met.words_with["assa"] == sum(word.endswith("assa") for word, _ in FORMS[:20])
    assert met.cuts("ot", 2) == met.words_with["ot"] > 0
    assert met.opens("k", Edit("ka", "", "en", "er")) == 1
    assert met.opens("q", Edit("ka", "", "en", "er")) == 0
    assert met.begun["ss"] == met.suffixes["ssa"] > 0
    assert met.within["s"] == 2 * met.suffixes["ssa"]
    assert Statistics([("oranges", "orange")]).alike("range-change") == len("ange")


@settings(max_examples=25, deadline=None)
@given(WORDS, st.lists(st.tuples(WORDS, WORDS), max_size=8))
def test_candidates_hold_the_word_and_follow_their_edits(word, support):
    found = candidates(word, Statistics(support))
    assert word in [one.lemma for one in found]
    assert len({one.lemma for one in found}) == len(found) <= 32
    assert all(one.edit(word) == one.lemma for one in found)
    assert [one.weight for one in found] == sorted((one.weight for one in found), reverse=True)


def test_candidates_put_together_what_was_met_apart():
    met = Statistics([("gesagt", "sagen"), ("machte", "machen"), ("lachte", "lachen")])
    found = [one.lemma for one in candidates("gelebte", met)]
    assert "leben" in found  # ge- of one word, -te of another
    assert "geleb" in found  # a cut that no word had


def test_letters_of_all_scripts():
    assert code("а") == code("a") == code("é") - 4 == 1
    assert code("") == 0
    assert all(1 <= code(c) < ALPHABET for c in "zß中ñ-'ქ")
    assert shape("házhoz") == shape("HÉZHEZ") == "hVzhVz"
    assert shape("дом-ჯ") == "dVm.j"
    to = np.asarray(disguise(jax.random.key(0)))
    assert sorted(to) == list(range(ALPHABET))
    assert to[0] == 0
    assert to[ALPHABET - 1] == ALPHABET - 1
    vowels = set(map(code, "aeiouy"))
    assert {to[v] for v in vowels} == vowels
    assert (to[1:] != np.arange(1, ALPHABET)).sum() > 10


def test_pairs_of_the_support_are_seen_by_the_others_alone():
    met = Counts(FORMS[:12])
    rows = taught(FORMS[:12], met, random.Random(0))
    assert len(rows) == 12
    assert met.written.count == met.shapes.count == 12
    word, lemma = FORMS[0]
    expected, right = labelled(word, lemma, Counts(FORMS[1:12]))
    assert any(right == r and np.array_equal(expected, x) for x, r in rows)
    assert expected.shape == (X_DIM,)
    assert np.isfinite(expected).all()


def test_parts_share_no_language():
    assert len({*TRAIN, *VALIDATION, *TEST}) == len(TRAIN) + len(VALIDATION) + len(TEST) == 53


@pytest.fixture
def small(monkeypatch):
    """Our own language in the place of all."""
    stems = [a + b + stem for a in "bdgklmnprst" for b in "aeiou" for stem in STEMS]
    words = [pair for i, stem in enumerate(stems) for pair in forms_of(stem, noun=bool(i % 2))]
    monkeypatch.setattr(dictionaries, "words_of", lambda language: words)
    return words


def test_draws_share_no_lemma_and_supports_are_nested(small):
    first = draw("ours", random.Random(3), 100, 20)
    assert len(first.support) == 100
    assert len(first.query) == 20
    assert not {lemma for _, lemma in first.support} & {lemma for _, lemma in first.query}
    assert draw("ours", random.Random(3), 100, 20) == first
    with pytest.raises(ys.UserError, match="too few words"):
        draw("ours", random.Random(3), 100, 10_000)


def test_varied_draws_have_other_shares_of_endings(small, monkeypatch):
    monkeypatch.setattr(dictionaries, "_ENOUGH", 100)
    drawn = [draw_varied("ours", random.Random(seed), 100, 20) for seed in range(8)]
    assert all(set(one.support + one.query) <= set(small) for one in drawn)
    verbs = [sum(lemma.endswith("er") for _, lemma in one.support) for one in drawn]
    # They are 40 of 100 in all words; with these seeds they were 2 to 98.
    assert min(verbs) < 20
    assert max(verbs) > 60
    monkeypatch.setattr(dictionaries, "_ENOUGH", 10_000)  # then all words stay
    support = draw_varied("ours", random.Random(0), 1000, 20).support
    assert 300 < sum(lemma.endswith("er") for _, lemma in support) < 500


def test_tasks_and_their_disguise(small):
    plain = tasks(["ours"], 2, seed=5, disguised=0.0)
    other = tasks(["ours"], 2, seed=5, disguised=1.0)
    assert plain.x.shape == (2, SHOWN, X_DIM)
    assert plain.mask[:, TAUGHT:].all()
    sample = jax.jit(lambda one: one.sample(jax.random.key(0), 20))
    drawn = [sample(one) for one in (plain, other)]
    assert drawn[0].y.shape == (20, Y_DIM)
    np.testing.assert_array_equal(drawn[0].y, drawn[1].y)
    rows = [np.asarray(one.x)[..., COMMON:].reshape(-1, EACH) for one in drawn]
    numbers, letters = EACH - SYMBOLS[1], slice(EACH - SYMBOLS[1], None)
    np.testing.assert_array_equal(rows[0][:, :numbers], rows[1][:, :numbers])
    assert (rows[0][:, letters] != rows[1][:, letters]).any()
    # Equal letters stay equal.
    pairs = {tuple(pair) for pair in zip(*(r[:, letters].ravel() for r in rows), strict=True)}
    there = {pair for pair in pairs if pair[0] > 0}
    assert len(there) < ALPHABET


def test_the_shipped_learner_beats_the_baseline_in_a_language_of_our_own(small):
    drawn = draw("ours", random.Random(3), 60, 60)
    shares = judge(ys.load("lemmas"), drawn, (3, 60))
    # With seed 3 it was 0.57 beside 0.48 after three pairs, and 1.0 after sixty.
    assert shares["yingshe", 3] > shares["longest suffix", 3] + 0.05
    assert shares["yingshe", 60] > 0.95
    assert shares["yingshe", 3] <= shares["reachable", 3]


def test_a_mapping_is_saved_and_read_back(tmp_path):
    learner = new_learner(key=jax.random.key(0))
    before = LemmaMapping(learner, FORMS[:5])
    after = before.observe(*FORMS[5])
    assert (len(before.pairs), len(after.pairs)) == (5, 6)
    after.save(tmp_path / "ours.safetensors")
    again = LemmaMapping.load(tmp_path / "ours.safetensors")
    words = ["kasinanen", "felutot", FORMS[0][0]]
    assert again.probabilities(words) == after.probabilities(words)
    assert again(FORMS[0][0]) == FORMS[0][1]  # it was read
    for answer in after.probabilities(words)[:2]:
        shares = [share for _, share in answer]
        assert shares == sorted(shares, reverse=True)
        assert 0 < sum(shares) <= 1 + 1e-5
    assert after.probabilities([]) == []
    with pytest.raises(ys.UserError, match="is empty"):
        after(" ")
    with pytest.raises(ys.UserError, match="empty side"):
        LemmaMapping(learner, [("a", "")])
    with pytest.raises(ys.UserError, match="chosen by CandidateRanker"):
        LemmaMapping(ys.load("linear"))


def test_from_the_command_line(tmp_path, capsys):
    table, kept = tmp_path / "ours.csv", tmp_path / "ours.safetensors"
    table.write_text("word,lemma\n" + "".join(f"{w},{lemma}\n" for w, lemma in FORMS[:30]))
    assert yingshe(["lemmas", "teach", str(table), "--save", str(kept)]) == 0
    assert "30 pairs" in capsys.readouterr().out
    assert yingshe(["lemmas", "say", str(kept), "penutassa", FORMS[0][0], "--candidates", "2"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("penutassa\tpenuta ")
    assert second == f"{FORMS[0][0]}\t{FORMS[0][1]} 1.00"
    more, grown = tmp_path / "more.tsv", tmp_path / "grown.safetensors"
    more.write_text("form\tlemma\nxyz\tzyx\n")
    words = ["lemmas", "teach", str(more), "--more", str(kept), "--save", str(grown)]
    assert yingshe([*words, "--word", "form", "--learner", "lemmas"]) == 2
    assert "leave out --learner" in capsys.readouterr().err
    assert yingshe(["lemmas", "say", str(kept), "either//or"]) == 0
    assert capsys.readouterr().out.startswith("either//or\t")
    assert yingshe(words) == 2
    assert "no column 'word'" in capsys.readouterr().err
    assert yingshe([*words, "--word", "form"]) == 0
    assert "31 pairs" in capsys.readouterr().out
    (tmp_path / "list.txt").write_text("xyz\n\n")
    assert yingshe(["lemmas", "say", str(grown), "--words", str(tmp_path / "list.txt")]) == 0
    assert capsys.readouterr().out == "xyz\tzyx 1.00\n"
    (tmp_path / "latin.txt").write_bytes("né\n".encode("latin-1"))
    assert yingshe(["lemmas", "say", str(grown), "--words", str(tmp_path / "latin.txt")]) == 2
    assert "latin.txt is not UTF-8 text" in capsys.readouterr().err
    more.write_text("word\tlemma\nxyz\tzyx\nqot\t\n")
    assert yingshe(words) == 0
    assert "1 of 2 rows lack a word or a lemma" in capsys.readouterr().err
    assert yingshe(["lemmas", "say", str(grown)]) == 2
    assert "Name the words" in capsys.readouterr().err
    assert yingshe(["lemmas", "tell", str(grown)]) == 2
    assert "There is no 'lemmas tell'" in capsys.readouterr().err


def test_training_from_the_command_line(tmp_path, small, monkeypatch):
    told = []

    def traced(learner, family, config, *, key, validation, run, progress):
        """The loss of a step is traced, not compiled."""
        told.append((config.steps, family.disguised, validation.disguised, run))
        keys = jax.random.split(key, config.tasks)

        def loss(keys):
            batch = jax.vmap(lambda one: family.sample(one, config.pairs))(keys)
            return prequential_loss(learner, batch)

        assert jax.eval_shape(loss, keys).shape == ()

    monkeypatch.setattr(commands, "meta_train", traced)
    run = tmp_path / "run"
    assert yingshe(["lemmas", "train", str(run), "--tasks", "2", "--steps", "7"]) == 0
    assert told == [(7, DISGUISED, 0.0, run)]
    assert yingshe(["lemmas", "train", str(run), "--tasks", "0"]) == 2
