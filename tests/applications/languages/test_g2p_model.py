"""Parts of the model: alignment, features, log-linear fit and its gradient, beam, reranking."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yingshe.applications.languages.g2p import AlignedWord, G2PPrior, GraphemePrior, align
from yingshe.applications.languages.g2p._feature_templates import extract_windows, hash_text
from yingshe.applications.languages.g2p._inventory import Inventory
from yingshe.applications.languages.g2p._letter_classes import LetterClasses
from yingshe.applications.languages.g2p._log_linear import (
    Decisions,
    fit,
    log_softmax,
    loss_and_meta_gradient,
)
from yingshe.applications.languages.g2p._reranking import NgramModel, Reranker
from yingshe.applications.languages.g2p.decoder import BeamDecoder
from yingshe.applications.languages.g2p.synthetic_languages import generate_lexicon


def test_letters_get_their_phonemes():
    words = [
        ("tax", "t a k s"), ("ox", "o k s"), ("tot", "t o t"), ("sat", "s a t"), ("kos", "k o s"),
        ("tho", "t o"), ("hat", "a t"), ("ha", "a"),
    ]  # fmt: skip
    aligned = align([(tuple(word), tuple(phonemes.split())) for word, phonemes in words])
    assert [word.chunks for word in aligned if word is not None] == [
        (("t",), ("a",), ("k", "s")),
        (("o",), ("k", "s")),
        (("t",), ("o",), ("t",)),
        (("s",), ("a",), ("t",)),
        (("k",), ("o",), ("s",)),
        (("t",), (), ("o",)),
        ((), ("a",), ("t",)),
        ((), ("a",)),
    ]
    (word,) = align([(("a",), ("b", "c", "d"))])
    assert word is not None  # three, where else many words are lost
    assert word.chunks == (("b", "c", "d"),)
    assert align([(("a",), ("b", "c", "d", "e"))]) == [None]


def test_letters_are_silent_in_the_same_place_in_every_word():
    words = ["alle", "elle", "ollo", "alo", "ele", "lalla"]
    results = align([(tuple(word), tuple(word.replace("ll", "L"))) for word in words])
    for word, aligned in zip(words, results, strict=True):
        i = word.find("ll")
        if aligned is not None and i >= 0:
            assert aligned.chunks[i : i + 2] == (("L",), ())


def test_letters_stand_for_more_where_that_makes_the_words_likelier():
    tones = {"a": ("a", "3", "5"), "e": ("e", "2", "1"), "i": ("i", "3", "3")}
    words = ["ta", "te", "ki", "ka", "ti", "ke", "teka", "kiti"] * 4
    phonemes = [[p for letter in word for p in tones.get(letter, letter)] for word in words]
    results = align([(tuple(w), tuple(p)) for w, p in zip(words, phonemes, strict=True)])
    for aligned in results:
        assert aligned is not None
        assert set(aligned.chunks) <= {("t",), ("k",), *tones.values()}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.text("abc", min_size=1, max_size=5), st.text("xyz", max_size=6))))
def test_an_alignment_covers_the_whole_word_or_is_none(words):
    if not words:
        return
    results = align([(tuple(word), tuple(phonemes)) for word, phonemes in words])
    for (word, phonemes), aligned in zip(words, results, strict=True):
        if aligned is None:
            assert len(phonemes) > 2 * len(word)  # three are tried where many words are lost
        else:
            assert "".join(p for chunk in aligned.chunks for p in chunk) == phonemes
            assert len(aligned.chunks) == len(word)


def test_windows_count_vowels_and_stop_at_the_ends_of_words():
    kinds = {"a": 1, "o": 1, "i": 1, "t": 4, "n": 3, "s": 4}
    windows = extract_windows(["tano", "is"], kinds, LetterClasses({}, {}))
    assert windows.parts["left"].tolist() == [0, 0, 1, 1, 0, 1]
    assert windows.parts["right"].tolist() == [2, 1, 1, 0, 0, 0]
    assert [chr(c) for c in windows.parts["l+1"]] == ["a", "n", "o", "#", "s", "#"]
    assert windows.parts["k-1"].tolist() == [0, 4, 1, 3, 0, 1]


def test_ngrams_are_smoothed_after_witten_and_bell():
    model = NgramModel(["ab"], order=2)
    # a, b and the end were met once each, a fourth symbol may come: (1 + 3 / 4) / (3 + 3).
    once = 1.75 / 6
    following = (1 + once) / 2  # after what was met once, with one successor
    assert model("ab") == pytest.approx(3 * np.log(following))
    assert model("b") == pytest.approx(np.log(once / 2) + np.log(following))


def test_words_that_sound_wrong_are_ranked_lower():
    words = [tuple(w) for w in ("táta", "tatá", "káta", "kaká", "táka", "taká", "kata") * 5]
    reranker = Reranker(words)
    nbest = {tuple("katata"): 0.3, tuple("kátá"): 0.3, tuple("káka"): 0.2}
    ranked = reranker(nbest)
    assert sum(ranked.values()) == pytest.approx(0.8)
    assert list(ranked.values()) == sorted(ranked.values(), reverse=True)
    # Where the decoder is always wrong and the n-grams are right, the weights follow.
    examples = [({("x", "x"): 0.9, word: 0.1}, word) for word in words]
    weights = reranker.fit(examples)
    assert weights[0] < reranker.weights[0]
    assert weights[1] > reranker.weights[1]
    assert next(iter(Reranker(words, weights)(examples[0][0]))) == examples[0][1]
    assert reranker.fit([({("x",): 1.0}, ("y",))]) == pytest.approx(reranker.weights)


def test_letters_that_soften_their_neighbours_are_of_one_class():
    soft = {"c": "tʃ", "g": "dʒ", "s": "ʃ"}
    hard = {"c": "k", "g": "ɡ", "s": "s"}
    words = [a + b for a in "cgs" for b in "aeioun" for _ in range(4)]
    aligned = [
        AlignedWord(tuple(w), (((soft if w[1] in "eiu" else hard)[w[0]],), (w[1],))) for w in words
    ]
    classes = {a: number % 2 for a, number in LetterClasses.fit(aligned).by_effect_on_prev.items()}
    assert classes["e"] == classes["i"] == classes["u"]
    assert classes["a"] == classes["o"] == classes["n"] != classes["e"]
    assert LetterClasses.fit([]) == ({}, {})


def test_a_history_holds_the_phonemes_before_a_letter():
    inventory = Inventory([("t",), ("a", "j"), (), ("oː",)])
    chunks = np.array([0, 1, 2, 3])
    histories = inventory.compute_histories(chunks, np.array([0]), np.array([4]))
    t, a, j = (hash_text(phoneme) for phoneme in "taj")
    assert histories.prev_phoneme.tolist() == [1, t, j, j]
    assert histories.prev2_phoneme.tolist() == [1, 1, a, a]
    assert histories.prev_chunk.tolist() == [1, *inventory.hashes[:3].tolist()]
    later = inventory.update_history(histories.select(np.array([3])), np.array([3]))
    assert later.last_vowel.tolist() == [hash_text("oː")]
    assert later.second_last_vowel.tolist() == [a]
    assert later.last_stress_marks.tolist() == [hash_text("ː")]


def _decisions(generator, templates=3, number=30):
    sizes = generator.integers(2, 4, number)
    starts = np.cumsum(sizes) - sizes
    keys = generator.integers(0, 6, (sizes.sum(), templates)).astype(np.uint64)
    keys += np.arange(templates, dtype=np.uint64) * 100
    is_correct = np.zeros(sizes.sum(), bool)
    is_correct[starts + generator.integers(0, sizes)] = True
    return Decisions(keys, generator.normal(size=sizes.sum()), is_correct, starts)


def test_weights_are_those_of_maximum_posterior():
    generator = np.random.default_rng(0)
    decisions, prior_stds = _decisions(generator), np.array([0.5, 1.0, 2.0])
    fitted = fit(decisions, prior_stds, max_iterations=500, tolerance=1e-12)

    def objective(values):
        keys, inverse = np.unique(decisions.keys, return_inverse=True)
        logits = decisions.offsets + values[inverse.reshape(decisions.keys.shape)].sum(axis=1)
        groups = np.split(logits, decisions.starts[1:])
        loss = sum(np.logaddexp.reduce(g) for g in groups) - logits[decisions.is_correct].sum()
        return loss + 0.5 * np.sum((values / prior_stds[(keys // 100).astype(int)]) ** 2)

    best = objective(fitted.weights.values)
    for step in 0.05 * generator.normal(size=(20, len(fitted.weights.values))):
        assert objective(fitted.weights.values + step) > best - 1e-4


def test_the_meta_gradient_is_that_of_finite_differences():
    generator = np.random.default_rng(1)
    support, query = _decisions(generator), _decisions(generator)
    logs = np.array([-0.5, 0.2, 0.4])

    def loss(logs, factor):
        scaled = [d._replace(offsets=np.exp(factor) * d.offsets) for d in (support, query)]
        fitted = fit(scaled[0], np.exp(logs), max_iterations=1000, tolerance=1e-12)
        return loss_and_meta_gradient(fitted, scaled[1], iterations=100)

    _, gradient, scale_gradient = loss(logs, 0.0)
    for i in range(3):
        step = 0.05 * np.eye(3)[i]
        difference = (loss(logs + step, 0.0)[0] - loss(logs - step, 0.0)[0]) / 0.1
        assert gradient[i] == pytest.approx(difference, rel=0.05, abs=0.02)
    difference = (loss(logs, 0.05)[0] - loss(logs, -0.05)[0]) / 0.1
    assert scale_gradient == pytest.approx(difference, rel=0.05, abs=0.02)


def test_a_wide_beam_is_exhaustive_search():
    adapted = G2PPrior(GraphemePrior({})).adapt(generate_lexicon(60, seed=1))
    decoder = BeamDecoder(adapted.table, adapted.weights)
    word = tuple("cege")
    wide, narrow = (decoder([word], beam=beam)[0] for beam in (4096, 2))
    assert sum(wide.values()) == pytest.approx(1.0)
    # Every path by itself: its probability is the product of the decisions along it.
    inventory = decoder.table.inventory
    total: dict[tuple[str, ...], float] = {}
    windows = decoder.table.windows([word])
    candidates = decoder.table.candidates(word)
    scores = candidates.offsets + decoder._letter_scores(windows, candidates)
    ranges = [range(int(is_valid.sum())) for is_valid in candidates.is_valid]
    for path in itertools.product(*ranges):
        chunks = np.array([candidates.chunks[i, o] for i, o in enumerate(path)])
        histories = inventory.compute_histories(chunks, windows.starts, windows.lengths)
        log = 0.0
        for i, option in enumerate(path):
            here = type(candidates)(*(part[i : i + 1] for part in candidates))
            before = type(histories)(*(part[i : i + 1, None] for part in histories))
            added = decoder._history_scores(windows, np.array([i]), before, here)[0, 0]
            logits = np.where(candidates.is_valid[i], scores[i] + added, -np.inf)
            log += log_softmax(logits)[option]
        phonemes = tuple(p for c in chunks for p in inventory.chunks[c])
        total[phonemes] = total.get(phonemes, 0.0) + float(np.exp(log))
    assert wide == pytest.approx(total)
    assert set(narrow) <= set(wide)
