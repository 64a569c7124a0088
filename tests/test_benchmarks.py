"""Benchmarks are complete, pages are those of the results, and staleness shows."""

import argparse
import ast
import dataclasses
import importlib
import importlib.util
import json
import re
import shutil
from pathlib import Path

import jax
import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save

import yingshe as ys
from benchmarks import _code_hash, _options, _pages, _results, _run, _staleness, _summaries
from benchmarks.__main__ import main
from benchmarks._benchmark import Benchmark, Check, Result
from benchmarks._figures import format_value, number
from benchmarks._registry import FOLDER, list_benchmarks, load_all, load_benchmark
from yingshe import zoo
from yingshe.applications.agents import _train_command
from yingshe.cli import command_of, train
from yingshe.errors import UserError

ROOT = Path(__file__).parent.parent
NAMES = list_benchmarks()
PAGES = sorted((ROOT / "docs" / "benchmarks").glob("*.md"))
READMES = ("README.md", "README.zh-CN.md")
MAX_CELL, MAX_WORDS, MAX_LINES, MAX_ROWS = 60, 20, 5, 40


@pytest.fixture(scope="module")
def rendered() -> dict[Path, str]:
    return _pages.render_all()


@pytest.mark.parametrize("name", NAMES)
def test_a_benchmark_is_declared_completely(name):
    benchmark = load_benchmark(name)
    assert benchmark.name == name
    assert benchmark.question.endswith("?")
    assert benchmark.title
    assert benchmark.setup
    assert benchmark.title_zh
    assert benchmark.rows
    assert benchmark.tables
    assert benchmark.minutes > 0
    assert benchmark.run.__name__ == "measure"  # where the hash of the code starts
    assert all(row.title_zh and (row.peer_name_zh or not row.peer_name) for row in benchmark.rows)


@pytest.mark.parametrize("name", NAMES)
def test_a_benchmark_only_declares(name):
    """Importing one must measure nothing: no loop, condition or call at the top level."""
    tree = ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
    allowed = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.FunctionDef, ast.ClassDef)
    for node in tree.body:
        text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        assert text or isinstance(node, allowed), ast.unparse(node)[:80]


def test_every_results_file_belongs_to_a_benchmark():
    assert {path.stem for path in _results.RESULTS.glob("*.json")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_results_file_holds_what_is_needed_to_believe_it(name):
    content = _results.read_results(name)
    assert content is not None
    needed = {"name", "command", "figures", "settings", "seed", "seconds", "date", "commit"}
    assert needed | {"machine", "format"} <= content.keys()
    assert content["name"] == name
    assert content["command"].startswith(f"python -m benchmarks {name}")


def test_every_model_of_the_zoo_has_one_recipe():
    recipes = [recipe.model for benchmark in load_all() for recipe in benchmark.train]
    assert sorted(recipes) == zoo.list_models()


def list_imports() -> list[tuple[str, str, str]]:
    """File, module and name of everything that benchmarks import from the package."""
    imports = []
    for path in sorted(FOLDER.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("yingshe"):
                imports += [(path.name, node.module or "", alias.name) for alias in node.names]
    return imports


@pytest.mark.filterwarnings("error::DeprecationWarning:yingshe")
def test_what_benchmarks_import_exists():
    """Most imports stand in functions that take minutes to run: a renamed one would not show."""
    missing = []
    for file, module, name in list_imports():
        package = importlib.import_module(module)
        if not hasattr(package, name) and importlib.util.find_spec(f"{module}.{name}") is None:
            missing.append(f"{file}: {module}.{name}")
    assert not missing


class ParsedError(Exception):
    """Raised in the place of a training."""


def stop(*_, **__):
    raise ParsedError


def train_commands() -> list[str]:
    commands = [c for benchmark in load_all() for r in benchmark.train for c in r.commands]
    return list(dict.fromkeys(commands))


@pytest.mark.parametrize("command", train_commands())
def test_commands_of_recipes_are_those_of_the_command_line(command, monkeypatch, recwarn):
    """All are parsed, and stop where work begins; none uses an option of 0.1."""
    name, *args = command.split()
    if "--init-from" in args:  # no run to start from
        del args[args.index("--init-from") : args.index("--init-from") + 2]
    if name == "train":
        monkeypatch.setattr(train, "build_learner", stop)
        monkeypatch.setattr(_train_command, "build", stop)
        with pytest.raises(ParsedError):
            train.run(args)
    else:
        found = command_of(name)
        actions = {v: dataclasses.replace(a, run=stop) for v, a in found.actions.items()}
        with pytest.raises(ParsedError):
            dataclasses.replace(found, actions=actions)(args)
    assert not [w for w in recwarn if issubclass(w.category, DeprecationWarning)]


def test_pages_are_those_of_the_results(rendered):
    outdated = [
        str(path.relative_to(ROOT))
        for path, text in rendered.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    assert not outdated, "run `python -m benchmarks pages`"
    assert set(PAGES) <= rendered.keys()


def test_every_cell_of_a_table_has_a_figure(rendered):
    """A label that no results file holds would leave a whole row or column empty."""
    for benchmark in load_all():
        figures = _results.read_figures(benchmark.name)
        for table in benchmark.tables:
            cells = {
                (m, c): _pages.find_value(table, figures, m, c)
                for m in table.methods.values()
                for c in table.columns.values()
            }
            for method in table.methods.values():
                row = [cells[method, c] for c in table.columns.values()]
                assert any(v is not None for v in row), (benchmark.name, table.title, method)
            for column in table.columns.values():
                values = [cells[m, column] for m in table.methods.values()]
                assert any(v is not None for v in values), (benchmark.name, table.title, column)


def test_cells_paragraphs_and_sentences_are_short(rendered):
    for path, text in rendered.items():
        if path.name in READMES:
            text = text.split(_summaries.BEGIN)[1].split(_summaries.END)[0]
        for line in (line for line in text.splitlines() if line.startswith("|")):
            for cell in re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", line).strip("| ").split(" | "):
                assert len(cell.strip()) <= MAX_CELL, (path.name, cell)
        for block in text.split("\n\n"):
            rows = sum(line.startswith("|") for line in block.splitlines())
            assert rows <= MAX_ROWS + 2, path.name
            if not block.strip().startswith(("|", "-", "#", "`")):
                assert len(block.splitlines()) <= MAX_LINES, (path.name, block)
    for benchmark in load_all():
        for sentence in benchmark.limitations:
            assert len(sentence.split()) <= MAX_WORDS, (benchmark.name, sentence)


@pytest.mark.parametrize("name", READMES)
def test_every_figure_of_a_readme_is_on_a_page(name):
    """Outside of code: decimals and percentages are those of the results files."""
    text = re.sub(
        r"```.*?```|`[^`]*`|\]\([^)]*\)", "", (ROOT / name).read_text("utf-8"), flags=re.S
    )
    pages = "".join(path.read_text(encoding="utf-8") for path in PAGES)
    allowed = {"3.11", "3.13", "95 %"}  # versions of Python, and the level of intervals
    for figure in re.findall(r"\d+\.\d+|\d+ %", text):
        assert figure in allowed or figure in pages, figure


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (1.297, None, "1.30"),
        (-0.04, 1, "0.0"),
        (-0.5, 1, "−0.5"),
        (5.3e-9, None, "5.3·10⁻⁹"),
        (69027.3, None, "69,027"),
        (0, None, "0"),
    ],
)
def test_numbers_as_text(value, digits, text):
    assert number(value, digits) == text


def test_values_of_cells_as_text():
    assert format_value(None) == "–"
    assert format_value([0.5, 0.25, 0.75], 0, 100) == "50 [25, 75]"
    assert format_value([2.0, 2.0, 2.0], 1) == "2.0"


SOURCE = '''
"""Docstring."""
import os  # comment
LIMIT = 3
def measure():
    """Measure."""
    return helper(LIMIT)
def helper(x):
    return x + 1
TITLE = "prose"
'''


def digest(source: str) -> str:
    nodes = _code_hash._reachable(ast.parse(source), "measure")
    return "".join(_code_hash._dump(node) for node in nodes)


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ('"""Measure."""', '"""Measure everything."""', True),
        ("# comment", "# another", True),
        ('"prose"', '"other prose"', True),
        ("    return helper(LIMIT)", "    return (helper(\n        LIMIT))", True),
        ("LIMIT = 3", "LIMIT = 4", False),
        ("x + 1", "x + 2", False),
    ],
)
def test_the_hash_is_of_the_code_that_measures(old, new, same):
    assert (digest(SOURCE) == digest(SOURCE.replace(old, new))) == same


def test_the_hash_follows_imports_through_packages():
    modules = _code_hash.hash_code("linear_d1")
    assert {"benchmarks.linear_d1", "yingshe.learners.rls", "yingshe.zoo"} <= modules.keys()
    assert "yingshe.evaluation.evaluate" in modules  # by way of ys.evaluate
    assert not any(name.startswith(("yingshe.cli", "benchmarks._pages")) for name in modules)


def test_the_hash_of_a_model_is_of_its_tensors_not_of_their_names(tmp_path, monkeypatch):
    monkeypatch.setitem(_code_hash.PACKAGES, "yingshe", tmp_path)
    (tmp_path / "zoo").mkdir()
    for name, tensor in (("a", "old"), ("b", "new")):
        path = tmp_path / "zoo" / f"{name}.safetensors"
        path.write_bytes(save({tensor: np.arange(3.0)}))
    (tmp_path / "zoo" / "c.safetensors").write_bytes(save({"new": np.arange(3.0) + 1}))
    hashes = _code_hash.hash_models(["a", "b", "c"])
    assert hashes["a"] == hashes["b"] != hashes["c"]


def fake(measured: float = 1.0, **changes) -> Benchmark:
    """The benchmark of latency, with results and a check that cost nothing."""

    def measure(*, calls: int = 3) -> Result:
        """Measure.

        Args:
            calls: Number
                of calls.
        """
        return Result({"error": [1.0, 0.9, 1.1]}, seed=0, settings={"calls": calls})

    check = Check("error", lambda: {"error": measured}, lambda f: {"error": f["error"]})
    return dataclasses.replace(load_benchmark("latency"), run=measure, check=check, **changes)


@pytest.fixture
def results(tmp_path, monkeypatch):
    """An empty folder of results, and a commit without changes."""
    monkeypatch.setattr(_results, "RESULTS", tmp_path)
    monkeypatch.setattr(_run, "ROOT", tmp_path)
    monkeypatch.setattr(_results, "source_commit", lambda: "abc1234")
    monkeypatch.setattr(_staleness, "source_commit", lambda: "abc1234")
    return tmp_path


def edit(path: Path, **changes) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_results_become_stale_with_the_code_and_not_otherwise(results):
    benchmark = fake()
    assert _staleness.find_status(benchmark).kind == "missing"
    path = _run.run_benchmark(benchmark, {"calls": 2}, "python -m benchmarks latency --calls 2")
    content = json.loads(path.read_text())
    assert content["settings"] == {"calls": 2}
    assert content["commit"] == "abc1234"
    assert _staleness.find_status(benchmark).kind == "current"
    edit(path, commit="abc1234-dirty")
    assert _staleness.find_status(benchmark).kind == "dirty"
    edit(path, code=content["code"] | {"yingshe.mapping": "other"})
    status = _staleness.find_status(benchmark)
    assert status.kind == "stale"
    assert "yingshe.mapping changed" in status.text


def test_a_partial_run_does_not_claim_the_present_code_for_the_rest(results):
    benchmark = fake()
    path = _run.run_benchmark(benchmark, {}, "python -m benchmarks latency")
    edit(path, code={"yingshe.mapping": "other"})
    partial = dataclasses.replace(benchmark, run=lambda: Result({}, 0, partial=True))
    _run.run_benchmark(partial, {}, "python -m benchmarks latency")
    assert _staleness.find_status(benchmark).kind == "unknown"


def test_adopting_needs_a_check_that_agrees_and_says_so_in_the_file(results):
    path = _run.run_benchmark(fake(), {}, "python -m benchmarks latency")
    old = json.loads(path.read_text())
    edit(path, code={"yingshe.mapping": "other"}, commit="old-dirty")
    with pytest.raises(UserError, match="not as recorded"):
        _staleness.adopt(fake(measured=1.3))
    assert _staleness.find_status(fake()).kind == "stale"
    _staleness.adopt(fake(measured=1.05))
    new = json.loads(path.read_text())
    assert new["commit"] == "old-dirty"  # the recording stays what it was
    assert new["figures"] == old["figures"]
    assert new["code"] == old["code"]
    assert new["checked"]["commit"] == "abc1234"
    assert new["checked"]["what"] == "error"
    assert new["checked"]["figures"] == {"error": {"recorded": [1, 0.9, 1.1], "measured": 1.05}}
    assert _staleness.find_status(fake()).kind == "current"


def test_nothing_is_adopted_from_uncommitted_sources_or_without_a_check(results, monkeypatch):
    _run.run_benchmark(fake(), {}, "python -m benchmarks latency")
    with pytest.raises(UserError, match="run it again"):
        _staleness.adopt(dataclasses.replace(fake(), check=None))
    monkeypatch.setattr(_staleness, "source_commit", lambda: "abc1234-dirty")
    with pytest.raises(UserError, match="Commit the sources"):
        _staleness.adopt(fake())


@pytest.mark.parametrize(
    ("measured", "recorded", "same"),
    [
        (1.05, [1, 0.9, 1.1], True),
        (1.2, [1, 0.9, 1.1], False),
        (1.001, 1.0, True),
        (1, None, False),
    ],
)
def test_agreement_of_figures(measured, recorded, same):
    assert _staleness.agrees(measured, recorded, 0.01) == same


def test_checks_name_figures_that_the_files_hold():
    for benchmark in load_all():
        if benchmark.check:
            recorded = benchmark.check.recorded(_results.read_figures(benchmark.name))
            assert recorded
            assert all(value is not None for value in recorded.values()), benchmark.name


def test_options_come_from_the_signature():
    parser = argparse.ArgumentParser()
    run = fake().run
    _options.add_options(parser, run)
    assert _options.collect_options(parser.parse_args(["--calls", "7"]), run) == {"calls": 7}
    assert "Number of calls." in parser.format_help()
    assert _options.list_required(load_benchmark("g2p").run) == ["data"]
    for name in NAMES:
        _options.add_options(argparse.ArgumentParser(), load_benchmark(name).run)


def test_the_list_shows_each_with_its_time(capsys):
    assert main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == NAMES
    assert main([]) == 0
    assert "--adopt" in capsys.readouterr().out


def test_an_unknown_benchmark_or_model_is_named(capsys):
    assert main(["sinusoid"]) == 1
    assert "sinusoids" in capsys.readouterr().err
    assert main(["sinusoids", "--train", "other"]) == 1
    assert "sinusoid-frequency" in capsys.readouterr().err
    assert main(["latency", "--plot"]) == 1


@pytest.fixture(scope="module")
def convert():
    path = ROOT / "tools" / "convert_0_1.py"
    spec = importlib.util.spec_from_file_location("convert_0_1", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_results_of_0_1_are_converted_once(convert, tmp_path):
    row = {"method": "rls", "times_oracle": [1, 1, 1], "nats_below_oracle": None}
    old = {
        "name": "walker",
        "command": "python -m benchmarks.walker",
        "figures": {"ant": {"told": 1}, "curve": {"error_name": "squared error", "rows": [row]}},
        "settings": {"strike": 60},
        "seed": 1,
    }
    (tmp_path / "walker.json").write_text(json.dumps(old))
    assert convert.convert_results(tmp_path) == [tmp_path / "locomotion.json"]
    assert convert.convert_results(tmp_path) == []
    new = json.loads((tmp_path / "locomotion.json").read_text())
    assert new["command"] == "python -m benchmarks locomotion"
    assert new["settings"] == {"fault step": 60}
    assert new["figures"]["ant"] == {"oracle gains": 1}
    assert new["figures"]["curve"] == {
        "metric": "squared error",
        "rows": [{"method": "rls", "ratio_to_oracle": [1, 1, 1], "log_likelihood_gap": None}],
    }
    assert [path.name for path in tmp_path.iterdir()] == ["locomotion.json"]


def test_models_of_0_1_are_converted_once_and_answer_alike(convert, tmp_path):
    learner = ys.learners.RLS(1, 1, num_features=4, key=jax.random.key(0))
    current = tmp_path / "current.safetensors"
    zoo.save(current, learner)
    with safe_open(current, framework="numpy") as file:
        header = json.loads(file.metadata()["yingshe"])
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    arguments = header["hyperparameters"]
    old_names = {"num_features": "features", "max_frequency": "highest_frequency"}
    old_names |= {"likelihood": "output"}
    old = {
        **{k: v for k, v in header.items() if k not in ("standardized", "metadata")},
        "version": 1,
        "standardised": False,
        "about": {"train": {"optimiser": "adam"}},
        "hyperparameters": {old_names.get(k, k): v for k, v in arguments.items()},
    }
    parts = {k.replace(".feature_net", ".basis"): v for k, v in tensors.items()}
    path = tmp_path / "grid.safetensors"
    path.write_bytes(save(parts, metadata={"yingshe": json.dumps(old)}))
    current.unlink()
    card = {"name": "grid", "about": "Lines.", "command": "yingshe train linear", "figures": "a/b"}
    (tmp_path / "grid.json").write_text(json.dumps(card))
    folder = tmp_path / "copy"
    shutil.copytree(tmp_path, folder)
    assert len(convert.convert_zoo(folder)) == 2
    assert convert.convert_zoo(folder) == []
    with safe_open(folder / "hidden-goal.safetensors", framework="numpy") as file:
        assert json.loads(file.metadata()["yingshe"])["version"] == 2
        assert set(file.keys()) == tensors.keys()
    x = np.linspace(-1, 1, 5)[:, None]
    answers = [
        ys.adapt(zoo.load(f), x, x)(x).mean for f in (path, folder / "hidden-goal.safetensors")
    ]
    np.testing.assert_array_equal(*answers)
    new = json.loads((folder / "hidden-goal.json").read_text())
    assert new["name"] == "hidden-goal"
    assert new["description"] == "Lines."
    assert new["figures"] == "benchmarks/results/b.json"
