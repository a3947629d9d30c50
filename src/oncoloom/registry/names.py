"""Names of models and aliases: what MLflow's addresses ``models:/NAME@ALIAS`` can carry."""

import re

from oncoloom.errors import ModelContractError, UsageError

CANDIDATE, CHAMPION = "candidate", "champion"
_MODEL_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_ALIAS = re.compile(r"[A-Za-z0-9_-]+")
_RESERVED_ALIAS = re.compile(r"latest|v\d+", re.IGNORECASE)
_ADDRESS = re.compile(r"models:/([^/@:]+)(?:@([^/@:]+)|/(\d+))")


def check_model_name(name: str) -> str:
    """`name` if it can name a model.

    Raises
    ------
    UsageError
        If it holds `/`, `:`, a space or anything else that an address cannot carry.
    """
    if not _MODEL_NAME.fullmatch(name) or len(name) > 200:
        raise UsageError(
            "not a model name",
            found=repr(name),
            expected="letters a-z, digits, `_`, `-`, `.`; no `/`, `:` or space",
            remedy="choose another --model-name",
        )
    return name


def check_alias(alias: str) -> str:
    """`alias` if it can be set on a version.

    Raises
    ------
    UsageError
        If it is reserved (`latest`, `v2`: MLflow reads them as versions) or holds other than word characters
        and dashes.
    """
    if _RESERVED_ALIAS.fullmatch(alias):
        raise UsageError(
            "a reserved alias", found=repr(alias), expected="not `latest` and not `v` with a number",
            remedy=f"use `{CHAMPION}` or a word of your own",
        )  # fmt: skip
    if not _ALIAS.fullmatch(alias):
        raise UsageError("not an alias", found=repr(alias), expected="letters a-z, digits, `_` and `-` only")
    return alias


def parse_address(address: str) -> tuple[str, str | None, int | None]:
    """Name, alias and version number of ``models:/NAME@ALIAS`` or ``models:/NAME/3``.

    Raises
    ------
    ModelContractError
        If it is neither.
    """
    match = _ADDRESS.fullmatch(address)
    if match is None:
        raise ModelContractError(
            "not a model address", found=address, expected="models:/NAME@ALIAS or models:/NAME/VERSION"
        )
    name, alias, version = match.groups()
    return name, alias, None if version is None else int(version)


def is_address(text: str) -> bool:
    """True if `text` is meant as an address in the registry rather than a folder."""
    return text.startswith("models:")
