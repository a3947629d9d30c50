"""What determines a call set: the resolved scientific options, recorded in headers and shards."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

BUNDLED = "bundled"  # the learned filter that travels with oncoloom for the mode
Mode = Literal["tumor_normal", "tumor_only", "germline"]


@dataclass(frozen=True, slots=True)
class CallOptions:
    """Options of a call that change its result.

    Attributes
    ----------
    min_af
        Lowest tumor allele fraction that is called.
    max_depth
        Fragments over a site above which they are sampled down (by a hash of the name).
    padding_bp
        How far outside the targets is called, too.
    min_base_quality
        Phred; bases below it are no evidence.
    min_mapping_quality
        Phred; reads below it are no evidence and no depth. At 0, reads that lie elsewhere as well count as
        depth.
    min_callable_tumor, min_callable_normal
        Fragment depth at MAPQ >= `callable_mapq` from which a base is callable.
    pair_hmm
        Weigh reads that fit no haplotype of an indel well by the pair-HMM.
    """

    min_af: float = 0.01
    max_depth: int = 20_000
    padding_bp: int = 0
    min_base_quality: int = 13
    min_mapping_quality: int = 1
    callable_mapq: int = 20
    min_callable_tumor: int = 10
    min_callable_normal: int = 8
    pair_hmm: bool = False

    def as_dict(self) -> dict[str, Any]:
        """For headers and shards, in declared order."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class CallInputs:
    """Files of a call: where they are never enters a result, what they hold does.

    `regions` restricts the call to a shard of the assay that `targets` (or the whole reference) describes.
    `further_tumors` are of the same patient as `tumor`; the sample names are those that the reads must carry.
    `off_target`: count the fragments between the targets, too, for copy number; it changes no call.
    """

    reference: Path
    tumor: Path | None = None
    normal: Path | None = None
    targets: Path | None = None
    regions: Path | None = None
    population_af: Path | None = None
    alleles: Path | None = None
    pon: Path | None = None
    further_tumors: tuple[Path, ...] = ()
    tumor_sample: str | None = None
    further_samples: tuple[str, ...] = ()
    normal_sample: str | None = None
    off_target: bool = False

    @property
    def mode(self) -> Mode:
        """Which samples there are."""
        if self.tumor is None:
            return "germline"
        return "tumor_normal" if self.normal is not None else "tumor_only"
