"""Slow, obvious twins of the calling kernels: the readable specification that the fast ones are held to."""

import math

import numpy as np

CODES = "ACGT"
TRANSITIONS = {"AG", "GA", "CT", "TC"}


def walk(read):
    """(reference position, read offset) of each aligned base."""
    at, q = read.pos, 0
    for op, n in read.cigar:
        if op in "M=X":
            yield from ((at + k, q + k) for k in range(n))
            at, q = at + n, q + n
        elif op in "DN":
            at += n
        elif op in "IS":
            q += n


def substitution_events(reads, reference, min_quality):
    """Sorted (position, base code, read index, offset) of mismatches that count."""
    found = []
    for index, read in enumerate(reads):
        for at, q in walk(read):
            base = read.bases[q]
            differs = base in CODES and reference[at] in CODES and base != reference[at]
            if differs and read.qualities()[q] >= min_quality:
                found.append((at, CODES.index(base), index, q))
    return sorted(found)


def fragment_depth(reads, size):
    """Fragments over each base: a base that both mates cover counts once (mates by name)."""
    covered = [set() for _ in range(size)]
    for read in reads:
        for at, _ in walk(read):
            covered[at].add(read.name)
    return [len(names) for names in covered]


def left_align(reference, pos, ref, alt):
    """Allele trimmed and shifted to the left as Tan et al. 2015 do it."""
    while ref[-1:] == alt[-1:] and (len(ref) > 1 or len(alt) > 1):
        if pos == 0 and min(len(ref), len(alt)) == 1:
            break
        ref, alt = ref[:-1], alt[:-1]
        if not ref or not alt:
            pos -= 1
            ref, alt = reference[pos] + ref, reference[pos] + alt
    while len(ref) > 1 and len(alt) > 1 and ref[0] == alt[0]:
        ref, alt, pos = ref[1:], alt[1:], pos + 1
    return pos, ref, alt


def read_log_ratio(ref, alt, base, quality, mapq):
    """Log ratio of one read at one substitution (CALLING.md section 1), library floor included."""
    error = min(10 ** (-quality / 10) + 1e-4, 0.75)
    share = 0.45 if ref + alt in TRANSITIONS else 0.275
    plain = math.log((1 - error) / (error * share))
    ratio = math.exp(plain if base == alt else -plain)
    miss = max(10 ** (-mapq / 10), 1e-5)
    elsewhere = 0.03 * ratio if ratio > 1 else 0.97
    return math.log(((1 - miss) * ratio + miss * elsewhere) / ((1 - miss) + miss * elsewhere))


def fragment_ratios(reads, at, ref, alt, min_quality):
    """name -> (summed log ratio, set of what its reads show) at a substitution."""
    fragments = {}
    for read in reads:
        for position, q in walk(read):
            if position != at or read.qualities()[q] < min_quality:
                continue
            base = read.bases[q]
            total, shown = fragments.get(read.name, (0.0, frozenset()))
            if base in (ref, alt):
                total += read_log_ratio(ref, alt, base, read.qualities()[q], read.mapq)
            fragments[read.name] = (
                total,
                shown | {"ref" if base == ref else "alt" if base == alt else "other"},
            )
    return fragments


def read_sums(reads, reference, at, alt, min_quality):
    """{"alt" | "ref": `kernels.arrays.READ_SUMS` over the reads that show that allele} at a substitution."""
    names = ("reads", "mapq_sum", "low_mapq_reads", "clipped_reads", "mismatch_sum", "indel_sum", "cycle_sum")
    sums = {allele: dict.fromkeys((*names, "insert_reads", "insert_sum"), 0) for allele in ("alt", "ref")}
    for read in reads:
        shown = [(q, read.bases[q]) for p, q in walk(read) if p == at and read.qualities()[q] >= min_quality]
        for q, base in shown:
            if base not in (alt, reference[at]):
                continue
            own = sums["alt" if base == alt else "ref"]
            own["reads"] += 1
            own["mapq_sum"] += read.mapq
            own["low_mapq_reads"] += read.mapq < 30
            own["clipped_reads"] += any(op == "S" for op, _ in read.cigar)
            own["mismatch_sum"] += len(substitution_events([read], reference, min_quality)) - (base == alt)
            own["indel_sum"] += sum(op in "ID" for op, _ in read.cigar)
            own["cycle_sum"] += len(read.bases) - 1 - q if read.flag & 16 else q
            own["insert_reads"] += 0 < abs(read.tlen) <= 2000
            own["insert_sum"] += abs(read.tlen) if abs(read.tlen) <= 2000 else 0
    return sums


def find_repeats(sequence, least):
    """(start, end, unit) of maximal tandem repeats with a primitive unit of 1 to 6 bases."""
    found = []
    for unit in range(1, 7):
        start = 0
        while start + unit < len(sequence):
            end = start + unit
            while end < len(sequence) and sequence[end] == sequence[end - unit] and sequence[end] in CODES:
                end += 1
            length = end - start
            primitive = not any(
                unit % part == 0
                and sequence[start : start + unit] == sequence[start : start + part] * (unit // part)
                for part in range(1, unit)
            )
            valid = all(letter in CODES for letter in sequence[start:end])
            if length > unit and length >= least[unit] * unit and primitive and valid:
                found.append((start, end, unit))
            start = end - unit + 1 if length > unit else start + 1
    return sorted(found)


def curve(bins, counts, fractions):
    """Log likelihood of each allele fraction for a histogram of log ratios."""
    ratios = np.exp(-13.0 + 0.1 * np.asarray(bins, float))
    return np.array(
        [sum(n * math.log1p(f * (r - 1)) for r, n in zip(ratios, counts, strict=True)) for f in fractions]
    )


def log_mean(log_weights, values):
    """log sum w e^v."""
    return float(np.logaddexp.reduce(np.asarray(log_weights) + np.asarray(values)))


def hypotheses(histogram, fractions, w, v, leaks, leak_base, damage):
    """Log likelihoods of the hypotheses from dense histograms (8, n_bins)."""
    bins = np.arange(histogram.shape[1])
    curves = [curve(bins, row, fractions) for row in histogram]
    tumor, normal = curves[0] + curves[1] + curves[2], curves[3]
    with np.errstate(divide="ignore"):
        log_w, log_v = np.log(w), np.log(v)
    leak = np.full(len(fractions), leak_base)
    for share, weight in leaks:
        leak += weight * np.exp(curve(bins, histogram[3], share * fractions))
    at = {g: int(np.argmin(np.abs(fractions - g))) for g in (0.42, 0.5, 0.97)}
    carried = max(normal[at[0.5]], normal[at[0.97]], normal[at[0.42]] - 1)
    strands = [log_mean(log_w, curves[4 + s] + curves[6 + s]) for s in (0, 1)]
    damaged_normal = float(np.logaddexp(np.log(0.5), np.log(0.5) + log_mean(log_v, normal)))
    return {
        "somatic": log_mean(log_w, tumor + np.log(leak)),
        "germline": log_mean(log_w, tumor) + carried,
        "shared_noise": log_mean(log_v, tumor + normal),
        "strand": max(strands) - 0.7,
        "damage": log_mean(log_w, curves[damage]) + damaged_normal if damage >= 0 else -1e9,
    }


def repeat_lengths(reads, reference, start, end, unit, flank, least_mapq=20):
    """length -> fragments that tell how long a tract is (mates by name: the first that tells counts)."""
    found, counted = {}, set()
    for read in reads:
        if read.name in counted or read.mapq < least_mapq:
            continue
        length = told_length(read, reference, start, end, unit, flank)
        if length is not None:
            counted.add(read.name)
            found[length] = found.get(length, 0) + 1
    return found


def told_length(read, reference, start, end, unit, flank):
    """What one read says: between two aligned flanks, or along its own bases from one of them."""
    aligned, at, offset = {}, read.pos, 0
    for op, n in read.cigar:
        if op in "M=X":
            aligned |= {at + i: offset + i for i in range(n)}
        at += n if op in "MDN=X" else 0
        offset += n if op in "MIS=X" else 0
    left, right = aligned.get(start - flank), aligned.get(end + flank - 1)
    before, after = reference[start - flank : start], reference[end : end + flank]

    def near(bases, wanted):
        return len(bases) == flank and sum(a != b for a, b in zip(bases, wanted, strict=True)) <= 1

    if left is not None and right is not None:
        length = right - left + 1 - 2 * flank
        ok = near(read.bases[left : left + flank], before) and near(
            read.bases[right - flank + 1 : right + 1], after
        )
        return length if ok and length >= 0 else None
    if left is not None and read.cigar[-1][0] == "S" and near(read.bases[left : left + flank], before):
        return followed(read.bases[left + flank :], after, unit, end - start + 15)
    if (
        right is not None
        and read.cigar[0][0] == "S"
        and near(read.bases[right - flank + 1 : right + 1], after)
    ):
        return followed(read.bases[: right - flank + 1][::-1], before[::-1], unit, end - start + 15)
    return None


def followed(bases, flank, unit, most):
    """Bases before the flank, each equal to the one a unit earlier; None if it does not come."""
    for length in range(most + 1):
        if bases[length : length + len(flank)] == flank:
            return length
        if length >= unit and bases[length : length + 1] != bases[length - unit : length - unit + 1]:
            return None
    return None


def penalty(haplotype, at, read):
    """Nats that a read costs when its base 0 lies at `at` of a haplotype, without gaps."""
    total = 0.0
    for i, (base, quality) in enumerate(zip(read.bases, read.qualities(), strict=True)):
        x = at + i
        if not 0 <= x < len(haplotype):
            total += 1.0
        elif base not in CODES or haplotype[x] not in CODES:
            total += 1.4
        elif base != haplotype[x]:
            error = min(10 ** (-quality / 10), 0.75)
            total += max(math.log((1 - error) * 3 / error), 0.0)
    return total


def indel_ratio(reference, read, pos, ref, alt):
    """Log ratio of one read for an indel against the reference, before and after mapping doubt.

    Placements: at the aligned start and at the aligned end, with and without the change of length.
    """
    changed = reference[:pos] + alt + reference[pos + len(ref) :]
    change = len(alt) - len(ref)
    lead = read.cigar[0][1] if read.cigar[0][0] == "S" else 0
    trail = read.cigar[-1][1] if read.cigar[-1][0] == "S" else 0
    places = (read.pos - lead, read.end + trail - len(read.bases))
    with_it = min(penalty(changed, at + delta, read) for at in places for delta in (0, change))
    without = min(penalty(reference, at, read) for at in places)
    return max(-13.0, min(13.0, without - with_it))


def with_alleles(reference, alleles):
    """The reference with alleles (pos, ref, alt), which do not overlap, applied."""
    text = reference
    for one in sorted(alleles, key=lambda one: -one.pos):
        text = text[: one.pos] + one.alt + text[one.pos + len(one.ref) :]
    return text


def competition(reference, read, alleles, candidate):
    """Best haplotype with the candidate minus the best without: every set of the alleles is a haplotype."""
    best = {True: math.inf, False: math.inf}
    for chosen in range(1 << len(alleles)):
        own = [one for turn, one in enumerate(alleles) if chosen >> turn & 1]
        changes = [len(one.alt) - len(one.ref) for one in own]
        shifts = {sum(c for t, c in enumerate(changes) if k >> t & 1) for k in range(1 << len(own))}
        haplotype = with_alleles(reference, own)
        has = bool(chosen >> candidate & 1)
        places = (read.pos, read.end - len(read.bases))
        best[has] = min(best[has], *(penalty(haplotype, at + d, read) for at in places for d in shifts))
    return best[False] - best[True]
