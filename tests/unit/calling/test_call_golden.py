"""Calls of the invented pair: places, alleles, filters, counts, as stored (no floats: they differ by CPU)."""

import pysam
from calling_bams import somatic_pair

from golden import check_golden
from oncoloom.calling.options import CallInputs
from oncoloom.calling.pipeline import run_call


def lines(path):
    with pysam.VariantFile(str(path)) as handle:
        for one in handle:
            counts = [f"{name}={one.samples[name]['AD']}/{one.samples[name]['DP']}" for name in one.samples]
            yield "\t".join([one.chrom, str(one.pos), one.ref, ",".join(one.alts), *one.filter, *counts])


def test_calls_are_the_stored_ones(tmp_path):
    pair = somatic_pair(tmp_path)
    run_call(
        CallInputs(**{name: pair[name] for name in ("reference", "tumor", "normal")}), tmp_path / "calls"
    )
    for kind in ("somatic", "germline"):
        check_golden(f"calls/{kind}.tsv", "\n".join(lines(tmp_path / "calls" / f"{kind}.vcf.gz")) + "\n")
