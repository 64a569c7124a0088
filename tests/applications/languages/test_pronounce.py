"""Pronunciation: lexica, sounds, languages that are read, files, meta-training, commands."""

import numpy as np
import pytest
from rich.console import Console

from yingshe.applications.languages.g2p import (
    Entry,
    PronounceConfig,
    PronounceLearner,
    PronounceMapping,
    SoundPrior,
    align,
    ipa,
    letters_of,
    load_learner,
    meta_train_pronunciation,
    read_lexicon,
    wrong_words,
)
from yingshe.applications.languages.g2p import demo as demo_pronounce
from yingshe.applications.languages.g2p.invented import invent, say
from yingshe.applications.languages.g2p.learner import _halves
from yingshe.applications.languages.g2p.saving import write_file
from yingshe.cli import main as yingshe
from yingshe.errors import UserError


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


def test_letters_are_composed_and_hangul_is_taken_apart():
    assert letters_of("e\u0301") == ("é",)
    assert len(letters_of("한")) == 3


def test_sounds_have_articulatory_features():
    assert ipa.split_marks("t͡ʃʰː") == ("tʃ", "͡ʰː")
    assert ipa.is_vowel("ãː")
    assert not ipa.is_vowel("i̯")
    near = np.abs(ipa.features("d") - ipa.features("t")).sum()
    far = np.abs(ipa.features("d") - ipa.features("o")).sum()
    assert near < far


def test_sounds_of_new_letters_are_guessed_from_their_names_and_from_what_sounds_alike():
    words = align([(tuple("pa"), ("p", "a")), (tuple("ap"), ("a", "p"))] * 2)
    prior = SoundPrior.learn([[word for word in words if word is not None]])
    assert next(iter(prior.chances("á"))) == ("a",)  # without its accent
    assert next(iter(prior.chances("п"))) == ("p",)  # CYRILLIC SMALL LETTER PE
    table = prior.table_of(["p"], [("b",), ("o",)])
    assert table[0, 0] > 0.8  # b sounds like p


@pytest.fixture(scope="module")
def read():
    return PronounceMapping(PronounceLearner(SoundPrior({})), invent(150, seed=0))


def test_a_language_is_read(read):
    assert say("cérang") == ("t͡s", "eː", "r", "a", "ŋ")
    others = invent(300, seed=0)[150:]
    # Flat priors, seed 0: 0.04 wrong; chance, and a letter's commonest sound, are above 0.4.
    assert wrong_words(read, others).mean() < 0.12


def test_probabilities_are_in_order_and_an_empty_word_is_refused(read):
    ways = read("sogenge")
    assert [w.probability for w in ways] == sorted((w.probability for w in ways), reverse=True)
    assert sum(w.probability for w in ways) <= 1 + 1e-9
    with pytest.raises(UserError, match="empty"):
        read("")
    with pytest.raises(UserError, match="empty"):
        read(" ")
    with pytest.raises(UserError, match="wants both"):
        read.observe([Entry("a", ())])
    with pytest.raises(UserError, match="a phoneme that is empty"):
        read.observe([Entry("ab", ("a", ""))])


def test_the_order_of_words_and_saying_them_twice_changes_little():
    learner = PronounceLearner(SoundPrior({}))
    entries = invent(60, seed=5)
    forward, backward = (learner.read(list(e)) for e in (entries, entries[::-1]))
    assert forward.reranker is not None
    assert backward.reranker is not None
    assert forward.reranker.weights == pytest.approx(backward.reranker.weights, abs=0.05)
    # A word that was read tells nothing of words that were not: both its entries are in one half.
    words = learner.align([entry for entry in entries for _ in range(2)])
    some, judged = _halves([word for word in words if word is not None])
    assert not {words[i].letters for i in some} & {words[i].letters for i in judged}
    assert len(some) + len(judged) == 2 * len(entries)


def test_observing_more_is_reading_all_and_a_file_gives_it_back(tmp_path):
    learner = PronounceLearner(SoundPrior({}))
    entries = invent(40, seed=3)
    grown = PronounceMapping(learner, entries[:20]).observe(entries[20:])
    at_once = PronounceMapping(learner, entries)
    assert grown("tosi") == at_once("tosi")
    grown.save(tmp_path / "selvan.safetensors")
    assert PronounceMapping.load(tmp_path / "selvan.safetensors")("tosi") == grown("tosi")


def test_damaged_and_foreign_files_are_refused(tmp_path):
    path = tmp_path / "learner.safetensors"
    write_file(path, PronounceLearner(SoundPrior({"a": {("a",): 1.0}})))
    assert load_learner(path).sounds.table == {"a": {("a",): 1.0}}
    with pytest.raises(UserError, match="read no language"):
        PronounceMapping.load(path)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(UserError, match="damaged"):
        load_learner(path)


def test_meta_training_lowers_the_error_on_a_new_language():
    languages = {f"selvan {i}": invent(40, seed=i) for i in range(3)}
    config = PronounceConfig(
        steps=4, words=(15, 20), judged=20, learning_rate=0.5, schedule="constant", validate_every=4
    )
    learner = meta_train_pronunciation(languages, config, seed=0)
    new = invent(90, seed=7)
    before, after = (
        wrong_words(PronounceMapping(each, new[:10]), new[10:]).mean()
        for each in (PronounceLearner(SoundPrior({})), learner)
    )
    # As letters are said alike in all of them, ten words are enough: 0.75 before, 0.2 after.
    assert after < before - 0.1
    with pytest.raises(UserError, match="cannot show"):
        meta_train_pronunciation({"one": languages["selvan 0"]}, config, seed=0)


def test_the_command_line(tmp_path, capsys):
    for i in range(3):
        _write(tmp_path / f"l{i}_train.tsv", invent(30, seed=i))
    learner, language = tmp_path / "mine.safetensors", tmp_path / "l9.safetensors"
    train = ["train", str(tmp_path), "--save", str(learner), "--steps", "2", "--words", "10", "15"]
    assert yingshe(["pronounce", *train]) == 0
    words = _write(tmp_path / "l9_test.tsv", invent(60, seed=9))
    adapt = ["adapt", str(words), "--learner", str(learner), "--words", "50"]
    assert yingshe(["pronounce", *adapt, "--save", str(language)]) == 0
    assert "50 words read" in capsys.readouterr().out
    assert yingshe(["pronounce", "say", str(language), "tono", "sjel"]) == 0
    assert "tono: t o n o" in capsys.readouterr().out
    assert yingshe(["pronounce", "say", str(language), "tono", "--best", "0"]) == 2
    assert "best is 0" in capsys.readouterr().err
    assert yingshe(["pronounce", "say", str(language)]) == 2
    assert yingshe(["pronounce", "train", str(words)]) == 2
    words.write_text("\ufeffto\tt o\na\ta b c d e f\n", encoding="utf-8")
    capsys.readouterr()
    assert yingshe(["pronounce", "adapt", str(words), "--save", str(language)]) == 0
    told = capsys.readouterr()
    assert "1 of 2 words have more phonemes" in told.err
    assert "1 words read" in told.out
    assert PronounceMapping.load(language).entries[0].word == "to"  # without the byte-order mark


def test_the_shipped_learner_says_more_of_a_language_after_five_words():
    new = invent(115, seed=11)
    shipped, flat = (
        wrong_words(PronounceMapping(learner, new[:5]), new[5:]).mean()
        for learner in (load_learner("pronounce"), PronounceLearner(SoundPrior({})))
    )
    assert shipped < flat - 0.2  # 0.47 and 0.83


def test_the_demo_pronounces():
    console = Console(record=True, width=120)
    demo_pronounce.show(console, 0)
    assert "other words" in console.export_text()
