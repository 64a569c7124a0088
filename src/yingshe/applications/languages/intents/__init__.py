"""Intent classification from a few sentences of each intent, in languages unseen in training.

`IntentClassifier` needs no package but those of its text encoder. Sentences of many languages for
training and evaluation come from the extra `languages`.
"""

from yingshe.applications.languages.intents.control import CommandDispatcher, CommandResult
from yingshe.applications.languages.intents.data import read_examples
from yingshe.applications.languages.intents.model import IntentClassifier, IntentPrediction

__all__ = [
    "CommandDispatcher",
    "CommandResult",
    "IntentClassifier",
    "IntentPrediction",
    "read_examples",
]
