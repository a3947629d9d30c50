"""The known truth of the patients with reads: VCFs, copy numbers, traits."""

from pathlib import Path

import pysam

from oncoloom.files import atomic_path, write_json, write_text
from oncoloom.simulate.genomes import PatientGenome
from oncoloom.simulate.germline import PopulationSite
from oncoloom.simulate.reference import GENOME_BUILD, DemoGenome
from oncoloom.simulate.variants import Allele

_SOMATIC_INFO = (
    ("AF", "Float", "Expected allele fraction in the tumor sample"),
    ("CCF", "Float", "Share of tumor cells that carry it"),
    ("MULT", "Integer", "Copies that carry it in those cells"),
    ("PLANTED", "String", "What was planted on purpose"),
)
_GERMLINE_INFO = (("PLANTED", "String", "What was planted on purpose"),)
_POPULATION_INFO = (("AF", "Float", "Allele frequency in the simulated population"),)


def write_patient_truth(genome: DemoGenome, patient: PatientGenome, folder: Path) -> None:
    """Write ``somatic.truth.vcf.gz``, ``germline.truth.vcf.gz``, ``cna.truth.tsv``, ``patient.json``."""
    purity = patient.persona.purity
    somatic = [
        _record(
            variant.allele,
            {
                "AF": f"{variant.expected_af(purity, patient.copies[variant.allele.contig]):.4f}",
                "CCF": f"{variant.ccf:g}",
                "MULT": str(variant.multiplicity),
                **({"PLANTED": variant.label.replace(" ", "_")} if variant.label else {}),
            },
            "0|1" if variant.haplotype else "1|0",
        )
        for variant in patient.somatic
    ]
    _write_vcf(genome, folder / "somatic.truth.vcf.gz", somatic, _SOMATIC_INFO, "TUMOR")
    genotype = {0: "1|0", 1: "0|1", 2: "1|1"}
    germline = [
        _record(
            variant.allele,
            {"PLANTED": variant.label.replace(" ", "_")} if variant.label else {},
            genotype[variant.haplotype],
        )
        for variant in patient.germline
    ]
    _write_vcf(genome, folder / "germline.truth.vcf.gz", germline, _GERMLINE_INFO, "NORMAL")
    _write_copies(genome, patient, folder / "cna.truth.tsv")
    write_json(folder / "patient.json", _patient_facts(patient))


def write_population(genome: DemoGenome, sites: tuple[PopulationSite, ...], path: Path) -> None:
    """Write the population's allele frequencies as VCF with INFO/AF."""
    records = [_record(site.allele, {"AF": f"{site.frequency:g}"}, None) for site in sites]
    _write_vcf(genome, path, records, _POPULATION_INFO, None)


def _patient_facts(patient: PatientGenome) -> dict[str, object]:
    persona = patient.persona
    return {
        "patient_id": patient.patient_id,
        "story": persona.title,
        "oncotree_code": persona.oncotree_code,
        "purity": persona.purity,
        "msi_high": persona.msi_high,
        "planted_somatic": [variant.label for variant in patient.somatic if variant.label],
        "planted_germline": [variant.label for variant in patient.germline if variant.label],
        "n_somatic": len(patient.somatic),
        "normal_is_another_person": persona.normal_of is not None,
        "copies": {contig: list(pair) for contig, pair in patient.copies.items() if pair != (1, 1)},
    }


def _record(allele: Allele, info: dict[str, str], genotype: str | None) -> str:
    text = ";".join(f"{key}={value}" for key, value in info.items()) or "."
    columns = [allele.contig, str(allele.pos + 1), ".", allele.ref, allele.alt, ".", "PASS", text]
    return "\t".join([*columns, *(["GT", genotype] if genotype else [])])


def _write_vcf(
    genome: DemoGenome,
    path: Path,
    records: list[str],
    info: tuple[tuple[str, str, str], ...],
    sample: str | None,
) -> None:
    lines = [
        "##fileformat=VCFv4.3",
        '##FILTER=<ID=PASS,Description="All filters passed">',
        *(
            f"##contig=<ID={contig},length={len(bases)},assembly={GENOME_BUILD}>"
            for contig, bases in genome.sequences.items()
        ),
        *(
            f'##INFO=<ID={key},Number={"A" if key == "AF" else 1},Type={kind},Description="{text}">'
            for key, kind, text in info
        ),
    ]  # fmt: skip
    columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"
    if sample:
        lines.append('##FORMAT=<ID=GT,Number=1,Type=String,Description="Haplotypes that carry it">')
        columns += f"\tFORMAT\t{sample}"
    text = "\n".join([*lines, columns, *records]) + "\n"
    with atomic_path(path) as temporary:
        plain = temporary.with_suffix(".vcf")
        plain.write_text(text, encoding="utf-8")
        pysam.tabix_compress(str(plain), str(temporary), force=True)
        plain.unlink()
    pysam.tabix_index(str(path), preset="vcf", force=True)


def _write_copies(genome: DemoGenome, patient: PatientGenome, path: Path) -> None:
    lines = ["contig\tstart\tend\tcopies_haplotype_0\tcopies_haplotype_1"]
    lines += [
        f"{contig}\t0\t{len(bases)}\t{patient.copies[contig][0]}\t{patient.copies[contig][1]}"
        for contig, bases in genome.sequences.items()
    ]
    write_text(path, "\n".join(lines) + "\n")
