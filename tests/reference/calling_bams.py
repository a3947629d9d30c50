"""Small invented tumor/normal pairs as BAM files, for tests of whole calls."""

import numpy as np
import pysam
from calling_reads import apply_edits

CONTIG_BP = 3_000


def random_reference(seed, size=CONTIG_BP):
    letters = np.random.Generator(np.random.PCG64(seed)).choice(list("ACGT"), size)
    return "".join(letters)


def write_reference(path, contigs):
    """FASTA with index; contigs: {name: sequence}."""
    path.write_text("".join(f">{name}\n{sequence}\n" for name, sequence in contigs.items()), encoding="ascii")
    pysam.faidx(str(path))
    return path


def write_bam(path, contigs, sample, records):
    """BAM with index. records: dicts with name, contig, pos, bases, cigar (letter, length), flag, …"""
    names = list(contigs)
    header = pysam.AlignmentHeader.from_dict(
        {
            "HD": {"VN": "1.6", "SO": "coordinate"},
            "SQ": [{"SN": name, "LN": len(sequence)} for name, sequence in contigs.items()],
            "RG": [{"ID": "rg", "SM": sample}],
        }
    )
    ops = "MIDNSHP=X"
    with pysam.AlignmentFile(str(path), "wb", header=header) as out:
        for record in sorted(records, key=lambda one: (names.index(one["contig"]), one["pos"])):
            read = pysam.AlignedSegment(header)
            read.query_name = record["name"]
            read.query_sequence = record["bases"]
            read.flag = record.get("flag", 0)
            read.reference_id, read.reference_start = names.index(record["contig"]), record["pos"]
            read.mapping_quality = record.get("mapq", 60)
            read.cigartuples = [(ops.index(op), n) for op, n in record["cigar"]]
            if "mate_pos" in record:
                read.next_reference_id, read.next_reference_start = read.reference_id, record["mate_pos"]
                read.template_length = record["tlen"]
            read.query_qualities = pysam.qualitystring_to_array(
                record.get("qualities", chr(33 + record.get("quality", 37)) * len(record["bases"]))
            )
            read.set_tag("RG", "rg")
            out.write(read)
    pysam.index(str(path))
    return path


def pairs(reference, contig, n, edits_of, *, seed, first=0, read_bp=100, insert_bp=220):
    """Records of n read pairs at random places; edits_of(random) gives a fragment's edits by position."""
    random = np.random.Generator(np.random.PCG64(seed))
    records = []
    for i in range(n):
        start = int(random.integers(0, len(reference) - insert_bp - 20))
        edits = edits_of(random)
        swap = bool(random.integers(0, 2))  # which mate is read 1: both orientations occur
        places = (start, start + insert_bp - read_bp)
        for turn, at in enumerate(places):
            bases, cigar = apply_edits(reference, at, read_bp, edits)
            flag = 0x3 | (0x10 if turn else 0x20) | (0x40 if (turn == 0) != swap else 0x80)
            records.append(
                {
                    "name": f"{contig}-{first + i}",
                    "contig": contig,
                    "pos": at,
                    "bases": bases,
                    "cigar": cigar,
                    "flag": flag,
                    "mate_pos": places[1 - turn],
                    "tlen": -insert_bp if turn else insert_bp,
                }
            )
    return records


def other_base(base, turn=0):
    return [letter for letter in "ACGT" if letter != base][turn]


def somatic_pair(folder, *, seed=5, n_tumor=700, n_normal=500, purity=0.5):
    """A pair on two contigs with three germline and four somatic variants; returns paths and the truth.

    Somatic: SNV, MNV of two bases, deletion of three, insertion of four; germline: het and hom SNV, deletion.
    """
    contigs = {"one": random_reference(seed), "two": random_reference(seed + 1)}
    one = contigs["one"]
    germline = {
        500: ("sub", other_base(one[500])),
        900: ("sub", other_base(one[900], 1)),
        1400: ("del", 2),
    }
    somatic = {
        700: ("sub", other_base(one[700])),
        1100: ("sub", other_base(one[1100])),
        1101: ("sub", other_base(one[1101])),
        1800: ("del", 3),
        2200: ("ins", "GATC" if one[2201] != "G" else "CATG"),
    }

    def edits(random, share):
        chosen = {900: germline[900]}  # homozygous
        haplotype = random.random() < 0.5
        if haplotype:
            chosen.update({500: germline[500], 1400: germline[1400]})
        if random.random() < share:
            chosen.update(somatic)
        return chosen

    tumor = pairs(one, "one", n_tumor, lambda random: edits(random, purity / 2), seed=seed + 10)
    normal = pairs(one, "one", n_normal, lambda random: edits(random, 0.0), seed=seed + 20)
    tumor += pairs(contigs["two"], "two", 300, lambda _: {}, seed=seed + 30)
    normal += pairs(contigs["two"], "two", 300, lambda _: {}, seed=seed + 40)
    reference = write_reference(folder / "ref.fa", contigs)
    return {
        "reference": reference,
        "tumor": write_bam(folder / "tumor.bam", contigs, "PAT_T", tumor),
        "normal": write_bam(folder / "normal.bam", contigs, "PAT_N", normal),
        "contigs": contigs,
        "somatic": somatic,
        "germline": germline,
    }
