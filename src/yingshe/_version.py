"""Version of the package; the distribution reads it from here."""

__version__ = "0.2.0.dev0"
