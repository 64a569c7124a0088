"""Recorded tasks: reading tables, drawing pairs, splitting by task."""

import gzip
import warnings

import hypothesis as hp
import hypothesis.strategies as st
import jax
import jax.numpy as jnp
import jaxtyping
import numpy as np
import pandas as pd
import polars as pl
import pytest

from yingshe.errors import UserError
from yingshe.tasks import TaskSet

COUNTS = (1, 3, 7, 2)
PLENTY = hp.settings(max_examples=25, deadline=None, derandomize=True)


def recorded(counts=COUNTS, order="random") -> TaskSet:
    """Task i holds the inputs 100 i + 1, 100 i + 2, … and outputs ten times as large."""
    x = np.concatenate([100 * i + 1 + np.arange(n) for i, n in enumerate(counts)])[:, None]
    return TaskSet(x, 10 * x, counts, order=order)


def table(**changes) -> pd.DataFrame:
    columns = {
        "pig": ["a", "b", "a", "b", "c", "a"],
        "time": [1, 1, 2, 2, 1, 3],
        "weight": [10.0, 20.0, 11.0, 21.0, 30.0, 12.0],
    }
    return pd.DataFrame({**columns, **changes})


def read(frame, **options) -> TaskSet:
    return TaskSet.from_table(
        frame, **{"task": "pig", "inputs": ["time"], "outputs": ["weight"], **options}
    )


@pytest.mark.parametrize("order", ["random", "sequential"])
def test_draws_pairs_of_one_task_without_replacement(order):
    tasks, n = recorded(order=order), 5
    keys = jax.random.split(jax.random.key(0), 400)
    drawn = jax.jit(jax.vmap(lambda key: tasks.sample(key, n)))(keys)
    seen = set()
    for x, y, mask in zip(drawn.x[..., 0], drawn.y[..., 0], drawn.mask, strict=True):
        real = np.asarray(x)[np.asarray(mask)]
        task = int(real[0]) // 100
        seen.add(task)
        assert len(real) == min(COUNTS[task], n)
        assert set(real.tolist()) <= set((100 * task + 1 + np.arange(COUNTS[task])).tolist())
        assert len(set(real.tolist())) == len(real)
        assert np.array_equal(mask, np.arange(n) < len(real))
        assert np.array_equal(np.asarray(y)[np.asarray(mask)], 10 * real)
        if order == "sequential":
            assert (np.diff(real) == 1).all()
    assert seen == set(range(len(COUNTS)))


def test_every_order_and_start_is_drawn_equally_often():
    keys = jax.random.split(jax.random.key(1), 6000)
    shuffled = jax.jit(jax.vmap(lambda key: recorded((3,)).sample(key, 3)))(keys)
    orders, often = np.unique(shuffled.x[..., 0], axis=0, return_counts=True)
    assert len(orders) == 6
    assert abs(often - 1000).max() < 5 * np.sqrt(1000)
    windows = jax.jit(jax.vmap(lambda key: recorded((4,), "sequential").sample(key, 2)))(keys)
    starts, often = np.unique(windows.x[:, 0, 0], return_counts=True)
    assert starts.tolist() == [1, 2, 3]
    assert abs(often - 2000).max() < 5 * np.sqrt(2000)


@PLENTY
@hp.given(st.lists(st.integers(1, 6), min_size=3, max_size=12), st.integers(0, 99))
def test_split_puts_every_task_in_one_part(counts, seed):
    tasks = recorded(counts)
    parts = tasks.split((0.6, 0.2, 0.2), key=jax.random.key(seed))
    names = [name for part in parts for name in part.task_names]
    assert sorted(names) == sorted(tasks.task_names)
    assert min(len(part) for part in parts) >= 1
    assert abs(len(parts[0]) - 0.6 * len(tasks)) <= 1.5
    for part in parts:
        for name, pairs in zip(part.task_names, part.tasks(), strict=True):
            assert np.array_equal(pairs.x, tasks[int(name)].x)


@PLENTY
@hp.given(
    st.lists(st.sampled_from("abc"), min_size=1, max_size=20),
    st.data(),
)
def test_rows_with_missing_values_are_left_out(names, data):
    values = st.one_of(st.none(), st.integers(-9, 9).map(float))
    x = data.draw(st.lists(values, min_size=len(names), max_size=len(names)))
    frame = pl.DataFrame({"pig": names, "time": x, "weight": 1.0 * np.arange(len(names))})
    kept = [(n, v, i) for i, (n, v) in enumerate(zip(names, x, strict=True)) if v is not None]
    if not kept:
        with pytest.raises(UserError, match="no pair is left"):
            read(frame)
        return
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        tasks = read(frame)
    missing = [str(w.message) for w in caught if "left out" in str(w.message)]
    assert len(missing) == (len(kept) < len(frame))
    assert tasks.task_names == tuple(dict.fromkeys(n for n, _, _ in kept))
    for name, pairs in zip(tasks.task_names, tasks.tasks(), strict=True):
        own = [(v, i) for n, v, i in kept if n == name]
        assert pairs.x[:, 0].tolist() == [v for v, _ in own]
        assert pairs.y[:, 0].tolist() == [i for _, i in own]


@pytest.mark.parametrize("suffix", ["csv", "csv.gz", "tsv", "parquet", "pandas", "lazy", "arrow"])
def test_every_source_gives_the_same_tasks(suffix, tmp_path):
    frame, path = pl.DataFrame(table().to_dict("list")), tmp_path / f"pigs.{suffix}"
    if suffix == "parquet":
        frame.write_parquet(path)
    elif suffix == "csv.gz":
        path.write_bytes(gzip.compress(frame.write_csv().encode()))
    elif suffix in ("csv", "tsv"):
        frame.write_csv(path, separator="\t" if suffix == "tsv" else ",")
    frames = {"pandas": table(), "lazy": frame.lazy()}
    if suffix == "arrow":
        pytest.importorskip("pyarrow")
        frames["arrow"] = frame.to_arrow()
    tasks = read(frames.get(suffix, path))
    assert tasks.task_names == ("a", "b", "c")
    assert tasks.counts.tolist() == [3, 2, 1]
    assert tasks[0].x.tolist() == [[1], [2], [3]]
    assert tasks[-2].y.tolist() == [[20], [21]]
    assert tasks.schema == {
        "task": "pig",
        "inputs": ["time"],
        "outputs": ["weight"],
        "classes": None,
    }


def test_scaling_is_that_of_its_own_pairs():
    standardizer = read(table()).standardizer
    assert standardizer.y_mean == pytest.approx(np.mean(table()["weight"]), rel=1e-6)
    assert standardizer.y_scale == pytest.approx(np.std(table()["weight"]), rel=1e-6)


@pytest.mark.parametrize(
    ("labels", "problem_type", "classes", "first"),
    [
        (["sick", "well", "sick", "well", "well", "sick"], "auto", ("sick", "well"), 0),
        ([True, False, True, True, True, True], "auto", ("False", "True"), 1),
        ([10, 9, 10, 9, 11, 9], "classification", ("9", "10", "11"), 1),
        (pd.Categorical(["y", "x", "y", "x", "x", "x"]), "auto", ("x", "y"), 1),
    ],
)
def test_classes_become_one_hot(labels, problem_type, classes, first):
    tasks = read(table(state=labels), outputs="state", problem_type=problem_type)
    assert tasks.classes == classes
    assert tasks.y_dim == len(classes)
    assert tasks[0].y[0].tolist() == np.eye(len(classes))[first].tolist()
    assert tasks.sample(jax.random.key(0), 4).y.shape == (4, len(classes))
    standardizer = tasks.standardizer
    assert standardizer.y_mean.tolist() == [0] * len(classes)
    assert standardizer.y_scale.tolist() == [1] * len(classes)


def test_text_that_reads_as_numbers_is_numbers():
    tasks = read(table(time=["1", " 2", "3e0", "4", "5", "6"]))
    assert tasks[0].x[:, 0].tolist() == [1, 3, 6]


def test_numbers_of_tasks_are_names():
    assert read(table(pig=[2, 1, 2, 1, 3, 2])).task_names == ("2", "1", "3")
    assert read(table(pig=[2.0, 1, 2, 1, 3, None]).head(5)).task_names == ("2", "1", "3")


@pytest.mark.parametrize(
    ("changes", "options", "message"),
    [
        ({}, {"inputs": "tme"}, "no column 'tme'. Did you mean 'time'"),
        ({}, {"outputs": ["weight", "weight"]}, "'weight' is given as output and output"),
        ({}, {"inputs": ["weight"]}, "'weight' is given as input and output"),
        ({}, {"inputs": ["pig"]}, "'pig' is given as task and input"),
        ({}, {"inputs": []}, "at least one of each"),
        (
            {"time": [1, 2, "three", 4, 5, 6]},
            {},
            "'time' must hold numbers but has 'three' in row 3",
        ),
        ({"weight": ["1", "2", "3", "4", "5,5", "6"]}, {}, "'5,5' in row 5 among numbers"),
        (
            {"weight": list("aabbab")},
            {"problem_type": "regression"},
            "must hold numbers but has 'a' in row 1",
        ),
        ({"time": [1, 2, 3, np.inf, 5, 6]}, {}, "'time' holds an infinite value in row 4"),
        ({"weight": [1, 2, 3, 4, 5, -np.inf]}, {}, "'weight' holds an infinite value in row 6"),
        ({"time": pd.date_range("2020", periods=6)}, {}, "turn it into a number first"),
        ({"time": [None] * 6}, {}, "no pair is left"),
        ({"state": list("xxxxxx")}, {"outputs": ["state"]}, "one class only, x"),
        ({"state": list("xyxyxy")}, {"outputs": ["state", "weight"]}, "takes one output"),
    ],
)
def test_a_bad_table_gets_one_readable_sentence(changes, options, message):
    with pytest.raises(UserError, match=message) as error:
        read(table(**changes), **options)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.csv", None, "There is no file"),
        ("empty.csv", b"", "is empty"),
        ("header.csv", b"pig,time,weight\n", "no rows"),
        ("twice.csv", b"pig,time,time,weight\na,1,2,3\n", "two columns 'time'"),
        ("ragged.csv", b"pig,time,weight\na,1,2\nb,1,2,3,4\n", "cannot be read"),
        ("not.parquet", b"pig,time,weight\n", "cannot be read"),
        ("binary.csv", bytes(range(256)), "."),
        ("table.xlsx", b"", "is not a .csv, .tsv or .parquet file"),
    ],
)
def test_a_bad_file_gets_one_readable_sentence(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=message) as error:
        read(tmp_path / name)
    assert "\n" not in str(error.value)


def test_unknown_words_get_a_suggestion(monkeypatch):
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)  # a user has no type checker
    with pytest.raises(UserError, match="Did you mean 'regression'"):
        read(table(), problem_type="regresion")
    with pytest.raises(UserError, match="Did you mean 'sequential'"):
        read(table(), order="sequentiel")


def test_what_is_no_table_is_refused():
    with pytest.raises(UserError, match="type list cannot be read"):
        read([1, 2])
    twice = pd.DataFrame([["a", 1, 2, 3]], columns=["pig", "time", "time", "weight"])
    with pytest.raises(UserError, match="time"):
        read(twice)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"time": [5] * 6}, "'time' is 5 in every row"),
        ({"time": 1.7e9 + np.arange(6)}, "subtract a constant"),
        ({"weight": [1, None, 2, 3, 4, 5]}, "1 of 6 rows miss a value"),
        ({"weight": ["1", "NA", "2", "3", "4", "5"]}, "1 of 6 rows miss a value"),
    ],
)
def test_a_doubtful_table_gets_a_warning(changes, message):
    with pytest.warns(UserWarning, match=message):
        read(table(**changes))


def test_splits_that_cannot_be_made_are_refused():
    with pytest.raises(UserError, match="needs as many tasks; column 'pig' has 1"):
        read(table(pig=["a"] * 6)).split((0.5, 0.5), key=jax.random.key(0))
    with pytest.raises(UserError, match="positive with sum 1"):
        recorded().split((0.5, 0.6), key=jax.random.key(0))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1.0]], [1.0], [1]), "one row per pair"),
        (([[1.0]], [[1.0]], [2]), "at least one pair"),
        (([[np.nan]], [[1.0]], [1]), "missing or infinite"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(arguments, message):
    with pytest.raises(UserError, match=message):
        TaskSet(*arguments)


def test_from_tasks_takes_ragged_arrays():
    tasks = TaskSet.from_arrays([(np.ones((2, 3)), np.ones(2)), (np.zeros((1, 3)), np.zeros(1))])
    assert (tasks.x_dim, tasks.y_dim, tasks.counts.tolist()) == (3, 1, [2, 1])
    assert jnp.array_equal(tasks[1].x, jnp.zeros((1, 3)))
    with pytest.raises(UserError, match="Task 1 has x of shape"):
        TaskSet.from_arrays([(np.ones((2, 3)), np.ones(2)), (np.zeros((1, 2)), np.zeros(1))])
    with pytest.raises(UserError, match="no tasks"):
        TaskSet.from_arrays([])
    with pytest.raises(IndexError, match="no task 2"):
        tasks[2]


@pytest.mark.parametrize(("old", "new"), [("shuffled", "random"), ("recorded", "sequential")])
def test_orders_of_0_1_are_accepted_with_a_warning(old, new):
    with pytest.warns(DeprecationWarning, match=f"order='{new}'"):
        assert recorded(order=old).order == new
