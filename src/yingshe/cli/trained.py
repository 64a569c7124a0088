"""A trained learner as a word names it, and the tasks that it was trained for."""

from pathlib import Path
from typing import Any, NamedTuple

from yingshe import zoo
from yingshe.cli.subject import Tasks, split_tasks
from yingshe.errors import UserError
from yingshe.learners import Learner
from yingshe.saving import read_learner
from yingshe.tasks import TaskSet
from yingshe.training.describe import build_family, describe_family
from yingshe.training.folder import read_config


class Trained(NamedTuple):
    """A learner, and what its file says of its making."""

    name: str
    learner: Learner
    about: dict[str, Any]

    @property
    def schema(self) -> dict[str, Any] | None:
        """Columns and classes of the table it was trained on; None for a family."""
        family = self.about.get("family", {})
        return family["options"] if "data" in family else None

    @property
    def trained_shots(self) -> int | None:
        """The most pairs of a task that training read."""
        settings = self.about.get("train")
        if settings is None:
            return None
        return settings["pairs"] if settings["objective"] == "prequential" else settings["shots"][1]


def read_trained(word: str) -> Trained:
    """The learner of a run folder, a file, or the zoo. Raises UserError."""
    if Path(word).is_dir():
        read_config(word)  # says what is wrong with a folder that is no run's
    learner, _, about = read_learner(zoo.locate(word))
    return Trained(word, learner, about)


def tasks_of(trained: Trained) -> Tasks:
    """The tasks it was trained for; of a table, split as they were then.

    Raises UserError where its file does not say, or the table has changed since.
    """
    if "family" not in trained.about:
        raise UserError(
            f"{trained.name} does not say what it was trained on; name a family or table after it."
        )
    if trained.schema is None:
        return split_tasks(build_family(trained.about["family"]), seed=0)
    kept = trained.about.get("about", {})
    if "table" not in kept:
        raise UserError(
            f"{trained.name} was trained on recorded tasks from Python; name their table after it."
        )
    table = dict(kept["table"])
    source = table.pop("path")
    tasks = split_tasks(TaskSet.from_table(source, **table), seed=kept["seed"])
    if describe_family(tasks.train) != trained.about["family"]:
        raise UserError(
            f"{source} is no longer the table that {trained.name} was trained on; train again, or "
            "name a table of other tasks after it."
        )
    return tasks
