"""Recorded tasks: a finite collection, each with its own number of pairs."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal, get_args

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
from yingshe.tasks.table import Kind, Text, read_columns, read_frame
from yingshe.text import get_encoder

Order = Literal["shuffled", "recorded"]


class TaskSet(Family):
    """Recorded tasks of unequal length, as a family: `sample` draws one of them and n of its pairs.

    | order | the n pairs of a task |
    |---|---|
    | shuffled | any n of them, without replacement, in random order |
    | recorded | n consecutive ones from a random start, in the order of the record |

    The order of the record is for time series and for tasks that drift.

    A task with fewer than n pairs gives all it has, and the rest is padding. A task of one pair is
    kept: it teaches what to predict before any pair. The pairs lie one after another, unpadded;
    classes are stored as their numbers and become one-hot when drawn.
    """

    x: Float[Array, "pairs x_dim"]
    y: Float[Array, "pairs y_dim"] | Int[Array, " pairs"]
    starts: Int[Array, " tasks"]
    counts: Int[Array, " tasks"]
    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)
    longest: int = eqx.field(static=True)
    """Number of pairs of the longest task."""
    order: Order = eqx.field(static=True)
    task: str = eqx.field(static=True)
    task_names: tuple[str, ...] = eqx.field(static=True)
    inputs: tuple[str, ...] = eqx.field(static=True)
    outputs: tuple[str, ...] = eqx.field(static=True)
    classes: tuple[str, ...] | None = eqx.field(static=True)
    """Names of the classes in the order of their numbers; None for regression."""
    text: str | None = eqx.field(static=True)
    """Column of sentences, whose numbers follow those of `inputs` in x; None: there is none."""
    encoder: str | None = eqx.field(static=True)
    """What read them."""

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
        order: Order = "shuffled",
        text: str | None = None,
        encoder: str | None = None,
    ):
        """Of all pairs, task after task: x (pairs, x_dim), y (pairs, y_dim); for classes (pairs,).

        `counts` holds the number of pairs of each task; `text` names what the last columns of x
        were read from, by the encoder of that name. Raises UserError where these do not fit
        together or a value is missing or infinite.
        """
        x, y, counts = np.asarray(x, np.float32), np.asarray(y), np.asarray(counts, np.int32)
        y = y.astype(np.float32 if classes is None else np.int32)
        if x.ndim != 2 or y.ndim != (2 if classes is None else 1) or len(x) != len(y):
            raise UserError(
                f"x has shape {x.shape} and y has shape {y.shape}; they must be (pairs, inputs) "
                f"and {'(pairs, outputs)' if classes is None else '(pairs,)'}, one row a pair."
            )
        if counts.size == 0 or counts.min() < 1 or counts.sum() != len(x):
            raise UserError(
                f"The tasks have {counts.tolist()[:5]} … pairs; there must be at least one task, "
                f"each with at least one pair, {len(x)} in all."
            )
        if not (np.isfinite(x).all() and np.isfinite(y).all()):
            raise UserError("The pairs hold missing or infinite values; leave those pairs out.")
        if order not in get_args(Order):
            raise UserError(f"Unknown order '{order}'." + did_you_mean(order, get_args(Order)))
        self.x, self.y = jnp.asarray(x), jnp.asarray(y)
        self.counts = jnp.asarray(counts)
        self.starts = jnp.asarray(np.cumsum(counts) - counts, jnp.int32)
        self.longest, self.order, self.task = int(counts.max()), order, task
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
        kind: Kind = "auto",
        order: Order = "shuffled",
        text: str | None = None,
        encoder: str = "auto",
    ) -> "TaskSet":
        """Your own data: one row a pair, with a column that says which task the row belongs to.

        `source` is the path of a CSV, TSV or Parquet file, or any frame that narwhals knows, of
        pandas or polars, say. The rows of a task need not lie together. The rules:

        - Inputs and outputs are numbers (true and false count as 1 and 0). Text that reads as a
          number is one.
        - One output of categories, text or truth values makes it classification, with all classes
          of the table, sorted. `kind="classification"` does so for a column of numbers too, and
          `kind="regression"` insists on numbers.
        - A row with a missing value (empty, NA, NaN, null) in one of the columns used is left out,
          with a warning that says how many.
        - A constant column stays, with a warning.
        - `text` names a column of sentences, which are inputs as well: an encoder turns each into a
          vector. "letters" reads any language by its letters and needs nothing; "sentences" adds
          what the sentence means, with the extra `languages`; "auto" is the best that is installed.

        Raises UserError for a file that is missing, empty or unreadable; a column that is unknown,
        there twice or given two parts to play; text among numbers; dates; infinite values; a table
        of which no row is left.
        """
        inputs = (inputs,) if isinstance(inputs, str) else tuple(inputs)
        outputs = (outputs,) if isinstance(outputs, str) else tuple(outputs)
        read = None if text is None else Text(text, get_encoder(encoder))
        columns = read_columns(read_frame(source), task, inputs, outputs, kind, read)
        return cls(
            columns.x,
            columns.y,
            columns.counts,
            task=task,
            task_names=columns.task_names,
            inputs=inputs,
            outputs=outputs,
            classes=columns.classes,
            order=order,
            text=text,
            encoder=None if read is None else read.encoder.name,
        )

    @classmethod
    def from_arrays(
        cls,
        tasks: Sequence[tuple[ArrayLike, ArrayLike]],
        *,
        classes: Sequence[str] | None = None,
        order: Order = "shuffled",
        text: str | None = None,
        encoder: str | None = None,
    ) -> "TaskSet":
        """Of arrays: a sequence of tasks (x, y), x (M, x_dim) and y (M, y_dim) or (M,).

        With `classes`, y holds their numbers 0, 1, …; with `text`, the last columns of x are what
        `encoder` made of it. Raises UserError where shapes do not agree.
        """
        xs, ys = [np.asarray(x) for x, _ in tasks], [np.asarray(y) for _, y in tasks]
        if classes is None:
            ys = [y[:, None] if y.ndim == 1 else y for y in ys]
        for i, (x, y) in enumerate(zip(xs, ys, strict=True)):
            fits = x.ndim == 2 and len(x) == len(y)
            if not fits or x.shape[1:] != xs[0].shape[1:] or y.shape[1:] != ys[0].shape[1:]:
                raise UserError(
                    f"Task {i} has x of shape {x.shape} and y of shape {y.shape}; every task must "
                    "have one row a pair and the same columns as the others."
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
        if self.order == "recorded":
            first = jax.random.randint(pair_key, (), 0, jnp.maximum(count - n, 0) + 1)
            chosen = first + jnp.arange(n)
        else:
            lots = jax.random.uniform(pair_key, (max(self.longest, n),))
            lots = jnp.where(jnp.arange(len(lots)) < count, lots, -1.0)
            chosen = jax.lax.top_k(lots, n)[1]  # this task's pairs first, in random order
        mask = jnp.arange(n) < count
        return self._pairs(self.starts[i] + jnp.where(mask, chosen, 0), mask)

    @property
    def standardizer(self) -> Standardizer:
        """Mean and standard deviation of this set's own pairs: ask it of the meta-train part.

        Classes are not scaled, nor is what was read from text.
        """
        y = self.y if self.classes is None else jnp.zeros((len(self.x), self.y_dim))
        scaled = self.x_dim - self.text_dim
        return Standardizer.fit(Pairs(self.x, y), scale_y=self.classes is None, columns=scaled)

    @property
    def views(self) -> tuple[int, ...]:
        """Widths of the parts of x that are vectors of their own: the inputs, and those of text."""
        numbers = (len(self.inputs),) if self.inputs else ()
        return numbers + (() if self.encoder is None else get_encoder(self.encoder).views)

    @property
    def text_dim(self) -> int:
        """How many columns of x, from its end, were read from text."""
        return 0 if self.encoder is None else get_encoder(self.encoder).width

    @property
    def schema(self) -> dict[str, Any]:
        """The names of the columns and classes, as plain JSON: what new data must look like."""
        return {
            "task": self.task,
            "inputs": list(self.inputs),
            "outputs": list(self.outputs),
            "classes": None if self.classes is None else list(self.classes),
        } | ({} if self.text is None else {"text": self.text, "encoder": self.encoder})

    def __len__(self) -> int:
        """Number of tasks."""
        return len(self.task_names)

    def __getitem__(self, i: int) -> Pairs:
        """All pairs of task i, in the order of the record."""
        if not -len(self) <= i < len(self):
            raise IndexError(f"There is no task {i}; there are {len(self)}.")
        start, count = np.asarray(self.starts)[i], np.asarray(self.counts)[i]
        x, y = (np.asarray(values)[start : start + count] for values in (self.x, self.y))
        return Pairs(x, y if self.classes is None else np.eye(len(self.classes))[y])

    def tasks(self) -> Iterator[Pairs]:
        """All tasks, one after another, each with all its pairs."""
        return (self[i] for i in range(len(self)))

    def split(
        self, fractions: Sequence[float] = (0.7, 0.15, 0.15), *, key: PRNGKeyArray
    ) -> tuple["TaskSet", ...]:
        """Meta-train, validation and meta-test: every task is in one of them, whole.

        One set for each fraction, with at least one task in each. Raises UserError where the
        fractions are not positive with sum 1, or there are fewer tasks than fractions.
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
        for part in range(len(ends)):  # at least one task for each part, and for those to come
            least = ends[part - 1] + 1 if part else 1
            ends[part] = np.clip(ends[part], least, len(self) - (len(ends) - 1 - part))
        return tuple(self.subset(np.sort(part)) for part in np.split(order, ends[:-1]))

    def subset(self, tasks: Sequence[int] | np.ndarray) -> "TaskSet":
        """The tasks of those numbers, in that order."""
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


def _names(names: Sequence[str] | None, number: int, prefix: str, what: str) -> tuple[str, ...]:
    if names is None:
        return tuple(f"{prefix}{i}" for i in range(number))
    if len(names) != number:
        raise UserError(f"There are {len(names)} names for {number} {what}.")
    return tuple(names)
