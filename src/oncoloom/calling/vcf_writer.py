"""VCF 4.3 and BED, bgzipped and indexed, with nothing in them that does not determine the result."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Literal

import pysam

from oncoloom import __version__
from oncoloom.calling.filters.registry import FILTERS
from oncoloom.errors import InputError
from oncoloom.files import atomic_path

_LINES_AT_ONCE = 1_000
_COMPRESSION = "wb4"  # level 4: a third of the time of the usual 6, for files a tenth larger
INFO_LINES = (
    (
        "PROB",
        "1",
        "Float",
        "Calibrated probability that the variant is real, by the trained filter if there is one: QUAL, PASS",
    ),
    (
        "POST",
        "1",
        "Float",
        "Posterior of the mixture that the variant is real (somatic, or germline in germline.vcf)",
    ),
    ("LOD", "1", "Float", "Log10 likelihood ratio of the variant to sequencing errors alone"),
    ("PS", "1", "Float", "Posterior: somatic"),
    ("PG", "1", "Float", "Posterior: germline"),
    ("PE", "1", "Float", "Posterior: sequencing error"),
    ("PSH", "1", "Float", "Posterior: noise that tumor and normal share"),
    ("PST", "1", "Float", "Posterior: strand-specific error"),
    ("PDM", "1", "Float", "Posterior: DNA damage (deamination, oxidation)"),
    ("PSL", "1", "Float", "Posterior: polymerase slippage"),
    ("PCO", "1", "Float", "Posterior: germline variant of another person in the tumor"),
    ("PART", "1", "Float", "Posterior: an artifact of any kind (PE + PSH + PST + PDM + PSL)"),
    ("ORIGIN", "1", "String", "somatic, germline, or unknown where no normal tells"),
    ("POPAF", "1", "Float", "Allele frequency in the population resource"),
    ("PON", "3", "Integer", "Panel of normals: normals that cover it, noisy ones, carriers"),
    ("PONAD", "2", "Integer", "Panel of normals: alternative fragments and depth, carriers left out"),
    ("RU", "1", "String", "Repeat unit length and units in the reference (unit x count)"),
    ("OTHER_TUMORS", "1", "Integer", "Further tumors of the patient in which the same allele passes"),
    (
        "NEEDED",
        "1",
        "Integer",
        "Asked-for alleles: fragments with the allele from which on it would pass here",
    ),
    (
        "LIMIT",
        "1",
        "Float",
        "Asked-for alleles: allele fraction that gives NEEDED fragments with 95 % probability at this depth",
    ),
    ("FORCED", "0", "Flag", "Genotyped because it was asked for"),
    ("SAMPLED", "0", "Flag", "Deeper than the limit: fragments were sampled by their names"),
)
FORMAT_LINES = (
    ("GT", "1", "String", "Genotype; . stands for an allele of another record of the site"),
    ("DP", "1", "Integer", "Fragments over the site that show an allele"),
    ("AD", "R", "Integer", "Fragments by allele"),
    ("AF", "A", "Float", "Allele fraction: AD of the allele / DP"),
    ("SB", "4", "Integer", "Fragments: ref forward, ref reverse, alt forward, alt reverse"),
    ("F1R2", "R", "Integer", "Fragments in F1R2 orientation by allele"),
    ("F2R1", "R", "Integer", "Fragments in F2R1 orientation by allele"),
    ("PS", "1", "Integer", "Phase set: position of its first variant, in somatic.vcf or germline.vcf"),
    ("GQ", "1", "Integer", "Phred-scaled probability that the genotype is another one"),
)


def header_lines(
    *,
    contigs: Sequence[tuple[str, int]],
    samples: Mapping[str, str],
    columns: Sequence[str],
    facts: Mapping[str, str],
) -> list[str]:
    """Header of a VCF.

    Parameters
    ----------
    samples
        role -> name, for ``##tumor_sample`` and ``##normal_sample``.
    columns
        Sample columns in order.
    facts
        Further ``##key=value`` lines (options, digests, notes).
    """
    lines = ["##fileformat=VCFv4.3", f"##source=oncoloom {__version__}"]
    lines += [f"##{role}_sample={samples[role]}" for role in ("tumor", "normal") if role in samples]
    lines += [f"##{key}={value}" for key, value in facts.items()]
    lines.append('##FILTER=<ID=PASS,Description="All filters passed">')
    lines += [f'##FILTER=<ID={one.name},Description="{one.description}">' for one in FILTERS]
    lines += [
        f'##INFO=<ID={name},Number={number},Type={kind},Description="{text}">'
        for name, number, kind, text in INFO_LINES
    ]
    lines += [
        f'##FORMAT=<ID={name},Number={number},Type={kind},Description="{text}">'
        for name, number, kind, text in FORMAT_LINES
    ]
    lines += [f"##contig=<ID={name},length={length}>" for name, length in contigs]
    lines.append(
        "\t".join(("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *columns))
    )
    return lines


@contextmanager
def open_indexed(path: Path, *, preset: Literal["vcf", "bed"]) -> Iterator[Callable[[Iterable[str]], None]]:
    """Give a function that writes lines to a bgzipped VCF or BED; its index is made at the end.

    Each is written whole or not at all. Lines come in genome order, without their ends.

    Raises
    ------
    InputError
        If the file cannot be written or indexed.
    """
    with atomic_path(path) as temporary:
        with pysam.BGZFile(str(temporary), _COMPRESSION) as handle:

            def write(lines: Iterable[str]) -> None:
                iterator = iter(lines)
                while some := list(islice(iterator, _LINES_AT_ONCE)):
                    handle.write(("\n".join(some) + "\n").encode("utf-8"))

            yield write
        index = temporary.with_name(temporary.name + ".tbi")
        try:
            pysam.tabix_index(str(temporary), preset=preset, force=True)
            final_index = path.with_name(path.name + ".tbi")
            index.replace(final_index)
        except OSError as error:
            raise InputError("cannot index", path=path, found=str(error)) from error
        finally:
            index.unlink(missing_ok=True)
