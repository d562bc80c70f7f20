"""How often a laboratory takes each view: every view has a share, and the orders are those that sonographers know."""

import pytest

from echovlm.clinical import View
from echovlm.clinical.view_shares import EQUAL_SHARES, LABORATORY_SHARES


@pytest.mark.parametrize("shares", [LABORATORY_SHARES, EQUAL_SHARES], ids=["laboratory", "equal"])
def test_every_view_has_a_share_and_together_they_are_all_clips(shares):
    assert set(shares) == set(View)
    assert min(shares.values()) > 0
    assert sum(shares.values()) == pytest.approx(1)


def test_the_hand_count_is_kept():
    # 173 A4C for 47 A5C and 67 A2C, by hand; long axes and inflows are 176 together.
    assert LABORATORY_SHARES[View.A4C] / LABORATORY_SHARES[View.A5C] == pytest.approx(173 / 47)
    assert LABORATORY_SHARES[View.A4C] / LABORATORY_SHARES[View.A2C] == pytest.approx(173 / 67)
    long_axes = LABORATORY_SHARES[View.PLAX] + LABORATORY_SHARES[View.RV_INFLOW]
    assert long_axes / LABORATORY_SHARES[View.A4C] == pytest.approx(176 / 173)
