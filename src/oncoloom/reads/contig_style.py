"""Two styles of contig names, `chr1` and `1`, told apart and translated once at the door."""

from collections.abc import Iterable, Mapping


def other_style(name: str) -> str:
    """The same contig in the other style: chr1 for 1, 1 for chr1, chrM for MT."""
    if name.startswith("chr"):
        bare = name[3:]
        return "MT" if bare == "M" else bare
    return "chrM" if name == "MT" else f"chr{name}"


def style_of(names: Iterable[str]) -> str:
    """In words, how contigs are named: "chr1 style", "1 style", or "mixed"."""
    with_prefix = {name.startswith("chr") for name in names}
    if len(with_prefix) > 1:
        return "mixed"
    return "chr1 style" if True in with_prefix else "1 style"


def rename_contigs(
    names: Iterable[str], known: Mapping[str, int] | Iterable[str]
) -> tuple[dict[str, str], int]:
    """Translate contig names to those of a reference.

    Returns
    -------
    renamed
        From each name that the reference has, in either style, to the reference's name; others are absent.
    n_renamed
        How many names changed.
    """
    have = set(known)
    renamed: dict[str, str] = {}
    for name in sorted(set(names)):
        if name in have:
            renamed[name] = name
        elif other_style(name) in have:
            renamed[name] = other_style(name)
    return renamed, sum(new != old for old, new in renamed.items())


class RowContigs:
    """Translates the contig names of a file row by row to those of a reference, and counts.

    Attributes
    ----------
    n_rows, n_renamed, n_unknown
        Rows asked for, written in the other style, and on contigs that the reference lacks in either.
    """

    def __init__(self, known: Iterable[str]) -> None:
        self._known = set(known)
        self.n_rows = self.n_renamed = self.n_unknown = 0

    def own(self, name: str) -> str | None:
        """The reference's name of a row's contig; None where it has none."""
        self.n_rows += 1
        if name in self._known:
            return name
        other = other_style(name)
        if other in self._known:
            self.n_renamed += 1
            return other
        self.n_unknown += 1
        return None
