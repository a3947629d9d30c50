"""How often a person carries an allele, by its kind and repeat."""

import numpy as np
import pytest

from oncoloom.calling.germline_prior import CURVES, carrier_rates


def rates(change, unit=0, units=0.0, in_repeat=None):
    in_repeat = unit > 0 if in_repeat is None else in_repeat
    return float(
        carrier_rates(
            np.array([change]), np.array([unit], np.int32), np.array([units]), np.array([in_repeat])
        )[0]
    )


def test_outside_repeats_the_rates_are_fixed():
    assert rates(0) == 1e-3
    assert rates(-4) == 1.5e-4
    assert rates(-1, unit=1, units=3.0, in_repeat=False) == 1.5e-4  # no repeat yet


@pytest.mark.parametrize(
    ("curve", "units", "phred"),
    [
        (0, 6, 26),
        (0, 8, 16),
        (0, 12, 7),
        (0, 20, 4),
        (1, 4, 22),
        (1, 8, 8),
        (2, 3, 25),
        (2, 7, 9),
        (2, 10, 4),
    ],
)
def test_curves_keep_to_the_published_table(curve, units, phred):
    found = -10 * np.log10(CURVES[curve].rate(np.array([float(units)]))[0])
    assert found == pytest.approx(phred, abs=2.0)


@pytest.mark.parametrize("unit", [1, 2, 3, 5])
def test_longer_tracts_vary_more_and_further_units_less(unit):
    by_units = [rates(unit, unit=unit, units=float(units)) for units in range(3, 30)]
    assert by_units == sorted(by_units)
    assert by_units[-1] <= 0.25
    assert rates(2 * unit, unit=unit, units=20.0) == pytest.approx(0.5 * rates(unit, unit=unit, units=20.0))
    assert rates(-unit, unit=unit, units=20.0) == rates(unit, unit=unit, units=20.0)
