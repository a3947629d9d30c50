"""Makes the fonts of this folder from Debian's `fonts-inter` (see SOURCE.md). Needs fontTools and brotli.

Usage: python subset.py FOLDER_WITH_INTER_OTF OUTPUT_FOLDER

Two things are baked into the character map, so that text in SVG plots has them too: tabular figures (`tnum`)
and unmistakable I and l (`cv08`, `cv05`). Ligatures and contextual forms (`calt`) are left out: they would
turn `c.7189->` into an arrow.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

LATIN = [*range(0x20, 0x7F), *range(0xA0, 0x180)]
WIDER = [*range(0x180, 0x250), *range(0x1E00, 0x1F00), *range(0x400, 0x460)]
GREEK = [*range(0x370, 0x400)]
SIGNS = [
    *range(0x2007, 0x2027), 0x202F, 0x2030, 0x2032, 0x2033, 0x2039, 0x203A, 0x2044, *range(0x2070, 0x207A),
    0x20AC, 0x2122, *range(0x2190, 0x2194), 0x2206, 0x2211, 0x2212, 0x221A, 0x221E, 0x2248, 0x2260, 0x2264,
    0x2265,
    0x25CB, 0x25CF, 0x2713, 0x2717, 0xFFFD,
]  # fmt: skip
EPOCH_2026 = 3850070400  # font files count seconds from 1904


def single_substitutions(font: TTFont, feature: str) -> dict[str, str]:
    """Glyph to glyph of a feature's one-to-one lookups."""
    table, found = font["GSUB"].table, {}
    for record in table.FeatureList.FeatureRecord:
        if record.FeatureTag == feature:
            for index in record.Feature.LookupListIndex:
                for lookup in table.LookupList.Lookup[index].SubTable:
                    inner = lookup.ExtSubTable if lookup.LookupType == 7 else lookup
                    if inner.LookupType == 1:
                        found.update(inner.mapping)
    return found


def bake(font: TTFont) -> None:
    """Point characters at their unmistakable and tabular forms."""
    figures = single_substitutions(font, "tnum")
    letters = {**single_substitutions(font, "cv05"), **single_substitutions(font, "cv08")}
    for table in font["cmap"].tables:
        for code, glyph in list(table.cmap.items()):
            if 0x30 <= code <= 0x39:
                table.cmap[code] = figures.get(glyph, glyph)
            elif glyph in letters:
                table.cmap[code] = letters[glyph]


def make(source: Path, target: Path, codes: list[int], *, weight: str) -> set[int]:
    """Write one subset; its character codes are returned."""
    font = TTFont(source, recalcTimestamp=False)
    bake(font)
    options = subset.Options(
        layout_features=["kern", "mark", "mkmk", "ccmp", "locl"],
        name_IDs=["*"],
        hinting=False,
        glyph_names=False,
    )
    options.drop_tables += ["DSIG", "STAT"]
    worker = subset.Subsetter(options)
    worker.populate(unicodes=codes)
    worker.subset(font)
    names = font["name"]
    for number, text in {16: "Inter", 17: weight}.items():
        names.setName(text, number, 3, 1, 0x409)
    font["head"].created = font["head"].modified = EPOCH_2026
    font.flavor = "woff2" if target.suffix == ".woff2" else None
    font.save(target)
    return set(font.getBestCmap())


def main() -> None:
    """Both weights, as OTF for the PDF and WOFF2 for the HTML, and the list of characters the OTFs hold."""
    source, out = Path(sys.argv[1]), Path(sys.argv[2])
    codes = set()
    for weight in ("Regular", "SemiBold"):
        otf = source / f"Inter-{weight}.otf"
        codes = make(otf, out / f"Inter-{weight}.otf", LATIN + WIDER + GREEK + SIGNS, weight=weight)
        make(otf, out / f"Inter-{weight}.woff2", LATIN + GREEK + SIGNS, weight=weight)
    ordered, ranges = sorted(codes), []
    for code in ordered:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    (out / "coverage.txt").write_text("".join(f"{low:04X}-{high:04X}\n" for low, high in ranges))


if __name__ == "__main__":
    main()
