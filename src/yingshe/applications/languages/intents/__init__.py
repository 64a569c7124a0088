"""What a speaker wants, from a few sentences of each intent, in a language that was never met.

The mapping itself (`Intents`) needs no package but an encoder's; the sentences of many languages
to train on come from the extra `languages`.
"""

from yingshe.applications.languages.intents.commands import Done, RobotCommands
from yingshe.applications.languages.intents.mapping import Answer, Intents, read_examples

__all__ = ["Answer", "Done", "Intents", "RobotCommands", "read_examples"]
