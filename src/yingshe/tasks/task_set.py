"""Recorded tasks: a finite data set, each task with its own number of pairs."""

import warnings
from collections.abc import Iterator, Sequence
from typing import Any, Literal, cast, get_args

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray
from numpy.typing import ArrayLike

from yingshe.errors import UserError, did_you_mean
from yingshe.pairs import Pairs
from yingshe.standardizer import Standardizer
from yingshe.tasks.base import Family
from yingshe.tasks.table import ProblemType, TextColumn, read_columns, read_frame
from yingshe.text import get_encoder

Order = Literal["random", "sequential"]

_ORDERS_OF_0_1 = {"shuffled": "random", "recorded": "sequential"}


class TaskSet(Family):
    """Data set of recorded tasks of unequal length; `sample` draws a task and n of its pairs.

    | order | the n pairs of a task |
    |---|---|
    | random | any n of them, without replacement, in random order |
    | sequential | n consecutive ones from a random start, in the order of the record |

    Use "sequential" for time series and for tasks that drift.

    A task with fewer than n pairs gives all its pairs, and the rest is padding. A task of one pair
    is kept: it shows what to predict before any pair. Pairs are stored one after another, unpadded;
    classes are stored as numbers and become one-hot when drawn.
    """

    x: Float[Array, "pairs x_dim"]
    y: Float[Array, "pairs y_dim"] | Int[Array, " pairs"]
    starts: Int[Array, " tasks"]
    counts: Int[Array, " tasks"]
    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)
    max_task_size: int = eqx.field(static=True)
    """Number of pairs of the longest task."""
    order: Order = eqx.field(static=True)
    task: str = eqx.field(static=True)
    task_names: tuple[str, ...] = eqx.field(static=True)
    inputs: tuple[str, ...] = eqx.field(static=True)
    outputs: tuple[str, ...] = eqx.field(static=True)
    classes: tuple[str, ...] | None = eqx.field(static=True)
    """Names of the classes in the order of their numbers; None for regression."""
    text: str | None = eqx.field(static=True)
    """Column of sentences, whose embeddings follow the `inputs` in x; None without text."""
    encoder: str | None = eqx.field(static=True)
    """Name of the encoder of the sentences."""

    def __init__(
        self,
        x: ArrayLike,
        y: ArrayLike,
        counts: Sequence[int] | np.ndarray,
        *,
        task: str = "task",
        task_names: Sequence[str] | None = None,
        inputs: Sequence[str] | None = None,
        outputs: Sequence[str] | None = None,
        classes: Sequence[str] | None = None,
        order: str = "random",
        text: str | None = None,
        encoder: str | None = None,
    ):
        """Store the pairs of all tasks, task after task.

        Args:
            x: Inputs, shape (pairs, x_dim).
            y: Outputs, shape (pairs, y_dim); for classification class numbers, shape (pairs,).
            counts: Number of pairs of each task.
            task: Name of the column of tasks.
            task_names: Names of the tasks; by default their numbers.
            inputs: Names of the inputs; by default x0, x1, …
            outputs: Names of the outputs; by default y0, y1, …
            classes: Names of the classes in the order of their numbers; None for regression.
            order: "random" or "sequential".
            text: Name of the column of sentences whose embeddings are the last columns of x.
            encoder: Name of the encoder of the sentences.

        Raises:
            UserError: If shapes or counts do not match, or a value is missing or infinite.
        """
        x, y, counts = np.asarray(x, np.float32), np.asarray(y), np.asarray(counts, np.int32)
        y = y.astype(np.float32 if classes is None else np.int32)
        if x.ndim != 2 or y.ndim != (2 if classes is None else 1) or len(x) != len(y):
            raise UserError(
                f"x has shape {x.shape} and y has shape {y.shape}; they must be (pairs, inputs) "
                f"and {'(pairs, outputs)' if classes is None else '(pairs,)'}, one row per pair."
            )
        if counts.size == 0 or counts.min() < 1 or counts.sum() != len(x):
            raise UserError(
                f"The tasks have {counts.tolist()[:5]} … pairs; there must be at least one task, "
                f"each with at least one pair, {len(x)} in all."
            )
        if not (np.isfinite(x).all() and np.isfinite(y).all()):
            raise UserError("The pairs hold missing or infinite values; leave those pairs out.")
        self.x, self.y = jnp.asarray(x), jnp.asarray(y)
        self.counts = jnp.asarray(counts)
        self.starts = jnp.asarray(np.cumsum(counts) - counts, jnp.int32)
        self.max_task_size, self.order, self.task = int(counts.max()), _checked_order(order), task
        self.classes = None if classes is None else tuple(classes)
        self.x_dim = x.shape[1]
        self.y_dim = y.shape[1] if self.classes is None else len(self.classes)
        self.task_names = _names(task_names, len(counts), "", "tasks")
        self.text, self.encoder = text, encoder
        self.inputs = _names(inputs, self.x_dim - self.text_dim, "x", "inputs")
        self.outputs = _names(outputs, 1 if y.ndim == 1 else y.shape[1], "y", "outputs")

    @classmethod
    def from_table(
        cls,
        source: Any,
        *,
        task: str,
        inputs: str | Sequence[str] = (),
        outputs: str | Sequence[str],
        problem_type: ProblemType = "auto",
        order: str = "random",
        text: str | None = None,
        encoder: str = "auto",
    ) -> "TaskSet":
        """Read your own data: one row per pair, with a column that names the task of the row.

        The rows of a task need not be adjacent. The rules:

        - Inputs and outputs are numbers (true and false count as 1 and 0). Numeric text counts as a
          number.
        - One output of categories, text or truth values makes it classification, with all classes
          of the table, sorted. `problem_type="classification"` does so for a column of numbers too,
          and `problem_type="regression"` requires numbers.
        - A row with a missing value (empty, NA, NaN, null) in one of the columns used is left out,
          with a warning that gives their number.
        - A constant column stays, with a warning.
        - `text` names a column of sentences, which an encoder turns into further inputs.

        Args:
            source: Path of a CSV, TSV or Parquet file, or a frame of pandas, polars or PyArrow.
            task: Column with the task of each row.
            inputs: Columns of numbers to predict from.
            outputs: Columns to predict.
            problem_type: "auto", "regression" or "classification".
            order: "random" or "sequential".
            text: Column of sentences to predict from.
            encoder: Text encoder, a key of `yingshe.text.ENCODERS`; "auto" is the best installed.

        Returns:
            All tasks of the table.

        Raises:
            UserError: If the file is missing, empty or unreadable; a column does not exist, exists
                twice or has two roles; text stands among numbers; a value is a date or infinite;
                or no row is left.
        """
        inputs = (inputs,) if isinstance(inputs, str) else tuple(inputs)
        outputs = (outputs,) if isinstance(outputs, str) else tuple(outputs)
        column = None if text is None else TextColumn(text, get_encoder(encoder))
        frame = read_frame(source)
        pairs = read_columns(frame, task, inputs, outputs, problem_type, column)
        return cls(
            pairs.x,
            pairs.y,
            pairs.counts,
            task=task,
            task_names=pairs.task_names,
            inputs=inputs,
            outputs=outputs,
            classes=pairs.classes,
            order=order,
            text=text,
            encoder=None if column is None else column.encoder.name,
        )

    @classmethod
    def from_arrays(
        cls,
        tasks: Sequence[tuple[ArrayLike, ArrayLike]],
        *,
        classes: Sequence[str] | None = None,
        order: str = "random",
        text: str | None = None,
        encoder: str | None = None,
    ) -> "TaskSet":
        """Build a data set from one pair of arrays per task.

        Args:
            tasks: Tasks (x, y); x has shape (n, x_dim), and y (n, y_dim), or (n,) for one output or
                class numbers 0, 1, …
            classes: Names of the classes in the order of their numbers; None for regression.
            order: "random" or "sequential".
            text: Name of the column of sentences whose embeddings are the last columns of x.
            encoder: Name of the encoder of the sentences.

        Returns:
            All tasks.

        Raises:
            UserError: If there is no task, or shapes do not agree.
        """
        xs, ys = [np.asarray(x) for x, _ in tasks], [np.asarray(y) for _, y in tasks]
        if classes is None:
            ys = [y[:, None] if y.ndim == 1 else y for y in ys]
        for i, (x, y) in enumerate(zip(xs, ys, strict=True)):
            fits = x.ndim == 2 and len(x) == len(y)
            if not fits or x.shape[1:] != xs[0].shape[1:] or y.shape[1:] != ys[0].shape[1:]:
                raise UserError(
                    f"Task {i} has x of shape {x.shape} and y of shape {y.shape}; every task must "
                    "have one row per pair and the same columns as the others."
                )
        if not xs:
            raise UserError("There are no tasks; give at least one pair of arrays (x, y).")
        counts = [len(x) for x in xs]
        x, y = np.concatenate(xs), np.concatenate(ys)
        return cls(x, y, counts, classes=classes, order=order, text=text, encoder=encoder)

    @property
    def oracle(self):
        return None

    def sample(self, key: PRNGKeyArray, n: int) -> Pairs:
        task_key, pair_key = jax.random.split(key)
        i = jax.random.randint(task_key, (), 0, len(self))
        count = self.counts[i]
        if self.order == "sequential":
            first = jax.random.randint(pair_key, (), 0, jnp.maximum(count - n, 0) + 1)
            row = first + jnp.arange(n)
        else:
            scores = jax.random.uniform(pair_key, (max(self.max_task_size, n),))
            scores = jnp.where(jnp.arange(len(scores)) < count, scores, -1.0)
            row = jax.lax.top_k(scores, n)[1]  # this task's pairs first, in random order
        mask = jnp.arange(n) < count
        return self._pairs(self.starts[i] + jnp.where(mask, row, 0), mask)

    @property
    def standardizer(self) -> Standardizer:
        """Standardizer fitted to the pairs of this set; take it from the meta-train part.

        Classes and text embeddings are not scaled.
        """
        y = self.y if self.classes is None else jnp.zeros((len(self.x), self.y_dim))
        columns = self.x_dim - self.text_dim
        return Standardizer.fit(Pairs(self.x, y), scale_y=self.classes is None, columns=columns)

    @property
    def feature_groups(self) -> tuple[int, ...]:
        """Widths of the parts of x: the inputs, and the vectors of the text encoder."""
        numbers = (len(self.inputs),) if self.inputs else ()
        return numbers + (() if self.encoder is None else get_encoder(self.encoder).segments)

    @property
    def text_dim(self) -> int:
        """Number of columns at the end of x that are text embeddings."""
        return 0 if self.encoder is None else get_encoder(self.encoder).width

    @property
    def schema(self) -> dict[str, Any]:
        """Names of columns and classes, as plain JSON: the format of new data."""
        return {
            "task": self.task,
            "inputs": list(self.inputs),
            "outputs": list(self.outputs),
            "classes": None if self.classes is None else list(self.classes),
        } | ({} if self.text is None else {"text": self.text, "encoder": self.encoder})

    def __len__(self) -> int:
        """Return the number of tasks."""
        return len(self.task_names)

    def __getitem__(self, i: int) -> Pairs:
        """Return all pairs of task i, in the order of the record."""
        if not -len(self) <= i < len(self):
            raise IndexError(f"There is no task {i}; there are {len(self)}.")
        start, count = np.asarray(self.starts)[i], np.asarray(self.counts)[i]
        x, y = (np.asarray(values)[start : start + count] for values in (self.x, self.y))
        return Pairs(x, y if self.classes is None else np.eye(len(self.classes))[y])

    def tasks(self) -> Iterator[Pairs]:
        """Return an iterator over the tasks; each gives all pairs of one task."""
        return (self[i] for i in range(len(self)))

    def split(
        self, fractions: Sequence[float] = (0.7, 0.15, 0.15), *, key: PRNGKeyArray
    ) -> tuple["TaskSet", ...]:
        """Split into meta-train, validation and meta-test tasks; no task is divided.

        Args:
            fractions: Fraction of the tasks in each part, positive with sum 1.
            key: PRNG key.

        Returns:
            One set for each fraction, with at least one task in each.

        Raises:
            UserError: If the fractions are not positive with sum 1, or there are fewer tasks than
                fractions.
        """
        if min(fractions, default=0) <= 0 or abs(sum(fractions) - 1) > 1e-6:
            raise UserError(f"fractions are {tuple(fractions)}; they must be positive with sum 1.")
        if len(self) < len(fractions):
            raise UserError(
                f"A split into {len(fractions)} parts needs as many tasks; column '{self.task}' "
                f"has {len(self)}."
            )
        order = np.random.default_rng(np.asarray(jax.random.key_data(key))).permutation(len(self))
        ends = np.round(np.cumsum(fractions) * len(self)).astype(int)
        for part in range(len(ends)):  # at least one task in each part
            least = ends[part - 1] + 1 if part else 1
            ends[part] = np.clip(ends[part], least, len(self) - (len(ends) - 1 - part))
        return tuple(self.subset(np.sort(part)) for part in np.split(order, ends[:-1]))

    def subset(self, tasks: Sequence[int] | np.ndarray) -> "TaskSet":
        """Return some of the tasks.

        Args:
            tasks: Numbers of the tasks.

        Returns:
            Set of these tasks, in the given order.
        """
        starts, counts = np.asarray(self.starts), np.asarray(self.counts)
        rows = np.concatenate([np.arange(starts[i], starts[i] + counts[i]) for i in tasks])
        return TaskSet(
            np.asarray(self.x)[rows],
            np.asarray(self.y)[rows],
            counts[np.asarray(tasks)],
            task=self.task,
            task_names=[self.task_names[i] for i in tasks],
            inputs=self.inputs,
            outputs=self.outputs,
            classes=self.classes,
            order=self.order,
            text=self.text,
            encoder=self.encoder,
        )

    def _pairs(self, rows: Int[Array, " n"], mask) -> Pairs:
        y = self.y[rows]
        if self.classes is not None:
            y = jax.nn.one_hot(y, len(self.classes))
        return Pairs(self.x[rows], y, mask)


def _checked_order(order: str) -> Order:
    """Return an order; warn if its name is one of 0.1, and raise if it is unknown."""
    if order in _ORDERS_OF_0_1:
        new = _ORDERS_OF_0_1[order]
        warnings.warn(f"order='{order}' is now order='{new}'.", DeprecationWarning, stacklevel=3)
        order = new
    if order not in get_args(Order):
        raise UserError(f"Unknown order '{order}'." + did_you_mean(order, get_args(Order)))
    return cast(Order, order)


def _names(names: Sequence[str] | None, number: int, prefix: str, role: str) -> tuple[str, ...]:
    if names is None:
        return tuple(f"{prefix}{i}" for i in range(number))
    if len(names) != number:
        raise UserError(
            f"There must be {number} names of {role}, got {len(names)}: {list(names)[:5]}."
        )
    return tuple(names)
