"""Code blocks of README and documentation run as printed, only shorter; links and limits hold."""

import ast
import dataclasses
import functools
import importlib
import importlib.util
import inspect
import json
import re
import sys
from pathlib import Path

import jax
import numpy as np
import pytest

import yingshe as ys
from yingshe import training
from yingshe.applications import APPLICATIONS, Application
from yingshe.cli import COMMANDS, command_of, main
from yingshe.learners import StandardizedLearner
from yingshe.tasks.base import HasStandardizer
from yingshe.training import TrainConfig, meta_train, prequential_loss, train

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"<!-- run( -->|\n.*?\n-->)\n```python\n(.*?)```", re.DOTALL)
"""A block that runs; code in the comment prepares it."""
FILE = re.compile(r"<!-- file: (\S+) -->\n```python\n(.*?)```", re.DOTALL)
PAGES = [*sorted(str(p.relative_to(ROOT)) for p in ROOT.glob("docs/**/*.md"))]
READMES = ["README.md", "README.zh-CN.md"]
ALL_PAGES = [*READMES, "CONTRIBUTING.md", "ARCHITECTURE.md", *PAGES]


API_PAGES = [page for page in PAGES if page.startswith("docs/reference/api/")]
PUBLIC = json.loads((ROOT / "tests" / "public_api.json").read_text(encoding="utf-8"))
NOT_DOCUMENTED = {"__version__", "applications", "evaluation", "learners", "tasks", "training"}


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page: str) -> list[str]:
    return [setup.removesuffix("-->") + "\n" + code for setup, code in BLOCK.findall(text_of(page))]


def tiny_config(config: TrainConfig) -> TrainConfig:
    return dataclasses.replace(
        config, steps=2, tasks_per_step=4, examples_per_task=4, validation_tasks=4
    )


def fast_meta_train(learner, family, config=None, **rest):
    """Two steps where a run directory is given; elsewhere the loss is traced, not compiled."""
    config = tiny_config(config or TrainConfig())
    if "run_dir" in rest:
        return meta_train(learner, family, config, **{**rest, "progress": False})
    inspect.signature(meta_train).bind(learner, family, config, **rest)

    def loss(keys):
        return prequential_loss(learner, jax.vmap(lambda key: family.sample(key, 4))(keys))

    assert jax.eval_shape(loss, jax.random.split(rest["key"], 4)).shape == ()
    if isinstance(family, HasStandardizer) and family.standardizer is not None:
        return StandardizedLearner(learner, family.standardizer)
    return learner


def fast_train(learner, family, config, **rest):
    return train(learner, family, tiny_config(config), **rest)


@pytest.fixture
def fast(monkeypatch, tmp_path):
    """Training is cut short, and there is a table to read."""
    monkeypatch.setattr(ys, "meta_train", fast_meta_train)
    base = importlib.import_module("yingshe.estimators._base")
    monkeypatch.setattr(base, "meta_train", fast_meta_train)
    monkeypatch.setattr(training, "train", fast_train)
    few = {"tasks": 4, "queries": 2, "oracle_tasks": 0, "baselines": ("mean",)}
    monkeypatch.setattr(ys, "evaluate", functools.partial(ys.evaluate, **few))
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    rows = [f"{i},{a},{8 + a + rng.normal():.2f}" for i in range(12) for a in range(1, 5)]
    Path("mydata.csv").write_text("\n".join(["subject,age,weight", *rows]) + "\n")


SLOW_PAGES = {"any-gymnasium-env.md", "add-a-task-family.md", "intents-new-language.md"}
RUNNING_PAGES = [
    pytest.param(page, marks=[pytest.mark.slow] if Path(page).name in SLOW_PAGES else [])
    for page in ["README.md", *PAGES]
    if blocks(page)
]


@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize("page", RUNNING_PAGES)
def test_code_blocks_run(page):
    """Breaks when an example uses a name or an argument that is not there."""
    namespace = {"__name__": "example"}
    for number, block in enumerate(blocks(page), 1):
        exec(compile(block, f"{page}, example {number}", "exec"), namespace)


def test_every_python_block_is_python():
    """Breaks when a block that does not run has a syntax error."""
    for page in ALL_PAGES:
        for block in re.findall(r"```python\n(.*?)```", text_of(page), re.DOTALL):
            compile(block, page, "exec")


def test_names_of_blocks_exist():
    """Breaks when a block, even one that does not run, imports a name that is not there."""
    missing = []
    for page in ALL_PAGES:
        for block in re.findall(r"```python\n(.*?)```", text_of(page), re.DOTALL):
            for node in ast.walk(ast.parse(block)):
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("yingshe"):
                    module = importlib.import_module(node.module or "")
                    names = [alias.name for alias in node.names]
                    missing += [(page, name) for name in names if not hasattr(module, name)]
    assert missing == []


def test_commands_of_pages_exist():
    """Breaks when a page names an action or an option of an application that is not there."""
    pattern = r"^(?:\$ )?yingshe ((?:[^\n\\]|\\\n)*)"
    wrong = []
    for page in [page for page in ALL_PAGES if page != "docs/reference/cli.md"]:
        text = "\n".join(re.findall(r"```sh\n(.*?)```", text_of(page), re.DOTALL))
        new = set(re.findall(r'^APPLICATIONS\["(\w+)"\]', text_of(page), re.MULTILINE))
        for line in re.findall(pattern, text, re.MULTILINE):
            words = line.replace("\\\n", " ").partition(" #")[0].split()
            if words[0] in new:
                continue  # the application of the guide, which another test runs
            wrong += [(page, line)] * (not _command_exists(words))
    assert wrong == []


def _command_exists(words: list[str]) -> bool:
    name, *rest = words
    options = [word for word in rest if word.startswith("--")]
    if name not in APPLICATIONS:
        page = text_of("docs/reference/cli.md")
        return name in [*COMMANDS, "--help"] and all(f"{option} " in page for option in options)
    if not rest or rest[0].startswith("-"):
        return True
    help_text = _help_of(
        [name, *rest[: 2 if (name, rest[0]) == ("agents", "train") else 1], "--help"]
    )
    actions = command_of(name).actions
    return rest[0] in actions and all(f"{option} " in help_text for option in options)


@functools.cache
def _cached_help(args: tuple[str, ...]) -> str:
    return load_generator().help_of(list(args))


def _help_of(args: list[str]) -> str:
    return _cached_help(tuple(args))


def load_generator():
    """Import tools/generate_reference.py, which is not part of the package."""
    spec = importlib.util.spec_from_file_location(
        "generate_reference", ROOT / "tools" / "generate_reference.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_public_name_is_on_a_page():
    """Breaks when a public name is missing from the API pages, or one of them names nothing."""
    listed = re.findall(r"^::: (\S+)", "".join(map(text_of, API_PAGES)), re.MULTILINE)
    assert len(listed) == len(set(listed))
    missing = []
    objects = []
    for path in listed:
        parent, _, name = path.rpartition(".")
        try:
            objects.append(getattr(importlib.import_module(parent), name))
        except (ImportError, AttributeError):
            objects.append(importlib.import_module(path))
    for package in [p for p in PUBLIC if any(path.startswith(p) for path in listed)]:
        for name in PUBLIC[package]:
            value = getattr(importlib.import_module(package), name)
            known = f"{package}.{name}" in listed or any(value is other for other in objects)
            missing += [f"{package}.{name}"] * (not known and name not in NOT_DOCUMENTED)
    assert missing == []


@pytest.mark.slow
def test_the_application_of_the_guide_works(monkeypatch, tmp_path, capsys):
    """Breaks when an application can no longer be one folder and one line."""
    page = text_of("docs/how-to/add-an-application.md")
    files = FILE.findall(page)
    assert {name for name, _ in files} >= {"kettle/tasks.py", "kettle/model.py", "kettle/cli.py"}
    for name, code in files:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    line = re.search(r"<!-- register: kettle -->\n```python\n(.*?)```", page, re.DOTALL)
    assert line is not None
    table = dict(APPLICATIONS)
    exec(line.group(1), {"APPLICATIONS": table, "Application": Application})
    monkeypatch.setitem(APPLICATIONS, "kettle", table["kettle"])
    assert main(["--help"]) == 0
    assert "kettle" in capsys.readouterr().out
    assert main(["kettle", "train", "--run-dir", "run", "--steps", "150"]) == 0
    assert main(["kettle", "predict", "run", "--minute", "4"]) == 0
    answer = capsys.readouterr().out.splitlines()[-1]
    assert abs(int(answer.removesuffix(" °C")) - 100) <= 10  # 20 °C a minute, from 20 °C on
    for module in [name for name in sys.modules if name.partition(".")[0] == "kettle"]:
        del sys.modules[module]


def test_both_readmes_show_the_same_examples():
    """Breaks when one README is changed without the other."""

    def code(page: str) -> list[str]:
        found = re.findall(r"```\w+\n(.*?)```", text_of(page), re.DOTALL)
        return [re.sub(r"\s+#.*", "", block) for block in found]

    assert code("README.md") == code("README.zh-CN.md")


@pytest.mark.parametrize("page", ALL_PAGES)
def test_links_lead_somewhere(page):
    """Breaks when a page, a picture or a heading that is linked does not exist."""
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)[^)]*\)", text_of(page)):
        path, _, anchor = target.partition("#")
        if target.startswith("http"):
            continue
        file = (ROOT / page).parent / path if path else ROOT / page
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in _anchors(file)):
            broken.append(target)
    assert broken == []


def _anchors(file: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    plain = [re.sub(r"[^\w\s-]", "", heading.lower()) for heading in headings]
    return {re.sub(r"\s+", "-", heading.strip()) for heading in plain}


@pytest.mark.parametrize("page", READMES)
def test_the_readme_is_one_screen(page):
    """Breaks when the README grows back into a wall."""
    text = text_of(page)
    assert len(text.split()) <= 800
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        rows = table.strip().splitlines()[2:]
        assert len(rows) <= 10
        cells = [cell.strip() for row in rows for cell in row.strip("|").split("|")]
        assert max(map(len, cells)) <= 60


def test_generated_pages_are_up_to_date(monkeypatch):
    """Breaks when an option or a model card changes and `make pages` was not run."""
    generator = load_generator()
    monkeypatch.setenv("COLUMNS", "100")
    for path, text in generator.render_all().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: run make pages"
