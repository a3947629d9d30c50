"""A look at a place as text for a terminal: verdicts, counts, and a pile-up of single reads."""

from collections.abc import Iterator, Sequence

from oncoloom.calling.look.model import STATES, AlleleLook, LocusLook, SampleLook, probability
from oncoloom.calling.look.pileup import ShownRead

_TAB = "  "


def look_text(look: LocusLook) -> str:
    """Everything that `look` holds, at most about 120 columns wide (the pile-up as wide as its view)."""
    lines = [f"{look.locus}   {_context(look)}"]
    lines += list(_place(look))
    for allele in look.alleles:
        lines += ["", *_allele(allele)]
    if not look.alleles:
        lines += ["", "no read shows anything but the reference here"]
    lines += ["", *_neighbors(look)]
    for role, sample in look.samples.items():
        lines += ["", *_pileup(look, role, sample)]
    return "\n".join(line.rstrip() for line in lines)


def _context(look: LocusLook) -> str:
    a, b = look.start - look.view_start, look.end - look.view_start + 1
    text = look.reference
    return f"{text[max(0, a - 15) : a]}[{text[a:b]}]{text[b : b + 15]}"


def _place(look: LocusLook) -> Iterator[str]:
    yield {True: "within the targets", False: "outside the targets", None: "targets not given"}[
        look.in_targets
    ] + f"; {look.callable_bases} of {look.end - look.start + 1} bases callable"
    for role, sample in look.samples.items():
        low, high = sample.depth
        depth = f"{low}" if low == high else f"{low}-{high}"
        bases = ", ".join(f"{name} {n}" for name, n in sample.bases.items()) or "none"
        left_out = {name: n for name, n in sample.pileup.fates.items() if name != "used"}
        said = ", ".join(f"{name.replace('_', ' ')} {n}" for name, n in left_out.items())
        yield (
            f"{role} {sample.sample}: depth {depth} fragments (callable from {sample.least_depth}); "
            f"reads by base: {bases}" + (f"; not used: {said}" if said else "")
        )
    for note in look.notes:
        yield f"! {note}"


def _allele(allele: AlleleLook) -> Iterator[str]:
    marks = "" if allele.filters in ((), ("PASS",)) else f" [{', '.join(allele.filters)}]"
    yield f"{allele.pos} {allele.name}: {STATES[allele.state]}{marks}"
    for reason in allele.reasons:
        yield f"{_TAB}- {reason}"
    if allele.posterior:
        shown = ", ".join(f"{name} {probability(value)}" for name, value in allele.posterior.items())
        yield f"{_TAB}posteriors: {shown}"
    head: tuple[str, ...] = (
        "",
        "alt",
        "ref",
        "other",
        "unclear",
        "AF",
        "fwd/rev",
        "F1R2/F2R1",
        "mates disagree",
    )
    head += ("base quality", "MAPQ", "from read end", "clipped", "starts")
    rows: list[tuple[str, ...]] = [head]
    for role, one in allele.counts.items():
        quality = "-" if one.base_quality is None else "{0}-{2}, median {1}".format(*one.base_quality)
        rows.append(
            (
                role,
                f"{one.alt}",
                f"{one.ref}",
                f"{one.other}",
                f"{one.ambiguous}",
                "-" if one.af is None else f"{one.af:.3g}",
                f"{one.forward}/{one.reverse}",
                f"{one.f1r2}/{one.f2r1}",
                f"{one.discordant}",
                quality,
                "-" if one.mapq is None else f"{one.mapq:g}",
                "-" if one.end_distance is None else f"{one.end_distance}",
                f"{one.clipped} of {one.supporting_reads}",
                f"{one.starts}{'+' if one.starts >= 4 else ''}" + (" (sampled)" if one.sampled else ""),
            )
        )
    yield from _table(rows)


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[x]) for row in rows) for x in range(len(rows[0]))]
    for row in rows:
        yield _TAB + _TAB.join(text.ljust(width) for text, width in zip(row, widths, strict=True))


def _neighbors(look: LocusLook) -> Iterator[str]:
    if not look.neighbors:
        yield "no other candidate nearby"
        return
    yield "candidates nearby:"
    for one in look.neighbors:
        marks = "" if one.filters in ((), ("PASS",)) else f" [{', '.join(one.filters)}]"
        figures = "" if one.af is None else f", AF {one.af:g}"
        figures += "" if one.posterior is None else f", posterior {one.posterior:.3g}"
        place = one.pos - look.start
        yield f"{_TAB}{one.pos} ({place:+d}) {one.ref}>{one.alt}: {STATES[one.state]}{marks}{figures}"


def _pileup(look: LocusLook, role: str, sample: SampleLook) -> Iterator[str]:
    pile = sample.pileup
    shown = len(pile.shown)
    total = sum(pile.n_reads.values())
    groups = f"{pile.n_reads['alt']} for, {pile.n_reads['ref']} against, {pile.n_reads['none']} undecided"
    yield (
        f"{role} {sample.sample}: {shown} of {total} reads shown"
        + (f" ({groups} {look.focus})" if look.focus else "")
        + (", chosen by name hash" if shown < total else "")
    )
    yield f"{_TAB}{look.reference}  " + "nats  BQ  MAPQ     base  pair  mate  fragment"
    marker = "".join(
        "^" if look.start <= at <= look.end else " " for at in range(look.view_start, look.view_end + 1)
    )
    yield f"{_TAB}{marker}"
    for read in pile.shown:
        yield f"{_TAB}{read_line(look, read)}  {_figures(read)}"


def read_line(look: LocusLook, read: ShownRead) -> str:
    """A read against the view: ``.`` forward and ``,`` reverse where it has the reference's base.

    A differing base is a letter (small on the reverse strand), ``*`` a deleted base, ``+`` the base before
    an insertion, ``~`` a clipped base, ``>`` a skipped one, a space where the read does not reach.
    """
    low, high = look.view_start - 1, look.view_end
    same = "," if read.reverse else "."
    line = [same if read.start <= at < read.end else " " for at in range(low, high)]

    def put(at: int, letter: str) -> None:
        if low <= at < high:
            line[at - low] = letter.lower() if read.reverse else letter

    for at in range(read.start - len(read.clip_left), read.start):
        put(at, "~")
    for at in range(read.end, read.end + len(read.clip_right)):
        put(at, "~")
    for place, n in read.deletions:
        for at in range(place, place + n):
            put(at, "*")
    for place, n in read.skips:
        for at in range(place, place + n):
            put(at, ">")
    for place, base, _ in read.mismatches:
        put(place, base)
    for place, _ in read.insertions:
        put(place, "+")
    return "".join(line)


def _figures(read: ShownRead) -> str:
    ratio = "   ." if read.ratio is None else f"{read.ratio:+4.0f}"
    quality = " ." if read.quality is None else f"{read.quality:2d}"
    place = "-" if read.place is None else f"{read.place}/{read.length}"
    inserted = " ".join(f"+{bases}" for _, bases in read.insertions)
    pair = read.orientation or "----"
    return (
        f"{ratio}  {quality}  {read.mapq:4d}  {place:>7}  {pair}  {read.mate or '-':>4}  {read.fragment:>8}"
        + (f"  {inserted}" if inserted else "")
    )
