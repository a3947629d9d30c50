"""One tensor bundle for every candidate: the same rows, inputs, therapies, bins and folds."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from oncoloom.errors import NotAssessableError
from oncoloom.response.datamodule import ENDPOINTS, BoolArray, CohortArrays, FloatArray, IntArray
from oncoloom.response.design import Design, fit_design, refit_design
from oncoloom.response.therapies import TherapyCodes, therapy_codes
from oncoloom.response.timegrid import exposure_and_events, time_edges

MIN_ROWS, MIN_EVENTS = 20, 5


@dataclass(frozen=True, slots=True)
class Bundle:
    """Training data of all candidates.

    Attributes
    ----------
    endpoints
        Those with enough outcomes; the judged one first.
    edges, exposure, events
        Endpoint to bin edges (K + 1,) (response: empty), (n, K), (n, K); zeros where the outcome is unknown.
    code
        (n, q) code of the therapy received.
    signs
        (p,) -1, 0 or 1: declared sign of an input's benefit.
    """

    arrays: CohortArrays
    therapies: TherapyCodes
    design: Design
    endpoints: tuple[str, ...]
    edges: dict[str, FloatArray]
    exposure: dict[str, FloatArray]
    events: dict[str, FloatArray]
    code: FloatArray
    signs: IntArray

    def signs_in_eta(self, endpoint: str) -> FloatArray | None:
        """(p,) signs of the coefficients: of benefit for response, reversed for hazards; None = free."""
        if not self.signs.any():
            return None
        sign = 1.0 if endpoint == "response" else -1.0
        return np.asarray(sign * self.signs, dtype=np.float64)

    @property
    def modifiers(self) -> IntArray:
        """(m,) design columns that interact with therapy; none with a single therapy."""
        columns = self.design.modifier_index if self.code.shape[1] else []
        return np.array(columns, dtype=np.int64)

    @property
    def groups(self) -> IntArray:
        """(p,) number of the raw column behind each input."""
        place = {source: i for i, source in enumerate(self.design.sources)}
        return np.array([place[column.source] for column in self.design.columns], dtype=np.int64)

    def inputs(self, train: BoolArray) -> FloatArray:
        """(n, p) inputs of all rows, standardized on the rows of `train` only."""
        rows = np.flatnonzero(train).astype(np.int64)
        return refit_design(self.design, self.arrays.take(rows)).encode(self.arrays)

    def known(self, endpoint: str) -> BoolArray:
        """(n,) True where the outcome is recorded."""
        return self.arrays.known(endpoint)


def enough(arrays: CohortArrays, endpoint: str) -> str | None:
    """Why an endpoint cannot be learned from these rows; None if it can."""
    known = arrays.known(endpoint)
    n, events = int(known.sum()), int(np.nansum(arrays.event[endpoint][known]))
    if n == 0:
        return f"no outcome recorded (0 of {len(arrays)} rows)"
    name = {"response": "responses"}.get(endpoint, "events")
    if events == 0:
        return f"no {name} (0 of {n})"
    if n < MIN_ROWS:
        return f"too few patients ({n} of at least {MIN_ROWS})"
    if events < MIN_EVENTS:
        return f"too few {name} ({events} of at least {MIN_EVENTS})"
    if endpoint != "response" and not _ordered(arrays, endpoint):
        return f"all {n} patients have one time: nobody was seen longer than another"
    if endpoint == "response" and n - events < MIN_EVENTS:
        return f"too few patients without response ({n - events} of at least {MIN_EVENTS})"
    return None


def _ordered(arrays: CohortArrays, endpoint: str) -> bool:
    """True where some patient was seen for longer than another's event."""
    known = arrays.known(endpoint)
    time, event = arrays.time[endpoint][known], arrays.event[endpoint][known]
    return bool(time.max() > time[event > 0].min())


def make_bundle(
    arrays: CohortArrays,
    endpoint: str,
    sources: tuple[str, ...],
    modifiers: tuple[str, ...],
    signs: Mapping[str, str] | None = None,
) -> Bundle:
    """The bundle of a training cohort, the judged `endpoint` first.

    `signs` are raw columns to ``+`` (a higher value helps) or ``-``.

    Raises
    ------
    NotAssessableError
        If the judged endpoint has too few patients or events, or no declared feature has a value.
    """
    reason = enough(arrays, endpoint)
    if reason is not None:
        raise NotAssessableError(
            f"{endpoint} cannot be learned: {reason}",
            expected=f"at least {MIN_ROWS} patients and {MIN_EVENTS} events",
            remedy="give a cohort with more outcomes, or another --endpoint",
        )
    others = [name for name in ENDPOINTS if name != endpoint and enough(arrays, name) is None]
    design = fit_design(arrays, sources, modifiers)
    # a category that all patients share is a column too: it knows the others as unseen, and teaches nothing
    if not design.columns or not (np.ptp(design.encode(arrays), axis=0) > 0).any():
        raise NotAssessableError(
            "no feature has values that differ between patients",
            expected=", ".join(sources) or "features",
            remedy="a constant teaches nothing: give the cohort features that were measured",
        )
    therapies = therapy_codes(arrays)
    edges, exposure, events = {}, {}, {}
    for name in (endpoint, *others):
        edges[name], exposure[name], events[name] = _outcome(arrays, name)
    return Bundle(
        arrays=arrays,
        therapies=therapies,
        design=design,
        endpoints=(endpoint, *others),
        edges=edges,
        exposure=exposure,
        events=events,
        code=therapies.codes[therapies.index(arrays.therapy)],
        signs=_signs(design, signs or {}),
    )


def _signs(design: Design, declared: Mapping[str, str]) -> IntArray:
    """(p,) of the columns that carry a declared number; flags of missing values and categories are free."""
    out = np.zeros(len(design.columns), dtype=np.int64)
    for i, column in enumerate(design.columns):
        if column.part in {"value", "lung"} and column.source in declared:
            out[i] = 1 if declared[column.source] == "+" else -1
    return out


def _outcome(arrays: CohortArrays, endpoint: str) -> tuple[FloatArray, FloatArray, FloatArray]:
    known = arrays.known(endpoint)
    time, event = arrays.time[endpoint], arrays.event[endpoint]
    if endpoint == "response":
        exposure = known.astype(np.float64)[:, None]
        return np.zeros(0), exposure, np.where(known, event, 0.0)[:, None]
    edges = time_edges(time[known], event[known])
    exposure, events = np.zeros((len(arrays), len(edges) - 1)), np.zeros((len(arrays), len(edges) - 1))
    exposure[known], events[known] = exposure_and_events(
        time[known], event[known], edges, arrays.entry[known]
    )
    return edges, exposure, events
