"""End-diastole and end-systole where nobody labelled them, and only the frames decoded that are stored."""

from dataclasses import replace

import numpy as np
import pytest
from curation_trees import dicom, plain_study, write_tree

from echovlm.clinical import Mode, Structure, View
from echovlm.curation import curate, phases
from echovlm.curation.copies import LOOKED_AT
from echovlm.curation.frames import choose_frames
from echovlm.curation.phases import NO_PHASES, Phases, find_by_area, read_beat
from echovlm.curation.reading import read_file
from echovlm.curation.ready import _restrict
from echovlm.dataset import EchoGround
from echovlm.imaging import Cine, read_clip
from echovlm.imaging.ecg import Ecg
from echovlm.simulation import sample_patient, simulate_clip

NO_KEYS = ()


def cine(n_frames: int = 20) -> Cine:
    return Cine(np.zeros((n_frames, 8, 8), np.uint8), None, None, (), None, 1.0, (0.0, 0.0))


def ventricle(monkeypatch, radius_of_frame) -> None:
    """Let the reader trace a square ventricle of a known side in every frame."""

    def trace(_: Cine, places: list[int]) -> np.ndarray:
        masks = np.zeros((len(places), 40, 40), np.uint8)
        for mask, place in zip(masks, places, strict=True):
            side = round(radius_of_frame(place))
            mask[:side, :side] = Structure.LV.value
        return masks

    monkeypatch.setattr(phases, "trace_frames", trace)


def test_the_smallest_ventricle_is_end_systole_and_the_largest_end_diastole(monkeypatch):
    ventricle(monkeypatch, lambda place: 22 + abs(place - 8))
    found = find_by_area(cine(16), View.A4C, Mode.B, NO_PHASES)
    assert (found.ed_frame_index, found.es_frame_index, found.source) == (0, 8, "lv-area")


def test_a_known_end_diastole_stays_and_end_systole_comes_after_it(monkeypatch):
    ventricle(monkeypatch, lambda place: 10 if place == 0 else 18 + abs(place - 9))
    known = Phases(2, None, "r-wave")
    found = find_by_area(cine(16), View.PLAX, Mode.B, known)
    assert (found.ed_frame_index, found.es_frame_index, found.source) == (2, 9, "r-wave, lv-area")


@pytest.mark.parametrize(
    ("view", "mode", "n_frames", "side"),
    [
        (View.PSAX_AV, Mode.B, 20, lambda p: 30 - p),
        (View.A4C, Mode.COLOR, 20, lambda p: 30 - p),
        (View.A4C, Mode.B, 4, lambda p: 30 - 5 * p),
        (View.A4C, Mode.B, 20, lambda p: 30 - p % 2),  # hardly moves
        (View.A4C, Mode.B, 20, lambda p: 0 if p % 3 else 30 - p),  # seen now and then
    ],
)
def test_no_phase_is_named_where_the_ventricle_is_not_whole_not_plain_or_not_moving(
    monkeypatch, view, mode, n_frames, side
):
    ventricle(monkeypatch, side)
    assert find_by_area(cine(n_frames), view, mode, NO_PHASES) is NO_PHASES


def test_the_reader_finds_end_systole_of_a_simulated_heart_within_an_eighth_of_the_beat():
    clip = simulate_clip(
        sample_patient(2, seed=3), View.A4C, seed=0, n_frames=16, height_px=180, width_px=240
    )
    seen = replace(cine(16), frames=clip.frames, spacing_mm=clip.spacing_mm)
    found = find_by_area(seen, View.A4C, Mode.B, Phases(0, None, "r-wave"))
    assert abs(found.es_frame_index - clip.es_frame_index) <= 2


def test_a_drawn_ecg_gives_the_r_wave_and_the_end_of_its_t_wave(tmp_path, monkeypatch):
    path = tmp_path / "x.dcm"
    path.write_bytes(dicom(n_frames=20))
    clip = replace(read_clip(path), r_wave_times_ms=())
    drawn = Ecg((0, 0, 9, 9), (), (120.0, 620.0), (450.0,), 120.0, "a marker")
    monkeypatch.setattr(phases, "read_ecg", lambda *_: drawn)
    told, found = read_beat(clip)
    assert (found.ed_frame_index, found.es_frame_index) == (3, 11)  # 40 ms a frame
    assert found.source == "drawn-r-wave, t-wave"
    assert (told.r_wave_times_ms, told.heart_rate_bpm) == ((120.0, 620.0), 60.0)  # the file's own rate stays
    monkeypatch.setattr(phases, "read_ecg", lambda *_: None)
    assert read_beat(clip)[1] is NO_PHASES


def test_a_phase_whose_frame_is_not_stored_is_unknown():
    both = Phases(3, 9, "r-wave, t-wave")
    assert both.at((1, 3, 5, 9)) == Phases(1, 3, "r-wave, t-wave")
    assert both.at((3, 5)) == Phases(0, None, "r-wave")
    assert both.at((9,)) is NO_PHASES


def test_r_waves_outside_of_the_stored_frames_are_not_kept(tmp_path):
    path = tmp_path / "x.dcm"
    path.write_bytes(dicom(n_frames=20))  # 40 ms a frame
    clip = replace(read_clip(path), r_wave_times_ms=(0.0, 120.0, 620.0))
    assert _restrict(clip, range(20)) is clip
    assert _restrict(clip, (2, 3, 4, 5, 6)).r_wave_times_ms == (40.0,)
    early = replace(clip, r_wave_times_ms=(-50.0, 120.0, 5000.0))
    assert _restrict(early, range(20)).r_wave_times_ms == (120.0,)


def test_of_a_long_cine_with_r_waves_only_what_is_stored_or_compared_is_decoded(tmp_path):
    path = tmp_path / "x.dcm"
    path.write_bytes(dicom(n_frames=60))
    whole = read_clip(path)
    read = read_file(path, lambda _: NO_KEYS, frames_per_second=None)
    expected = choose_frames(
        60, frame_times_ms=whole.frame_times_ms, heart_rate_bpm=60.0, r_wave_times_ms=(0.0,), keep=NO_KEYS
    )
    assert read.to_store == expected
    assert set(read.indices) == {*expected, *LOOKED_AT(60)}
    assert len(read.indices) < 35
    assert np.array_equal(read.clip.frames, whole.frames[list(read.indices)])
    assert read.n_frames == 60


def test_a_short_cine_is_decoded_whole_and_chosen_later(tmp_path):
    path = tmp_path / "x.dcm"
    path.write_bytes(dicom(n_frames=20))
    read = read_file(path, lambda _: NO_KEYS, frames_per_second=None)
    assert (len(read.clip.frames), read.to_store) == (20, None)


def test_a_long_cine_is_stored_from_its_first_r_wave_with_the_way_its_phase_was_found(tmp_path):
    study = plain_study(1, n_files=1)
    study.files = [dicom(10000001, 90000001, 1, n_frames=60)]
    curate(write_tree(tmp_path / "tree", [study]), tmp_path / "out")
    (row,) = EchoGround.open(tmp_path / "out").rows()
    assert len(row.frames) == 26  # a beat of 1000 ms at 40 ms a frame
    assert row.ed_frame_index == 0
    assert row.phase_source.split(",")[0] == "r-wave"
