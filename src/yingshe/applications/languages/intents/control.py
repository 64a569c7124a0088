"""Dispatch of spoken commands to the actions of a robot, after a few examples of each command."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from yingshe.applications.languages.intents.model import IntentClassifier, IntentPrediction
from yingshe.errors import UserError, did_you_mean


class CommandResult(NamedTuple):
    """Outcome of a command."""

    prediction: IntentPrediction
    action: str | None
    """Name of the action that was run; None where no intent was certain enough."""
    outcome: Any
    """Return value of the action."""


class CommandDispatcher:
    """Dispatcher from sentences to the actions that they ask for.

    An action is any callable without arguments: a grasp, a motion, a manipulation policy. Nothing
    runs where the most probable intent is below the threshold, or the sentence is out of scope.

    Args:
        classifier: Intent classifier whose labels are names of actions.
        actions: Action by name.
        threshold: Minimum probability at which an action runs.
    """

    def __init__(
        self,
        classifier: IntentClassifier,
        actions: Mapping[str, Callable[[], Any]],
        *,
        threshold: float = 0.5,
    ):
        self.classifier, self.actions, self.threshold = classifier, dict(actions), threshold

    def add_examples(self, commands: Mapping[str, Sequence[str]]) -> "CommandDispatcher":
        """Return the dispatcher after a few sentences of each action.

        Args:
            commands: Name of an action -> sentences that ask for it.

        Returns:
            The dispatcher with the adapted classifier.

        Raises:
            UserError: There is no action of a name.
        """
        for name in commands:
            if name not in self.actions:
                raise UserError(f"There is no action '{name}'." + did_you_mean(name, self.actions))
        sentences = [sentence for examples in commands.values() for sentence in examples]
        labels = [name for name, examples in commands.items() for _ in examples]
        classifier = self.classifier.observe_many(sentences, labels)
        return CommandDispatcher(classifier, self.actions, threshold=self.threshold)

    def __call__(self, sentence: str) -> CommandResult:
        """Run the action that a sentence asks for, if its probability reaches the threshold.

        Args:
            sentence: A command.

        Returns:
            The prediction, and the action with its outcome.
        """
        prediction = self.classifier(sentence)
        if prediction.intent is None or prediction.probability < self.threshold:
            return CommandResult(prediction, None, None)
        outcome = self.actions[prediction.intent]()
        return CommandResult(prediction, prediction.intent, outcome)
