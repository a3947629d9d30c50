"""Registered versions by address and by content."""

from typing import Any

from oncoloom.errors import ModelContractError
from oncoloom.registry.names import parse_address

DIGEST_TAG = "oncoloom.model_version"


def version_at(client: Any, address: str) -> Any:
    """MLflow's record of the version behind ``models:/NAME@ALIAS`` or ``models:/NAME/3``.

    Raises
    ------
    ModelContractError
        If it is no address, or the registry has no such model, version or alias.
    """
    name, alias, version = parse_address(address)
    if not client.search_registered_models(f"name = '{name}'"):
        names = sorted(model.name for model in client.search_registered_models())
        raise ModelContractError(
            "no such model in the registry", found=address,
            expected=", ".join(names) or "a registered model; there is none yet",
            remedy="`oncoloom models` lists them",
        )  # fmt: skip
    if alias is not None:
        aliases = client.get_registered_model(name).aliases
        if alias not in aliases:
            raise ModelContractError(
                "no version has this alias", found=address,
                expected=", ".join(sorted(aliases)) or "none set",
                remedy=f"oncoloom approve {name} VERSION --by WHO --reason TEXT",
            )  # fmt: skip
        version = int(aliases[alias])
    known = {int(one.version): one for one in client.search_model_versions(f"name = '{name}'")}
    if version not in known:
        raise ModelContractError(
            "no such model version", found=address,
            expected=", ".join(str(number) for number in sorted(known)) or "none is left",
            remedy="`oncoloom models` lists them",
        )  # fmt: skip
    return known[version]


def versions_of_content(client: Any, digest: str, name: str | None = None) -> list[Any]:
    """MLflow's records of the versions (of one model where named) whose content digest this is."""
    found = client.search_model_versions(f"tag.`{DIGEST_TAG}` = '{digest}'")
    return [one for one in found if name is None or one.name == name]
