"""Schema of the table that a model was trained on."""

from pathlib import Path

import numpy as np

from yingshe._cli_support.loaded_model import LoadedModel
from yingshe.tasks.table import TableSchema

Columns = TableSchema


def columns_of(model: LoadedModel) -> TableSchema:
    """Return the schema of the model's table; a model of a family has x and y, or x0, x1, …"""
    if model.schema is not None:
        return TableSchema.from_metadata(model.schema)
    learner = model.learner
    is_categorical = learner.likelihood == "categorical"
    return TableSchema.from_dims(learner.x_dim, learner.y_dim, is_categorical=is_categorical)


def read_task(path: Path, columns: TableSchema) -> tuple[np.ndarray, np.ndarray]:
    """Return the complete pairs of one task."""
    return columns.read_pairs(path)


def read_inputs(path: Path, columns: TableSchema) -> tuple[dict[str, list], np.ndarray]:
    """Return a table, and its inputs."""
    return columns.read_inputs(path)
