"""Meta-training: stochastic gradient descent over families of tasks."""

from yingshe.training._meta_train import meta_train
from yingshe.training.config import TrainConfig
from yingshe.training.loop import DivergenceError, TrainerState, TrainLog, train
from yingshe.training.loss import prequential_loss, support_query_loss

__all__ = [
    "DivergenceError",
    "TrainConfig",
    "TrainLog",
    "TrainerState",
    "meta_train",
    "prequential_loss",
    "support_query_loss",
    "train",
]
