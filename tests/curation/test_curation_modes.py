"""A study of every mode: pictures, colour, spectra and M-modes, each with what it can show."""

import pytest

from echovlm.clinical import Finding, Mode, Quantity, View
from echovlm.clinical.diseases import DISEASE_FINDINGS
from echovlm.curation import curate
from echovlm.dataset import EchoGround
from echovlm.imaging.strip import STRIP_SIDE_PX
from echovlm.simulation import Protocol, simulate

DOPPLER = {Quantity.TR_VMAX, Quantity.MITRAL_E_VELOCITY, Quantity.AV_VMAX, Quantity.E_PRIME_SEPTAL}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("modes")
    simulate(
        folder / "studies", patients=2, seed=5, workers=1, n_frames=3, protocol=Protocol.STANDARD,
        views=(View.A4C,), on_progress=lambda done, total: None,
    )  # fmt: skip
    curate(folder / "studies", folder / "dataset")
    return EchoGround.open(folder / "dataset")


def test_every_file_of_a_standard_study_is_kept_with_its_mode_and_site(dataset):
    rows = dataset.rows()
    assert {row.mode for row in rows} == {Mode.B, Mode.COLOR, Mode.PW, Mode.CW, Mode.TDI, Mode.M}
    assert all((row.site is None) == (row.mode is Mode.B) for row in rows)
    assert all(row.site is None or row.site.mode is row.mode for row in rows)


def test_only_colour_clips_have_colours_and_only_strips_have_axes(dataset):
    for row in dataset.rows():
        assert row.is_colour == (row.mode is Mode.COLOR)
        assert (row.strip is not None) == (row.mode not in (Mode.B, Mode.COLOR))
        if row.strip is not None:
            assert (len(row.frames), row.height_px, row.width_px) == (1, STRIP_SIDE_PX, STRIP_SIDE_PX)


def test_every_disease_is_judged(dataset):
    for row in dataset.rows():
        assert {finding.finding for finding in row.findings} >= set(DISEASE_FINDINGS)


def test_no_clip_speaks_of_what_another_recording_shows(dataset):
    for row in dataset.rows():
        spoken = {statement.finding for statement in row.statements}
        numbers = {statement.quantity for statement in row.statements}
        if row.mode is Mode.B:
            assert not numbers & DOPPLER
        if row.site is not None and row.site.words == "tricuspid valve":
            assert Finding.MITRAL_REGURGITATION not in spoken
        if row.site is not None and row.site.words == "mitral valve":
            assert Finding.TRICUSPID_REGURGITATION not in spoken
            assert Quantity.TR_VMAX not in numbers
