"""The verdict over a patient's samples: which check passed, warned or stopped, at which figure.

Identity stops; everything else warns. A person lifts a stop with a written reason, which every page then
prints.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from oncoloom.config import QcProfile
from oncoloom.errors import ConfigError, InputError
from oncoloom.files import write_json
from oncoloom.reads.call_qc import CallQc, SampleQc, Sex, read_call_qc
from oncoloom.tables import suggest

Status = Literal["pass", "warn", "stop", "overridden", "not assessable"]
State = Literal["passed", "warned", "stopped"]

CHECKS = (
    "identity",
    "sex",
    "contamination",
    "tumor_in_normal",
    "tumor_depth",
    "normal_depth",
    "callable_fraction",
    "tumor_duplicates",
    "normal_duplicates",
    "insert_size",
)
STOPPING_CHECKS = ("identity",)

MIN_MEDIAN_INSERT_BP = 80
"""Below it mates overlap almost wholly: half the bases are read twice and count once."""


@dataclass(frozen=True, slots=True)
class SampleCheck:
    """One check: its figure, the limit it was held against, and a sentence for a reader."""

    check: str
    status: Status
    value: float | int | str | None
    limit: float | int | str | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """All checks of a patient.

    `override`: the checks that a person lifted, with the written reason.
    """

    patient_id: str
    state: State
    mode: str
    checks: tuple[SampleCheck, ...]
    override: dict[str, Any] | None = None


def judge_samples(
    patient_id: str,
    qc: CallQc | None,
    profile: QcProfile,
    *,
    expected_sex: Sex = "unknown",
    further: Sequence[CallQc] = (),
    override_checks: Sequence[str] = (),
    override_reason: str = "",
) -> Verdict:
    """Judge the counts of a patient's samples by the profile of the assay.

    Parameters
    ----------
    qc
        What the caller counted; None for variants of another caller: nothing is assessable then.
    further
        The same of the patient's further tumors, each with the one normal; the worst verdict counts.
    override_checks
        Checks of which a stop is lifted.
    override_reason
        Why; needed with `override_checks`.

    Raises
    ------
    ConfigError
        If a stop is lifted without a reason, or a check is named that does not stop.
    """
    lifted = _check_override(override_checks, override_reason)
    if qc is None:
        text = "Not assessable: the variants came without reads."
        checks = tuple(SampleCheck(name, "not assessable", None, None, text) for name in CHECKS)
        return Verdict(patient_id, "passed", "imported", checks, _override(lifted, override_reason))
    checks = tuple(
        replace(one, status="overridden") if one.status == "stop" and one.check in lifted else one
        for one in _worst([(each, _judge(each, profile, expected_sex)) for each in (qc, *further)])
    )
    statuses = {one.status for one in checks}
    state: State = "passed"
    if "stop" in statuses:
        state = "stopped"
    elif statuses & {"warn", "overridden"}:
        state = "warned"
    return Verdict(patient_id, state, qc.mode, checks, _override(lifted, override_reason))


def read_folder_qc(calls: Path) -> CallQc | None:
    """qc.json of a folder of calls; None for a folder of imported variants, which has none.

    Raises
    ------
    InputError
        If the folder holds neither, or qc.json is broken.
    """
    calls = Path(calls)
    if (calls / "qc.json").is_file():
        return read_call_qc(calls / "qc.json")
    if (calls / "variants.parquet").is_file():
        return None
    raise InputError(
        "no calls in this folder",
        path=calls,
        expected="qc.json (oncoloom call) or variants.parquet (oncoloom import variants)",
    )


def read_further_qc(calls: Path) -> list[CallQc]:
    """qc.json of the further tumors in a folder of calls, by the names of their samples.

    Raises
    ------
    InputError
        If one is broken.
    """
    return [read_call_qc(path) for path in sorted(Path(calls).glob("tumors/*/qc.json"))]


def write_verdict(path: Path, verdict: Verdict) -> None:
    """Write a verdict as JSON, whole or not at all."""
    write_json(path, asdict(verdict))


def _override(checks: list[str], reason: str) -> dict[str, Any] | None:
    return {"checks": checks, "reason": reason.strip()} if checks else None


def _check_override(checks: Sequence[str], reason: str) -> list[str]:
    names = [name.strip() for name in checks if name.strip()]
    for name in names:
        if name not in STOPPING_CHECKS:
            near = suggest(name, STOPPING_CHECKS)
            raise ConfigError(
                f"no check {name!r} that stops",
                record="override_checks",
                expected=", ".join(STOPPING_CHECKS),
                remedy=f"did you mean {near}?" if near else "the other checks only warn: nothing to lift",
            )
    if names and not reason.strip():
        raise ConfigError(
            "a stop is lifted without a reason",
            record="override_reason",
            expected="why, in words: every page of the report will print it",
        )
    if reason.strip() and not names:
        raise ConfigError(
            "a reason is given, but no check", record="override_checks", expected=", ".join(STOPPING_CHECKS)
        )
    return sorted(set(names))


def _judge(qc: CallQc, profile: QcProfile, expected_sex: Sex) -> list[SampleCheck]:
    return [
        _identity(qc, profile),
        _sex(qc, expected_sex),
        _fraction(
            "contamination", qc.contamination.fraction, profile.max_contamination_warn, "foreign DNA", qc.mode
        ),
        _fraction(
            "tumor_in_normal",
            qc.tumor_in_normal.fraction,
            profile.max_tumor_in_normal_warn,
            "tumor DNA in the normal",
            qc.mode,
        ),
        _depth("tumor", qc.tumors, profile.min_tumor_depth_warn),
        _depth("normal", _list(qc.normal), profile.min_normal_depth_warn),
        _callable(qc, profile),
        _duplicates("tumor", qc.tumors, profile.max_duplicate_fraction_warn),
        _duplicates("normal", _list(qc.normal), profile.max_duplicate_fraction_warn),
        _insert_size((*qc.tumors, *_list(qc.normal))),
    ]


def _worst(judged: Sequence[tuple[CallQc, list[SampleCheck]]]) -> list[SampleCheck]:
    """Of each check the worst verdict over the tumors; the sentence names the one of several."""
    rank = {status: place for place, status in enumerate(("not assessable", "pass", "warn", "stop"))}
    found = []
    for checks in zip(*(own for _, own in judged), strict=True):
        whose = max(range(len(checks)), key=lambda index: (rank[checks[index].status], -index))
        tumors = judged[whose][0].tumors
        one = checks[whose]
        if len(judged) > 1 and tumors:
            one = replace(one, sentence=f"{tumors[0].sample}: {one.sentence}")
        found.append(one)
    return found


def _list(sample: SampleQc | None) -> tuple[SampleQc, ...]:
    return () if sample is None else (sample,)


def _not_assessable(check: str, why: str, limit: float | None = None) -> SampleCheck:
    return SampleCheck(check, "not assessable", None, limit, f"Not assessable: {why}.")


def _identity(qc: CallQc, profile: QcProfile) -> SampleCheck:
    limit = profile.min_concordance_stop
    if qc.mode != "tumor_normal":
        return _not_assessable("identity", "there is no tumor and normal to compare", limit)
    found = qc.concordance
    if found.sites < profile.min_concordance_sites or found.fraction is None:
        return _not_assessable(
            "identity",
            f"{found.sites} informative germline sites, {profile.min_concordance_sites} are needed",
            limit,
        )
    told = f"{found.concordant} of {found.sites} germline sites agree ({found.fraction:.1%})"
    if found.fraction < limit:
        text = f"Tumor and normal are not of one person: {told}."
        return SampleCheck("identity", "stop", found.fraction, limit, text)
    return SampleCheck("identity", "pass", found.fraction, limit, f"Tumor and normal fit one person: {told}.")


def _sex(qc: CallQc, expected: Sex) -> SampleCheck:
    inferred = qc.inferred_sex
    if inferred == "unknown":
        return _not_assessable("sex", "the reads do not tell the sex (too few on X and Y)")
    if expected == "unknown":
        return _not_assessable("sex", f"no sex is stated; the reads look {inferred}")
    if inferred != expected:
        text = f"The reads look {inferred}, the sheet says {expected} (a transplant, loss of Y, or a swap)."
        return SampleCheck("sex", "warn", inferred, expected, text)
    return SampleCheck("sex", "pass", inferred, expected, f"The reads look {inferred}, as stated.")


def _fraction(check: str, value: float | None, limit: float, what: str, mode: str) -> SampleCheck:
    if value is None:
        why = "too few informative sites" if mode == "tumor_normal" else "no normal, or too few sites"
        return _not_assessable(check, why, limit)
    status: Status = "warn" if value > limit else "pass"
    return SampleCheck(check, status, value, limit, f"About {value:.1%} {what}.")


def _depth(role: str, samples: Sequence[SampleQc], limit: float) -> SampleCheck:
    check = f"{role}_depth"
    if not samples:
        return _not_assessable(check, f"no {role} sample", limit)
    lowest = min(samples, key=lambda one: one.mean_depth)
    depth = round(lowest.mean_depth, 2)
    status: Status = "warn" if depth < limit else "pass"
    if lowest.reads == 0:
        return SampleCheck(check, "warn", 0.0, limit, f"The {role} sample has no reads: coverage 0.")
    whose = f"The {role}" if len(samples) == 1 else f"The shallowest of {len(samples)} {role}s"
    return SampleCheck(check, status, depth, limit, f"{whose} has a mean depth of {depth:.0f} fragments.")


def _callable(qc: CallQc, profile: QcProfile) -> SampleCheck:
    limit = profile.min_callable_fraction_warn
    if qc.target_bp == 0:
        return _not_assessable("callable_fraction", "there are no target bases", limit)
    share = round(qc.callable_bp / qc.target_bp, 6)
    status: Status = "warn" if share < limit else "pass"
    text = f"{share:.1%} of {qc.target_bp:,} target bases are deep enough to call."
    return SampleCheck("callable_fraction", status, share, limit, text)


def _duplicates(role: str, samples: Sequence[SampleQc], limit: float) -> SampleCheck:
    check = f"{role}_duplicates"
    seen = [one for one in samples if one.reads]
    if not seen:
        return _not_assessable(check, f"no reads of a {role} sample", limit)
    worst = max(one.duplicate_fraction for one in seen)
    status: Status = "warn" if worst > limit else "pass"
    return SampleCheck(check, status, worst, limit, f"{worst:.1%} of the {role} reads are duplicates.")


def _insert_size(samples: Sequence[SampleQc]) -> SampleCheck:
    sizes = [one.median_insert_size for one in samples if one.median_insert_size is not None]
    if not sizes:
        return _not_assessable("insert_size", "no read pairs", MIN_MEDIAN_INSERT_BP)
    shortest = min(sizes)
    status: Status = "warn" if shortest < MIN_MEDIAN_INSERT_BP else "pass"
    text = f"The median fragment is {shortest} bp long" + (
        ": mates overlap almost wholly." if status == "warn" else "."
    )
    return SampleCheck("insert_size", status, shortest, MIN_MEDIAN_INSERT_BP, text)
