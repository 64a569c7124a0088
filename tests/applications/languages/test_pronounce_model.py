"""The model of pronunciation: alignment, contexts, choices and their gradient, beam, reranking."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yingshe.applications.languages.g2p import (
    PronounceLearner,
    SoundPrior,
    align,
)
from yingshe.applications.languages.g2p.align import Aligned
from yingshe.applications.languages.g2p.choice import (
    Choices,
    fit,
    log_chances,
    loss_and_meta_gradient,
)
from yingshe.applications.languages.g2p.contexts import code_of, look_around
from yingshe.applications.languages.g2p.influence import Influence
from yingshe.applications.languages.g2p.invented import invent
from yingshe.applications.languages.g2p.inventory import Inventory
from yingshe.applications.languages.g2p.reader import Reader
from yingshe.applications.languages.g2p.reranking import Ngrams, Reranker


def test_letters_get_their_phonemes():
    words = [
        ("tax", "t a k s"), ("ox", "o k s"), ("tot", "t o t"), ("sat", "s a t"), ("kos", "k o s"),
        ("tho", "t o"), ("hat", "a t"), ("ha", "a"),
    ]  # fmt: skip
    found = align([(tuple(word), tuple(said.split())) for word, said in words])
    assert [aligned.chunks for aligned in found] == [
        (("t",), ("a",), ("k", "s")),
        (("o",), ("k", "s")),
        (("t",), ("o",), ("t",)),
        (("s",), ("a",), ("t",)),
        (("k",), ("o",), ("s",)),
        (("t",), (), ("o",)),
        ((), ("a",), ("t",)),
        ((), ("a",)),
    ]
    (found,) = align([(("a",), ("b", "c", "d"))])
    assert found is not None  # three, where else many words are lost
    assert found.chunks == (("b", "c", "d"),)
    assert align([(("a",), ("b", "c", "d", "e"))]) == [None]


def test_letters_are_said_in_the_same_place_in_every_word():
    words = ["alle", "elle", "ollo", "alo", "ele", "lalla"]
    found = align([(tuple(word), tuple(word.replace("ll", "L"))) for word in words])
    for word, aligned in zip(words, found, strict=True):
        i = word.find("ll")
        if aligned is not None and i >= 0:
            assert aligned.chunks[i : i + 2] == (("L",), ())


def test_letters_stand_for_more_where_that_makes_the_words_likelier():
    tones = {"a": ("a", "3", "5"), "e": ("e", "2", "1"), "i": ("i", "3", "3")}
    words = ["ta", "te", "ki", "ka", "ti", "ke", "teka", "kiti"] * 4
    spoken = [[p for letter in word for p in tones.get(letter, letter)] for word in words]
    found = align([(tuple(word), tuple(said)) for word, said in zip(words, spoken, strict=True)])
    assert all(set(aligned.chunks) <= {("t",), ("k",), *tones.values()} for aligned in found)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.text("abc", min_size=1, max_size=5), st.text("xyz", max_size=6))))
def test_an_alignment_says_the_whole_word_or_nothing(words):
    if not words:
        return
    aligned = align([(tuple(word), tuple(said)) for word, said in words])
    for (word, said), found in zip(words, aligned, strict=True):
        if found is None:
            assert len(said) > 2 * len(word)  # three letters are tried where many words are lost
        else:
            assert "".join(p for chunk in found.chunks for p in chunk) == said
            assert len(found.chunks) == len(word)


def test_windows_count_vowels_and_stop_at_the_ends_of_words():
    kinds = {"a": 1, "o": 1, "i": 1, "t": 4, "n": 3, "s": 4}
    windows = look_around(["tano", "is"], kinds, Influence({}, {}))
    assert windows.parts["left"].tolist() == [0, 0, 1, 1, 0, 1]
    assert windows.parts["right"].tolist() == [2, 1, 1, 0, 0, 0]
    assert [chr(c) for c in windows.parts["l+1"]] == ["a", "n", "o", "#", "s", "#"]
    assert windows.parts["k-1"].tolist() == [0, 4, 1, 3, 0, 1]


def test_ngrams_are_smoothed_after_witten_and_bell():
    model = Ngrams(["ab"], order=2)
    # a, b and the end were met once each, a fourth symbol may come: (1 + 3 / 4) / (3 + 3).
    once = 1.75 / 6
    following = (1 + once) / 2  # after what was met once, with one successor
    assert model("ab") == pytest.approx(3 * np.log(following))
    assert model("b") == pytest.approx(np.log(once / 2) + np.log(following))


def test_words_that_sound_wrong_are_ranked_lower():
    spoken = [tuple(w) for w in ("táta", "tatá", "káta", "kaká", "táka", "taká", "kata") * 5]
    reranker = Reranker(spoken)
    ways = {tuple("katata"): 0.3, tuple("kátá"): 0.3, tuple("káka"): 0.2}
    ranked = reranker(ways)
    assert sum(ranked.values()) == pytest.approx(0.8)
    assert list(ranked.values()) == sorted(ranked.values(), reverse=True)
    # Where the reader is of no use and sound is, the weights say so.
    read = [({("x", "x"): 0.9, word: 0.1}, word) for word in spoken]
    weights = reranker.fit(read)
    assert weights[0] < reranker.weights[0]
    assert weights[1] > reranker.weights[1]
    assert next(iter(Reranker(spoken, weights)(read[0][0]))) == read[0][1]
    assert reranker.fit([({("x",): 1.0}, ("y",))]) == pytest.approx(reranker.weights)


def test_letters_that_soften_their_neighbours_are_of_one_class():
    soft = {"c": "tʃ", "g": "dʒ", "s": "ʃ"}
    said = {"c": "k", "g": "ɡ", "s": "s"}
    words = [a + b for a in "cgs" for b in "aeioun" for _ in range(4)]
    aligned = [
        Aligned(tuple(w), (((soft if w[1] in "eiu" else said)[w[0]],), (w[1],))) for w in words
    ]
    classes = {a: number % 2 for a, number in Influence.learn(aligned).backward.items()}
    assert classes["e"] == classes["i"] == classes["u"]
    assert classes["a"] == classes["o"] == classes["n"] != classes["e"]
    assert Influence.learn([]) == ({}, {})


def test_a_history_follows_what_was_said():
    inventory = Inventory([("t",), ("a", "j"), (), ("oː",)])
    chunks = np.array([0, 1, 2, 3])
    found = inventory.histories(chunks, np.array([0]), np.array([4]))
    t, a, j = (code_of(phoneme) for phoneme in "taj")
    assert found.said.tolist() == [1, t, j, j]
    assert found.before.tolist() == [1, 1, a, a]
    assert found.chunk.tolist() == [1, *inventory.codes[:3].tolist()]


def _choices(draw, templates=3, number=30):
    sizes = draw.integers(2, 4, number)
    starts = np.cumsum(sizes) - sizes
    keys = draw.integers(0, 6, (sizes.sum(), templates)).astype(np.uint64)
    keys += np.arange(templates, dtype=np.uint64) * 100
    right = np.zeros(sizes.sum(), bool)
    right[starts + draw.integers(0, sizes)] = True
    return Choices(keys, draw.normal(size=sizes.sum()), right, starts)


def test_weights_are_those_of_maximum_posterior():
    draw = np.random.default_rng(0)
    choices, deviations = _choices(draw), np.array([0.5, 1.0, 2.0])
    fitted = fit(choices, deviations, iterations=500, tolerance=1e-12)

    def objective(values):
        keys, of = np.unique(choices.keys, return_inverse=True)
        logits = choices.offsets + values[of.reshape(choices.keys.shape)].sum(axis=1)
        groups = np.split(logits, choices.starts[1:])
        loss = sum(np.logaddexp.reduce(g) for g in groups) - logits[choices.right].sum()
        return loss + 0.5 * np.sum((values / deviations[(keys // 100).astype(int)]) ** 2)

    best = objective(fitted.weights.values)
    for step in 0.05 * draw.normal(size=(20, len(fitted.weights.values))):
        assert objective(fitted.weights.values + step) > best - 1e-4


def test_the_meta_gradient_is_that_of_finite_differences():
    draw = np.random.default_rng(1)
    read, judged = _choices(draw), _choices(draw)
    logs = np.array([-0.5, 0.2, 0.4])

    def loss(logs, factor):
        scaled = [c._replace(offsets=np.exp(factor) * c.offsets) for c in (read, judged)]
        fitted = fit(scaled[0], np.exp(logs), iterations=1000, tolerance=1e-12)
        return loss_and_meta_gradient(fitted, scaled[1], iterations=100)

    _, gradient, of_factor = loss(logs, 0.0)
    for i in range(3):
        step = 0.05 * np.eye(3)[i]
        found = (loss(logs + step, 0.0)[0] - loss(logs - step, 0.0)[0]) / 0.1
        assert gradient[i] == pytest.approx(found, rel=0.05, abs=0.02)
    found = (loss(logs, 0.05)[0] - loss(logs, -0.05)[0]) / 0.1
    assert of_factor == pytest.approx(found, rel=0.05, abs=0.02)


def test_a_wide_beam_is_exhaustive_search():
    learner = PronounceLearner(SoundPrior({}))
    read = learner.read(invent(60, seed=1))
    reader = Reader(read.spelling, read.weights)
    word = tuple("cege")
    wide, narrow = (reader([word], beam=beam)[0] for beam in (4096, 2))
    assert sum(wide.values()) == pytest.approx(1.0)
    # Every path by itself: its probability is the product of the choices along it.
    spelling = reader.spelling
    total: dict[tuple[str, ...], float] = {}
    windows = spelling.look_around([word])
    options = spelling.options(word)
    scores = options.offsets + reader._letter_scores(windows, options)
    ranges = [range(int(real.sum())) for real in options.real]
    for path in itertools.product(*ranges):
        chunks = np.array([options.chunks[i, o] for i, o in enumerate(path)])
        histories = spelling.inventory.histories(chunks, windows.starts, windows.lengths)
        log = 0.0
        for i, option in enumerate(path):
            here = type(options)(*(part[i : i + 1] for part in options))
            before = type(histories)(*(part[i : i + 1, None] for part in histories))
            logits = scores[i] + reader._reading_scores(windows, np.array([i]), before, here)[0, 0]
            log += log_chances(np.where(options.real[i], logits, -np.inf))[option]
        said = tuple(p for c in chunks for p in spelling.inventory.chunks[c])
        total[said] = total.get(said, 0.0) + float(np.exp(log))
    assert wide == pytest.approx(total)
    assert set(narrow) <= set(wide)
