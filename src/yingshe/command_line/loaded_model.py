"""Trained model that an argument names, and the tasks that it was trained on."""

from pathlib import Path
from typing import Any, NamedTuple

from yingshe import zoo
from yingshe.command_line.task_source import Tasks, split_tasks
from yingshe.errors import UserError
from yingshe.learners import Learner
from yingshe.serialization import read_learner
from yingshe.tasks import TaskSet
from yingshe.tasks.table import TableSchema
from yingshe.training.run_config import build_family, family_config
from yingshe.training.run_directory import read_config


class LoadedModel(NamedTuple):
    """Trained learner with the metadata of its file."""

    name: str
    learner: Learner
    metadata: dict[str, Any]

    @property
    def schema(self) -> dict[str, Any] | None:
        """Columns and classes of the table it was trained on; None for a family."""
        family = self.metadata.get("family", {})
        return family["options"] if "data" in family else None

    @property
    def table_schema(self) -> TableSchema:
        """Columns of tables with new pairs; for a model of a family x and y, or x0, x1, …"""
        if self.schema is not None:
            return TableSchema.from_metadata(self.schema)
        is_categorical = self.learner.likelihood == "categorical"
        return TableSchema.from_dims(
            self.learner.x_dim, self.learner.y_dim, is_categorical=is_categorical
        )

    @property
    def trained_shots(self) -> int | None:
        """Largest number of support pairs in its training."""
        settings = self.metadata.get("train")
        if settings is None:
            return None
        return (
            settings["examples_per_task"]
            if settings["objective"] == "prequential"
            else settings["shot_range"][1]
        )


def load_model(name: str) -> LoadedModel:
    """Load a run directory, a file, or a model of the zoo.

    Args:
        name: Path or name.

    Returns:
        The model.

    Raises:
        UserError: There is no such model, or its file is damaged.
    """
    if Path(name).is_dir():
        read_config(name)  # raises for a directory that is no run directory
    learner, _, metadata = read_learner(zoo.resolve(name))
    return LoadedModel(name, learner, metadata)


def load_tasks(model: LoadedModel) -> Tasks:
    """Load the tasks that a model was trained on; a table is split as in training.

    Args:
        model: Trained model.

    Returns:
        Meta-train, validation and meta-test tasks.

    Raises:
        UserError: The model's file does not name them, or the table has changed since.
    """
    if "family" not in model.metadata:
        raise UserError(
            f"{model.name} does not record its training tasks; name a family or table after it."
        )
    if model.schema is None:
        return split_tasks(build_family(model.metadata["family"]), seed=0)
    recorded = model.metadata.get("metadata", {})
    if "table" not in recorded:
        raise UserError(
            f"{model.name} was trained on recorded tasks from Python; name their table after it."
        )
    table = dict(recorded["table"])
    path = table.pop("path")
    tasks = split_tasks(TaskSet.from_table(path, **table), seed=recorded["seed"])
    if family_config(tasks.train) != model.metadata["family"]:
        raise UserError(
            f"{path} is no longer the table that {model.name} was trained on; train again, or name "
            "a table of other tasks after it."
        )
    return tasks
