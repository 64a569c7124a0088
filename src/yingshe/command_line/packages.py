"""Check for packages that only some commands need."""

import importlib.util

from yingshe.errors import UserError


def require_packages(*packages: str, extra: str) -> None:
    """Check that packages are installed.

    Args:
        *packages: Names under which they are imported.
        extra: Extra of the distribution that installs them.

    Raises:
        UserError: One of them is not installed.
    """
    for package in packages:
        if importlib.util.find_spec(package) is None:
            raise UserError(
                f"This needs the package {package}, which is not installed: "
                f"pip install 'yingshe[{extra}]'."
            )
