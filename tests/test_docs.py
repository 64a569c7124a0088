"""The examples in README and documentation run as printed, only shorter."""

import dataclasses
import functools
import re
from pathlib import Path

import jax
import numpy as np
import pytest

import yingshe as ys
from yingshe.estimators import adapting
from yingshe.training import TrainConfig, meta_train

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"<!-- run -->\n```python\n(.*?)```", re.DOTALL)
PAGES = ["README.md", *sorted(str(p.relative_to(ROOT)) for p in ROOT.glob("docs/*.md"))]


def blocks(page: str) -> list[str]:
    return BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))


def trained_briefly(learner, family, config=None, **rest):
    config = config or TrainConfig()
    brief = dataclasses.replace(config, steps=2, tasks=4, validation_tasks=4)
    return meta_train(learner, family, brief, **{**rest, "progress": False})


@pytest.fixture
def in_brief(monkeypatch, tmp_path):
    """Two steps of training, four tasks of evaluation, compiled in haste; a table to read."""
    monkeypatch.setattr(ys, "meta_train", trained_briefly)
    monkeypatch.setattr(adapting, "meta_train", trained_briefly)
    evaluate = functools.partial(ys.evaluate, tasks=4, queries=2, oracle_tasks=1)
    monkeypatch.setattr(ys, "evaluate", evaluate)
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    rows = [f"{i},{a},{8 + a + rng.normal():.2f}" for i in range(12) for a in range(1, 5)]
    Path("mydata.csv").write_text("\n".join(["subject,age,weight", *rows]) + "\n")
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", False)


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
