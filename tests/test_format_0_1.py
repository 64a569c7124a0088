"""Files written by yingshe 0.1 load, and answer as they did.

`format_0_1/` holds files of version 0.1 and, in `answers.json`, what 0.1 predicted from them.
`zoo_0_1.json.gz` holds the headers of its zoo: with the tensors of the present zoo they give back
the old files, byte by byte.
"""

import gzip
import hashlib
import json
import runpy
import shutil
import struct
import warnings
from pathlib import Path

import jax
import numpy as np
import pytest
from safetensors import safe_open

import yingshe as ys
from yingshe import _format_0_1
from yingshe.applications.agents import Agent
from yingshe.applications.languages.g2p.model import G2PModel
from yingshe.applications.languages.intents.model import IntentClassifier
from yingshe.applications.languages.lemmatization.model import Lemmatizer
from yingshe.command_line.loaded_model import load_model, load_tasks
from yingshe.training.run_config import build_family

FOLDER = Path(__file__).parent / "format_0_1"
ANSWERS = json.loads((FOLDER / "answers.json").read_text())
ZOO = json.loads(gzip.decompress((FOLDER / "zoo_0_1.json.gz").read_bytes()))
zoo_inputs = runpy.run_path(str(FOLDER / "recipe.py"))["zoo_inputs"]


def of_kind(kind: str) -> list[str]:
    return [name for name, answer in ANSWERS.items() if answer.get("kind") == kind]


def assert_close(actual, expected):
    actual, expected = np.asarray(actual, float), np.asarray(expected, float)
    assert actual.shape == expected.shape
    largest = np.abs(expected).max(initial=1e-9)
    np.testing.assert_allclose(actual, expected, rtol=2e-4, atol=2e-5 * largest)


def assert_predicts(mapping: ys.Mapping, query, expected: dict):
    prediction = mapping(np.asarray(query))
    for leaf in expected.keys() - {"kind"}:
        assert_close(getattr(prediction, leaf), expected[leaf])


@pytest.mark.parametrize("name", of_kind("learner"))
def test_a_learner_predicts_what_it_predicted(name):
    answer, learner = ANSWERS[name], ys.load(FOLDER / name)
    prior = ys.adapt(learner, np.zeros((0, learner.x_dim)), np.zeros((0, learner.y_dim)))
    assert_predicts(prior, answer["query"], answer["prior"])
    mapping = ys.adapt(learner, answer["x"], answer["y"])
    assert_predicts(mapping, answer["query"], answer["prediction"])


@pytest.mark.parametrize("name", of_kind("mapping"))
def test_a_mapping_keeps_what_it_observed_and_goes_on(name):
    answer, mapping = ANSWERS[name], ys.Mapping.load(FOLDER / name)
    assert_predicts(mapping, answer["query"], answer["prediction"])
    if "more_x" in answer:
        mapping = mapping.observe(np.asarray(answer["more_x"]), np.asarray(answer["more_y"]))
        assert_predicts(mapping, answer["query"], answer["after_more"])


@pytest.mark.parametrize("name", of_kind("run"))
def test_a_run_directory_holds_its_learner(name):
    answer, learner = ANSWERS[name], ys.load(FOLDER / name)
    x, y, query = (answer[key] for key in ("x", "y", "query"))
    if isinstance(x, str):
        x, y, query = zoo_inputs(old_header(FOLDER / name / "learner.safetensors"), pairs=5)
    assert_predicts(ys.adapt(learner, x, y), query, answer["prediction"])


@pytest.mark.parametrize("name", ["run-table", "run-classes"])
def test_a_run_still_accepts_the_table_that_it_was_trained_on(name, tmp_path):
    shutil.copytree(FOLDER / name, tmp_path / name)
    path = tmp_path / name / "learner.safetensors"
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = content[8 : 8 + length].decode()
    header = header.replace("/tmp/lab/fixtures", str(FOLDER)).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + content[8 + length :])
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        tasks = load_tasks(load_model(str(tmp_path / name)))
    assert isinstance(tasks.train, ys.tasks.TaskSet)
    assert tasks.train.order == {"run-table": "random", "run-classes": "sequential"}[name]


@pytest.mark.parametrize("name", [name for name in ZOO if "prediction" in ZOO[name]])
def test_a_zoo_model_is_the_one_of_0_1(name, tmp_path):
    entry = ZOO[name]
    path = tmp_path / "learner.safetensors"
    path.write_bytes(old_zoo_file(name))
    x, y, query = zoo_inputs(old_header(path))
    assert_predicts(ys.adapt(ys.load(path), x, y), query, entry["prediction"])
    present = ys.load(present_zoo_file(name))
    for old, new in zip(jax.tree.leaves(ys.load(path)), jax.tree.leaves(present), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("name", ANSWERS["families_and_environments"]["families"])
def test_a_family_draws_the_tasks_that_it_drew(name):
    answer = ANSWERS["families_and_environments"]["families"][name]
    config = _format_0_1.upgrade_config({"family": answer["description"]})
    pairs = build_family(config["family"]).sample(jax.random.key(answer["key"]), answer["n"])
    assert_close(pairs.x, answer["x"])
    assert_close(pairs.y, answer["y"])


@pytest.mark.parametrize("name", of_kind("agent"))
def test_an_agent_keeps_its_memory_and_acts_as_it_acted(name):
    answer = ANSWERS[name]
    agent = Agent.load(FOLDER / name, greedy=True)
    agent.observe(*answer["then_learn"])
    mapping = ys.Mapping(agent.learner, agent._state.state)
    assert_predicts(mapping, answer["query"], answer["prediction_of_state"])
    for step in answer["then_trial_greedy"]:
        assert_close(agent.act(step["observation"]), step["action"])
        agent.observe(step["reward"], step["terminated"], False)


def test_an_intent_classifier_predicts_what_it_predicted():
    answer = ANSWERS["intents.safetensors"]
    classifier = IntentClassifier.load(FOLDER / "intents.safetensors")
    for prediction, expected in zip(
        classifier.predict(answer["ask"]), answer["answers"], strict=True
    ):
        assert prediction.intent == expected["intent"]
        assert list(prediction.probabilities) == list(expected["probabilities"])
        assert_close([*prediction.probabilities.values()], [*expected["probabilities"].values()])
        assert_close(prediction.out_of_scope_probability, expected["none"])


def test_a_lemmatizer_predicts_what_it_predicted():
    answer = ANSWERS["lemmas.safetensors"]
    lemmatizer = Lemmatizer.load(FOLDER / "lemmas.safetensors")
    for prediction, expected in zip(
        lemmatizer.predict(answer["words"]), answer["first_four"], strict=True
    ):
        assert_close(
            [prediction.probabilities[lemma] for lemma, _ in expected],
            [probability for _, probability in expected],
        )


@pytest.mark.parametrize("name", of_kind("pronounce mapping"))
def test_a_g2p_model_predicts_what_it_predicted(name):
    model = G2PModel.load(FOLDER / name)
    for ways, expected in zip(
        model.predict(ANSWERS[name]["words"]), ANSWERS[name]["ways"], strict=True
    ):
        ways = ways[: len(expected)]
        assert [list(way.phonemes) for way in ways] == [phonemes for phonemes, _ in expected]
        assert_close(
            [way.probability for way in ways], [probability for _, probability in expected]
        )


def old_header(path: Path) -> dict:
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    return json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["yingshe"])


def present_zoo_file(name: str) -> Path:
    models = ys.zoo.list_models()
    present = _format_0_1.ZOO.get(name, name)
    return ys.zoo.resolve(present if present in models else name)


def old_zoo_file(name: str) -> bytes:
    """The zoo's file as 0.1 had it: its header, and the tensors of the present file."""
    entry = ZOO[name]
    header = json.loads(entry["header"])
    learner = json.loads(header.pop("__metadata__")["yingshe"])["learner"]
    data = bytearray(max(tensor["data_offsets"][1] for tensor in header.values()))
    with safe_open(present_zoo_file(name), framework="numpy") as file:
        keys = set(file.keys())
        for key, tensor in header.items():
            present = key if key in keys else _format_0_1.upgrade_tensor(learner, key)
            start, end = tensor["data_offsets"]
            data[start:end] = np.ascontiguousarray(file.get_tensor(present)).tobytes()
    content = struct.pack("<Q", entry["header_length"]) + entry["header"].encode() + bytes(data)
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    return content
