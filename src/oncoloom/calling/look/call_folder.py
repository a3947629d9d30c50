"""What a call left in its folder, around one place: options, learned figures, records, callable bases."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pysam
from numpy.typing import NDArray

from oncoloom.calling.mixture import CLASSES, N_HYPOTHESES
from oncoloom.calling.options import CallOptions
from oncoloom.calling.slippage import TYPICAL_CURVES, UNIT_CLASSES, Curves, SlippageCurve
from oncoloom.errors import InputError
from oncoloom.files import read_json


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One record of a call's VCF; `pos` is 0-based, `samples` by role."""

    file: str
    pos: int
    ref: str
    alt: str
    qual: str
    filters: tuple[str, ...]
    info: dict[str, str]
    samples: dict[str, dict[str, str]]

    def figure(self, name: str) -> float | None:
        """A number of INFO; None where it is absent or ``.``."""
        text = self.info.get(name, ".")
        return None if text in (".", "") else float(text)


@dataclass(frozen=True, slots=True)
class CallFolder:
    """A finished call.

    Attributes
    ----------
    samples : dict
        Role to name.
    rates : (5, 7) float64 or None
        Learned rates per site and class; None in germline calls.
    cut : float or None
        Posterior from which on a call passes.
    curves : Curves
        Slippage that the call learned.
    resources : dict
        Name to content digest of further files (targets, alleles, population_af).
    """

    path: Path
    mode: str
    samples: dict[str, str]
    options: CallOptions
    contigs: dict[str, int]
    resources: dict[str, str]
    rates: NDArray[np.float64] | None
    cut: float | None
    tumor_in_normal: float
    curves: Curves

    def records(self, contig: str, start: int, end: int) -> list[CallRecord]:
        """Records of both VCFs that begin in [start, end) or reach into it, in order of place."""
        found = [
            record
            for file in ("somatic.vcf.gz", "germline.vcf.gz")
            for record in self._records(file, contig, max(0, start), end)
        ]
        return sorted(found, key=lambda one: (one.pos, one.ref, one.alt, one.file != "somatic.vcf.gz"))

    def is_callable(self, contig: str, start: int, end: int) -> int:
        """How many bases of [start, end) are in callable.bed.gz."""
        path = self.path / "callable.bed.gz"
        with pysam.TabixFile(str(path)) as index:
            if contig not in index.contigs:
                return 0
            rows = [line.split("\t") for line in index.fetch(contig, start, end)]
        return sum(max(0, min(end, int(row[2])) - max(start, int(row[1]))) for row in rows)

    def _records(self, file: str, contig: str, start: int, end: int) -> list[CallRecord]:
        path = self.path / file
        with pysam.TabixFile(str(path)) as index:
            names = _columns(list(index.header)[-1], self.samples)
            if contig not in index.contigs:
                return []
            return [_record(line, file, names) for line in index.fetch(contig, start, end)]


def open_call_folder(path: Path) -> CallFolder:
    """Open the folder that `oncoloom call` or `call-finish` wrote.

    Raises
    ------
    InputError
        If it holds no finished call, or its VCF is not ours.
    """
    path = Path(path)
    vcf = path / "somatic.vcf.gz"
    if not vcf.is_file():
        raise InputError(
            "no finished call here", path=vcf, remedy="give the folder that `oncoloom call --output` wrote"
        )
    try:
        with pysam.TabixFile(str(vcf)) as index:
            lines = [line[2:] for line in index.header if line.startswith("##")]
    except (OSError, ValueError) as error:
        raise InputError("not a readable, indexed VCF", path=vcf, found=str(error)) from error
    plain = dict(line.split("=", 1) for line in lines if "=<" not in line and "=" in line)
    if not plain.get("source", "").startswith("oncoloom"):
        raise InputError("these calls are of another tool", path=vcf, found=plain.get("source", "no source"))
    qc = path / "qc.json"
    learned = read_json(qc) if qc.is_file() else {}
    leak = learned.get("tumor_in_normal")
    return CallFolder(
        path=path,
        mode=plain["calling_mode"],
        samples={role: plain[f"{role}_sample"] for role in ("tumor", "normal") if f"{role}_sample" in plain},
        options=_options(plain["calling_options"]),
        contigs=_contigs(lines),
        resources={
            key.removesuffix("_digest"): value for key, value in plain.items() if key.endswith("_digest")
        },
        rates=_rates(plain),
        cut=float(plain["pass_from_probability"]) if "pass_from_probability" in plain else None,
        tumor_in_normal=float(leak["fraction"]) if isinstance(leak, dict) and leak.get("fraction") else 0.0,
        curves=_curves(learned.get("slippage", {})),
    )


def _curves(learned: dict[str, dict[str, Any]]) -> Curves:
    if set(learned) != set(UNIT_CLASSES):
        return TYPICAL_CURVES
    return tuple(SlippageCurve.from_dict(learned[name]) for name in UNIT_CLASSES)


def _options(text: str) -> CallOptions:
    given = dict(part.split("=", 1) for part in text.split(",") if "=" in part)
    defaults = CallOptions()
    known = {field.name: type(getattr(defaults, field.name)) for field in fields(CallOptions)}
    values = {
        name: kind(given[name]) for name, kind in known.items() if name in given and kind in (int, float)
    }
    return CallOptions(**values)


def _contigs(lines: list[str]) -> dict[str, int]:
    found = {}
    for line in lines:
        if line.startswith("contig=<ID="):
            name, _, length = line.removeprefix("contig=<ID=").rstrip(">").rpartition(",length=")
            found[name] = int(length)
    return found


def _rates(plain: Mapping[str, str]) -> NDArray[np.float64] | None:
    rows = []
    for name in CLASSES:
        text = plain.get(f"rates_{name}")
        if text is None:
            return None
        row = [float(part.split("=", 1)[1]) for part in text.split(",")]
        rows.append(row[:N_HYPOTHESES])
    return np.maximum(np.array(rows), 1e-300)


def _columns(line: str, samples: Mapping[str, str]) -> list[str]:
    """Role of each sample column (its name where it has none)."""
    roles = {name: role for role, name in samples.items()}
    return [roles.get(name, name) for name in line.split("\t")[9:]]


def _record(line: str, file: str, columns: list[str]) -> CallRecord:
    part = line.split("\t")
    info = dict(field.partition("=")[::2] for field in part[7].split(";"))
    keys = part[8].split(":")
    samples = {
        role: dict(zip(keys, text.split(":"), strict=False))
        for role, text in zip(columns, part[9:], strict=True)
    }
    return CallRecord(
        file, int(part[1]) - 1, part[3], part[4], part[5], tuple(part[6].split(";")), info, samples
    )
