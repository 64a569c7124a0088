"""Packages that only some commands need."""

import importlib.util

from yingshe.errors import UserError


def require_packages(*packages: str, extra: str) -> None:
    """Raises UserError where one of the packages is not installed."""
    for package in packages:
        if importlib.util.find_spec(package) is None:
            raise UserError(
                f"This needs the package {package}, which is not installed: "
                f"pip install 'yingshe[{extra}]'."
            )
