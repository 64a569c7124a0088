"""What `relate` answers with: distances between tasks, a map of them, and where a new one lies."""

import json
import os
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from rich.box import SIMPLE_HEAD
from rich.table import Table

from yingshe.errors import UserError, did_you_mean
from yingshe.evaluation._formatting import as_text, number, plain

_UNITS = {"mean": "root mean squared difference, in units of y", "divergence": "nats"}


@dataclass(frozen=True, eq=False)
class TaskDistances:
    """Distances between the mappings of tasks."""

    by: str
    """The distance, a name in `DISTANCES`."""
    names: tuple[str, ...]
    distances: Float[np.ndarray, "tasks tasks"]
    positions: Float[np.ndarray, "tasks 2"]
    """On a flat map, where distances are as true as the plane allows."""
    shown: float
    """Share of the squared distances that the map shows; 1 where it is exact."""
    to_new: Float[np.ndarray, " tasks"] | None
    """Distance of each task to the new one."""
    new_position: Float[np.ndarray, "2"] | None

    def nearest(self, number: int = 5, *, to: str | None = None) -> list[tuple[str, float]]:
        """The nearest tasks and their distances, to the new task or to one by name.

        Raises UserError where there is no new task or no task of that name.
        """
        if to is not None:
            if to not in self.names:
                raise UserError(f"There is no task '{to}'." + did_you_mean(to, self.names))
            distances = self.distances[self.names.index(to)]
        elif self.to_new is not None:
            distances = self.to_new
        else:
            raise UserError("No new task was given; say which task's neighbours you want (to=…).")
        order = np.argsort(distances, kind="stable")
        found = [(self.names[i], float(distances[i])) for i in order if self.names[i] != to]
        return found[:number]

    def table(self, rows: int = 20) -> Table:
        """The past tasks nearest to the new one; without one, each task and those nearest to it."""
        table = Table(
            title="Tasks nearest to the new one" if self.to_new is not None else "Nearest tasks",
            caption=f"distances: {_UNITS[self.by]}",
            box=SIMPLE_HEAD,
        )
        table.add_column("task")
        if self.to_new is not None:
            table.add_column("distance", justify="right")
            for name, distance in self.nearest(rows):
                table.add_row(name, number(distance))
            return table
        for column in ("nearest", "second", "third"):
            table.add_column(column)
        for name in self.names[:rows]:
            near = self.nearest(3, to=name)
            table.add_row(name, *(f"{other} ({number(distance)})" for other, distance in near))
        return table

    def __rich__(self) -> Table:
        return self.table()

    def __str__(self) -> str:
        return as_text(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, arrays as nested lists."""
        content = asdict(self)
        for name, value in content.items():
            if isinstance(value, np.ndarray):
                content[name] = value.tolist()
        return plain(content)

    def to_json(self) -> str:
        """`to_dict` as text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "TaskDistances":
        """The inverse of `to_dict`."""
        new = {
            name: None if content[name] is None else np.asarray(content[name])
            for name in ("to_new", "new_position")
        }
        return cls(
            by=content["by"],
            names=tuple(content["names"]),
            distances=np.asarray(content["distances"]),
            positions=np.asarray(content["positions"]),
            shown=content["shown"],
            **new,
        )

    def plot(self, path: str | os.PathLike) -> None:
        """Write the map to a .png or .svg."""
        # Here, because matplotlib takes longer to import than all of this package.
        from yingshe.evaluation.plotting import draw_map, save_figure

        figure = draw_map(
            self.positions,
            self.names,
            self.new_position,
            title="Tasks by what their mappings answer",
            caption=f"the plane shows {self.shown:.0%} of the squared distances "
            f"({_UNITS[self.by]})",
        )
        save_figure(figure, path)
