"""Grapheme-to-phoneme conversion: lexica, adapted languages, files, meta-training, commands."""

import dataclasses
import json
import signal
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest
from rich.console import Console

import yingshe as ys
from yingshe.applications.languages.g2p import (
    Entry,
    G2PConfig,
    G2PModel,
    G2PPrior,
    GraphemePrior,
    _ipa,
    adapt,
    align,
    demo,
    evaluate,
    load_prior,
    meta_train_g2p,
    read_lexicon,
    split_letters,
    word_errors,
)
from yingshe.applications.languages.g2p._legacy import PronounceMapping
from yingshe.applications.languages.g2p._prior import _split_in_halves
from yingshe.applications.languages.g2p.cli import DemoOptions
from yingshe.applications.languages.g2p.model import ZOO_MODEL
from yingshe.applications.languages.g2p.synthetic_languages import apply_rules, generate_lexicon
from yingshe.cli import main as yingshe
from yingshe.errors import UserError
from yingshe.serialization import write_model

UNTRAINED = G2PPrior(GraphemePrior({}))
TINY = G2PConfig(
    steps=4, support_range=(15, 20), num_query=20, learning_rate=0.5, lr_schedule="constant",
    validate_every=4, log_every=1, checkpoint_every=2,
)  # fmt: skip


def _write(path, entries):
    lines = (f"{entry.word}\t{' '.join(entry.phonemes)}\n" for entry in entries)
    path.write_text("".join(lines), encoding="utf-8")
    return path


def test_a_lexicon_is_read_and_bad_lines_are_named(tmp_path):
    path = _write(tmp_path / "a.tsv", [Entry("sjato", ("ʃ", "a", "t", "o"))])
    assert read_lexicon(path) == [Entry("sjato", ("ʃ", "a", "t", "o"))]
    path.write_text("sjato\tʃ a t o\n\nlum\n", encoding="utf-8")
    with pytest.raises(UserError, match="line 3"):
        read_lexicon(path)
    path.write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(UserError, match="UTF-8"):
        read_lexicon(path)
    with pytest.raises(UserError, match="no file"):
        read_lexicon(tmp_path / "b.tsv")


def test_letters_are_composed_and_hangul_is_decomposed():
    assert split_letters("e\u0301") == ("é",)
    assert len(split_letters("한")) == 3


def test_phonemes_have_articulatory_features():
    assert _ipa.split_marks("t͡ʃʰː") == ("tʃ", "͡ʰː")
    assert _ipa.is_vowel("ãː")
    assert not _ipa.is_vowel("i̯")
    near = np.abs(_ipa.features("d") - _ipa.features("t")).sum()
    far = np.abs(_ipa.features("d") - _ipa.features("o")).sum()
    assert near < far


def test_phonemes_of_new_letters_are_expected_by_name_and_by_similarity():
    words = align([(tuple("pa"), ("p", "a")), (tuple("ap"), ("a", "p"))] * 2)
    prior = GraphemePrior.fit([[word for word in words if word is not None]])
    assert next(iter(prior.phoneme_probs("á"))) == ("a",)  # without its accent
    assert next(iter(prior.phoneme_probs("п"))) == ("p",)  # CYRILLIC SMALL LETTER PE
    probs = prior.smoothed_probs(["p"], [("b",), ("o",)])
    assert probs[0, 0] > 0.8  # b is similar to p


@pytest.fixture(scope="module")
def adapted():
    return adapt(UNTRAINED, generate_lexicon(150, seed=0))


def test_a_language_is_learned(adapted):
    assert apply_rules("cérang") == ("t͡s", "eː", "r", "a", "ŋ")
    query = generate_lexicon(300, seed=0)[150:]
    # Flat priors, seed 0: 0.04 wrong; chance, and a letter's commonest phoneme, are above 0.4.
    assert word_errors(adapted, query).mean() < 0.12


def test_probabilities_are_in_order_and_empty_words_are_refused(adapted):
    probs = [p.probability for p in adapted("sogenge")]
    assert probs == sorted(probs, reverse=True)
    assert sum(probs) <= 1 + 1e-9
    assert len(adapted.with_nbest(2)("sogenge")) == 2
    with pytest.raises(UserError, match="nbest must be at least 1, got 0"):
        adapted.with_nbest(0)
    with pytest.raises(UserError, match="empty"):
        adapted("")
    with pytest.raises(UserError, match="empty"):
        adapted(" ")
    with pytest.raises(UserError, match="non-empty sequence"):
        adapted.observe("a", ())
    with pytest.raises(UserError, match="a phoneme that is empty"):
        adapted.observe("ab", ("a", ""))
    with pytest.raises(UserError, match="at least one phoneme"):
        adapt(UNTRAINED, [Entry("a", ())])


def test_order_and_repetition_of_words_change_little():
    entries = generate_lexicon(60, seed=5)
    forward, backward = (UNTRAINED.adapt(list(e)) for e in (entries, entries[::-1]))
    assert forward.reranker is not None
    assert backward.reranker is not None
    assert forward.reranker.weights == pytest.approx(backward.reranker.weights, abs=0.05)
    # An observed word tells nothing of new words: both its entries are in one half.
    aligned = UNTRAINED.align([entry for entry in entries for _ in range(2)])
    words = [word for word in aligned if word is not None]
    support, query = _split_in_halves(words)
    assert not {words[i].letters for i in support} & {words[i].letters for i in query}
    assert len(support) + len(query) == 2 * len(entries)


def test_observing_more_equals_adapting_to_all_and_a_file_restores_it(tmp_path):
    entries = generate_lexicon(40, seed=3)
    added = entries[20:]
    grown = adapt(UNTRAINED, entries[:20]).observe_many(
        [entry.word for entry in added], [entry.phonemes for entry in added]
    )
    at_once = adapt(UNTRAINED, entries)
    assert grown("tosi") == at_once("tosi")
    grown.save(tmp_path / "selvan.safetensors")
    restored = G2PModel.load(tmp_path / "selvan.safetensors")
    assert restored.entries == tuple(entries)
    assert restored("tosi") == grown("tosi")
    assert load_prior(tmp_path / "selvan.safetensors").grapheme_prior.table == {}


def test_damaged_and_foreign_files_are_refused(tmp_path):
    path = tmp_path / "prior.safetensors"
    write_model(path, G2PPrior(GraphemePrior({"a": {("a",): 1.0}})))
    assert load_prior(path).grapheme_prior.table == {"a": {("a",): 1.0}}
    with pytest.raises(
        UserError, match=r"holds a g2p prior, not a g2p model; read it with .*load_"
    ):
        G2PModel.load(path)
    with pytest.raises(UserError, match=r"holds a g2p prior, not a learner; read it with .*load_"):
        ys.load(path)
    learner = ys.learners.RLS(1, 1, num_features=0, key=jax.random.key(0))
    ys.save(tmp_path / "learner.safetensors", learner)
    with pytest.raises(UserError, match="holds a learner, not a g2p prior"):
        load_prior(tmp_path / "learner.safetensors")
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(UserError, match="damaged"):
        load_prior(path)


def test_a_file_of_0_1_gives_the_same_answers():
    model = G2PModel.load(Path(__file__).parent / "data" / "pronounce_0_1.safetensors")
    expected = {
        "tosi": [("t o s i", 0.278939), ("t u s i", 0.123438), ("t o z i", 0.0986245)],
        "sjel": [("s ʃ e l", 0.29065), ("s t͡ʃ e l", 0.242712), ("s s e l", 0.143715)],
        "tono": [("t o n o", 0.165927), ("t u n o", 0.0734271), ("t o n ə", 0.0718162)],
    }
    for word, pronunciations in expected.items():
        predicted = model(word)[:3]
        assert [" ".join(p.phonemes) for p in predicted] == [text for text, _ in pronunciations]
        assert [p.probability for p in predicted] == pytest.approx(
            [prob for _, prob in pronunciations], rel=1e-4
        )
    more = [("gox", "ɡ o k s"), ("kámtri", "k aː m t r i"), ("setrake", "s e t r a k ə")]
    after = model.observe_many([word for word, _ in more], [text.split() for _, text in more])
    assert after("tosi")[0].probability == pytest.approx(0.615877, rel=1e-4)


def _languages():
    return {f"selvan {i}": generate_lexicon(40, seed=i) for i in range(3)}


def train_into(folder, config=TINY):
    return meta_train_g2p(_languages(), config, seed=0, run_dir=folder)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """Directory of a run that was not interrupted, and its prior."""
    folder = tmp_path_factory.mktemp("runs") / "g2p"
    return folder, train_into(folder)


def test_meta_training_lowers_the_error_on_a_new_language(uninterrupted):
    entries = generate_lexicon(90, seed=7)
    before, after = (
        word_errors(adapt(prior, entries[:10]), entries[10:]).mean()
        for prior in (UNTRAINED, uninterrupted[1])
    )
    # As letters sound alike in all of them, ten words are enough: 0.75 before, 0.2 after.
    assert after < before - 0.1
    with pytest.raises(UserError, match="languages must have at least 3 entries, got 1"):
        meta_train_g2p({"one": _languages()["selvan 0"]}, TINY, seed=0)
    with pytest.raises(UserError, match="selvan 0 must have at least 60 words"):
        meta_train_g2p(_languages(), G2PConfig(), seed=0)
    with pytest.raises(UserError, match="support_range"):
        G2PConfig(support_range=(5, 3))


def _metrics(folder):
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [(line["step"], line["loss"], line["validation_loss"]) for line in lines]


def _assert_equal_priors(a, b):
    for one, other in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True):
        assert np.array_equal(one, other)
    assert a.grapheme_prior.table == b.grapheme_prior.table


KILLED = """
import os, pathlib, signal, sys
sys.path.insert(0, {tests!r})
from test_g2p import train_into
from yingshe.training._checkpoint import Checkpoints

save = Checkpoints.save

def save_or_be_killed(self, state):
    if int(state.state.step) == 4:
        os.kill(os.getpid(), signal.SIGKILL)
    save(self, state)

Checkpoints.save = save_or_be_killed
train_into(pathlib.Path(sys.argv[1]))
"""


@pytest.mark.slow
def test_a_killed_run_ends_like_an_uninterrupted_one(uninterrupted, tmp_path):
    folder, prior = uninterrupted
    assert [step for step, _, _ in _metrics(folder)] == [1, 2, 3, 4]
    code = KILLED.format(tests=str(Path(__file__).parent))
    child = subprocess.run([sys.executable, "-c", code, str(tmp_path / "run")], timeout=300)
    assert child.returncode == -signal.SIGKILL
    assert not (tmp_path / "run" / "learner.safetensors").exists()
    _assert_equal_priors(train_into(tmp_path / "run"), prior)
    assert _metrics(tmp_path / "run") == _metrics(folder)
    _assert_equal_priors(load_prior(tmp_path / "run"), prior)  # from the directory
    with pytest.raises(UserError, match=r"with train\.steps = 4, now it is 5"):
        train_into(tmp_path / "run", dataclasses.replace(TINY, steps=5))


def test_evaluation_compares_with_an_untrained_prior(uninterrupted):
    languages = {f"new {i}": generate_lexicon(40, seed=20 + i) for i in range(2)}
    curve = evaluate(uninterrupted[1], languages, shots=(10, 0), num_query=30)
    assert curve.shots == (0, 10)
    assert curve.methods == ("G2PPrior", "untrained")
    assert curve.metric == "word error rate"
    trained, untrained = (curve.at(method, 10).error.value for method in curve.methods)
    assert trained < untrained
    assert curve.at("G2PPrior", 0).error.value > trained
    with pytest.raises(UserError, match="no baseline 'untraned'"):
        evaluate(uninterrupted[1], languages, baselines=("untraned",))
    with pytest.raises(UserError, match="new 0 has 40 words"):
        evaluate(uninterrupted[1], languages, shots=(40,))


@pytest.mark.slow
def test_the_command_line(tmp_path, capsys):
    for i in range(3):
        _write(tmp_path / f"l{i}_train.tsv", generate_lexicon(30, seed=i))
    prior, language, run = (
        tmp_path / "mine.safetensors",
        tmp_path / "l9.safetensors",
        tmp_path / "r",
    )
    train = ["g2p", "train", str(tmp_path), "--out", str(prior), "--steps", "2"]
    assert yingshe([*train, "--support-range", "10", "15", "--run-dir", str(run)]) == 0
    _assert_equal_priors(load_prior(prior), load_prior(run))
    words = _write(tmp_path / "l9_test.tsv", generate_lexicon(60, seed=9))
    adapt_ = ["g2p", "adapt", str(words), "--model", str(prior), "--num-support", "50"]
    assert yingshe([*adapt_, "--out", str(language)]) == 0
    printed = capsys.readouterr().out
    assert "adapted to 50 words" in printed
    assert "word error rate on the 10 other words" in printed
    assert yingshe(["g2p", "predict", str(language), "tono", "sjel"]) == 0
    assert "tono: t o n o" in capsys.readouterr().out
    assert yingshe(["g2p", "predict", str(language), "tono", "--nbest", "0"]) == 2
    assert "nbest must be at least 1, got 0" in capsys.readouterr().err
    assert yingshe(["g2p", "predict", str(language)]) == 2
    assert "WORD is missing" in capsys.readouterr().err
    assert yingshe(["g2p", "train", str(words)]) == 2
    assert "is not a folder" in capsys.readouterr().err
    assert yingshe(["g2p", "train", str(tmp_path), "--exclude", "l7"]) == 2
    assert "has no language 'l7'" in capsys.readouterr().err
    evaluate_ = ["g2p", "evaluate", "--model", str(run), "--data", str(tmp_path), "--tasks", "2"]
    assert yingshe([*evaluate_, "--shots", "0", "20"]) == 0
    assert "new languages: word error rate" in " ".join(capsys.readouterr().out.split())
    words.write_text("\ufeffto\tt o\na\ta b c d e f\n", encoding="utf-8")
    assert yingshe(["g2p", "adapt", str(words), "--out", str(language)]) == 0
    printed = capsys.readouterr()
    assert "1 of 2 words have more phonemes" in printed.err
    assert "adapted to 1 words" in printed.out
    assert G2PModel.load(language).entries[0].word == "to"  # without the byte-order mark


def test_commands_and_options_of_0_1_still_work(tmp_path, capsys):
    words = _write(tmp_path / "l.tsv", generate_lexicon(20, seed=9))
    language = tmp_path / "l.safetensors"
    options = ["--learner", ZOO_MODEL, "--words", "15", "--save", str(language)]
    assert yingshe(["pronounce", "adapt", str(words), *options]) == 0
    printed = capsys.readouterr()
    for new in ("yingshe g2p", "--model", "--num-support", "--out"):
        assert f"is now '{new}'" in printed.err.replace("`", "'")
    assert "adapted to 15 words" in printed.out
    assert yingshe(["pronounce", "say", str(language), "tono", "--best", "1"]) == 0
    printed = capsys.readouterr()
    assert "'g2p say' is now 'g2p predict'" in printed.err
    assert printed.out.startswith("tono: ")
    assert "," not in printed.out


def test_the_shipped_prior_needs_fewer_words():
    entries = generate_lexicon(115, seed=11)
    shipped, flat = (
        word_errors(adapt(prior, entries[:5]), entries[5:]).mean()
        for prior in (load_prior(), UNTRAINED)
    )
    assert shipped < flat - 0.2  # 0.47 and 0.83


def test_the_demo_pronounces():
    console = Console(record=True, width=120)
    demo.run_demo(DemoOptions(), console=console)
    assert "other words" in console.export_text()


def test_the_mapping_of_0_1_still_works(tmp_path):
    entries = generate_lexicon(20, seed=3)
    with pytest.warns(DeprecationWarning, match="now g2p.adapt"):
        mapping = PronounceMapping(UNTRAINED, entries[:15])
    model = adapt(UNTRAINED, entries[:15])
    assert mapping("tosi", best=2) == model("tosi")[:2]
    assert mapping.each(["tosi"]) == model.predict(["tosi"])
    assert word_errors(mapping, entries[15:]).shape == (5,)
    with pytest.warns(DeprecationWarning, match="now g2p.adapt"):
        grown = mapping.observe(entries[15:])
    assert (grown.entries, grown.left_out, grown.learner) == (tuple(entries), 0, UNTRAINED)
    grown.save(tmp_path / "selvan.safetensors")
    with pytest.warns(DeprecationWarning, match="now g2p.adapt"):
        assert PronounceMapping.load(tmp_path / "selvan.safetensors").entries == grown.entries
