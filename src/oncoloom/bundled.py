"""Where `workflow/`, `config/`, `resources/` and `envs/` lie: inside the wheel, or in a checkout."""

from functools import cache
from pathlib import Path

from oncoloom.errors import OncoloomError

_PACKAGE = Path(__file__).resolve().parent


@cache
def bundled_path(*parts: str) -> Path:
    """Path of a file that travels with oncoloom, e.g. ``bundled_path("resources", "fonts")``.

    Raises
    ------
    OncoloomError
        If the installation lacks it.
    """
    for root in (_PACKAGE / "_bundled", _PACKAGE.parents[1]):
        candidate = root.joinpath(*parts)
        if candidate.exists():
            return candidate
    raise OncoloomError(
        "a file that travels with oncoloom is missing",
        path="/".join(parts),
        remedy="install oncoloom again; the installation is incomplete",
    )
