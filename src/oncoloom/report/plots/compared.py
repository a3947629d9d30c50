"""Figures of "Treatments compared": all on one axis, so that they can be compared down the page."""

from oncoloom.report.difference_model import TreatmentDifferences
from oncoloom.report.plots.differences import Look, difference_axis, differences_plot
from oncoloom.report.svg import Drawing

LOOK = Look(width=377.0, row=36.0, is_lead_bold=True)  # 99.8 mm: verticals three and four


def compared_plots(told: TreatmentDifferences) -> list[list[Drawing | None]]:
    """A drawing for each outcome of each pair; None where nothing may be drawn."""
    outcomes = [one for pair in told.pairs for one in pair.outcomes]
    axis = difference_axis((row for one in outcomes for row in one.differences), LOOK.width)
    return [
        [
            differences_plot(
                one.differences,
                (pair.first, pair.second),
                f"{one.outcome}, {pair.heading}, difference: "
                f"{'; '.join(f'{row.label}: {row.text}' for row in one.differences)}.",
                axis,
                LOOK,
            )
            if one.differences
            else None
            for one in pair.outcomes
        ]
        for pair in told.pairs
    ]
