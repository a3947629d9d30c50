"""Recall and precision of somatic single-base calls against the planted truth."""

from dataclasses import dataclass
from pathlib import Path

import pysam

from oncoloom.errors import InputError

MIN_AF = 0.10
Site = tuple[str, int, str, str]


@dataclass(frozen=True, slots=True)
class VariantFigures:
    """Single-base variants at an allele fraction of at least 0.1.

    Attributes
    ----------
    n_true
        Planted ones inside the targets whose expected fraction is at least 0.1.
    n_found
        Those of them that were called with FILTER PASS.
    n_called
        PASS calls inside the targets whose called fraction is at least 0.1.
    n_right
        Those of them that were planted, at whatever fraction.
    missed, wrong
        ``patient contig:pos ref>alt`` (1-based) of the others.
    """

    n_true: int
    n_found: int
    n_called: int
    n_right: int
    missed: tuple[str, ...]
    wrong: tuple[str, ...]

    @property
    def recall(self) -> float:
        """Found among planted; 1 where nothing was planted."""
        return self.n_found / self.n_true if self.n_true else 1.0

    @property
    def precision(self) -> float:
        """Planted among called; 1 where nothing was called."""
        return self.n_right / self.n_called if self.n_called else 1.0


def score_variants(project: Path, patients: list[str]) -> VariantFigures:
    """Compare ``results/calls/{patient}/somatic.vcf.gz`` with ``truth/{patient}/somatic.truth.vcf.gz``.

    Raises
    ------
    InputError
        If a patient's calls or truth are absent.
    """
    targets = _read_targets(project / "targets.bed")
    n_true = n_found = n_called = n_right = 0
    missed: list[str] = []
    wrong: list[str] = []
    for patient in patients:
        truth = _read_truth(project / "truth" / patient / "somatic.truth.vcf.gz")
        wanted = {site for site, af in truth.items() if af >= MIN_AF and _inside(targets, site)}
        calls = _read_calls(project / "results" / "calls" / patient / "somatic.vcf.gz", f"{patient}-T")
        calls = {site: af for site, af in calls.items() if _inside(targets, site)}
        strong = {site for site, af in calls.items() if af >= MIN_AF}
        n_true, n_found = n_true + len(wanted), n_found + len(wanted & set(calls))
        n_called, n_right = n_called + len(strong), n_right + len(strong & set(truth))
        missed += [_text(patient, site) for site in sorted(wanted - set(calls))]
        wrong += [_text(patient, site) for site in sorted(strong - set(truth))]
    return VariantFigures(n_true, n_found, n_called, n_right, tuple(missed), tuple(wrong))


def _text(patient: str, site: Site) -> str:
    contig, pos, ref, alt = site
    return f"{patient} {contig}:{pos} {ref}>{alt}"


def _read_targets(path: Path) -> dict[str, list[tuple[int, int]]]:
    out: dict[str, list[tuple[int, int]]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        contig, start, end = line.split("\t")[:3]
        out.setdefault(contig, []).append((int(start), int(end)))
    return out


def _inside(targets: dict[str, list[tuple[int, int]]], site: Site) -> bool:
    return any(start < site[1] <= end for start, end in targets.get(site[0], []))


def _open(path: Path) -> pysam.VariantFile:
    if not path.is_file():
        raise InputError("no such file", path=path, remedy="run the project first: oncoloom run")
    return pysam.VariantFile(str(path))


def _read_truth(path: Path) -> dict[Site, float]:
    with _open(path) as records:
        return {
            (record.chrom, record.pos, record.ref, record.alts[0]): float(record.info["AF"][0])
            for record in records
            if len(record.ref) == len(record.alts[0]) == 1
        }


def _read_calls(path: Path, sample: str) -> dict[Site, float]:
    """PASS single-base calls with the allele fraction of the tumor column."""
    out: dict[Site, float] = {}
    with _open(path) as records:
        names = list(records.header.samples)
        if sample not in names:
            raise InputError("the tumor has no column", path=path, expected=sample, found=", ".join(names))
        for record in records:
            if list(record.filter) != ["PASS"] or not record.alts:
                continue
            counts = record.samples[sample]["AD"]
            for number, alt in enumerate(record.alts, start=1):
                if len(record.ref) == len(alt) == 1 and sum(counts):
                    out[record.chrom, record.pos, record.ref, alt] = counts[number] / sum(counts)
    return out
