"""Compare with a stored file; `make golden` writes it anew, for a person to look at."""

import os
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "golden"


def check_golden(name: str, text: str) -> None:
    """Assert that `text` is what tests/golden/`name` holds."""
    path = FOLDER / name
    if os.environ.get("ONCOLOOM_UPDATE_GOLDEN") == "1":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.is_file(), f"no golden file {name}: make golden"
    assert text == path.read_text(encoding="utf-8")
