"""The command line, as a user types it."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest

from yingshe import zoo
from yingshe.applications import APPLICATIONS
from yingshe.cli import COMMANDS, main
from yingshe.command_line.task_spec import format_task_spec, parse_task_spec
from yingshe.learners import LEARNERS, RLS
from yingshe.serialization import read_learner, write_learner
from yingshe.tasks import FAMILIES, GaussianProcess, Linear

TABLE = "--task child --inputs age --outputs weight"
QUICK = (
    "--num-features 0 --steps 40 --tasks-per-step 8 --examples-per-task 5 --learning-rate 0.05 "
    "--validation-tasks 8"
)


def yingshe(line: str) -> int:
    return main(line.split())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a table of growing children, a model of it, and a new child."""
    folder = tmp_path_factory.mktemp("work")
    rng = np.random.default_rng(0)
    with (folder / "kids.csv").open("w") as file:
        file.write("child,age,weight,name\n")
        for child in range(20):
            speed, birth = rng.normal(2, 0.3), rng.normal(4, 0.5)
            for age in rng.uniform(0, 10, rng.integers(4, 9)):
                file.write(f"c{child},{age:.3f},{birth + speed * age:.3f},Ann\n")
    (folder / "new.csv").write_text("age,weight\n1,7\n5,17\n,3\n")
    (folder / "query.csv").write_text("age,note\n2,a\n8,b\n")
    here = Path.cwd()
    os.chdir(folder)
    assert yingshe(f"train kids.csv {TABLE} rls {QUICK} --run-dir run") == 0
    yield folder
    os.chdir(here)


@pytest.fixture
def refused(folder, capsys, monkeypatch):
    """Runs a line that must exit with 2 and one line on stderr, and gives that line."""
    monkeypatch.chdir(folder)

    def run(line: str) -> str:
        capsys.readouterr()
        assert yingshe(line) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert "Traceback" not in captured.err
        errors = [x for x in captured.err.splitlines() if not x.startswith("yingshe: note:")]
        assert len(errors) == 1, captured.err
        assert errors[0].startswith("yingshe: ")
        return errors[0]

    return run


@pytest.fixture
def done(folder, capsys, monkeypatch):
    """Runs a line that must work, and gives what it printed."""
    monkeypatch.chdir(folder)

    def run(line: str) -> str:
        capsys.readouterr()
        assert yingshe(line) == 0
        return capsys.readouterr().out

    return run


# Help


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command, done):
    assert command in done("--help")
    out = done(f"{command} --help")
    assert out.startswith(f"usage: yingshe {command}")


@pytest.mark.parametrize(
    ("family", "learner"), [(f, "rls") for f in FAMILIES] + [("linear", name) for name in LEARNERS]
)
def test_help_lists_the_options_of_every_family_and_learner(family, learner, done):
    out = done(f"train {family} {learner} --help")
    assert "--learning-rate" in out
    assert "--run-dir" in out


def test_defaults_in_help_are_those_of_the_code(done):
    out = done("train linear rls --help")
    assert "--x-dim INT" in out
    assert f"(default: {Linear().noise_std})" in out
    assert "learned features" in out


def test_tasks_lists_families_and_learners_and_describes_one(done):
    out = done("tasks")
    for name in (*FAMILIES, *LEARNERS):
        assert name in out
    out = done("tasks linear --x-dim 3")
    assert "coefficient_scale" in out
    assert "3" in out.partition("--x-dim")[2].splitlines()[0]


def test_tasks_describes_a_table(done):
    assert "weight" in done("tasks kids.csv")
    out = done(f"tasks kids.csv {TABLE}")
    assert "20 (column child)" in out
    assert "output weight" in out


# Train, evaluate, adapt


def test_a_trained_run_says_where_it_is_and_what_made_it(folder, done):
    out = done(f"train kids.csv {TABLE} rls {QUICK} --run-dir run")  # finished: it is read back
    assert "yingshe evaluate run" in out
    config = json.loads((folder / "run/config.json").read_text())
    assert config["train"]["learning_rate"] == 0.05
    assert config["family"]["options"]["inputs"] == ["age"]
    assert config["metadata"]["table"]["path"] == str(folder / "kids.csv")
    assert not any("c3" in json.dumps(v) for v in config.values()), "names of tasks stay private"


def test_options_may_stand_before_or_after_the_learner(monkeypatch, done):
    calls = []

    def record(learner, family, config, **others):
        calls.append((learner, family, config))
        raise KeyboardInterrupt

    monkeypatch.setattr("yingshe.cli.train.meta_train", record)
    assert yingshe("train linear --x-dim 3 --noise-std 0.5 rls --num-features 0 --steps 7") == 130
    assert yingshe("train linear --num-features 0 --steps 7 --x-dim 3 --noise-std 0.5") == 130
    for learner, family, config in calls:
        assert isinstance(learner, RLS)
        assert (learner.x_dim, learner.num_features) == (3, 0)
        assert family == Linear(x_dim=3, noise_std=0.5)
        assert config.steps == 7
    assert len(calls) == 2


def test_evaluate_writes_figures_and_a_plot(folder, done):
    out = done(
        "evaluate run --shots 0 1 2 --queries 2 --no-baselines --json figures.json --plot p.svg"
    )
    assert "shots" in out
    rows = json.loads((folder / "figures.json").read_text())["rows"]
    errors = {row["shots"]: row["error"][0] for row in rows if row["method"] == "RLS"}
    assert errors[2] < errors[0], "reading two pairs of a line must help"
    assert "<svg" in (folder / "p.svg").read_text()


def test_evaluate_on_tasks_of_another_family(done):
    out = done("evaluate run linear --x-dim 1 --shots 0 2 --tasks 10 --no-baselines")
    assert "Linear" in out
    assert "oracle" in out


def test_adapt_writes_predictions_with_intervals(folder, done, capsys):
    out = done("adapt run --support new.csv --query query.csv --out out.csv --save map.safetensors")
    assert "adapted to 2 pairs" in out
    with (folder / "out.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["note"] for row in rows] == ["a", "b"]
    for row, truth in zip(rows, (9.5, 24.5), strict=True):  # the line through (1, 7) and (5, 17)
        low, mean, high = (float(row[f"weight_{end}"]) for end in ("lower", "mean", "upper"))
        assert low < mean < high
        assert mean == pytest.approx(truth, abs=1.0)
    done("adapt run --support new.csv --query query.csv --out narrow.csv --confidence 0.5")
    with (folder / "narrow.csv").open() as file:
        narrow = next(csv.DictReader(file))
    half = [float(r["weight_upper"]) - float(r["weight_mean"]) for r in (narrow, rows[0])]
    assert half[1] / half[0] == pytest.approx(1.6449 / 0.6745, rel=1e-3)
    assert (folder / "map.safetensors").exists()


def test_adapt_gives_probabilities_of_classes(folder, done):
    learner = RLS(1, 2, num_features=0, likelihood="categorical", key=jax.random.key(0))
    options = {"task": "t", "inputs": ["age"], "outputs": ["size"], "classes": ["big", "small"]}
    metadata = {"family": {"name": "TaskSet", "options": options, "data": "0"}}
    write_learner(folder / "classes.safetensors", learner, metadata=metadata)
    (folder / "sizes.csv").write_text("age,size\n-1,small\n1,big\n2,big\n-2,small\n")
    done("adapt classes.safetensors --support sizes.csv --query query.csv --out classes.csv")
    with (folder / "classes.csv").open() as file:
        row = next(csv.DictReader(file))
    assert row["size_predicted"] == "big"
    assert float(row["size_is_big"]) + float(row["size_is_small"]) == pytest.approx(1)


def test_adapt_a_learner_of_a_family(folder, done):
    write_learner(folder / "plane.safetensors", RLS(2, 1, num_features=0, key=jax.random.key(0)))
    (folder / "plane.csv").write_text("x0,x1,y\n0,1,2\n1,1,3\n")
    (folder / "points.csv").write_text("x0,x1\n0,1\n")
    done("adapt plane.safetensors --support plane.csv --query points.csv --out plane_out.csv")
    assert (folder / "plane_out.csv").read_text().startswith("x0,x1,y_mean,y_lower,y_upper")


def test_compare_makes_the_candidates_that_are_named(monkeypatch, done):
    calls = []

    def record(candidates, family, shots, **others):
        calls.append((candidates, family))
        raise KeyboardInterrupt

    monkeypatch.setattr("yingshe.cli.compare.compare", record)
    monkeypatch.setattr(
        "yingshe.cli.compare.default_variants", lambda candidate, *, key: (candidate, candidate)
    )
    yingshe("compare linear --x-dim 2 --optimizers adam sgd --learning-rates 0.1 0.01")
    candidates, family = calls.pop()
    assert family == Linear(x_dim=2)
    assert [c.name for c in candidates] == [
        f"rls, {optimizer}, rate {rate}" for optimizer in ("adam", "sgd") for rate in (0.1, 0.01)
    ]
    assert [c.config.optimizer for c in candidates] == ["adam", "adam", "sgd", "sgd"]
    yingshe("compare linear")
    candidates, _ = calls.pop()
    assert len(candidates) == 2, "one learner alone is compared with variants of itself"
    assert candidates[0].name == "rls"


def test_relate_finds_the_tasks_nearest_to_a_new_one(folder, done):
    out = done("relate run --new new.csv --rows 3 --json near.json --plot map.png")
    assert out.count("\n") < 20
    content = json.loads((folder / "near.json").read_text())
    nearest = content["names"][int(np.argmin(content["query_distances"]))]
    assert nearest in out
    assert (folder / "map.png").read_bytes().startswith(b"\x89PNG")


def test_families_within_families():
    assert parse_task_spec("gp:kernel=matern52,noise_std=0.1") == GaussianProcess(
        "matern52", noise_std=0.1
    )
    assert (
        format_task_spec(GaussianProcess("matern52", noise_std=0.1))
        == "gp:kernel=matern52,noise_std=0.1"
    )
    assert format_task_spec(Linear()) == "linear"


def test_demo_runs_the_demonstration_of_an_application(monkeypatch, done, capsys):
    calls = []

    def command_of(name):
        return lambda args: calls.append((name, args))

    monkeypatch.setattr("yingshe.cli.demo.command_of", command_of)
    done("demo arm --seed 3")
    assert calls.pop() == ("arm", ["demo", "--seed", "3"])
    assert yingshe("demo languages") == 0
    assert "'demo languages' is now 'demo intents and demo g2p'" in capsys.readouterr().err
    assert calls == [("intents", ["demo"]), ("g2p", ["demo"])]


def test_zoo_lists_models_and_shows_a_card(done):
    lines = done("zoo").splitlines()
    assert len(lines) == len(zoo.list_models())
    assert any(line.startswith("sinusoid ") and "amplitude" in line for line in lines)
    card = done("zoo sinusoid")
    assert "yingshe train sinusoid" in " ".join(card.split())
    assert "parameters" in card


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_commands_options_and_models(shell, done):
    script = done(f"completion {shell}")
    for word in ("evaluate", "locomotion", "tasks-per-step", "cartpole", "cosine"):
        assert word in script
    if shell == "bash" and shutil.which("bash"):
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)


# Names of 0.1


def test_options_of_0_1_work_with_a_warning(monkeypatch, capsys):
    calls = []

    def record(learner, family, config, **others):
        calls.append((learner, config))
        raise KeyboardInterrupt

    monkeypatch.setattr("yingshe.cli.train.meta_train", record)
    line = (
        "train linear rls --features 0 --highest-frequency 2 --tasks 9 --pairs=5 --optimiser sgd "
        "--schedule linear --warmup 3 --clip 2 --report-every 7"
    )
    assert yingshe(line) == 130
    err = capsys.readouterr().err
    assert "'--features' is now '--num-features'" in err
    assert "'--tasks' is now '--tasks-per-step'" in err
    learner, config = calls.pop()
    assert (learner.num_features, learner.max_frequency) == (0, 2)
    assert (config.tasks_per_step, config.examples_per_task) == (9, 5)
    assert (config.optimizer, config.lr_schedule, config.warmup_steps) == ("sgd", "linear", 3)
    assert (config.max_grad_norm, config.log_every) == (2, 7)
    for value in ("--output mixture", "--output=mixture", "--likelihood mixture"):
        assert yingshe(f"train linear gru {value}") == 130
        assert calls.pop()[0].likelihood == "gaussian_mixture"
        expected = "'--likelihood mixture' is now '--likelihood gaussian_mixture'"
        assert expected in capsys.readouterr().err


def test_names_of_0_1_work_with_a_warning(monkeypatch, capsys, folder):
    calls = []

    def record(learner, family, config, **others):
        calls.append((learner, others["run_dir"]))
        raise KeyboardInterrupt

    monkeypatch.setattr("yingshe.cli.train.meta_train", record)
    assert yingshe("train drifting attention --channels 8 --heads 1 --run somewhere") == 130
    err = capsys.readouterr().err
    for old, new in (
        ("drifting", "non_stationary"),
        ("attention", "attentive_process"),
        ("--channels", "--embed-dim"),
        ("--run", "--run-dir"),
    ):
        assert f"'{old}' is now '{new}'" in err
    ((learner, run_dir),) = calls
    assert learner.embed_dim == 8
    assert run_dir == Path("somewhere")
    assert yingshe("adapt run --support new.csv --query query.csv --out o.csv --level 0.5") == 0
    assert yingshe("relate run --by divergence --count 5 --rows 1") == 0
    err = capsys.readouterr().err
    assert "'--level' is now '--confidence'" in err
    assert "'--by' is now '--metric'" in err
    assert "'--metric divergence' is now '--metric symmetric_kl'" in err


def test_compare_takes_its_options_of_0_1(monkeypatch, capsys):
    calls = []

    def record(candidates, family, shots, **others):
        calls.append((shots, others["tasks"], candidates[0].config))
        raise KeyboardInterrupt

    monkeypatch.setattr("yingshe.cli.compare.compare", record)
    line = "compare linear --learners attention rls --eval-shots 0 3 --eval-tasks 7 --pairs 8"
    assert yingshe(line) == 130
    ((shots, tasks, config),) = calls
    assert (shots, tasks, config.examples_per_task) == ((0, 3), 7, 8)
    assert "'--eval-tasks' is now '--tasks'" in capsys.readouterr().err


# Bad input: exit status 2, one readable line


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("trian sinusoid", "There is no command 'trian'. Did you mean 'train'?"),
        ("lemmas say x.safetensors \udcff", "is not text in the terminal's encoding"),
        ("train sinusiod", "Did you mean 'sinusoid'?"),
        ("train linear rsl", "There is no learner 'rsl'. Did you mean 'rls'?"),
        ("train linear --x-dmi 3", "--x-dmi"),
        ("train linear --x-dim three", "'three'"),
        ("train linear --noise-std -1", "noise_std must be 0 or more, got -1.0"),
        ("train linear --steps 0", "steps must be at least 1, got 0"),
        ("train linear --optimizer adma", "invalid choice 'adma'"),
        ("train mixture --families gp linaer", "Did you mean 'linear'?"),
        ("train mixture --families gp:colour=3", "is no OPTION=VALUE of gp"),
        ("train missing.csv", "There is no file missing.csv"),
        ("train kids.csv --task child", "--outputs"),
        ("train kids.csv --task child --outputs weight", "name at least one of each"),
        ("train kids.csv --task chidl --inputs age --outputs weight", "Did you mean 'child'?"),
        ("train kids.csv --task child --inputs name --outputs weight", "must hold numbers"),
        ("train empty.csv --task a --inputs b --outputs c", "empty"),
        (
            f"train kids.csv {TABLE} rls {QUICK} --steps 41 --run-dir run",
            "train.steps = 40, now it is",
        ),
        (f"train kids.csv {TABLE} --run-dir foreign", "is not empty and is not a run directory"),
        (f"train kids.csv {TABLE} --run-dir kids.csv", "is a file"),
        ("tasks lienar", "Did you mean 'linear'?"),
        ("tasks empty.csv", "empty"),
        ("completion powershel", "There is no completion for"),
        ("demo armm", "Did you mean 'arm'?"),
        ("zoo sinusiod", "Did you mean 'sinusoid'?"),
        ("compare linear --learners rls grru", "There is no learner 'grru'"),
        ("evaluate nothing-here", "neither a file, nor a run directory"),
        ("evaluate runs/nothing", "There is no file or run directory"),
        ("evaluate foreign", "not a run directory"),
        ("evaluate unfinished", "its training is incomplete"),
        ("evaluate corrupt", "or it is damaged"),
        ("evaluate kids.csv", "is not a learner saved by yingshe"),
        ("evaluate moved", "no longer the table"),
        ("evaluate run --shots -1", "shots"),
        ("evaluate run --json nowhere/out.json", "There is no directory nowhere"),
        ("evaluate run --plot p.gif", ".png or .svg"),
        ("evaluate run linear --x-dim 3", "maps 1 inputs"),
        ("adapt run --support no.csv --query query.csv --out o.csv", "There is no file no.csv"),
        ("adapt run --support query.csv --query query.csv --out o.csv", "no column 'weight'"),
        ("adapt run --support kids.csv --query query.csv --out o.csv", "holds 20 tasks"),
        ("adapt run --support new.csv --query new.csv --out o.csv", "misses 'age' in row 3"),
        (
            "adapt run --support new.csv --query query.csv --out nowhere/o.csv",
            "no directory nowhere",
        ),
        ("adapt run --support new.csv --query query.csv --out foreign", "is a directory"),
        (
            "adapt run --support new.csv --query query.csv --out o.csv --confidence 2",
            "between 0 and 1",
        ),
        ("adapt run --support text.csv --query query.csv --out o.csv", "'heavy' in row 2"),
    ],
)
def test_bad_input(bad_files, refused, line, message):
    assert message in refused(line)
    assert sorted(p.name for p in bad_files.iterdir()) == sorted(FILES), "nothing half-written"


FILES = []


@pytest.fixture
def bad_files(folder):
    (folder / "empty.csv").write_text("")
    (folder / "text.csv").write_text("age,weight\n1,7\n2,heavy\n")
    if not (folder / "foreign").exists():
        (folder / "foreign").mkdir()
        (folder / "foreign" / "cat.jpg").write_bytes(b"meow")
        for name in ("unfinished", "corrupt", "moved"):
            shutil.copytree(folder / "run", folder / name)
        (folder / "unfinished" / "learner.safetensors").unlink()
        learner = folder / "corrupt" / "learner.safetensors"
        learner.write_bytes(learner.read_bytes()[:-50])
        learner = folder / "moved" / "learner.safetensors"
        trained, _, metadata = read_learner(learner)
        metadata["family"]["data"] = "of another table"
        write_learner(learner, trained, metadata=metadata)
    FILES[:] = [p.name for p in folder.iterdir()]
    return folder


# As true processes


def modules_after(statement: str) -> set[str]:
    """First-level modules that a fresh process has imported after a statement."""
    code = f"import sys; {statement}; print(*{{m.partition('.')[0] for m in sys.modules}})"
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(result.stdout.splitlines()[-1].split())


HEAVY = {"jax", "equinox", "numpy", "polars", "matplotlib", "rich", "tyro", "orbax", "sklearn"}


def test_help_imports_nothing_heavy():
    """Breaks when `yingshe --help` imports more than it needs for 0.3 s."""
    modules = modules_after("import yingshe.cli; yingshe.cli.main(['--help'])")
    assert not modules & HEAVY
    assert len(modules) < 150


def test_the_package_imports_nothing_heavy():
    assert not modules_after("import yingshe") & HEAVY


@pytest.mark.parametrize("application", APPLICATIONS)
def test_help_of_an_application_imports_nothing_heavy(application):
    """Breaks when an application's `cli.py` imports its simulator or its model at the top."""
    code = f"import yingshe.cli; yingshe.cli.main(['{application}', '--help'])"
    assert not modules_after(code) & {"mujoco", "gymnasium", "matplotlib", "orbax"}


def test_bad_input_to_the_installed_command(folder):
    command = [sys.executable, "-m", "yingshe.cli", "train", "sinusiod"]
    result = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1
    assert "Did you mean 'sinusoid'?" in result.stderr
