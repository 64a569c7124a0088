"""Meta-training: SGD over families of tasks."""

from yingshe.training.config import TrainConfig
from yingshe.training.loop import DivergenceError, Progress, Report, train
from yingshe.training.loss import prequential_loss, support_query_loss
from yingshe.training.run import meta_train

__all__ = [
    "DivergenceError",
    "Progress",
    "Report",
    "TrainConfig",
    "meta_train",
    "prequential_loss",
    "support_query_loss",
    "train",
]
