"""What must not change a byte: tiles, format, and resources given to shards. (Threads: test_whole_call.)"""

import pysam
import pytest
from calling_bams import other_base, somatic_pair

from oncoloom.calling import tiles
from oncoloom.calling.options import CallInputs
from oncoloom.calling.pipeline import run_call, run_call_finish

RESULTS = (
    "somatic.vcf.gz",
    "germline.vcf.gz",
    "callable.bed.gz",
    "qc.json",
    "features_raw.parquet",
    "tally.json",
)


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """A pair with frequencies and forced alleles: one that is there, one that is not."""
    folder = tmp_path_factory.mktemp("pair")
    pair = somatic_pair(folder)
    one = pair["contigs"]["one"]
    rows = [(500, "0.2"), (700, "0.0001"), (2500, "0.01")]
    head = "##fileformat=VCFv4.2\n##contig=<ID=one>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    text = "".join(
        f"one\t{at + 1}\t.\t{one[at]}\t{other_base(one[at])}\t.\t.\tAF={value}\n" for at, value in rows
    )
    for name in ("popaf", "alleles"):
        (folder / f"{name}.vcf").write_text(head + text, encoding="ascii")
    pair["inputs"] = {
        **{name: pair[name] for name in ("reference", "tumor", "normal")},
        "population_af": folder / "popaf.vcf",
        "alleles": folder / "alleles.vcf",
    }
    return pair


@pytest.fixture(scope="module")
def called(pair, tmp_path_factory):
    folder = tmp_path_factory.mktemp("called")
    run_call(CallInputs(**pair["inputs"]), folder)
    return {name: (folder / name).read_bytes() for name in RESULTS}


def bytes_of(folder):
    return {name: (folder / name).read_bytes() for name in RESULTS}


@pytest.mark.parametrize("tile_bp", [257, 1_000])
def test_tiles_of_any_size(pair, called, tmp_path, monkeypatch, tile_bp):
    monkeypatch.setattr(tiles, "TILE_BP", tile_bp)
    run_call(CallInputs(**pair["inputs"]), tmp_path, threads=2)
    assert bytes_of(tmp_path) == called


def test_resources_reach_every_shard(pair, called, tmp_path):
    folders = []
    for k, text in enumerate(("one\t0\t700\n", "one\t700\t2500\ntwo\t100\t200\n", "one\t2500\t3000\n")):
        bed = tmp_path / f"{k}.bed"
        bed.write_text(text + ("two\t0\t100\ntwo\t200\t3000\n" if k == 2 else ""))
        folders.append(tmp_path / f"shard{k}")
        run_call(CallInputs(**pair["inputs"], regions=bed), folders[-1], evidence_only=True)
    run_call_finish(folders[::-1], tmp_path / "whole")
    assert bytes_of(tmp_path / "whole") == called


def test_shards_that_cut_a_gap_between_targets(pair, tmp_path):
    """Variants lie in the gap (1100, 1400): neither the whole nor a shard counts them as candidates."""
    targets = tmp_path / "targets.bed"
    targets.write_text("one\t400\t1000\none\t1700\t2400\n")
    given = {**pair["inputs"], "targets": targets}
    run_call(CallInputs(**given), tmp_path / "whole")
    folders = []
    for k, text in enumerate(("one\t0\t1250\n", "one\t1250\t3000\ntwo\t0\t3000\n")):
        bed = tmp_path / f"{k}.bed"
        bed.write_text(text)
        folders.append(tmp_path / f"shard{k}")
        run_call(CallInputs(**given, regions=bed), folders[-1], evidence_only=True)
    run_call_finish(folders, tmp_path / "together")
    assert bytes_of(tmp_path / "together") == bytes_of(tmp_path / "whole")


def test_cram_gives_the_bytes_of_bam(pair, called, tmp_path):
    crams = {}
    for role in ("tumor", "normal"):
        crams[role] = tmp_path / f"{role}.cram"
        options = ["-C", "-T", str(pair["reference"]), "-o", str(crams[role]), str(pair[role])]
        pysam.view(*options, catch_stdout=False)
        pysam.index(str(crams[role]))
    run_call(CallInputs(**{**pair["inputs"], **crams}), tmp_path / "out")
    assert bytes_of(tmp_path / "out") == called


def test_a_call_that_breaks_in_its_finish_leaves_no_file_under_a_final_name(pair, tmp_path, monkeypatch):
    """As if killed while it writes: whatever stands there is whole."""
    from oncoloom.calling import finish

    def broken(*_args, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(finish, "build_qc", broken)
    with pytest.raises(KeyboardInterrupt):
        run_call(CallInputs(**pair["inputs"]), tmp_path / "out")
    left = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert not [path for path in left if path.name.startswith(".")]  # no temporary ones
    for path in left:
        if path.suffix == ".gz":
            with pysam.BGZFile(str(path), "rb") as handle:
                handle.read()
