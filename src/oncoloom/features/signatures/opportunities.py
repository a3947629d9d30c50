"""What an assay could have seen: trinucleotides of its targets against those of the whole genome."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from oncoloom.errors import NotAssessableError
from oncoloom.features.signatures.channels import SBS96, TRINUCLEOTIDES, trinucleotide_of
from oncoloom.features.signatures.contexts import codes_of
from oncoloom.features.signatures.matrix import SignatureMatrix
from oncoloom.kernels.mutation_channels import count_trinucleotides
from oncoloom.reference_data.fasta import Reference

BLOCK_BP = 1_000_000
MOST_BLOCKS = 150  # evenly spaced; the genome's composition is known to 1 % from them
_TRINUCLEOTIDE = np.array([TRINUCLEOTIDES.index(trinucleotide_of(name)) for name in SBS96], np.int64)


def target_opportunities(
    reference: Reference, intervals: Iterable[tuple[str, int, int]]
) -> NDArray[np.int64]:
    """(32,) int64: trinucleotides (pyrimidine strand) whose middle base lies in merged 0-based intervals."""
    counts = np.zeros(len(TRINUCLEOTIDES), np.int64)
    for contig, start, end in intervals:
        length = reference.lengths[contig]
        for low in range(max(0, start), min(end, length), BLOCK_BP):
            high = min(low + BLOCK_BP, end, length)
            before = max(0, low - 1)
            code = codes_of(reference.bases(contig, before, min(length, high + 1)))
            count_trinucleotides(code, low - before, high - before, counts)
    return counts


def genome_opportunities(reference: Reference) -> NDArray[np.int64]:
    """(32,) int64: trinucleotides of the reference, of evenly spaced blocks where it is large."""
    blocks = [
        (contig, start, min(start + BLOCK_BP, length))
        for contig, length in reference.lengths.items()
        for start in range(0, length, BLOCK_BP)
    ]
    step = max(1, -(-len(blocks) // MOST_BLOCKS))
    return target_opportunities(reference, blocks[step // 2 :: step] if step > 1 else blocks)


def fit_to_target(
    matrix: SignatureMatrix, target: NDArray[np.int64], genome: NDArray[np.int64]
) -> SignatureMatrix:
    """SBS-96 signatures as an assay sees them: each channel times target / genome opportunity, scaled to one.

    The counts of the sample are left alone, so that their sampling error stays what it is.

    Raises
    ------
    NotAssessableError
        If the genome lacks a trinucleotide, or the targets hold none at all.
    """
    if (genome <= 0).any() or target.sum() <= 0:
        raise NotAssessableError("the reference or the targets hold too few trinucleotides to rescale by")
    ratio = (target / target.sum()) / (genome / genome.sum())
    values = matrix.values * ratio[_TRINUCLEOTIDE][:, None]
    total = values.sum(axis=0)
    if (total <= 0).any():
        absent = ", ".join(np.array(matrix.names)[total <= 0].tolist())
        raise NotAssessableError(f"the targets cannot show {absent}")
    return SignatureMatrix(matrix.names, matrix.channels, values / total, matrix.source, matrix.digest)
