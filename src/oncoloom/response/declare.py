"""Which features and modifiers a training uses: declared ones, or the published core, or what is there."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from oncoloom.cohort.schema import MEASURED_SUFFIX
from oncoloom.errors import ConfigError, InputError, NotAssessableError
from oncoloom.response.datamodule import CohortArrays
from oncoloom.response.feature_rules import DRIVER_PREFIX, ICB_CORE, ICB_ESSENTIAL, RULE_BY_SOURCE, RULES
from oncoloom.response.feature_tiers import TIER_OF, never_by_default
from oncoloom.response.leakage import identifier_reason
from oncoloom.tables import suggest

MIN_PRESENT = 0.5
MIN_PDL1 = 30
MIN_CARRIERS = 0.03
MAX_ESSENTIAL = 4


@dataclass(frozen=True, slots=True)
class Declaration:
    """Raw columns that train, those whose effect may differ by therapy, and how they came to be chosen.

    `left_out` says, per declared or offered column, why it is not used.
    """

    features: tuple[str, ...]
    modifiers: tuple[str, ...]
    essential: tuple[str, ...]
    how: str
    left_out: dict[str, str]


def declare(
    arrays: CohortArrays,
    features: tuple[str, ...],
    modifiers: tuple[str, ...],
    adjust_for: tuple[str, ...] = (),
) -> Declaration:
    """Resolve the declaration against a training cohort; modifiers and confounders train as features, too.

    Raises
    ------
    ConfigError
        If a declared name is no column that can train.
    NotAssessableError
        If nothing is left.
    InputError
        If a column is plainly in another unit.
    """
    check_units(arrays)
    known = [*arrays.numbers, *arrays.categories]
    extra = (*modifiers, *adjust_for)
    for name in (*features, *extra):
        _check_declared(arrays, name, known)
    left_out: dict[str, str] = {}
    if features:
        chosen, how = tuple(dict.fromkeys((*features, *extra))), "declared"
    elif _share(arrays, ICB_CORE[0]) >= MIN_PRESENT and all(
        _share(arrays, name) >= MIN_PRESENT for name in ICB_CORE[:6]
    ):
        chosen, how = tuple(dict.fromkeys((*ICB_CORE, *extra))), "published core and PD-L1"
    else:
        chosen = tuple(dict.fromkeys((*_offered(arrays, left_out), *extra)))
        how = "all columns with enough values"
    kept = []
    for name in chosen:
        n = int(arrays.present(name).sum())
        if n == 0:
            left_out[name] = "no value in the training cohort"
        elif name == "pdl1_tps" and n < MIN_PDL1:
            left_out[name] = f"known in {n} patients, fewer than {MIN_PDL1}"
        elif (reason := identifier_reason(arrays, name)) is not None:
            left_out[name] = reason
        else:
            kept.append(name)
    if not kept:
        raise NotAssessableError(
            "no feature has values in the training cohort",
            expected=", ".join(chosen) or f"a feature known in at least {MIN_PRESENT:.0%} of the patients",
            remedy="map columns of the cohort to features: `oncoloom schema cohort` lists them",
        )
    kept_set = tuple(kept)
    mods = tuple(name for name in modifiers if name in kept)
    return Declaration(kept_set, mods, _essential(arrays, kept_set), how, left_out)


def _check_declared(arrays: CohortArrays, name: str, known: list[str]) -> None:
    record = "training.features, training.modifiers or training.adjust_for"
    if name not in known:
        near = suggest(name, known)
        raise ConfigError(
            f"`{name}` is no column that a model can use", record=record,
            remedy=f"did you mean `{near}`?" if near else "`oncoloom schema cohort` lists the columns",
        )  # fmt: skip
    reason = identifier_reason(arrays, name)
    if name.endswith(MEASURED_SUFFIX):
        reason = f"it says when `{name.removesuffix(MEASURED_SUFFIX)}` was measured"
    if reason is not None:
        raise ConfigError(
            f"`{name}` is no feature: {reason}", record=record,
            remedy="leave it out: what names a patient or a date predicts for nobody else",
        )  # fmt: skip


def checked_signs(signs: Mapping[str, str], declaration: Declaration) -> Mapping[str, str]:
    """The declared signs of effects, if each is of a column that trains.

    Raises
    ------
    ConfigError
        If a sign is declared of another column.
    """
    for name in signs:
        if name not in declaration.features:
            near = suggest(name, list(declaration.features))
            raise ConfigError(
                f"a sign is declared of `{name}`, which does not train", record="training.signs",
                expected=", ".join(declaration.features),
                remedy=f"did you mean `{near}`?" if near else "leave it out, or declare the feature",
            )  # fmt: skip
    return signs


def _share(arrays: CohortArrays, name: str) -> float:
    return float(arrays.present(name).mean()) if len(arrays) else 0.0


def _offered(arrays: CohortArrays, left_out: dict[str, str]) -> list[str]:
    names = [rule.source for rule in RULES] + sorted(n for n in arrays.numbers if n.startswith(DRIVER_PREFIX))
    out = []
    for name in names:
        if never_by_default(name):
            continue
        share = _share(arrays, name)
        if share < MIN_PRESENT:
            left_out[name] = f"known in {share:.0%} of the patients"
            continue
        if _is_genomic_flag(name):
            carriers = float(np.nanmean(arrays.numbers[name]))
            if not MIN_CARRIERS <= carriers <= 1 - MIN_CARRIERS:
                left_out[name] = f"found in {carriers:.1%} of the patients"
                continue
        out.append(name)
    return out


def _is_genomic_flag(name: str) -> bool:
    """Whether a column says of each tumor that it carries something: too few carriers teach nothing."""
    rule = RULE_BY_SOURCE.get(name)
    return name.startswith(DRIVER_PREFIX) or (rule is not None and rule.kind == "flag" and name in TIER_OF)


def _essential(arrays: CohortArrays, features: tuple[str, ...]) -> tuple[str, ...]:
    """The published four where they train; else up to four features that differ and nearly everybody has.

    Genes and PD-L1 are no such features: another hospital may not test them, and a model does without.
    """
    if all(name in features for name in ICB_ESSENTIAL):
        return ICB_ESSENTIAL
    full = [
        n
        for n in features
        if _share(arrays, n) >= 0.9 and not n.startswith((DRIVER_PREFIX, "pdl1")) and _differs(arrays, n)
    ]
    return tuple(full[:MAX_ESSENTIAL]) if len(full) >= 2 else ()


def _differs(arrays: CohortArrays, name: str) -> bool:
    if name in arrays.numbers:
        return np.unique(arrays.numbers[name][np.isfinite(arrays.numbers[name])]).size > 1
    return len({value for value in arrays.categories[name] if value is not None}) > 1


def check_units(arrays: CohortArrays) -> None:
    """Refuse a column whose values are plainly in another unit (a model's AUC would not see it).

    Raises
    ------
    InputError
        PD-L1 as a fraction instead of per cent.
    """
    values = arrays.numbers.get("pdl1_tps", np.zeros(0))
    values = values[np.isfinite(values)]
    if values.size >= 20 and 0 < values.max() <= 1:
        raise InputError(
            "column `pdl1_tps` looks like a fraction, not per cent",
            record=f"{values.size} values, the highest {values.max():g}",
            expected="0 to 100 %",
            remedy="multiply by 100 in the mapping",
        )
