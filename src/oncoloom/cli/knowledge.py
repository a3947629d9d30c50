"""oncoloom knowledge: what is known beside a patient's own data."""

import json
from pathlib import Path

import typer

from oncoloom.logs import counted

app = typer.Typer(no_args_is_help=True, help="Evidence that travels with oncoloom.")


@app.callback()
def _group() -> None:
    """Evidence that travels with oncoloom."""


@app.command()
def trials(
    more: list[str] = typer.Argument(None, help="Second therapy.", show_default=False),
    tumor_type: str = typer.Option(
        ..., "--tumor-type", help="OncoTree code, e.g. LUAD, NSCLC, COADREAD, LUNG."
    ),
    biomarker: list[str] = typer.Option(
        [],
        "--biomarker",
        help="E.g. 'EGFR T790M', 'HER2+', 'PD-L1 60 %'; repeat for several.",
        show_default=False,
    ),
    therapies: list[str] = typer.Option(
        [], "--therapies", help="One therapy, or two to be compared.", show_default=False
    ),
    line: str | None = typer.Option(
        None, "--line", help="1, 2, 3, maintenance, neoadjuvant, adjuvant or definitive."
    ),
    limit: int = typer.Option(10, "--limit", min=1, help="Curves shown."),
    show_all: bool = typer.Option(
        False, "--all", help="Also those of the therapies that do not fit, all of them."
    ),
    output: Path | None = typer.Option(None, "--output", help="Write all rows as trial_evidence.parquet."),
    as_json: bool = typer.Option(
        False, "--json", help="As JSON; keys as in `oncoloom schema trial_evidence`."
    ),
) -> None:
    """Look for randomized comparisons that fit, in curves of phase III trials: breast, lung, bowel, prostate.

    Example: oncoloom knowledge trials --tumor-type NSCLC --line 2 --therapies nivolumab docetaxel
    """
    from oncoloom.knowledge.trials.biomarkers import read_biomarkers
    from oncoloom.knowledge.trials.evidence import TRIAL_EVIDENCE_TABLE, evidence_row, evidence_table
    from oncoloom.knowledge.trials.figures import figures_of
    from oncoloom.knowledge.trials.matching import NONE_FOUND, find_trials, fitting, make_query
    from oncoloom.knowledge.trials.words import match_lines
    from oncoloom.tables import write_table

    query = make_query(tumor_type, read_biomarkers(biomarker), [*therapies, *(more or [])], line)
    found = find_trials(query)
    fit = fitting(found.matches)
    matches = found.matches if show_all else fit
    shown = matches if show_all else matches[:limit]
    if output is not None:
        write_table(evidence_table(matches), TRIAL_EVIDENCE_TABLE, output)
    if as_json:
        values = {
            "tumor_type": query.tumor_type,
            "verdict": "" if fit else NONE_FOUND,
            "matches": [evidence_row(match) for match in shown],
            "n_matches": len(matches),
            "left_out": found.left_out,
        }
        typer.echo(json.dumps(values, ensure_ascii=False, indent=1))
        return
    for match in shown:
        figures = figures_of(match.comparison, swapped=match.swapped)
        typer.echo("\n".join(match_lines(match, figures)) + "\n")
    n_fit = sum(match.kind == "fits" for match in fit)
    verdict = f"{counted(n_fit, 'curve')} fit, {len(fit) - n_fit} in part" if fit else NONE_FOUND
    rest = f"; {len(matches) - len(shown)} more by --limit" if len(matches) > len(shown) else ""
    typer.echo(f"{query.tumor_type}: {verdict}{rest}")
