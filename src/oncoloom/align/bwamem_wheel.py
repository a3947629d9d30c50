"""bwa mem from the `bwamem` wheel, as a program of its own: SAM on standard output, as `bwa mem` writes it.

``python -m oncoloom.align.bwamem_wheel index FASTA PREFIX`` and
``python -m oncoloom.align.bwamem_wheel mem THREADS CHUNK_BASES READ_GROUP PREFIX READS_1 READS_2``

The wheel's own Python functions align pairs without estimating the insert size from the batch, so their
flags and mapping qualities differ from bwa's. Its library holds bwa's `mem_process_seqs`, which is what
`bwa mem` calls: this module calls it directly. The library ends the process on a fault, so it lives in a
process of its own.
"""

import ctypes
import sys
from importlib import metadata
from importlib.util import find_spec
from typing import Any

_MEM_F_PE = 0x2
_INDEX_ALL = 0x7


class _Options(ctypes.Structure):
    """mem_opt_t of bwa 0.7.17 up to `chunk_size`; checked against its known defaults at start."""

    _fields_ = [
        *((name, ctypes.c_int) for name in ("a", "b", "o_del", "e_del", "o_ins", "e_ins")),
        *((name, ctypes.c_int) for name in ("pen_unpaired", "pen_clip5", "pen_clip3", "w", "zdrop")),
        ("max_mem_intv", ctypes.c_uint64),
        *((name, ctypes.c_int) for name in ("T", "flag", "min_seed_len", "min_chain_weight")),
        ("max_chain_extend", ctypes.c_int),
        ("split_factor", ctypes.c_float),
        *((name, ctypes.c_int) for name in ("split_width", "max_occ", "max_chain_gap")),
        *((name, ctypes.c_int) for name in ("n_threads", "chunk_size")),
    ]


_DEFAULTS = {
    "a": 1,
    "b": 4,
    "o_del": 6,
    "e_del": 1,
    "pen_unpaired": 17,
    "w": 100,
    "zdrop": 100,
    "max_mem_intv": 20,
    "T": 30,
    "flag": 0,
    "min_seed_len": 19,
    "split_factor": 1.5,
    "split_width": 10,
    "max_occ": 500,
    "max_chain_gap": 10000,
    "n_threads": 1,
    "chunk_size": 10_000_000,
}


class _Index(ctypes.Structure):
    _fields_ = [("bwt", ctypes.c_void_p), ("bns", ctypes.c_void_p), ("pac", ctypes.c_void_p)]


class _Read(ctypes.Structure):
    """bseq1_t."""

    _fields_ = [
        ("l_seq", ctypes.c_int),
        ("id", ctypes.c_int),
        *((name, ctypes.c_void_p) for name in ("name", "comment", "seq", "qual", "sam")),
    ]


def library_path() -> str | None:
    """File of the wheel's library; None where the wheel is not installed."""
    spec = find_spec("bwalib")
    return spec.origin if spec else None


def _load() -> Any:
    path = library_path()
    if path is None:
        raise SystemExit("the bwamem wheel is not installed")
    library = ctypes.CDLL(path)
    library.mem_opt_init.restype = ctypes.POINTER(_Options)
    library.bwa_idx_load.restype = ctypes.POINTER(_Index)
    library.bwa_idx_load.argtypes = [ctypes.c_char_p, ctypes.c_int]
    library.bwa_set_rg.restype = ctypes.c_void_p
    library.err_xzopen_core.restype = ctypes.c_void_p
    library.err_xzopen_core.argtypes = [ctypes.c_char_p] * 3
    library.kseq_init.restype = ctypes.c_void_p
    library.kseq_init.argtypes = [ctypes.c_void_p]
    library.bseq_read.restype = ctypes.POINTER(_Read)
    library.bseq_read.argtypes = [
        ctypes.c_int,
        ctypes.POINTER(ctypes.c_int),
        ctypes.c_void_p,
        ctypes.c_void_p,
    ]
    library.mem_process_seqs.restype = None
    library.mem_process_seqs.argtypes = [
        ctypes.POINTER(_Options),
        ctypes.c_void_p,
        ctypes.c_void_p,
        ctypes.c_void_p,
        ctypes.c_int64,
        ctypes.c_int,
        ctypes.POINTER(_Read),
        ctypes.c_void_p,
    ]
    library.bwa_print_sam_hdr.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    library.fflush.argtypes = [ctypes.c_void_p]
    library.free.argtypes = [ctypes.c_void_p]
    return library


def _options(library: Any, threads: int, chunk_bases: int) -> Any:
    options = library.mem_opt_init()
    for name, value in _DEFAULTS.items():
        if getattr(options.contents, name) != value:
            raise SystemExit(f"the bwamem wheel's library has another layout: {name} is not {value}")
    options.contents.n_threads = threads
    options.contents.chunk_size = chunk_bases
    options.contents.flag |= _MEM_F_PE
    return options


def _free(library: Any, read: Any) -> None:
    for pointer in (read.name, read.seq, read.qual, read.sam):
        library.free(pointer)


def align(threads: int, chunk_bases: int, read_group: str, prefix: str, reads: list[str]) -> None:
    """Write the alignments of a pair of FASTQ files to standard output, in batches of `chunk_bases`."""
    library = _load()
    options = _options(library, threads, chunk_bases)
    index = library.bwa_idx_load(prefix.encode(), _INDEX_ALL)
    if not index:
        raise SystemExit(f"no bwa index at {prefix}")
    if not library.bwa_set_rg(read_group.encode()):
        raise SystemExit("the read group line is broken")
    streams = [library.kseq_init(library.err_xzopen_core(b"align", path.encode(), b"r")) for path in reads]
    version = metadata.version("bwamem")
    header = read_group.replace("\\t", "\t") + f"\n@PG\tID:bwa\tPN:bwamem\tVN:{version}"
    library.bwa_print_sam_hdr(index.contents.bns, header.encode())
    library.fflush(None)  # the library writes through its own buffer
    n_done, n = 0, ctypes.c_int(0)
    while batch := library.bseq_read(chunk_bases, ctypes.byref(n), *streams):
        for i in range(n.value):
            library.free(batch[i].comment)
            batch[i].comment = None
        parts = index.contents
        library.mem_process_seqs(options, parts.bwt, parts.bns, parts.pac, n_done, n.value, batch, None)
        n_done += n.value
        for i in range(n.value):
            sys.stdout.buffer.write(ctypes.string_at(batch[i].sam))
            _free(library, batch[i])
        library.free(ctypes.cast(batch, ctypes.c_void_p))
    sys.stdout.buffer.flush()


def build_index(fasta: str, prefix: str) -> None:
    """Write a bwa index of `fasta` (prefix.amb, .ann, .bwt, .pac, .sa)."""
    library = _load()
    if library.bwa_idx_build(fasta.encode(), prefix.encode(), 0, 10_000_000):
        raise SystemExit("the index could not be built")


if __name__ == "__main__":
    verb, *words = sys.argv[1:]
    if verb == "index":
        build_index(*words)
    else:
        align(int(words[0]), int(words[1]), words[2], words[3], words[4:])
