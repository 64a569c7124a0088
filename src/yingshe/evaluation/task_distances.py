"""Result of `relate`: distances between tasks, their map, and the neighbors of a new task."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from rich.box import SIMPLE_HEAD
from rich.table import Table

from yingshe.errors import UserError, did_you_mean
from yingshe.evaluation._formatting import format_number, render_text, to_jsonable

_UNITS = {"mean": "root mean squared difference, in units of y", "symmetric_kl": "nats"}
_KEYS_0_1 = {
    "by": "metric",
    "positions": "embedding",
    "shown": "explained_variance_ratio",
    "to_new": "query_distances",
    "new_position": "query_embedding",
}
"""Keys of the JSON that 0.1 wrote -> present keys."""


@dataclass(frozen=True, eq=False)
class TaskDistances:
    """Distances between the mappings of tasks."""

    metric: str
    """Name of the metric in `METRICS`."""
    names: tuple[str, ...]
    """Names of the tasks."""
    distances: Float[np.ndarray, "tasks tasks"]
    """Distances between the tasks."""
    embedding: Float[np.ndarray, "tasks 2"]
    """Coordinates of the tasks in the plane, by classical multidimensional scaling."""
    explained_variance_ratio: float
    """Fraction of the squared distances that the plane shows; 1 where the map is exact."""
    query_distances: Float[np.ndarray, " tasks"] | None
    """Distance of each task to the new one."""
    query_embedding: Float[np.ndarray, "2"] | None
    """Coordinates of the new task in the plane."""

    def nearest(self, number: int = 5, *, to: str | None = None) -> list[tuple[str, float]]:
        """Find the tasks nearest to the new task, or to another task.

        Args:
            number: Maximum number of tasks to return.
            to: Name of a task; by default the new one.

        Returns:
            Names and distances, the nearest first.

        Raises:
            UserError: There is no new task, or no task of that name.
        """
        if to is not None:
            if to not in self.names:
                raise UserError(f"There is no task '{to}'." + did_you_mean(to, self.names))
            distances = self.distances[self.names.index(to)]
        elif self.query_distances is not None:
            distances = self.query_distances
        else:
            raise UserError("There is no new task; name the task whose neighbors you want (to=…).")
        order = np.argsort(distances, kind="stable")
        neighbors = [(self.names[i], float(distances[i])) for i in order if self.names[i] != to]
        return neighbors[:number]

    def table(self, rows: int = 20) -> Table:
        """Build a table of the tasks nearest to the new one; without one, of each task's neighbors.

        Args:
            rows: Maximum number of rows.

        Returns:
            A rich table.
        """
        has_query = self.query_distances is not None
        table = Table(
            title="Tasks nearest to the new one" if has_query else "Nearest tasks",
            caption=f"distances: {_UNITS[self.metric]}",
            box=SIMPLE_HEAD,
        )
        table.add_column("task")
        if has_query:
            table.add_column("distance", justify="right")
            for name, distance in self.nearest(rows):
                table.add_row(name, format_number(distance))
            return table
        for column in ("nearest", "second", "third"):
            table.add_column(column)
        for name in self.names[:rows]:
            neighbors = self.nearest(3, to=name)
            table.add_row(name, *(f"{other} ({format_number(d)})" for other, d in neighbors))
        return table

    def __rich__(self) -> Table:
        return self.table()

    def __str__(self) -> str:
        return render_text(self)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, arrays as nested lists."""
        content = asdict(self)
        for name, value in content.items():
            if isinstance(value, np.ndarray):
                content[name] = value.tolist()
        return to_jsonable(content)

    def to_json(self) -> str:
        """Return `to_dict` as JSON text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "TaskDistances":
        """Build distances from what `to_dict` returned, of this version or of 0.1.

        Args:
            content: Plain values.

        Returns:
            The distances.
        """
        content = {_KEYS_0_1.get(key, key): value for key, value in content.items()}
        query = {
            name: None if content[name] is None else np.asarray(content[name])
            for name in ("query_distances", "query_embedding")
        }
        return cls(
            metric="symmetric_kl" if content["metric"] == "divergence" else content["metric"],
            names=tuple(content["names"]),
            distances=np.asarray(content["distances"]),
            embedding=np.asarray(content["embedding"]),
            explained_variance_ratio=content["explained_variance_ratio"],
            **query,
        )

    def plot(self, path: str | os.PathLike) -> None:
        """Write the map of the tasks.

        Args:
            path: File to write, .png or .svg.

        Raises:
            UserError: The suffix is another one, or the directory does not exist.
        """
        # Here, because matplotlib takes longer to import than this whole package.
        from yingshe.evaluation.plotting import draw_map, save_figure

        figure = draw_map(
            self.embedding,
            self.names,
            self.query_embedding,
            title="Tasks by the distance of their mappings",
            caption=f"the plane shows {self.explained_variance_ratio:.0%} of the squared distances "
            f"({_UNITS[self.metric]})",
        )
        save_figure(figure, path)
