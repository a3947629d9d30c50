"""Sets with truth for the learned call filter: their evidence (kept between runs), candidates and labels."""

import gzip
import hashlib
import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pysam
from numpy.typing import NDArray

from oncoloom.calling.call_set import JudgedRun, judge_candidates, judged_runs
from oncoloom.calling.candidate_table import CandidateTable
from oncoloom.calling.learned_filter.features import Feature, feature_matrix, features_of
from oncoloom.calling.learned_filter.probability import candidate_sight
from oncoloom.calling.mixture import SOMATIC
from oncoloom.calling.options import CallInputs, Mode
from oncoloom.calling.pipeline import run_call
from oncoloom.calling.sample_table import read_sample
from oncoloom.calling.shard import EvidenceShard, merge_shards, read_shard

SOURCE = Path(__file__).resolve().parents[1] / "src" / "oncoloom"
# Code that comes after the evidence: a change of it leaves kept evidence as it is.
AFTER_EVIDENCE = (
    *("learned_filter", "trees", "mixture", "finish", "records", "vcf_", "call_set", "qc", "sample_fit"),
    *("pair_fit", "tumor_only", "germline_model", "features_raw", "contamination", "candidate_table"),
    *("purity", "allelic_balance", "pon_"),
    *("foreign_dna", "filter_figures", "look_", "what_if", "locus", "pileup", "call_folder", "pair_hmm"),
)
BLOCK_MARGIN_BP, UNMATCHED_MARGIN_BP = 10, 30


@dataclass(frozen=True, slots=True)
class TruthSet:
    """A folder with tumor.bam, normal.bam, truth and callable.bed, and the reference its reads lie on."""

    folder: Path
    reference: Path

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name


@dataclass(frozen=True, slots=True)
class LabeledRows:
    """Candidates of one kind in one set that teach or test the filter.

    Attributes
    ----------
    matrix : (n, n_features)
    label : (n,) 1 somatic, 0 not
    rate : (n,) the sample's somatic rate per site
    posterior : (n,) of the mixture
    """

    set_name: str
    matrix: NDArray[np.float64]
    label: NDArray[np.float64]
    rate: NDArray[np.float64]
    posterior: NDArray[np.float64]


def find_sets(folders: list[Path], references: list[Path]) -> list[TruthSet]:
    """Each folder with the reference that has its contigs."""
    lengths = {path: _fasta_lengths(path) for path in references}
    sets = []
    for folder in folders:
        with pysam.AlignmentFile(str(folder / "tumor.bam")) as handle:
            wanted = dict(zip(handle.references, handle.lengths, strict=True))
        fitting = [p for p in references if all(lengths[p].get(name) == n for name, n in wanted.items())]
        if not fitting:
            raise SystemExit(f"{folder}: none of the references has its contigs {wanted}")
        sets.append(TruthSet(folder, fitting[0]))
    return sets


def _fasta_lengths(path: Path) -> dict[str, int]:
    with pysam.FastaFile(str(path)) as fasta:
        return dict(zip(fasta.references, fasta.lengths, strict=True))


def evidence_version() -> str:
    """Digest of the code that makes evidence."""
    digest = hashlib.sha256()
    for package in ("calling", "kernels", "reads"):
        for path in sorted((SOURCE / package).rglob("*.py")):
            if not path.name.startswith(AFTER_EVIDENCE) and path.parent.name != "filters":
                digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def evidence_of(one: TruthSet, cache: Path, mode: Mode = "tumor_normal") -> EvidenceShard:
    """Evidence of a set (see `evidence_folder`)."""
    place = evidence_folder(one, cache, mode)
    return merge_shards([read_shard(place)], [place])


def evidence_folder(one: TruthSet, cache: Path, mode: Mode = "tumor_normal") -> Path:
    """Folder of a set's shard: made by `call --evidence-only` where the cache has none of this code's."""
    place = cache / f"{evidence_version()}-{mode}" / one.name
    if not (place / "shard.json").exists():
        started = time.process_time()
        targets = one.folder / "targets.bed"
        if one.folder.parent.name == "cohort":
            targets = one.folder.parent / "targets.bed"
        run_call(
            CallInputs(
                reference=one.reference,
                tumor=one.folder / "tumor.bam",
                normal=one.folder / "normal.bam" if mode == "tumor_normal" else None,
                targets=targets if targets.exists() else None,
                population_af=one.folder / "popaf.vcf.gz" if mode == "tumor_only" else None,
            ),
            place,
            evidence_only=True,
        )
        print(f"{one.name}: evidence in {time.process_time() - started:.0f} CPU s", flush=True)
    return place


def judge(shard: EvidenceShard, *, somatic_rate: float | None = None) -> JudgedRun:
    """Candidates and what the mixture alone says of them, all of a set's in one run."""
    read = read_sample(shard, run_candidates=len(shard.candidates))
    return next(judged_runs(judge_candidates(shard, read, somatic_rate=somatic_rate)))


def labeled_rows(one: TruthSet, shard: EvidenceShard, kind: str, *, least_posterior: float) -> LabeledRows:
    """Candidates of a kind inside callable.bed with the mixture's posterior from `least_posterior` on."""
    _, table, fit = judge(shard)
    spelled = {
        key
        for part in shard.candidates.parts()
        for key in part.candidates.select("contig", "pos", "ref", "alt").rows()
    }
    label = label_candidates(table, one.folder, spelled)
    posterior = fit.mixture.posterior[:, SOMATIC]
    chosen = (table.is_indel == (kind == "indel")) & (label >= 0) & (posterior >= least_posterior)
    rows = np.flatnonzero(chosen & inside_bed(table, one.folder / "callable.bed"))
    sight = candidate_sight(table, fit, rows)
    matrix = feature_matrix(filter_features(kind, shard.header.mode), sight)
    return LabeledRows(one.name, matrix, label[rows].astype(float), sight.rates[:, SOMATIC], posterior[rows])


def filter_features(kind: str, mode: Mode) -> tuple[Feature, ...]:
    """The features a filter of this kind and mode is taught with."""
    return features_of(kind, has_normal=mode == "tumor_normal")


def label_candidates(
    table: CandidateTable, folder: Path, spelled: set[tuple[str, int, str, str]]
) -> NDArray[np.int8]:
    """(n,) int8: 1 a somatic variant of the truth, 0 not, -1 what tells nothing.

    That are other alleles beside a true block (its parts) or beside a true variant that no candidate spells
    as the truth does: they may be the same haplotype in other words.
    """
    truth = read_truth(folder / "somatic.truth.vcf.gz")
    keys = list(zip(table.contig, table.pos.tolist(), table.ref, table.alt, strict=True))
    unclear: dict[str, list[tuple[int, int]]] = {}
    for contig, pos, ref, alt in truth:
        if min(len(ref), len(alt)) > 1 or (contig, pos, ref, alt) not in spelled:
            margin = BLOCK_MARGIN_BP if (contig, pos, ref, alt) in spelled else UNMATCHED_MARGIN_BP
            unclear.setdefault(contig, []).append((pos - margin, pos + len(ref) + margin))
    label = np.array([key in truth for key in keys], np.int8)
    for c in np.flatnonzero(label == 0).tolist():
        contig, pos, ref, _ = keys[c]
        if any(begin < pos + len(ref) and pos < end for begin, end in unclear.get(contig, [])):
            label[c] = -1
    return label


def read_truth(path: Path) -> set[tuple[str, int, str, str]]:
    """Alleles of a normalized VCF: contig, 0-based position, REF, ALT."""
    with gzip.open(path, "rt") as handle:
        fields = [line.split("\t", 5)[:5] for line in handle if not line.startswith("#")]
    return {
        (contig, int(pos) - 1, ref, alt) for contig, pos, _, ref, alts in fields for alt in alts.split(",")
    }


def inside_bed(table: CandidateTable, bed: Path) -> NDArray[np.bool_]:
    """(n,) bool: the first changed base lies in the BED."""
    inside = np.zeros(len(table.ref), bool)
    rows: dict[str, list[tuple[int, int]]] = {}
    for line in bed.read_text().splitlines():
        contig, begin, end = line.split("\t")[:3]
        rows.setdefault(contig, []).append((int(begin), int(end)))
    for contig, spans in rows.items():
        edges = np.array(sorted(spans))
        here = np.array([name == contig for name in table.contig])
        place = table.pos + np.array([r[0] == a[0] for r, a in zip(table.ref, table.alt, strict=True)], int)
        k = np.searchsorted(edges[:, 0], place, side="right") - 1
        inside |= here & (k >= 0) & (place < edges[np.maximum(k, 0), 1])
    return inside


def save_json(path: Path, value: object) -> None:
    """Write a report."""
    path.write_text(json.dumps(value, indent=1, sort_keys=True) + "\n")
