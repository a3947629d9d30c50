"""A project folder: where its config lies, what the config and the sheets say, where a path leads."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from oncoloom.config import CohortSource, ProjectConfig, load_config
from oncoloom.errors import ConfigError, FaultList, OncoloomError
from oncoloom.project.patients import PatientSamples, join_sheets
from oncoloom.project.sheets import ID_PATTERN, raise_faults, read_patients, read_samples

_RESERVED_COHORTS = ("cohort", "predictions", "comparisons", "overview")


@dataclass(frozen=True, slots=True)
class Cohort:
    """A cohort table of the config, with the name that its results carry."""

    name: str
    source: CohortSource


@dataclass(frozen=True, slots=True)
class Project:
    """A project as the config and the sheets declare it.

    `folder` and `config_path` are absolute; paths inside the config and the sheets are kept as written and
    are relative to `folder`. `only` holds the patients that a run is limited to, None for all.
    """

    folder: Path
    config_path: Path
    config: ProjectConfig
    patients_sheet: Path | None
    samples_sheet: Path | None
    patients: tuple[PatientSamples, ...]
    cohorts: tuple[Cohort, ...]
    only: tuple[str, ...] | None = None

    def path(self, written: Path | str) -> Path:
        """Where a path of the config or a sheet leads."""
        return self.folder / written

    def relative(self, path: Path) -> str:
        """A path as seen from the project folder, for commands and messages."""
        return os.path.relpath(path, self.folder)

    def patient(self, patient_id: str) -> PatientSamples:
        """The patient of that name (KeyError if there is none)."""
        return {one.patient_id: one for one in self.patients}[patient_id]


def find_config(given: Path | None = None, *, start: Path | None = None) -> Path:
    """The config file: the one given, else config/config.yaml, else config.yaml below `start`.

    `given` may name a project folder.

    Raises
    ------
    ConfigError
        If there is none.
    """
    base = given if given is not None else (start or Path.cwd())
    if given is not None and not given.is_dir():
        return given.absolute()
    for candidate in (base / "config" / "config.yaml", base / "config.yaml"):
        if candidate.is_file():
            return candidate.absolute()
    raise ConfigError(
        "no config here",
        path=base,
        expected="config/config.yaml or config.yaml",
        remedy="make one: oncoloom init .",
    )


def project_folder(config_path: Path) -> Path:
    """The folder that a config speaks for: its own, or the parent of a folder called `config`."""
    parent = config_path.absolute().parent
    return parent.parent if parent.name == "config" else parent


def open_project(config_path: Path | None = None, *, only: tuple[str, ...] | None = None) -> Project:
    """Read config and sheets.

    Parameters
    ----------
    config_path
        The config file or a project folder; found below the current folder when not given.
    only
        Limit the project to these patients.

    Raises
    ------
    ConfigError, FaultList
        With every fault of config and sheets at once.
    """
    project, faults = inspect_project(config_path, only=only)
    raise_faults(faults, "config and sheets")
    return project


def inspect_project(
    config_path: Path | None = None, *, only: tuple[str, ...] | None = None
) -> tuple[Project, list[OncoloomError]]:
    """The project as far as it can be read, and every fault of its sheets and cohorts.

    Raises
    ------
    ConfigError, FaultList
        If the config itself is absent or broken: without it there is nothing to look at.
    """
    path = find_config(config_path)
    config = load_config(path)
    folder = project_folder(path)
    sheets, faults = _sheets(folder, config)
    cohorts, cohort_faults = _cohorts(config, path)
    faults += cohort_faults
    if config.results.is_absolute() or ".." in config.results.parts or config.results == Path():
        faults.append(
            ConfigError(
                "results must lie in a folder inside the project",
                path=path,
                record="key `results`",
                found=str(config.results),
                remedy="results: results",
            )
        )
    patients: list[PatientSamples] = []
    if sheets is not None:
        patients, sheet_faults = _patients(*sheets)
        faults += sheet_faults
    if only is not None:
        patients, missing = _only(patients, only)
        faults += missing
    if not patients and not cohorts and not faults:
        faults.append(
            ConfigError(
                "nothing to do: no patients and no cohorts",
                path=path,
                remedy="fill the sheets, or `training.cohorts` of the config",
            )
        )
    project = Project(
        folder,
        path,
        config,
        sheets[0] if sheets else None,
        sheets[1] if sheets else None,
        tuple(patients),
        tuple(cohorts),
        only,
    )
    return project, faults


def _sheets(folder: Path, config: ProjectConfig) -> tuple[tuple[Path, Path] | None, list[OncoloomError]]:
    """Paths of the two sheets; None where the project has none because it lives on cohort tables."""
    found = {}
    for key in ("patients", "samples"):
        written: Path = getattr(config, key)
        path = folder / written
        if _is_default(config, key) and not path.is_file() and (folder / path.name).is_file():
            path = folder / path.name
        found[key] = path
    absent = [key for key, path in found.items() if not path.is_file()]
    if len(absent) == 2 and config.training.cohorts and all(_is_default(config, key) for key in absent):
        return None, []
    faults: list[OncoloomError] = [
        ConfigError(
            "this sheet does not exist",
            path=found[key],
            remedy=f"make it (oncoloom init writes an example), or set `{key}` in the config",
        )
        for key in absent
    ]
    return (None if absent else (found["patients"], found["samples"])), faults


def _is_default(config: ProjectConfig, key: str) -> bool:
    return bool(getattr(config, key) == ProjectConfig.model_fields[key].default)


def _patients(patients_sheet: Path, samples_sheet: Path) -> tuple[list[PatientSamples], list[OncoloomError]]:
    faults: list[OncoloomError] = []
    tables: list[list[object]] = []
    for reader, path in ((read_patients, patients_sheet), (read_samples, samples_sheet)):
        try:
            rows, wrong = reader(path)
        except FaultList as error:
            rows, wrong = [], error.faults
        except OncoloomError as error:
            rows, wrong = [], [error]
        tables.append(list(rows))
        faults += wrong
    if faults and not all(tables):
        return [], faults  # a sheet without rows would only echo its fault for every row of the other
    joined, wrong = join_sheets(
        tables[0],  # type: ignore[arg-type]  # the loop above keeps the order of the two readers
        tables[1],  # type: ignore[arg-type]
        patients_sheet=patients_sheet,
        samples_sheet=samples_sheet,
    )
    return joined, faults + wrong


def _only(
    patients: list[PatientSamples], only: tuple[str, ...]
) -> tuple[list[PatientSamples], list[OncoloomError]]:
    from oncoloom.tables import suggest

    known = [patient.patient_id for patient in patients]
    faults: list[OncoloomError] = []
    for number, name in enumerate(only, start=1):
        if name not in known:
            near = suggest(name, known)
            faults.append(
                ConfigError(
                    "no such patient in patients.tsv",
                    record=f"--patients, name {number}",
                    found=name,
                    remedy=f"did you mean `{near}`?" if near else None,
                )
            )
    return [patient for patient in patients if patient.patient_id in only], faults


def _cohorts(config: ProjectConfig, path: Path) -> tuple[list[Cohort], list[OncoloomError]]:
    cohorts: list[Cohort] = []
    faults: list[OncoloomError] = []
    names: dict[str, int] = {}
    for number, source in enumerate(config.training.cohorts):
        name = source.name or re.sub(r"[^A-Za-z0-9._+-]+", "_", source.path.stem).strip("_.+-")
        key = f"key `training.cohorts.{number}.name`"
        if not ID_PATTERN.fullmatch(name) or name in _RESERVED_COHORTS or name.endswith(".predictions"):
            faults.append(
                ConfigError(
                    "not usable as the name of a cohort",
                    path=path,
                    record=key,
                    expected="letters, digits and . _ + -; none of " + ", ".join(_RESERVED_COHORTS),
                    found=name,
                )
            )
        elif name in names:
            faults.append(
                ConfigError(f"the name of cohort {names[name] + 1} again", path=path, record=key, found=name)
            )
        names.setdefault(name, number)
        cohorts.append(Cohort(name, source))
    return cohorts, faults
