"""Slow, obvious twin of the local assembly: k-mers as text, a dictionary as graph."""

from collections import Counter, defaultdict

K, LEAST_QUALITY, LEAST_FRAGMENTS, MOST_NOVEL = 25, 15, 3, 230


def differs(read, reference):
    """Whether a read takes part: a clip, an indel, or three mismatches of quality 13."""
    if len(read.cigar) > 1:
        return True
    pairs = zip(read.bases, reference[read.pos : read.end], read.qualities(), strict=True)
    return sum(mine != theirs and quality >= 13 for mine, theirs, quality in pairs) >= 3


def good_kmers(read):
    """K-mers of a read without a base of low quality."""
    quality = read.qualities()
    for start in range(len(read.bases) - K + 1):
        if min(quality[start : start + K]) >= LEAST_QUALITY:
            yield read.bases[start : start + K]


def walks(reference, reads, low, high):
    """Sorted (leave, back, bases) of all walks over novel k-mers of three fragments; if none, of two.

    Fewer than three reads that differ make no walk.
    """
    differing = [read for read in reads if read.pos < high and read.end > low and differs(read, reference)]
    if len(differing) < LEAST_FRAGMENTS:
        return []
    places = Counter(reference[x : x + K] for x in range(low, high - K + 1))
    unique = {reference[x : x + K]: x + K for x in range(low, high - K + 1)}
    unique = {kmer: end for kmer, end in unique.items() if places[kmer] == 1}
    names = defaultdict(set)
    for read in differing:
        for kmer in good_kmers(read):
            names[kmer].add(read.name)
    return walks_over(unique, names, places, LEAST_FRAGMENTS) or walks_over(
        unique, names, places, LEAST_FRAGMENTS - 1
    )


def walks_over(unique, names, places, least):
    """Walks over novel k-mers that at least `least` fragments show."""
    novel = {kmer for kmer, who in names.items() if kmer not in places and len(who) >= least}
    found = []

    def extend(leave, kmer, bases):
        for base in "ACGT":
            following = kmer[1:] + base
            if following in unique and bases:
                found.append((leave, unique[following], bases + base))
            elif following in novel and len(bases) < MOST_NOVEL:
                extend(leave, following, bases + base)

    for kmer, end in unique.items():
        extend(end, kmer, "")
    return sorted(found)
