"""Consequences against answers that nobody here wrote.

    ONCOLOOM_SHARED=$SHARED python benchmarks/csq_truth.py [--shared FOLDER] [--record]

bcftools' own regression cases through the product's path (gene models parsed, written again, csq in a process
of its own); six hotspot codons on both builds; codon numbers of the coding SNVs of a public leukemia MAF on
the MAF's own transcript, among all RefSeq transcripts of the cancer genes and among the embedded ones. Every
difference is printed.
"""

import argparse
import gzip
import os
import re
import tempfile
from collections import Counter
from pathlib import Path

import measure
import polars as pl

from oncoloom.errors import OncoloomError
from oncoloom.features.consequence.csq_process import CsqRecord, run_csq
from oncoloom.features.consequence.effects import annotate_records
from oncoloom.reference_data.embedded import write_gene_models
from oncoloom.reference_data.fasta import open_reference
from oncoloom.reference_data.gene_models import GeneModels, Transcript, read_gene_models

# knowledge/genemodels/README.md: codon to its three genome positions (1-based, lowest first).
CODONS = {
    ("BRAF", 600): {"GRCh37": ("7", 140453135), "GRCh38": ("7", 140753335)},
    ("KRAS", 12): {"GRCh37": ("12", 25398283), "GRCh38": ("12", 25245349)},
    ("EGFR", 858): {"GRCh37": ("7", 55259514), "GRCh38": ("7", 55191821)},
    ("EGFR", 790): {"GRCh37": ("7", 55249070), "GRCh38": ("7", 55181377)},
    ("TP53", 175): {"GRCh37": ("17", 7578405), "GRCh38": ("17", 7675087)},
    ("PIK3CA", 1047): {"GRCh37": ("3", 178952084), "GRCh38": ("3", 179234296)},
}
CONTIGS = [*(str(n) for n in range(1, 23)), "X", "Y"]
CODING_SNV = ("Missense_Mutation", "Nonsense_Mutation", "Silent", "Nonstop_Mutation")
# Why a run of the cases differs; printed beside it, so that an unexplained one stands out.
EXPLAINED = {
    "starts-with-1.vcf .txt-l": "the answers were made without -l (plain csq differs as well)",
    "snps.vcf .txt-l": "the answers were made without -l (plain csq differs as well)",
    "insertions.vcf .txt": "their file has no untranslated regions; ours are derived from exons",
    "synonymous-start-lost.vcf .txt": "their file has no untranslated regions; ours are derived from exons",
    "retained-stop-incomplete-cds.vcf .txt": "an incomplete end, followed by an untranslated region in ours",
    "haploid-diploid.vcf .txt": "a triploid genotype, which csq skips and our phase sets do not have",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("ONCOLOOM_SHARED", "../shared")))
    parser.add_argument("--record", action="store_true")
    given = parser.parse_args()
    maf = given.shared / "data/clinical/tcga_laml/tcga_laml.maf.gz"
    result = {
        "csq_cases": csq_cases(given.shared / "data/knowledge/csq_cases/cases"),
        "hgvs_names": hgvs_names(given.shared / "data/knowledge/csq_cases/cases"),
        "hotspot_codons": hotspot_codons(),
        "laml_codons": laml_codons(
            maf,
            refgene_transcripts(given.shared / "data/knowledge/genemodels/refGene_cancer_genes.hg19.txt.gz"),
            "RefSeq transcripts",
        ),
        "laml_codons_embedded": laml_codons(
            maf, {one.transcript: one for one in embedded_models("GRCh37").transcripts}, "embedded"
        ),
    }
    if given.record:
        measure.record("csq_truth", result)


def embedded_models(build: str) -> GeneModels:
    with tempfile.TemporaryDirectory() as folder:
        write_gene_models(Path(folder) / "models.gff3.gz", build)
        return read_gene_models(Path(folder) / "models.gff3.gz", CONTIGS)


def csq_cases(base: Path) -> dict[str, object]:
    """Runs (case file x mode) that agree in every record with one of the listed answers."""
    agree = n = records = right = 0
    rows: list[list[object]] = []
    cases = sorted(folder for folder in base.iterdir() if list(folder.glob("*.vcf")))
    for folder in cases:
        for vcf in sorted(folder.glob("*.vcf")):
            for suffix in (".txt", ".txt-l"):
                answers = vcf.with_suffix(suffix)
                if not answers.exists():
                    continue
                n += 1
                wrong, seen = compare_run(folder, vcf, answers, local=suffix == ".txt-l")
                records, right = records + seen, right + seen - len(wrong)
                agree += not wrong
                key = f"{vcf.name} {suffix}"
                rows += [[folder.name, key, EXPLAINED.get(key, "-"), *one] for one in wrong]
    measure.show("bcftools' cases: what differs", ["case", "run", "why", "record", "expected", "found"], rows)
    print(f"{len(cases)} cases, {n} runs: {agree} agree; records {right} of {records}")
    unexplained = sum(1 for row in rows if row[2] == "-")
    return {
        "cases": len(cases),
        "runs": n,
        "agree": agree,
        "records": records,
        "right": right,
        "unexplained": unexplained,
    }


def compare_run(folder: Path, vcf: Path, answers: Path, *, local: bool) -> tuple[list[list[str]], int]:
    """Records whose consequences are none of the listed answers, and how many were looked at."""
    fasta, gff = next(folder.glob("*.fa")), next(folder.glob("*.gff"))
    rows, wanted = text_rows(vcf), text_rows(answers)
    records, owners = [], []
    for index, row in enumerate(rows):
        for k, alt in enumerate(row[4].split(",")):
            for haplotype in haplotypes(row, k + 1, alone=local or len(rows) == 1, sampled=not local):
                records.append(CsqRecord(row[0], int(row[1]), row[3], alt, haplotype))
                owners.append(index)
    try:
        with open_reference(fasta) as reference:
            models = read_gene_models(gff, reference.lengths)
            found = run_csq(records, models, fasta, reference.lengths)
    except OncoloomError as error:
        return [["all", "", str(error)[:80]]], len(rows)
    wrong = []
    for index, row in enumerate(rows):
        got = set().union(*(entries(found.get(j, [])) for j, o in enumerate(owners) if o == index))
        here = [",".join(one[3:]).split(",") for one in wanted if one[:3] == [row[1], row[3], row[4]]]
        answers_here = [entries(resolve(texts, wanted)) for texts in here]
        if answers_here and got not in answers_here and not covered(got, answers_here):
            least = min(answers_here, key=lambda one: len(one ^ got))
            wrong.append([f"{row[1]} {row[3][:12]}>{row[4][:12]}", told(least - got), told(got - least)])
    return wrong, len(rows)


def covered(got: set[tuple[str, str]], answers: list[set[tuple[str, str]]]) -> bool:
    """Where samples differ, each answer line is one sample's: together they must be what was found."""
    return bool(answers) and got == set().union(*answers)


def resolve(texts: list[str], answers: list[list[str]]) -> list[str]:
    """Entries with each pointer (`@POS`, another record of the haplotype) replaced by what it tells."""
    out = []
    for text in texts:
        if text.startswith("@"):
            there = [",".join(one[3:]).split(",") for one in answers if one[0] == text[1:]]
            out += [entry for one in there for entry in one if not entry.startswith("@")]
        else:
            out.append(text)
    return out


def hgvs_names(base: Path) -> dict[str, int]:
    """One-residue HGVS names against csq's amino-acid texts, record by record, each judged alone."""
    n = equal = 0
    differ: list[list[object]] = []
    for vcf in sorted(base.glob("*/*.vcf")):
        folder = vcf.parent
        if len(list(folder.glob("*.gff"))) != 1:
            continue
        fasta, gff = next(folder.glob("*.fa")), next(folder.glob("*.gff"))
        alleles = [(row, alt) for row in text_rows(vcf) for alt in row[4].split(",")]
        records = [
            CsqRecord(row[0], int(row[1]), row[3], alt)
            for row, alt in alleles
            if set(alt + row[3]) <= set("ACGT")
        ]
        with open_reference(fasta) as reference:
            models = read_gene_models(gff, reference.lengths)
            named = annotate_records(records, models, reference, fasta) if records else []
            told = run_csq(records, models, fasta, reference.lengths) if records else {}
        for index, one in enumerate(named):
            texts = [text.split("|") for text in told.get(index, [])]
            amino = next((t[5] for t in texts if len(t) > 5 and t[2] == one.transcript), None)
            expected = None if amino is None else one_residue_name(amino, one.terms)
            if expected is None or one.hgvs_p_short is None:
                continue
            n += 1
            equal += expected == one.hgvs_p_short
            if expected != one.hgvs_p_short:
                differ.append([folder.name, amino, expected, one.hgvs_p_short])
    measure.show("HGVS names that differ", ["case", "csq", "expected", "ours"], differ)
    print(f"{equal} of {n} one-residue names agree")
    return {"n": n, "agree": equal}


def one_residue_name(amino: str, terms: list[str]) -> str | None:
    """HGVS of csq's `12R>12C`, `25E..329>25G..94` (frameshift) or `30S`; None for longer stretches."""
    before, _, after = amino.partition(">")
    position = re.match(r"\d+", before)
    if position is None:
        return None
    old, new = before[position.end() :], re.sub(r"^\d+", "", after)
    first = int(position.group())
    if "frameshift_variant" in terms:
        at = next((k for k, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), None)
        if at is None:
            return None
        return f"p.{old[at]}{first + at}" + ("*" if new[at] == "*" else "fs")
    if len(old) != 1 or len(new) > 1:
        return None
    return f"p.{old}{first}{new or '='}" if new or "synonymous_variant" in terms else None


def haplotypes(row: list[str], k: int, *, alone: bool, sampled: bool) -> list[tuple[str, int] | None]:
    """Phase set and copy of each sample that carries allele `k`; one common haplotype without samples."""
    if sampled and len(row) > 9:
        carried: list[tuple[str, int] | None] = []
        for n, cell in enumerate(row[9:]):
            alleles = cell.split(":")[0].replace("/", "|").split("|")
            carried += [(f"s{n}", copy % 2) for copy, allele in enumerate(alleles) if allele == str(k)]
        return carried
    return [None] if alone else [("all", 0)]


def text_rows(path: Path) -> list[list[str]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line.strip() and not line.startswith("#")]


def entries(texts: list[str]) -> set[tuple[str, str]]:
    """Class and amino-acid change of each entry; NMD marks left out."""
    out = set()
    for text in texts:
        if text in ("", "."):
            continue
        fields = [*text.split("|"), *[""] * 6]
        out.add(("&".join(sorted(set(fields[0].split("&")) - {"NMD_transcript"})), fields[5]))
    return out


def told(found: set[tuple[str, str]]) -> str:
    return "; ".join(" ".join(one)[:60] for one in sorted(found)) or "-"


def hotspot_codons() -> dict[str, object]:
    right, rows = 0, []
    for build in ("GRCh37", "GRCh38"):
        models = embedded_models(build).chosen()
        for (gene, codon), places in CODONS.items():
            contig, lowest = places[build]
            one = models[gene]
            at = sorted(one.genome_position(3 * codon - 3 + k) + 1 for k in range(3))
            back = {(one.coding_index(lowest - 1 + k) or 0) // 3 + 1 for k in range(3)}
            ok = one.contig == contig and at == [lowest, lowest + 1, lowest + 2] and back == {codon}
            right += ok
            rows.append([build, gene, codon, f"{contig}:{lowest}", f"{one.contig}:{at[0]}", ok])
    measure.show("hotspot codons", ["build", "gene", "codon", "expected", "found", "equal"], rows)
    return {"right": right, "of": 2 * len(CODONS)}


def refgene_transcripts(path: Path) -> dict[str, Transcript]:
    """Accession to transcript on a main chromosome, of UCSC refGene rows (0-based half-open)."""
    found: dict[str, Transcript] = {}
    for line in gzip.decompress(path.read_bytes()).decode().splitlines():
        row = line.split("\t")
        contig = row[2].removeprefix("chr")
        starts, ends = ([int(x) for x in row[k].rstrip(",").split(",")] for k in (9, 10))
        exons = tuple(zip(starts, ends, strict=True))
        low, high = int(row[6]), int(row[7])
        coding = tuple((max(a, low), min(b, high)) for a, b in exons if a < high and b > low)
        if contig in CONTIGS:
            one = Transcript(
                row[1],
                row[12],
                contig,
                row[3],
                "mRNA",
                preferred=False,
                exons=exons,
                coding=coding,
                phases=(0,) * len(coding),
            )
            found.setdefault(row[1], one)
    return found


def laml_codons(maf: Path, models: dict[str, Transcript], name: str) -> dict[str, object]:
    """Codon number of the gene model against the MAF's, for SNVs on a transcript that is among the models."""
    table = pl.read_csv(maf, separator="\t", infer_schema_length=0, comment_prefix="#")
    snvs = table.filter(
        (pl.col("Variant_Type") == "SNP") & pl.col("Variant_Classification").is_in(CODING_SNV)
    )
    n = right = 0
    differ: Counter[tuple[str, ...]] = Counter()
    for row in snvs.iter_rows(named=True):
        one = models.get((row["i_transcript_name"] or "").split(".")[0])
        told_codon = re.search(r"\d+", row["Protein_Change"] or "")
        if one is None or told_codon is None:
            continue
        n += 1
        index = one.coding_index(int(row["Start_Position"]) - 1)
        ours = None if index is None else index // 3 + 1
        if ours == int(told_codon.group()):
            right += 1
        else:
            differ[(row["Hugo_Symbol"], row["i_transcript_name"], row["Protein_Change"], str(ours))] += 1
    rows = [[*key, times] for key, times in sorted(differ.items())]
    measure.show(f"codon numbers that differ, {name}", ["gene", "transcript", "MAF", "ours", "times"], rows)
    print(f"{right} of {n} agree: {right / n:.3f}")
    return {"n": n, "agree": right, "share": round(right / n, 4)}


if __name__ == "__main__":
    main()
