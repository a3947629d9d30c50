"""What each segment shows: mean log2 with its error, minor allele fraction with its error."""

from dataclasses import dataclass

import numpy as np

from oncoloom.features.copy_number.bins import Bins, Floats, Ints, is_autosome
from oncoloom.features.copy_number.correction import main_level
from oncoloom.features.copy_number.hets import OVERDISPERSION, HetSites
from oncoloom.features.copy_number.purity_ploidy import SegmentLevels
from oncoloom.features.copy_number.segmentation import Ranges
from oncoloom.kernels.baf_fit import fit_segment_bafs

MIN_SITES = 3
_LEAST_SD = 0.02


@dataclass(frozen=True, slots=True)
class Segments:
    """Segments of one tumor in reference order, arrays (n,).

    Attributes
    ----------
    first, last : int64
        Range of bins.
    log2, log2_sd : float64
        Weighted mean and its sampling error.
    baf, baf_sd : float64
        Minor allele fraction by maximum likelihood, and its error; NaN with fewer than three sites.
    n_sites : int64
    autosome : bool
    """

    contig: np.ndarray[tuple[int], np.dtype[np.str_]]
    start: Ints
    end: Ints
    first: Ints
    last: Ints
    log2: Floats
    log2_sd: Floats
    baf: Floats
    baf_sd: Floats
    n_sites: Ints
    autosome: np.ndarray[tuple[int], np.dtype[np.bool_]]

    def __len__(self) -> int:
        return len(self.start)

    @property
    def n_bins(self) -> Ints:
        """Bins of each segment."""
        return self.last - self.first

    @property
    def length(self) -> Floats:
        """Bases from the first bin's start to the last one's end."""
        return (self.end - self.start).astype(np.float64)

    def levels(self) -> SegmentLevels:
        """Autosomal segments as the purity fit sees them."""
        own = self.autosome
        return SegmentLevels(
            self.log2[own],
            self.log2_sd[own] ** 2,
            self.baf[own],
            self.baf_sd[own] ** 2,
            self.n_bins[own],
            self.length[own],
        )

    def containing(self, contig: str, position: int) -> int | None:
        """Index of the segment that holds a 0-based position, or None."""
        inside = (self.contig == contig) & (self.start <= position) & (self.end > position)
        found = np.flatnonzero(inside)
        return int(found[0]) if len(found) else None

    def _told(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        known = np.isfinite(self.log2)
        return known & self.autosome if (known & self.autosome).any() else known

    def main_log2(self) -> float:
        """Log2 of the commonest level of the autosomes, by length."""
        told = self._told()
        return main_level(self.log2[told], self.length[told])

    def mean_log2(self) -> float:
        """Log2 of the mean depth of the autosomes."""
        told = self._told()
        return float(np.log2(np.average(2.0 ** self.log2[told], weights=self.length[told])))


def measure_segments(bins: Bins, ranges: Ranges, hets: HetSites) -> Segments:
    """Levels of segments given as ranges of bins."""
    first = np.array([a for a, _ in ranges], dtype=np.int64)
    last = np.array([b for _, b in ranges], dtype=np.int64)
    sum_w = np.concatenate(([0.0], np.cumsum(bins.weight)))
    sum_wx = np.concatenate(([0.0], np.cumsum(bins.weight * bins.log2)))
    weight = sum_w[last] - sum_w[first]
    contig = bins.contig[first]
    baf, baf_sd, n_sites = _bafs(hets, first, last)
    return Segments(
        contig,
        bins.start[first],
        bins.end[last - 1],
        first,
        last,
        np.asarray((sum_wx[last] - sum_wx[first]) / weight + 0.0),
        np.asarray(max(bins.sd, _LEAST_SD) / np.sqrt(weight)),
        baf,
        baf_sd,
        n_sites,
        np.array([is_autosome(name) for name in contig.tolist()], dtype=np.bool_),
    )


def _bafs(hets: HetSites, first: Ints, last: Ints) -> tuple[Floats, Floats, Ints]:
    n = len(first)
    baf, baf_sd = np.full(n, np.nan), np.full(n, np.nan)
    order = np.argsort(hets.bin, kind="stable")
    order = order[hets.bin[order] >= 0]
    low = np.searchsorted(hets.bin[order], first, side="left")
    high = np.searchsorted(hets.bin[order], last, side="left")
    n_sites = (high - low).astype(np.int64)
    if len(order):
        # segments tile the bins, so the sites of one follow those of the one before
        borders = np.concatenate((low, high[-1:])).astype(np.int64)
        fit_segment_bafs(
            np.ascontiguousarray(hets.alt[order]),
            np.ascontiguousarray(hets.depth[order]),
            borders,
            (1 - OVERDISPERSION) / OVERDISPERSION,
            hets.alt_share,
            baf,
            baf_sd,
        )
    few = n_sites < MIN_SITES
    baf[few], baf_sd[few] = np.nan, np.nan
    return baf, baf_sd, n_sites
