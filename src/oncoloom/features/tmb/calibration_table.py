"""The table that a laboratory fits its own factor from: one tumor a row, measured by both assays."""

from pathlib import Path

import polars as pl

from oncoloom.errors import FaultList, InputError, OncoloomError
from oncoloom.features.tmb.calibration import Method, TmbCalibration, fit_calibration

COLUMNS = ("panel_count", "panel_mb", "reference_count", "reference_mb")


def calibrate_from_table(
    path: Path, *, method: Method = "poisson", paired: bool = True, source: str | None = None
) -> TmbCalibration:
    """Fit a calibration from a CSV or TSV with the columns of `COLUMNS` (further ones are not read).

    Counts are whole numbers: of the panel as `tally.json` says under `tmb: n_panel`, of the reference its
    non-synonymous mutations; sizes are callable coding megabases.

    Raises
    ------
    InputError, FaultList
        If the file is absent, lacks a column, or holds a cell that is no count or size (all at once), or as
        :func:`fit_calibration`.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError("no such table", path=path, expected=f"CSV or TSV with {', '.join(COLUMNS)}")
    text = path.read_text(encoding="utf-8-sig")
    separator = "\t" if "\t" in text.partition("\n")[0] else ","
    try:
        frame = pl.read_csv(text.encode(), separator=separator, infer_schema=False, comment_prefix="#")
    except pl.exceptions.PolarsError as error:
        raise InputError("not a readable table", path=path, found=str(error).split("\n")[0]) from error
    absent = [name for name in COLUMNS if name not in frame.columns]
    if absent:
        raise InputError(
            "a column is missing", path=path, expected=", ".join(absent), found=", ".join(frame.columns[:12])
        )
    numbers = frame.select(pl.col(name).str.strip_chars().cast(pl.Float64, strict=False) for name in COLUMNS)
    faults = _faults(frame, numbers, path)
    if faults:
        raise FaultList(f"{path.name} has {len(faults)} faults", faults)
    counts = {name: numbers[name].cast(pl.Int64).to_numpy() for name in COLUMNS if name.endswith("_count")}
    return fit_calibration(
        counts["panel_count"],
        counts["reference_count"],
        numbers["panel_mb"].to_numpy(),
        numbers["reference_mb"].to_numpy(),
        method=method,
        paired=paired,
        source=source or path.name,
    )


def _faults(frame: pl.DataFrame, numbers: pl.DataFrame, path: Path) -> list[OncoloomError]:
    faults: list[OncoloomError] = []
    for name in COLUMNS:
        counted = name.endswith("_count")
        for index, value in enumerate(numbers[name].to_list()):
            good = value is not None and (value >= 0 and value == int(value) if counted else 0 < value < 1e4)
            if not good:
                faults.append(
                    InputError(
                        f"`{name}` cannot be read",
                        path=path,
                        record=f"row {index + 1}",
                        expected="a whole number of mutations" if counted else "megabases, more than 0",
                        found=repr(frame[name][index]),
                    )
                )
    return faults
