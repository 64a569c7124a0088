"""A trained learner as a word names it, and the tasks that it was trained for."""

from pathlib import Path
from typing import Any, NamedTuple

from yingshe import zoo
from yingshe._cli_support.task_source import Tasks, split_tasks
from yingshe.errors import UserError
from yingshe.learners import Learner
from yingshe.serialization import read_learner
from yingshe.tasks import TaskSet
from yingshe.training.run_config import build_family, family_config
from yingshe.training.run_directory import read_config


class LoadedModel(NamedTuple):
    """A learner, and what its file says of its making."""

    name: str
    learner: Learner
    metadata: dict[str, Any]

    @property
    def schema(self) -> dict[str, Any] | None:
        """Columns and classes of the table it was trained on; None for a family."""
        family = self.metadata.get("family", {})
        return family["options"] if "data" in family else None

    @property
    def trained_shots(self) -> int | None:
        """The most pairs of a task that training read."""
        settings = self.metadata.get("train")
        if settings is None:
            return None
        return (
            settings["examples_per_task"]
            if settings["objective"] == "prequential"
            else settings["shot_range"][1]
        )


def load_model(word: str) -> LoadedModel:
    """The learner of a run folder, a file, or the zoo. Raises UserError."""
    if Path(word).is_dir():
        read_config(word)  # says what is wrong with a folder that is no run's
    learner, _, metadata = read_learner(zoo.resolve(word))
    return LoadedModel(word, learner, metadata)


def tasks_of(trained: LoadedModel) -> Tasks:
    """The tasks it was trained for; of a table, split as they were then.

    Raises UserError where its file does not say, or the table has changed since.
    """
    if "family" not in trained.metadata:
        raise UserError(
            f"{trained.name} does not say what it was trained on; name a family or table after it."
        )
    if trained.schema is None:
        return split_tasks(build_family(trained.metadata["family"]), seed=0)
    kept = trained.metadata.get("metadata", {})
    if "table" not in kept:
        raise UserError(
            f"{trained.name} was trained on recorded tasks from Python; name their table after it."
        )
    table = dict(kept["table"])
    source = table.pop("path")
    tasks = split_tasks(TaskSet.from_table(source, **table), seed=kept["seed"])
    if family_config(tasks.train) != trained.metadata["family"]:
        raise UserError(
            f"{source} is no longer the table that {trained.name} was trained on; train again, or "
            "name a table of other tasks after it."
        )
    return tasks
