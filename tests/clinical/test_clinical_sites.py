import pytest

from echovlm.clinical import Finding, Mode, Quantity, Site, View, find_site, shows, visibility
from echovlm.clinical.visibility import places_measuring, places_showing

by_site = pytest.mark.parametrize("site", Site, ids=lambda site: f"{site.mode.value}-{site.key}")
VIEWS_OF = {site: [view for view in View if any(shows(view, q, site.mode, site) for q in Quantity)
                   or any(visibility(view, f, site.mode, site) for f in Finding)] for site in Site}  # fmt: skip


@by_site
def test_a_site_shows_no_more_than_its_view_and_mode(site):
    for view in View:
        for finding in Finding:
            assert visibility(view, finding, site.mode, site) in (0, visibility(view, finding, site.mode))
        for quantity in Quantity:
            assert not shows(view, quantity, site.mode, site) or shows(view, quantity, site.mode)


@by_site
def test_every_site_is_reached_from_some_view_and_shows_something(site):
    assert VIEWS_OF[site]


@by_site
def test_a_site_of_another_mode_shows_nothing(site):
    other = next(mode for mode in (Mode.COLOR, Mode.CW) if mode is not site.mode)
    assert not any(visibility(view, finding, other, site) for view in View for finding in Finding)
    assert not any(shows(view, quantity, other, site) for view in View for quantity in Quantity)


@pytest.mark.parametrize("mode", [Mode.PW, Mode.CW, Mode.TDI, Mode.M, Mode.COLOR])
def test_what_a_spectrum_shows_lies_at_one_of_its_sites(mode):
    sites = [site for site in Site if site.mode is mode]
    for view in View:
        for finding in Finding:
            if visibility(view, finding, mode):
                assert any(visibility(view, finding, mode, site) for site in sites), (view, finding)
        for quantity in Quantity:
            if shows(view, quantity, mode):
                # Inflow of the right side shares its place with that of the left, and no site of its own.
                assert (
                    any(shows(view, quantity, mode, site) for site in sites)
                    or quantity is Quantity.TRICUSPID_RESPIRATORY_VARIATION
                ), (view, quantity)


@pytest.mark.parametrize(
    ("site", "shown", "hidden"),
    [
        (Site.TRICUSPID_VALVE, Quantity.TR_VMAX, Quantity.MR_VMAX),
        (Site.TRICUSPID_VALVE, Quantity.RVSP, Quantity.MV_MEAN_GRADIENT),
        (Site.MITRAL_VALVE, Quantity.MV_MEAN_GRADIENT, Quantity.TR_VMAX),
        (Site.MITRAL_INFLOW, Quantity.MITRAL_E_A_RATIO, Quantity.PULMONARY_VEIN_S_VELOCITY),
        (Site.SEPTAL_ANNULUS, Quantity.E_PRIME_SEPTAL, Quantity.E_PRIME_LATERAL),
        (Site.RIGHT_ANNULUS, Quantity.RV_S_PRIME, Quantity.E_PRIME_SEPTAL),
        (Site.TRICUSPID_EXCURSION, Quantity.TAPSE, Quantity.MAPSE),
    ],
)
def test_a_recording_gives_the_numbers_of_its_own_site(site, shown, hidden):
    assert shows(View.A4C, shown, site.mode, site)
    assert not shows(View.A4C, hidden, site.mode, site)


def test_a_trace_of_tricuspid_regurgitation_does_not_speak_of_the_mitral_valve():
    assert visibility(View.A4C, Finding.TRICUSPID_REGURGITATION, Mode.CW, Site.TRICUSPID_VALVE) == 3
    assert visibility(View.A4C, Finding.MITRAL_REGURGITATION, Mode.CW, Site.TRICUSPID_VALVE) == 0
    assert visibility(View.A4C, Finding.MITRAL_REGURGITATION, Mode.CW) == 3, "unknown, both may be meant"


def test_a_site_is_found_by_its_key_and_mode():
    assert find_site("tricuspid-annulus", Mode.TDI) is Site.RIGHT_ANNULUS
    assert find_site("Tricuspid annulus", Mode.M) is Site.TRICUSPID_EXCURSION
    assert find_site("tricuspid-annulus", Mode.PW) is None
    assert find_site("kidney", Mode.PW) is None


def test_the_simulated_recordings_have_sites():
    from echovlm.simulation.doppler.colour import VALVE_VIEW
    from echovlm.simulation.doppler.mmode import Cursor
    from echovlm.simulation.doppler.traces import Trace

    for trace in Trace:
        site = find_site(trace.file_name, trace.mode)
        assert site is not None
        assert trace.view in VIEWS_OF[site]
    for cursor in Cursor:
        site = find_site(cursor.file_name, Mode.M)
        assert site is not None
        assert cursor.view in VIEWS_OF[site]
    for valve, view in VALVE_VIEW.items():
        site = find_site(valve.name, Mode.COLOR)
        assert site is not None
        assert view in VIEWS_OF[site]


def test_a_colour_box_on_the_tricuspid_valve_does_not_speak_of_the_mitral_one():
    assert visibility(View.A4C, Finding.MITRAL_REGURGITATION, Mode.COLOR, Site.TRICUSPID_BOX) == 0
    assert visibility(View.A4C, Finding.MITRAL_REGURGITATION, Mode.COLOR, Site.MITRAL_BOX) == 3


def test_lists_of_places_do_not_depend_on_sites():
    assert (Mode.CW, View.A4C) in places_measuring(Quantity.RVSP)
    assert places_showing(Finding.MITRAL_REGURGITATION)[0][0] in (Mode.COLOR, Mode.CW)
