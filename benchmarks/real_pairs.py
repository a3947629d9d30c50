"""Our calls on public real pairs against what other callers published for them, record by record.

    ONCOLOOM_SHARED=../shared python benchmarks/real_pairs.py [--sets strelka_demo,mito,colo829] [--work DIR]

For each record that either side has: what the publisher says, what became of it here, and why, by
`oncoloom evidence` (the same code). `--work` keeps calls and reads, to look on with `oncoloom evidence`.

strelka_demo: Strelka's own demo (tumor NA12891, normal NA12892: its VCF has NT=ref where NA12892 is the
reference). mito: GATK's mitochondrial sample, tumor only, against Mutect2's filtered records. colo829:
VarDict's test pair, its reference put together from the reads' MD tags; its labels that are not germline.
"""

import argparse
import gzip
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pysam
from measure import RESULTS, show

from oncoloom.calling.look.inputs import look_at_files
from oncoloom.calling.look.look_at import LookSettings
from oncoloom.calling.look.model import AlleleLook
from oncoloom.calling.options import CallInputs
from oncoloom.calling.pipeline import run_call

Key = tuple[str, int, str, str]  # contig, 1-based position, REF, ALT
_WORD_WIDTH = 200


@dataclass(frozen=True)
class RealSet:
    """A pair (or a sample alone) with the records that were published for it."""

    name: str
    inputs: CallInputs
    published: dict[Key, str]


def main() -> None:
    """Call and compare the sets that were asked for."""
    chosen = _arguments()
    shared = Path(os.environ.get("ONCOLOOM_SHARED", RESULTS.parents[2] / "shared"))
    folder = shared / "data" / "seq" / "real"
    makers = {"strelka_demo": strelka_demo, "mito": mito, "colo829": colo829}
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(chosen.work or temporary)
        for name in chosen.sets.split(","):
            one = makers[name](folder, work)
            calls = work / f"{name}_calls"
            run_call(one.inputs, calls)
            rows = list(compare(one, calls))
            agreed = sum(row[4] == "both" for row in rows)
            title = f"{name}: {len(one.published)} published, {agreed} of them pass here, {len(rows)} records"
            show(title, ["place", "change", "published", "here", "who", "figures", "why"], rows)


def compare(one: RealSet, calls: Path) -> Iterator[list[str]]:
    """A row for each record that was published or that passes here, in order of place."""
    passing = set(passing_records(calls / "somatic.vcf.gz"))
    for key in sorted({*one.published, *passing}):
        contig, pos, ref, alt = key
        look = look_at_files(
            f"{contig}:{pos} {ref}>{alt}",
            calls=calls,
            reference=one.inputs.reference,
            tumor=one.inputs.tumor,
            normal=one.inputs.normal,
            targets=None,
            settings=LookSettings(most_reads=1),
        )
        mine = look.alleles[0]
        label = one.published.get(key, "-")
        who = "both" if mine.state == "passes" and key in one.published else "here only"
        if mine.state != "passes":
            who = "published only"
        state = mine.state + "".join(f" {name}" for name in mine.filters if name != "PASS")
        yield [
            f"{contig}:{pos:,}",
            f"{ref}>{alt}",
            label,
            state,
            who,
            figures(mine),
            "; ".join(mine.reasons)[:_WORD_WIDTH],
        ]


def figures(mine: AlleleLook) -> str:
    """Fragments with the allele by sample, strands, mapping quality."""
    parts = []
    for role, one in mine.counts.items():
        shown = f"{role[0].upper()} {one.alt}/{one.depth}"
        if one.alt:
            shown += f" ({one.forward}+ {one.reverse}-, MAPQ {one.mapq:g})" if one.mapq is not None else ""
        parts.append(shown)
    return "; ".join(parts)


def passing_records(path: Path) -> Iterator[Key]:
    """PASS records of one of our VCFs."""
    for contig, pos, _, ref, alt, _, filters, *_ in rows_of(path):
        if filters == "PASS":
            yield contig, int(pos), ref, alt


def rows_of(path: Path) -> Iterator[list[str]]:
    """Records of a VCF, plain or gzipped, as their columns."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as handle:
        for line in handle:
            if not line.startswith("#"):
                yield line.rstrip("\n").split("\t")


def strelka_demo(folder: Path, work: Path) -> RealSet:
    """Strelka's demo pair; its LowEVS record is listed, too."""
    here = folder / "strelka_demo"
    published = {}
    for name in ("somatic.snvs.vcf.gz", "somatic.indels.vcf.gz"):
        for contig, pos, _, ref, alt, _, filters, *_ in rows_of(here / name):
            published[contig, int(pos), ref, alt] = f"Strelka2 {filters}"
    inputs = CallInputs(here / "demo20.fa", here / "NA12891_demo20.bam", here / "NA12892_demo20.bam")
    return RealSet("strelka_demo", inputs, published)


def mito(folder: Path, work: Path) -> RealSet:
    """GATK's mitochondrial sample: what FilterMutectCalls made of Mutect2's records, each allele alone."""
    here = folder / "gatk"
    published = {}
    for contig, pos, _, ref, alts, _, site, info, *_ in rows_of(here / "mutect.mito.filtered.vcf"):
        told = dict(field.partition("=")[::2] for field in info.split(";")).get("AS_FilterStatus", "")
        for alt, own in zip(alts.split(","), told.split("|"), strict=False):
            status = site if own in ("", "SITE", "PASS") else own.replace(",", ";")
            published[contig, int(pos), ref, alt] = f"Mutect2 {status}"
    bam = work / "mito.bam"
    bam.write_bytes((here / "mutect.mito.NA12878.bam").read_bytes())
    pysam.index(str(bam))
    return RealSet(
        "mito", CallInputs(here / "mutect.mito.Homo_sapiens_assembly38.mt_only.fasta", bam), published
    )


def colo829(folder: Path, work: Path) -> RealSet:
    """VarDict's COLO829 pair on a contig put together from MD tags; germline labels left out."""
    here = folder / "colo829_vardict"
    names = {
        "tumor": "Colo829.18.chr20.MissedStrongLoh.bam",
        "normal": "Colo829.19.chr20.MissedStrongLoh.bam",
    }
    reference = rebuild_reference([here / name for name in names.values()], "chr20", work / "chr20.fa")
    paths = {
        role: one_contig(here / name, "chr20", work / f"colo829.{role}.bam") for role, name in names.items()
    }
    published = {}
    for line in (here / "vardict_expected.txt").read_text(encoding="utf-8").splitlines()[1:]:
        fields = line.split("\t")
        label = next(part for part in fields[::-1] if part[:6] in _LABELS)
        if label not in ("Germline", "StrongLOH", "LikelyLOH"):
            published["chr20", int(fields[3]), fields[5], fields[6]] = f"VarDict {label}"
    return RealSet("colo829", CallInputs(reference, paths["tumor"], paths["normal"]), published)


_LABELS = ("Strong", "Likely", "Germli", "AFDiff", "Sample", "Deleti")


def rebuild_reference(bams: list[Path], contig: str, path: Path) -> Path:
    """FASTA of `contig`: bases where an alignment with an MD tag says them, N elsewhere."""
    with pysam.AlignmentFile(str(bams[0])) as handle:
        bases = bytearray(b"N" * handle.get_reference_length(contig))
    for bam in bams:
        with pysam.AlignmentFile(str(bam)) as handle:
            for read in handle.fetch(contig):
                if read.is_unmapped or not read.has_tag("MD"):
                    continue
                for _, at, base in read.get_aligned_pairs(with_seq=True):
                    if at is not None and base is not None:
                        bases[at] = ord(base.upper())
    text = bases.decode("ascii")
    path.write_text(f">{contig}\n" + "\n".join(text[a : a + 100] for a in range(0, len(text), 100)) + "\n")
    pysam.faidx(str(path))
    return path


def one_contig(bam: Path, contig: str, path: Path) -> Path:
    """The reads of one contig under a header that names it alone; mates elsewhere become unmapped."""
    with pysam.AlignmentFile(str(bam)) as handle:
        header = handle.header.to_dict()
        header["SQ"] = [one for one in header["SQ"] if one["SN"] == contig]
        number = handle.get_tid(contig)
        with pysam.AlignmentFile(str(path), "wb", header=header) as out:
            for read in handle.fetch(contig):
                apart = read.is_paired and read.next_reference_id != number
                value = read.to_dict()
                value["next_ref_name"] = "*" if apart else "="
                if apart:
                    value["next_ref_pos"], value["length"] = "0", "0"
                made = pysam.AlignedSegment.from_dict(value, out.header)
                made.mate_is_unmapped = made.mate_is_unmapped or apart
                out.write(made)
    pysam.index(str(path))
    return path


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", default="strelka_demo,mito,colo829")
    parser.add_argument("--work", help="folder that keeps calls and rebuilt files")
    return parser.parse_args()


if __name__ == "__main__":
    main()
