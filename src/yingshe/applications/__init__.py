"""Applications: robots, languages and agents; each is a package, and has an entry here."""

from typing import NamedTuple


class Application(NamedTuple):
    """Location of an application's command, and its summary."""

    package: str
    """Package whose module `cli` holds the command as COMMAND."""
    group: str
    """Heading in `yingshe --help`."""
    summary: str
    """One line of `yingshe --help`."""


APPLICATIONS = {
    "arm": Application(
        "yingshe.applications.robots.arm", "robots", "control an arm with an unknown load"
    ),
    "grasp": Application(
        "yingshe.applications.robots.grasp", "robots", "grasp with an unknown camera offset"
    ),
    "metaworld": Application(
        "yingshe.applications.robots.metaworld", "robots", "learn manipulation from a few demos"
    ),
    "locomotion": Application(
        "yingshe.applications.robots.locomotion", "robots", "walk on after an actuator fault"
    ),
    "intents": Application(
        "yingshe.applications.languages.intents", "languages", "classify intents in any language"
    ),
    "g2p": Application(
        "yingshe.applications.languages.g2p", "languages", "pronounce words of a new language"
    ),
    "lemmatize": Application(
        "yingshe.applications.languages.lemmatization", "languages", "find dictionary forms"
    ),
    "agents": Application("yingshe.applications.agents", "agents", "act in unknown environments"),
}
"""Command -> application. The packages are imported by name, when they are used."""
