"""Shapes written in signatures are checked at every call that a test makes."""

from jaxtyping import install_import_hook

install_import_hook("yingshe", "beartype.beartype")
