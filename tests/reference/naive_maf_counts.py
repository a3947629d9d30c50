"""Features of a MAF counted the plain way, row by row: what the MAF door is held against."""

NONSYNONYMOUS = {
    "Missense_Mutation",
    "Nonsense_Mutation",
    "Frame_Shift_Del",
    "Frame_Shift_Ins",
    "In_Frame_Del",
    "Splice_Site",
}


def count(rows):
    """Patient to (distinct somatic variants, those that change a protein, highest allele fraction)."""
    out = {}
    for row in rows:
        sample = row["Tumor_Sample_Barcode"]
        loci, changing, fractions = out.setdefault(sample, (set(), set(), []))
        if row["Mutation_Status"] == "Germline" or row["FILTER"] not in ("", "PASS"):
            continue
        locus = (row["Start_Position"], row["Tumor_Seq_Allele2"])
        loci.add(locus)
        if row["Variant_Classification"] in NONSYNONYMOUS:
            changing.add(locus)
        fractions.append(int(row["t_alt_count"]) / int(row["t_depth"]))
    return {
        sample: (len(loci), len(changing), max(fractions, default=None))
        for sample, (loci, changing, fractions) in out.items()
    }
