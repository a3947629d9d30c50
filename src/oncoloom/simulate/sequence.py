"""Random DNA that behaves: no accidental microsatellites, few CpG, coding frames with fixed codons."""

import re

import numpy as np

from oncoloom.simulate.facts import CODON_TABLE

_COMPLEMENT = str.maketrans("ACGT", "TGCA")
_LONG_REPEAT = re.compile(r"([ACGT])\1{5}|([ACGT]{2})\2{3}|([ACGT]{3})\3{3}")
# Amino acids roughly as often as in human proteins; the order is that of the weights below.
_RESIDUES = "ACDEFGHIKLMNPQRSTVWY"
_RESIDUE_WEIGHTS = np.array(
    [70, 23, 47, 71, 37, 66, 26, 43, 57, 100, 21, 36, 63, 48, 56, 83, 53, 60, 12, 27], dtype=float
)
_CODONS_OF: dict[str, list[str]] = {
    residue: sorted(codon for codon, amino in CODON_TABLE.items() if amino == residue)
    for residue in _RESIDUES
}


def reverse_complement(bases: str) -> str:
    """The other strand, 5' to 3'."""
    return bases.translate(_COMPLEMENT)[::-1]


def random_bases(rng: np.random.Generator, length: int, gc: float = 0.43) -> str:
    """`length` random bases without tandem repeats worth the name, CpG at a quarter of its chance."""
    weights = [(1 - gc) / 2, gc / 2, gc / 2, (1 - gc) / 2]
    text = "".join(rng.choice(list("ACGT"), size=length, p=weights))
    methylated = rng.random(text.count("CG")) < 0.75
    pieces = text.split("CG")
    text = pieces[0] + "".join(
        ("TG" if gone else "CG") + piece for gone, piece in zip(methylated, pieces[1:], strict=True)
    )
    return break_repeats(rng, text)


def break_repeats(rng: np.random.Generator, text: str) -> str:
    """`text` with a base changed in every run of six bases, four pairs or four triplets."""
    while found := _LONG_REPEAT.search(text):
        at = found.start() + 3
        other = "ACGT".replace(text[at], "")[rng.integers(3)]
        text = text[:at] + other + text[at + 1 :]
    return text


def random_coding_sequence(rng: np.random.Generator, n_codons: int, fixed: dict[int, str]) -> str:
    """ATG … stop of `n_codons` codons (stop included) with the codons of `fixed` (1-based residue) kept.

    Codons around a repeat are drawn again until none is left; fixed codons never change.
    """
    weights = _RESIDUE_WEIGHTS / _RESIDUE_WEIGHTS.sum()
    residues = rng.choice(list(_RESIDUES), size=n_codons, p=weights)
    codons = [_CODONS_OF[residue][rng.integers(len(_CODONS_OF[residue]))] for residue in residues]
    kept = {1: "ATG", **fixed, n_codons: "TGA"}
    for residue, codon in kept.items():
        codons[residue - 1] = codon
    start = 0
    text = "".join(codons)
    while found := _LONG_REPEAT.search(text, start):
        touched = [at for at in range(found.start() // 3, (found.end() - 1) // 3 + 1) if at + 1 not in kept]
        if not touched:  # a repeat of real hotspot codons stays
            start = found.start() + 1
            continue
        for at in touched:
            residue = rng.choice(list(_RESIDUES), p=weights)
            codons[at] = _CODONS_OF[residue][rng.integers(len(_CODONS_OF[residue]))]
        text = "".join(codons)
    return text
