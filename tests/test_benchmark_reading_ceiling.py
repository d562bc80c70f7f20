"""What the reader without fault is told, and how its answers are counted."""

from types import SimpleNamespace

import numpy as np
import pytest
from benchmarks.reading_ceiling import answers, balanced, known_numbers

from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.provenance import Provenance, Source
from echovlm.clinical.units import Unit
from echovlm.clinical.views import Mode, View

SAID = Provenance(Source.TABLE, "row 1")
LVIDD = Measurement(Quantity.LV_INTERNAL_DIAMETER_ED, 6.1, Unit.CM, SAID)
E_WAVE = Measurement(Quantity.MITRAL_E_VELOCITY, 90.0, Unit.CM_PER_S, SAID)
BSA = Measurement(Quantity.BSA, 1.8, Unit.M2, SAID)


def told(view, mode):
    row = SimpleNamespace(view=view, mode=mode, measurements=(LVIDD, E_WAVE, BSA))
    numbers = known_numbers(row)
    return {quantity for quantity, value in zip(Quantity, numbers, strict=True) if not np.isnan(value)}


def test_a_picture_tells_the_sizes_of_all_views_and_a_spectrum_its_own_numbers_but_none_the_body():
    assert told(View.SC_4C, Mode.B) == {Quantity.LV_INTERNAL_DIAMETER_ED}
    assert told(View.A4C, Mode.PW) == {Quantity.MITRAL_E_VELOCITY}
    assert told(View.PLAX, None) == told(View.PLAX, Mode.B)


def test_both_states_of_a_finding_weigh_alike():
    assert balanced([True] * 9 + [False], [False] * 9 + [True]) == pytest.approx(0.5)


def test_a_number_beyond_the_limit_is_learnt_and_an_unknown_column_is_passed_over():
    size = np.linspace(4.0, 7.0, 200)
    numbers = np.stack([size, np.full(200, np.nan)], axis=1)
    found = answers(numbers, list(size > 5.5), np.array([[4.5, np.nan], [6.5, np.nan]]))
    assert found.tolist() == [False, True]
    with pytest.raises(SystemExit, match="no number is known"):
        answers(numbers[:, 1:], list(size > 5.5), numbers[:1, 1:])
