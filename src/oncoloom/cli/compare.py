"""oncoloom compare: therapies for the patients of a cohort table, two by two."""

import json
from pathlib import Path

import typer

from oncoloom.logs import counted

app = typer.Typer()


@app.command()
def compare(
    model: str = typer.Option(..., "--model", help="Model folder, or models:/NAME@ALIAS."),
    cohort: Path = typer.Option(..., "--cohort", help="Cohort table."),
    therapies: tuple[str, str] | None = typer.Option(
        None,
        "--therapies",
        help="The two therapies: A B; default every pair that training compared.",
        show_default=False,
    ),
    patient: list[str] | None = typer.Option(
        None, "--patient", help="Patient of the table; may repeat; default all.", show_default=False
    ),
    output: Path | None = typer.Option(None, "--output", help="Comparisons table (Parquet)."),
    as_json: bool = typer.Option(False, "--json", help="Print the rows as JSON."),
) -> None:
    """Predict what happens under each of two therapies, the difference, and how far it can be believed.

    Differences are of event probabilities, A minus B. A difference is shown only with a declared source
    (randomized, or adjusted for what) and overlap; a personal one only where it is reliable. The average is
    drawn toward that of an embedded randomized trial where one fits the patient; where both disagree that is
    said.

    Example: oncoloom compare --model model --cohort new.parquet --patient P01 --therapies nivolumab docetaxel
    """
    from oncoloom.registry.names import is_address
    from oncoloom.response.effects.compare_file import compare_files
    from oncoloom.response.effects.sentences import sentence

    who = tuple(patient or ())
    if is_address(model):
        from oncoloom.registry.versions import fetched_model

        with fetched_model(model) as folder:
            done = compare_files(folder, cohort, therapies=therapies, patients=who, output=output)
    else:
        done = compare_files(Path(model), cohort, therapies=therapies, patients=who, output=output)
    rows = done.table.to_dicts()
    if as_json:
        typer.echo(json.dumps(rows, indent=1))
        return
    if who:
        for row in rows:
            typer.echo(f"{row['patient_id']}: {sentence(row)}")
    forms = dict.fromkeys(("personal", "groups", "average only", "apart"), 0)
    for row in rows:
        forms[row["wording"]] += 1
    shown = ", ".join(f"{n} {form}" for form, n in forms.items() if n)
    written = f"; {output}" if output else ""
    pairs = done.table.select("first", "second").unique().height
    names = " with ".join(therapies) if therapies else counted(pairs, "pair") + " of therapies"
    typer.echo(
        f"compared {names} for {counted(done.table['patient_id'].n_unique(), 'patient')}: "
        f"{shown or 'no row'}{written}"
    )
