"""Keyed pseudonyms at the door, and text that could name a person kept out.

A pseudonym is the first 80 bits of HMAC-SHA-256 (RFC 2104) of the identifier under the site's key: the same
patient gets the same pseudonym in every import of the site, and without the key nobody can test a guess.
"""

import base64
import hashlib
import hmac
import re
from pathlib import Path

from oncoloom.errors import InputError

_MIN_KEY_BYTES = 16
_DATE = re.compile(r"\b(\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{4})\b")
_LONG_TEXT = 120
_MIN_ROWS, _MIN_DISTINCT_SHARE, _MIN_WORDS = 20, 0.5, 4


def read_key(path: Path) -> bytes:
    """The site's secret key from a file: at least 16 bytes, surrounding white space removed.

    Raises
    ------
    InputError
        If the file is absent or the key is too short.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(
            "no such key file", path=path, remedy="make one once, and keep it: openssl rand -hex 32 > FILE"
        )
    key = path.read_bytes().strip()
    if len(key) < _MIN_KEY_BYTES:
        raise InputError(
            "the pseudonym key is too short",
            path=path,
            expected=f"at least {_MIN_KEY_BYTES} bytes",
            found=f"{len(key)} bytes",
            remedy="openssl rand -hex 32 > FILE",
        )
    return key


def pseudonym(identifier: str, key: bytes, *, prefix: str = "P") -> str:
    """`prefix` and 16 letters and digits that only a holder of `key` can link to `identifier`."""
    digest = hmac.new(key, f"{prefix}:{identifier}".encode(), hashlib.sha256).digest()
    return prefix + base64.b32encode(digest[:10]).decode("ascii")


def key_fingerprint(key: bytes) -> str:
    """Eight hex digits that tell two keys apart without giving either away."""
    return hashlib.sha256(b"oncoloom key fingerprint:" + key).hexdigest()[:8]


def free_text_reason(values: list[str]) -> str | None:
    """Why a column of text may not enter a cohort (it could name a person), or None if it may.

    `values` are the cells that are not missing. A category passes; a date, a long text, and a column where
    most rows hold their own sentence do not.
    """
    for value in values:
        if _DATE.search(value):
            return "holds a date; a cohort has offsets in days, never dates"
        if len(value) > _LONG_TEXT or "\n" in value:
            return f"holds a text of {len(value)} letters"
    if len(values) >= _MIN_ROWS:
        distinct = set(values)
        words = sorted(len(value.split()) for value in distinct)
        if len(distinct) > _MIN_DISTINCT_SHARE * len(values) and words[len(words) // 2] >= _MIN_WORDS:
            return f"holds {len(distinct)} different texts in {len(values)} rows"
    return None
