"""Lemmatization: edits, the baseline, candidates, the lemmatizer, and the command line."""

import json
import random
from pathlib import Path

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import yingshe as ys
from yingshe.applications.languages.lemmatization import (
    Edit,
    EditCounts,
    Lemmatizer,
    LongestSuffix,
    _training,
    candidates,
    data,
    edit_between,
    make_tasks,
    new_learner,
)
from yingshe.applications.languages.lemmatization._alphabet import (
    ALPHABET_SIZE,
    letter_id,
    permute_letters,
    vowel_skeleton,
)
from yingshe.applications.languages.lemmatization._deprecated import LemmaMapping
from yingshe.applications.languages.lemmatization._edit_counts import TwoLevelCounts
from yingshe.applications.languages.lemmatization._edits import IDENTITY
from yingshe.applications.languages.lemmatization._features import (
    NUM_CANDIDATE_COLUMNS,
    NUM_CATEGORICAL,
    NUM_CONTEXT_COLUMNS,
    X_DIM,
    Y_DIM,
)
from yingshe.applications.languages.lemmatization.data import (
    TEST,
    TRAIN,
    VALIDATION,
    sample_reweighted_split,
    sample_split,
)
from yingshe.applications.languages.lemmatization.evaluation import (
    evaluate_lemmatization,
    score_split,
)
from yingshe.applications.languages.lemmatization.tasks import (
    EXAMPLES_PER_TASK,
    MAX_SUPPORT,
    PERMUTE_PROBABILITY,
    encode_example,
    leave_one_out_examples,
)
from yingshe.cli import main as yingshe
from yingshe.training import prequential_loss

FILES = Path(__file__).parents[2] / "format_0_1"


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
    assert edit_between("was", "be")("was") is None  # without a common letter


@given(WORDS, WORDS)
def test_an_edit_leads_to_the_lemma(word, lemma):
    if set(word) & set(lemma):
        assert edit_between(word, lemma)(word) == lemma


def test_the_baseline_by_hand():
    support = [("gatti", "gatto"), ("vitti", "vittia"), ("letti", "letto"), ("tazze", "tazza")]
    baseline = LongestSuffix(support)
    assert baseline("matti") == "matto"  # -atti occurs once, -tti three times
    assert baseline("otti") == "otto"  # of those in -tti two of three
    assert baseline("ritti") == "rittia"  # -itti
    assert baseline("rose") == "rosa"
    assert baseline("xyz") == "xyz"
    # The longest suffix goes before a fitting edit; one that does not fit is passed over.
    assert LongestSuffix([("ab", "a"), ("cab", "xd")])("ab") == "a"
    assert LongestSuffix([])("word") == "word"


def test_counts_can_be_undone():
    counts = EditCounts(FORMS[:20])
    before = vars(EditCounts(FORMS[:20]))
    counts.add("kaqqen", "qqer")
    assert counts.count == 21
    counts.add("kaqqen", "qqer", -1)
    assert not counts.edits["qqen"]
    names = ("words_with", "lemmas_with", "suffixes", "additions", "prefixes", "words", "count")
    for name in names:
        assert getattr(counts, name) == before[name]
    assert counts.words_with["assa"] == sum(word.endswith("assa") for word, _ in FORMS[:20])
    assert counts.num_cuts("ot", 2) == counts.words_with["ot"] > 0
    assert counts.prefix_rate("k", Edit("ka", "", "en", "er")) == 1
    assert counts.prefix_rate("q", Edit("ka", "", "en", "er")) == 0
    assert counts.cut_starts["ss"] == counts.suffixes["ssa"] > 0
    assert counts.cut_parts["s"] == 2 * counts.suffixes["ssa"]
    shared = EditCounts([("oranges", "orange")]).shared_suffix_len("range-change")
    assert shared == len("ange")


@settings(max_examples=25, deadline=None)
@given(WORDS, st.lists(st.tuples(WORDS, WORDS), max_size=8))
def test_candidates_hold_the_word_and_follow_their_edits(word, support):
    found = candidates(word, EditCounts(support))
    assert word in [candidate.lemma for candidate in found]
    assert len({candidate.lemma for candidate in found}) == len(found) <= 32
    assert all(candidate.edit(word) == candidate.lemma for candidate in found)
    scores = [candidate.score for candidate in found]
    assert scores == sorted(scores, reverse=True)


def test_candidates_combine_parts_of_different_words():
    counts = EditCounts([("gesagt", "sagen"), ("machte", "machen"), ("lachte", "lachen")])
    lemmas = [candidate.lemma for candidate in candidates("gelebte", counts)]
    assert "leben" in lemmas  # ge- of one word, -te of another
    assert "geleb" in lemmas  # a cut that no word had


def test_letters_of_all_scripts():
    assert letter_id("а") == letter_id("a") == letter_id("é") - 4 == 1
    assert letter_id("") == 0
    assert all(1 <= letter_id(c) < ALPHABET_SIZE for c in "zß中ñ-'ქ")
    assert vowel_skeleton("házhoz") == vowel_skeleton("HÉZHEZ") == "hVzhVz"
    assert vowel_skeleton("дом-ჯ") == "dVm.j"
    new_ids = np.asarray(permute_letters(jax.random.key(0)))
    assert sorted(new_ids) == list(range(ALPHABET_SIZE))
    assert new_ids[0] == 0
    assert new_ids[ALPHABET_SIZE - 1] == ALPHABET_SIZE - 1
    vowels = set(map(letter_id, "aeiouy"))
    assert {new_ids[v] for v in vowels} == vowels
    assert (new_ids[1:] != np.arange(1, ALPHABET_SIZE)).sum() > 10


def test_support_pairs_are_encoded_with_the_counts_of_the_others():
    counts = TwoLevelCounts(FORMS[:12])
    rows = leave_one_out_examples(FORMS[:12], counts, random.Random(0))
    assert len(rows) == 12
    assert counts.written.count == counts.skeletons.count == 12
    word, lemma = FORMS[0]
    expected, label = encode_example(word, lemma, TwoLevelCounts(FORMS[1:12]))
    assert any(label == other and np.array_equal(expected, x) for x, other in rows)
    assert expected.shape == (X_DIM,)
    assert np.isfinite(expected).all()


def test_parts_share_no_language():
    assert len({*TRAIN, *VALIDATION, *TEST}) == len(TRAIN) + len(VALIDATION) + len(TEST) == 53


@pytest.fixture
def small(monkeypatch):
    """Our own language in the place of all."""
    stems = [a + b + stem for a in "bdgklmnprst" for b in "aeiou" for stem in STEMS]
    words = [pair for i, stem in enumerate(stems) for pair in forms_of(stem, noun=bool(i % 2))]
    monkeypatch.setattr(data, "load_words", lambda language: words)
    return words


def test_splits_share_no_lemma_and_supports_are_nested(small):
    first = sample_split("ours", random.Random(3), 100, 20)
    assert len(first.support) == 100
    assert len(first.query) == 20
    assert not {lemma for _, lemma in first.support} & {lemma for _, lemma in first.query}
    assert sample_split("ours", random.Random(3), 100, 20) == first
    with pytest.raises(ys.UserError, match="too few words"):
        sample_split("ours", random.Random(3), 100, 10_000)


def test_reweighted_splits_have_other_frequencies_of_endings(small, monkeypatch):
    monkeypatch.setattr(data, "_MIN_LEMMAS", 100)
    splits = [sample_reweighted_split("ours", random.Random(seed), 100, 20) for seed in range(8)]
    assert all(set(split.support + split.query) <= set(small) for split in splits)
    verbs = [sum(lemma.endswith("er") for _, lemma in split.support) for split in splits]
    # They are 40 of 100 in all words; with these seeds they were 2 to 98.
    assert min(verbs) < 20
    assert max(verbs) > 60
    monkeypatch.setattr(data, "_MIN_LEMMAS", 10_000)  # then all words are kept
    support = sample_reweighted_split("ours", random.Random(0), 1000, 20).support
    assert 300 < sum(lemma.endswith("er") for _, lemma in support) < 500


@pytest.mark.slow
def test_tasks_and_their_permuted_letters(small):
    plain = make_tasks(["ours"], 2, seed=5, permute_probability=0.0)
    permuted = make_tasks(["ours"], 2, seed=5, permute_probability=1.0)
    assert plain.x.shape == (2, EXAMPLES_PER_TASK, X_DIM)
    assert plain.mask[:, MAX_SUPPORT:].all()
    sample = jax.jit(lambda family: family.sample(jax.random.key(0), 20))
    samples = [sample(family) for family in (plain, permuted)]
    assert samples[0].y.shape == (20, Y_DIM)
    np.testing.assert_array_equal(samples[0].y, samples[1].y)
    rows = [
        np.asarray(pairs.x)[..., NUM_CONTEXT_COLUMNS:].reshape(-1, NUM_CANDIDATE_COLUMNS)
        for pairs in samples
    ]
    split = NUM_CANDIDATE_COLUMNS - NUM_CATEGORICAL[1]
    numbers, letters = slice(None, split), slice(split, None)
    np.testing.assert_array_equal(rows[0][:, numbers], rows[1][:, numbers])
    assert (rows[0][:, letters] != rows[1][:, letters]).any()
    # Equal letters stay equal.
    pairs = {tuple(pair) for pair in zip(*(r[:, letters].ravel() for r in rows), strict=True)}
    assert len({pair for pair in pairs if pair[0] > 0}) < ALPHABET_SIZE


@pytest.mark.slow
def test_the_shipped_learner_beats_the_baseline_in_a_language_of_our_own(small):
    split = sample_split("ours", random.Random(3), 60, 60)
    scores = score_split(Lemmatizer.from_pretrained().learner, split, (3, 60))
    # With seed 3 it was 0.57 and the baseline 0.48 after three pairs, and 1.0 after sixty.
    assert scores["yingshe", 3] > scores["longest suffix", 3] + 0.05
    assert scores["yingshe", 60] > 0.95
    assert scores["yingshe", 3] <= scores["reachable", 3]


@pytest.fixture(scope="module")
def untrained():
    return new_learner(key=jax.random.key(0))


@pytest.mark.slow
def test_evaluation_has_every_method_at_every_shot_count(small, untrained):
    curve = evaluate_lemmatization(untrained, ["ours"], (2, 40), draws=3, num_query=20)
    assert curve.methods == ("yingshe", "longest suffix", "the word itself", "reachable")
    assert curve.shots == (2, 40)
    assert all(row.tasks == 3 for row in curve.rows)
    baseline = [row.error.value for row in curve.select("longest suffix")]
    assert 0 <= baseline[1] < baseline[0] <= 1
    for k in (2, 40):
        assert curve.at("reachable", k).error.value <= curve.at("yingshe", k).error.value


def test_a_lemmatizer_is_saved_and_read_back(tmp_path, untrained):
    before = Lemmatizer.from_learner(untrained, FORMS[:5])
    after = before.observe(*FORMS[5])
    assert (len(before.pairs), len(after.pairs)) == (5, 6)
    after.save(tmp_path / "ours.safetensors")
    again = Lemmatizer.load(tmp_path / "ours.safetensors")
    words = ["kasinanen", "felutot", FORMS[0][0]]
    assert again.predict(words) == after.predict(words)
    assert again(FORMS[0][0]).lemma == FORMS[0][1]  # it was observed
    for prediction in after.predict(words)[:2]:
        probabilities = list(prediction.probabilities.values())
        assert probabilities == sorted(probabilities, reverse=True)
        assert prediction.probability == probabilities[0]
        assert 0 < sum(probabilities) <= 1 + 1e-5
    assert after.predict([]) == []
    with pytest.raises(ys.UserError, match="is empty"):
        after(" ")
    with pytest.raises(ys.UserError, match="empty word or lemma"):
        Lemmatizer.from_learner(untrained, [("a", "")])
    with pytest.raises(ys.UserError, match="must be a CandidateRanker"):
        Lemmatizer.from_learner(ys.load("linear"))


def test_a_mapping_of_0_1_still_works(untrained, tmp_path):
    with pytest.warns(DeprecationWarning, match="is now Lemmatizer.from_learner"):
        mapping = LemmaMapping(untrained, FORMS[:4]).observe_many(FORMS[4:6]).observe("xyz", "zyx")
    lemmatizer = Lemmatizer.from_learner(untrained, [*FORMS[:6], ("xyz", "zyx")])
    assert mapping.pairs == lemmatizer.pairs
    assert (mapping("xyz"), mapping.probabilities(["xyz"])) == ("zyx", [[("zyx", 1.0)]])
    expected = list(lemmatizer("felutot").probabilities.items())
    assert mapping.probabilities(["felutot"]) == [expected]
    mapping.save(tmp_path / "ours.safetensors")
    assert Lemmatizer.load(tmp_path / "ours.safetensors").pairs == mapping.pairs


def test_files_of_0_1_give_the_answers_of_0_1(tmp_path):
    answers = json.loads((FILES / "lemmas.json").read_text(encoding="utf-8"))

    def check(lemmatizer, words, expected):
        for prediction, old in zip(lemmatizer.predict(words), expected, strict=True):
            assert [lemma for lemma, _ in old] == list(prediction.probabilities)[:4]
            for lemma, probability in old:
                assert prediction.probabilities[lemma] == pytest.approx(probability, rel=1e-3)

    old = answers["lemmas.safetensors"]
    Lemmatizer.load(FILES / "lemmas.safetensors").save(tmp_path / "again.safetensors")
    for path in (FILES / "lemmas.safetensors", tmp_path / "again.safetensors"):
        lemmatizer = Lemmatizer.load(path)
        assert lemmatizer.pairs == tuple(map(tuple, old["pairs"]))
        check(lemmatizer, old["words"], old["first_four"])
        check(lemmatizer.observe(*old["observe"]), old["words"], old["after"])
    old = answers["lemmas-learner.safetensors"]
    learner = ys.load(FILES / "lemmas-learner.safetensors")
    pairs = [tuple(pair) for pair in old["pairs"]]
    check(Lemmatizer.from_learner(learner, pairs), old["words"], old["first_four"])


@pytest.mark.slow
def test_from_the_command_line(tmp_path, capsys):
    table, saved = tmp_path / "ours.csv", tmp_path / "ours.safetensors"
    table.write_text("word,lemma\n" + "".join(f"{w},{lemma}\n" for w, lemma in FORMS[:30]))
    assert yingshe(["lemmatize", "adapt", str(table), "--out", str(saved)]) == 0
    assert "30 pairs" in capsys.readouterr().out
    predict = ["lemmatize", "predict", str(saved)]
    assert yingshe([*predict, "penutassa", FORMS[0][0], "--nbest", "2"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("penutassa\tpenuta ")
    assert second == f"{FORMS[0][0]}\t{FORMS[0][1]} 1.00"
    more, grown = tmp_path / "more.tsv", tmp_path / "grown.safetensors"
    more.write_text("form\tlemma\nxyz\tzyx\n")
    words = ["lemmatize", "adapt", str(more), "--continue-from", str(saved), "--out", str(grown)]
    assert yingshe([*words, "--word", "form", "--model", "linear"]) == 2
    assert "leave out --model" in capsys.readouterr().err
    assert yingshe([*predict, "either//or"]) == 0
    assert capsys.readouterr().out.startswith("either//or\t")
    assert yingshe(words) == 2
    assert "no column 'word'" in capsys.readouterr().err
    assert yingshe([*words, "--word", "form"]) == 0
    assert "31 pairs" in capsys.readouterr().out
    predict = ["lemmatize", "predict", str(grown)]
    (tmp_path / "list.txt").write_text("xyz\n\n")
    assert yingshe([*predict, "--words", str(tmp_path / "list.txt")]) == 0
    assert capsys.readouterr().out == "xyz\tzyx 1.00\n"
    (tmp_path / "latin.txt").write_bytes("né\n".encode("latin-1"))
    assert yingshe([*predict, "--words", str(tmp_path / "latin.txt")]) == 2
    assert "latin.txt is not UTF-8 text" in capsys.readouterr().err
    more.write_text("word\tlemma\nxyz\tzyx\nqot\t\n")
    assert yingshe(words) == 0
    assert "1 of 2 rows lack a word or a lemma" in capsys.readouterr().err
    assert yingshe(predict) == 2
    assert "WORD is missing" in capsys.readouterr().err
    assert yingshe([*predict, "xyz", "--nbest", "0"]) == 2
    assert "nbest must be at least 1" in capsys.readouterr().err
    assert yingshe(["lemmatize", "tell", str(grown)]) == 2
    assert "There is no 'lemmatize tell'" in capsys.readouterr().err


def test_commands_of_0_1_still_work(tmp_path, capsys):
    saved = tmp_path / "ours.safetensors"
    Lemmatizer.from_pretrained().observe("xyz", "zyx").save(saved)
    assert yingshe(["lemmas", "say", str(saved), "xyz", "--candidates", "1"]) == 0
    shown = capsys.readouterr()
    assert shown.out == "xyz\tzyx 1.00\n"
    assert "'lemmatize say' is now 'lemmatize predict'" in shown.err
    assert "'--candidates' is now '--nbest'" in shown.err


@pytest.mark.slow
def test_training_from_the_command_line(tmp_path, small, monkeypatch, capsys):
    calls = []

    def traced(learner, family, config, *, key, validation, run_dir, progress):
        """The loss of a step is traced, not compiled."""
        probabilities = family.permute_probability, validation.permute_probability
        calls.append((config.steps, *probabilities, run_dir))
        keys = jax.random.split(key, config.tasks_per_step)

        def loss(keys):
            batch = jax.vmap(lambda key: family.sample(key, config.examples_per_task))(keys)
            return prequential_loss(learner, batch)

        assert jax.eval_shape(loss, keys).shape == ()

    monkeypatch.setattr(_training, "meta_train", traced)
    run = tmp_path / "run"
    assert (
        yingshe(["lemmatize", "train", "--run-dir", str(run), "--num-tasks", "2", "--steps", "7"])
        == 0
    )
    assert calls == [(7, PERMUTE_PROBABILITY, 0.0, run)]
    assert yingshe(["lemmatize", "train", "--run-dir", str(run), "--num-tasks", "0"]) == 2
    assert "num_tasks must be at least 1, got 0" in capsys.readouterr().err


def test_the_run_directory_may_be_positional_as_in_0_1(tmp_path, capsys):
    """Breaks when only --run-dir and --num-tasks are taken, and not their forms of 0.1."""
    assert yingshe(["lemmatize", "train", str(tmp_path / "run"), "--tasks", "0"]) == 2
    err = capsys.readouterr().err
    assert "is now 'train --run-dir" in err
    assert "'--tasks' is now '--num-tasks'" in err
