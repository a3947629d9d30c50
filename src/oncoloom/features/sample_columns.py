"""Which column of a foreign VCF is the tumor's, and which the normal's, by the conventions of callers."""

import re
from dataclasses import dataclass
from pathlib import Path

from oncoloom.errors import UsageError
from oncoloom.features.variants.vcf_text import VcfHeader

_WORDS = {"tumor": {"tumor", "tumour"}, "normal": {"normal", "control", "germline"}}
# Callers that write the columns of a pair in one order, whatever their names.
_ORDER = {"vardict": ("tumor", "normal"), "varscan": ("normal", "tumor")}


@dataclass(frozen=True, slots=True)
class SampleColumns:
    """Which sample columns are the tumor and the normal (None: absent)."""

    tumor: int | None
    normal: int | None


def find_samples(
    header: VcfHeader,
    path: Path,
    *,
    sample_id: str,
    tumor: str | None = None,
    normal: str | None = None,
    caller: str = "other",
) -> SampleColumns:
    """The tumor's and the normal's column.

    In this order: as named by the user, by the header (``##tumor_sample``), by the sheet's sample id (alone,
    or behind a patient's name as nf-core writes it), by the words tumor and normal in the names, by the order
    that the caller always writes, else the only column.

    Raises
    ------
    UsageError
        If a named sample is absent, or several columns could be the tumor.
    """
    names = header.samples
    for flag, name in (("--tumor", tumor), ("--normal", normal)):
        if name is not None and name not in names:
            raise UsageError(
                f"no sample of that name ({flag})",
                path=path,
                expected=", ".join(names) or "no samples",
                found=name,
            )
    if not names:
        return SampleColumns(None, None)
    normal = normal or _named(header.value("normal_sample"), names)
    tumor = tumor or _named(header.value("tumor_sample"), names) or _by_id(sample_id, names)
    tumor = tumor or _by_word("tumor", names)
    normal = normal or _by_word("normal", names)
    if tumor is None and normal is None and len(names) == 2 and caller in _ORDER:
        tumor = names[_ORDER[caller].index("tumor")]
    rest = [name for name in names if name not in (tumor, normal)]
    if tumor is None and len(rest) == 1:
        tumor = rest.pop()
    if tumor is None:
        raise UsageError(
            "which sample is the tumor?",
            path=path,
            found=", ".join(names),
            remedy="say --tumor NAME (and --normal NAME)",
        )
    if normal is None and len(rest) == 1:
        normal = rest[0]  # two columns, one of them named as the tumor: the other is its control
    return SampleColumns(names.index(tumor), None if normal is None else names.index(normal))


def _named(name: str | None, names: list[str]) -> str | None:
    return name if name in names else None


def _by_id(sample_id: str, names: list[str]) -> str | None:
    """The column of that name, else the only one that ends in it behind `_`, `-` or `.`."""
    if sample_id in names:
        return sample_id
    ends = [name for name in names if re.search(rf"[_.-]{re.escape(sample_id)}$", name)]
    return ends[0] if len(ends) == 1 else None


def _by_word(role: str, names: list[str]) -> str | None:
    """The only column whose name holds the role as a word of its own (`PAT_tumor`, `TUMOR`)."""
    found = [name for name in names if _WORDS[role] & set(re.split(r"[^a-z0-9]+", name.lower()))]
    return found[0] if len(found) == 1 else None
