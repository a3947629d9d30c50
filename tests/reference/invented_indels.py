"""Invented reads over three neighboring candidates, prepared as calling prepares a tile's."""

import numpy as np
from calling_reads import Read, apply_edits, encode

from oncoloom.calling.alleles import Allele
from oncoloom.calling.sample_reads import ReferenceWindow, prepare_reads

SIZE = 420


def prepared(reference, reads):
    columns, _ = encode(reads)
    window = ReferenceWindow.from_ascii(0, np.frombuffer(reference.encode(), np.uint8))
    sample = prepare_reads(columns, window, start=0, end=len(reference), min_base_quality=13, callable_mapq=1)
    return sample, window


def invented(seed, n_reads):
    """A deletion, an insertion and a substitution near each other, reads with any of them, errors, clips."""
    random = np.random.Generator(np.random.PCG64(seed))
    reference = "".join(random.choice(list("ACGT"), SIZE))
    alt = "ACGT"["TACG".index(reference[230])]
    alleles = [
        Allele(199, reference[199:202], reference[199]),
        Allele(
            214,
            reference[214],
            reference[214] + "ACGTTGCATGCCATTAGCCATGCATTGCA"[: int(random.integers(2, 29))],
        ),
        Allele(230, reference[230], alt),
    ]
    reads = []
    for name in range(n_reads):
        start, kind = int(random.integers(100, 190)), int(random.integers(0, 4))
        edits = {}
        if kind == 1:
            edits = {200: ("del", 2)}
        elif kind == 2:
            edits = {214: ("ins", alleles[1].alt[1:])}
        bases, cigar = apply_edits(reference, start, 110, edits)
        bases = list(bases)
        for at in np.flatnonzero(random.random(len(bases)) < (0.2 if random.random() < 0.2 else 0.01)):
            bases[at] = random.choice(list("ACGTN"))
        quality = tuple(int(q) for q in random.choice([2, 15, 37], len(bases), p=[0.05, 0.15, 0.8]))
        reads.append(Read(name + 1, start, cigar, "".join(bases), quality, 16 * (name % 2)))
    return reference, reads, alleles
