"""A robot that is told what to do in any language, after a few examples of each command."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from yingshe.applications.languages.intents.mapping import Answer, Intents
from yingshe.errors import UserError, did_you_mean


class Done(NamedTuple):
    """What became of a command."""

    understood: Answer
    action: str | None
    """What was done; None where the robot rather asks again."""
    outcome: Any
    """What the action gave back."""


class RobotCommands:
    """From a spoken command to one of the actions that a robot has.

    An action is anything that can be called: a grasp, a motion of an arm, a policy of manipulation.
    It is carried out where its probability is at least `certainty`; otherwise, and where what was
    said asks for none of the actions, nothing moves.
    """

    def __init__(
        self,
        intents: Intents,
        actions: Mapping[str, Callable[[], Any]],
        *,
        certainty: float = 0.5,
    ):
        self.intents, self.actions, self.certainty = intents, dict(actions), certainty

    def teach(self, commands: Mapping[str, Sequence[str]]) -> "RobotCommands":
        """The robot after a few sentences of each action, by its name.

        Raises UserError for an action that the robot does not have.
        """
        for name in commands:
            if name not in self.actions:
                raise UserError(f"There is no action '{name}'." + did_you_mean(name, self.actions))
        pairs = [(sentence, name) for name, said in commands.items() for sentence in said]
        taught = self.intents.teach([s for s, _ in pairs], [name for _, name in pairs])
        return RobotCommands(taught, self.actions, certainty=self.certainty)

    def __call__(self, sentence: str) -> Done:
        """Do what is asked for, if it is clear what that is."""
        understood = self.intents(sentence)
        if understood.intent is None or understood.probability < self.certainty:
            return Done(understood, None, None)
        return Done(understood, understood.intent, self.actions[understood.intent]())
