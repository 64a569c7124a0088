"""The examples in README and documentation run as printed, only shorter."""

import dataclasses
import functools
import inspect
import re
from pathlib import Path

import jax
import numpy as np
import pytest

import yingshe as ys
from yingshe import training
from yingshe.estimators import adapting
from yingshe.learners import StandardizedLearner
from yingshe.tasks.base import HasStandardizer
from yingshe.training import TrainConfig, meta_train, prequential_loss, train

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"<!-- run -->\n```python\n(.*?)```", re.DOTALL)
PAGES = ["README.md", *sorted(str(p.relative_to(ROOT)) for p in ROOT.glob("docs/*.md"))]


def blocks(page: str) -> list[str]:
    return BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))


def in_two_steps(config: TrainConfig) -> TrainConfig:
    return dataclasses.replace(config, steps=2, tasks=4, pairs=4, validation_tasks=4)


def meta_train_in_brief(learner, family, config=None, **rest):
    """Two steps where a run folder is wanted; elsewhere the loss is traced, not compiled."""
    config = in_two_steps(config or TrainConfig())
    if "run" in rest:
        return meta_train(learner, family, config, **{**rest, "progress": False})
    inspect.signature(meta_train).bind(learner, family, config, **rest)

    def loss(keys):
        return prequential_loss(learner, jax.vmap(lambda key: family.sample(key, 4))(keys))

    assert jax.eval_shape(loss, jax.random.split(rest["key"], 4)).shape == ()
    return (
        StandardizedLearner(learner, family.standardizer)
        if isinstance(family, HasStandardizer)
        else learner
    )


def train_in_brief(learner, family, config, **rest):
    return train(learner, family, in_two_steps(config), **rest)


@pytest.fixture
def in_brief(monkeypatch, tmp_path):
    """What takes long is cut short, and there is a table to read."""
    monkeypatch.setattr(ys, "meta_train", meta_train_in_brief)
    monkeypatch.setattr(adapting, "meta_train", meta_train_in_brief)
    monkeypatch.setattr(training, "train", train_in_brief)
    few = {"tasks": 4, "queries": 2, "oracle_tasks": 0, "baselines": ("mean",)}
    monkeypatch.setattr(ys, "evaluate", functools.partial(ys.evaluate, **few))
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    rows = [f"{i},{a},{8 + a + rng.normal():.2f}" for i in range(12) for a in range(1, 5)]
    Path("mydata.csv").write_text("\n".join(["subject,age,weight", *rows]) + "\n")


@pytest.mark.usefixtures("in_brief")
@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)])
def test_examples_run(page):
    namespace = {"__name__": "example"}
    for number, block in enumerate(blocks(page), 1):
        exec(compile(block, f"{page}, example {number}", "exec"), namespace)


def test_both_readmes_show_the_same_examples():
    def code(page: str) -> list[str]:
        return [re.sub(r"\s+#.*", "", block) for block in blocks(page)]

    assert code("README.md") == code("README.zh-CN.md")


def test_every_page_and_file_that_is_linked_exists():
    missing = []
    for page in [*PAGES, "README.zh-CN.md", "CONTRIBUTING.md"]:
        text = (ROOT / page).read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
            if not target.startswith("http") and not (ROOT / page).parent.joinpath(target).exists():
                missing.append(f"{page}: {target}")
    assert missing == []
