"""Indel evidence and repeat lengths against their naive twins."""

import naive_calling as naive
import numpy as np
from calling_reads import Read, apply_edits, encode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oncoloom.calling.alleles import Allele, places_of
from oncoloom.calling.candidate_evidence import COST_TABLE, allele_arrays, room_for, weigh_candidates
from oncoloom.calling.options import CallOptions
from oncoloom.calling.rivals import choose_rivals
from oncoloom.calling.sample_reads import ReferenceWindow, prepare_reads
from oncoloom.kernels.arrays import STATISTIC, with_mapping_doubt
from oncoloom.kernels.haplotypes import lay_out_haplotypes
from oncoloom.kernels.read_placement import weigh_read
from oncoloom.kernels.repeat_reads import count_repeat_lengths

FAST = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SIZE = 400


def prepared(reference, reads):
    columns, ordered = encode(reads)
    window = ReferenceWindow.from_ascii(0, np.frombuffer(reference.encode(), np.uint8))
    sample = prepare_reads(columns, window, start=0, end=len(reference), min_base_quality=13, callable_mapq=1)
    return sample, window, ordered


@FAST
@given(
    st.integers(0, 10_000),
    st.integers(-4, 5).filter(bool),
    st.lists(st.tuples(st.integers(100, 195), st.booleans(), st.integers(0, 12)), min_size=1, max_size=6),
)
def test_indel_ratio_is_the_best_placement_with_minus_without(seed, change, reads_at):
    random = np.random.Generator(np.random.PCG64(seed))
    reference = "".join(random.choice(list("ACGT"), SIZE))
    inserted = "".join(random.choice(list("ACGT"), max(change, 0)))
    edit = ("ins", inserted) if change > 0 else ("del", -change)
    if change > 0:
        pos, ref, alt = naive.left_align(reference, 200, reference[200], reference[200] + inserted)
    else:
        pos, ref, alt = naive.left_align(reference, 199, reference[199 : 200 - change], reference[199])
    reads = []
    for name, (start, carries, clip) in enumerate(reads_at):
        bases, cigar = apply_edits(reference, start, 110, {200: edit} if carries else {})
        if clip and cigar[-1][1] > clip + 1:
            cigar = (*cigar[:-1], ("M", cigar[-1][1] - clip), ("S", clip))
        reads.append(Read(name + 1, start, cigar, bases, 37, 16 * (name % 2)))
    sample, window, ordered = prepared(reference, reads)
    allele = Allele(pos, ref, alt)
    counts = weigh_candidates([allele], window, sample, None, CallOptions())
    anchor = pos if ref[0] == alt[0] else pos - 1
    expected = []
    for read in ordered:
        trail = read.cigar[-1][1] if read.cigar[-1][0] == "S" else 0
        if read.pos <= anchor and read.end + trail > anchor + 1:
            plain = naive.indel_ratio(reference, read, pos, ref, alt)
            expected.append(float(with_mapping_doubt(np.array([round(plain, 1)]), np.array([60]))[0]))
    found = counts.histogram[0, :3].sum(axis=0)
    assert found.sum() == len(expected)
    bins = np.repeat(np.arange(found.shape[0]), found)
    slow = np.sort(np.floor((np.clip(expected, -13, 13) + 13) * 10 + 0.5))
    assert (np.abs(bins - slow) <= 2).all()  # float32 costs and two roundings to a tenth of a nat


READ_OVER_REPEAT = st.tuples(
    st.integers(5, 60),
    st.integers(-3, 3),
    st.booleans(),
    st.sampled_from(["", "left", "right"]),
    st.integers(0, 2),
)


@FAST
@given(st.lists(READ_OVER_REPEAT, min_size=1, max_size=10), st.integers(0, 2**31))
def test_repeat_lengths(reads_at, seed):
    reference = ("ACGTCAGT" * 8)[:60] + "G" + "CA" * 8 + "T" + ("TGCATCGA" * 10)[:80]
    start, end = 61, 77
    random = np.random.default_rng(seed)
    reads = []
    for name, (at, steps, mated, clip, wrong) in enumerate(reads_at):
        edits = {}
        if steps < 0:
            edits = {61: ("del", -2 * steps)}
        elif steps > 0:
            edits = {60: ("ins", "CA" * steps)}
        bases, cigar = apply_edits(reference, at, 85, edits)
        for place in random.integers(0, len(bases), wrong).tolist():
            bases = bases[:place] + "ACGT"[random.integers(0, 4)] + bases[place + 1 :]
        pos = at
        if (
            clip and len(cigar) == 3
        ):  # as an aligner does near a read's end: the far side of the gap is clipped
            (_, one), (op, n), (_, other) = cigar
            n = n if op == "I" else 0
            if clip == "right":
                cigar = (("M", one), ("S", n + other))
            else:
                pos = at + one + (0 if op == "I" else -2 * steps)
                cigar = (("S", one + n), ("M", other))
        mapq = 60 if random.random() < 0.8 else 10
        flags = (0x41, 0x81) if mated else (0,)
        reads += [
            Read(name + 1, pos, cigar, bases, flag=flag, mapq=mapq, mate_pos=pos if mated else -1)
            for flag in flags
        ]
    sample, window, ordered = prepared(reference, reads)
    histogram = np.zeros((1, 60), np.int32)
    columns = sample.columns
    count_repeat_lengths(
        np.array([[start, end, 2]], np.int64),
        5,
        window.code,
        window.start,
        sample.fate,
        columns.mapq,
        20,
        columns.pos,
        columns.end,
        columns.l_seq,
        columns.n_cigar,
        columns.cigar_at,
        columns.seq_at,
        columns.arena,
        sample.mate,
        sample.longest,
        np.full(len(columns), -1, np.int32),
        histogram,
    )
    found = {int(length): int(histogram[0, length]) for length in np.flatnonzero(histogram[0])}
    assert found == naive.repeat_lengths(ordered, reference, start, end, 2, 5)


def test_rivals_are_near_and_supported():
    alleles = [
        Allele(100, "A", "C"),  # near an indel
        Allele(110, "A", "AT"),
        Allele(150, "AT", "A"),  # too weak for a rival
        Allele(158, "G", "T"),  # substitutions do not compete with each other
        Allele(300, "A" * 100, "A"),
        Allele(420, "C", "G"),  # within 60 bp of the deletion's end
        Allele(520, "C", "G"),
    ]
    borders, chosen = choose_rivals(places_of(alleles), np.array([20, 10, 2, 9, 50, 4, 9], np.int64))
    found = [chosen[borders[c] : borders[c + 1]].tolist() for c in range(len(alleles))]
    assert found == [[1], [0, 3], [0, 1, 3], [1], [], [4], []]
    support = np.array([20, 2, 10, 3, 20, 3, 0], np.int64)
    borders, chosen = choose_rivals(places_of(alleles), support)
    found = [chosen[borders[c] : borders[c + 1]].tolist() for c in range(len(alleles))]
    assert found == [[2], [0, 2, 3], [0, 3], [2], [5], [4], []]


def test_a_part_competes_with_its_block():
    alleles = [Allele(100, "AC", "GT"), Allele(101, "C", "T"), Allele(103, "C", "T")]
    borders, chosen = choose_rivals(places_of(alleles), np.array([5, 5, 5], np.int64))
    assert (borders.tolist(), chosen.tolist()) == ([0, 0, 1, 1], [0])


def test_what_only_assembly_knows_needs_half_of_the_support():
    alleles = [Allele(100, "G", "G" + "ACGT" * 20), Allele(150, "TGATTGGCCA", "T")]
    for support, rivals in (([3, 20], []), ([10, 20], [0])):
        borders, chosen = choose_rivals(places_of(alleles), np.array(support), np.array([True, False]))
        assert chosen[borders[1] : borders[2]].tolist() == rivals
        assert chosen[: borders[1]].tolist() == [1]


@FAST
@given(
    st.integers(0, 10_000),
    st.lists(st.tuples(st.integers(100, 195), st.integers(0, 7)), min_size=1, max_size=8),
)
def test_competition_is_best_set_with_minus_best_set_without(seed, reads_at):
    """The candidate and two rivals: every set of them makes a haplotype."""
    random = np.random.Generator(np.random.PCG64(seed))
    reference = "".join(random.choice(list("ACGT"), SIZE))
    places, alleles = (185, 200, 212), []
    for at in places:
        kind = random.integers(0, 3)
        if kind == 0:
            ref, alt = reference[at], "ACGT"["TACG".index(reference[at])]
        elif kind == 1:
            ref, alt = reference[at : at + int(random.integers(2, 5))], reference[at]
        else:
            ref, alt = reference[at], reference[at] + "".join(random.choice(list("ACGT"), 2))
        alleles.append(Allele(*naive.left_align(reference, at, ref, alt)))
    reads = []
    for name, (start, carried) in enumerate(reads_at):
        chosen = [one for turn, one in enumerate(alleles) if carried >> turn & 1]
        bases = naive.with_alleles(reference, chosen)[start : start + 110]
        reads.append(Read(name + 1, start, (("M", 110),), bases, 37, 16 * (name % 2)))
    sample, window, ordered = prepared(reference, reads)
    table = allele_arrays(alleles, window)
    table = table._replace(rival_at=np.array([0, 0, 2, 2], np.int64), rival=np.array([0, 2], np.int64))
    haplotypes, buffer = room_for(table)
    low = 0
    n = lay_out_haplotypes(1, low, SIZE, table, window.code, 0, haplotypes)
    for i, read in enumerate(ordered):
        buffer.shape[:] = 0
        found = weigh_read(
            i,
            alleles[1].pos,
            low,
            n,
            haplotypes,
            sample.arrays,
            COST_TABLE,
            buffer,
        )
        slow = naive.competition(reference, read, alleles, 1)
        assert abs(np.clip(found, -13, 13) - np.clip(slow, -13, 13)) < 0.01


def test_competing_alleles_do_not_share_their_reads():
    """Reads with one repeat unit more support that allele, not the one with two units more."""
    reference = ("ACGTCAGT" * 20)[:120] + "G" + "CA" * 8 + "T" + ("TGCATCGA" * 30)[:200]
    reads = []
    for name in range(30):
        edits = {120: ("ins", "CA" * (1 if name < 10 else 2))} if name < 20 else {}
        bases, cigar = apply_edits(reference, 60 + name, 110, edits)
        reads.append(Read(name + 1, 60 + name, cigar, bases, flag=16 * (name % 2)))
    sample, window, _ = prepared(reference, reads)
    alleles = [Allele(120, "G", "GCA"), Allele(120, "G", "GCACA")]
    counts = weigh_candidates(alleles, window, sample, None, CallOptions()).tumor
    assert counts[:, STATISTIC["alt"]].tolist() == [10, 10]
    assert counts[:, STATISTIC["ref"]].tolist() == [10, 10]
    assert counts[:, STATISTIC["other"]].tolist() == [10, 10]
