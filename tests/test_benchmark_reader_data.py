"""The frames that the reader is trained on: the truth of the simulator, cropped with the picture."""

import numpy as np
from benchmarks.reader_data import (
    IMPERFECT,
    LVOT_PX,
    VAL_EVERY,
    is_named_rightly,
    iter_clips,
    outflow_px,
    pack_frames,
    simulate_patient,
    write,
)

from echovlm.clinical import Landmark, Structure, View
from echovlm.dataset import EchoGround, Split
from echovlm.simulation import sample_patient, simulate_clip

VIEWS = (View.PLAX, View.A4C)


def test_masks_and_landmarks_lie_where_the_simulator_put_them():
    patient = sample_patient(3, seed=5)
    clip = simulate_clip(patient, View.A4C, seed=5, n_frames=2, height_px=96, width_px=128)
    entry, _ = pack_frames(clip, patient_index=3)
    rows, columns = np.flatnonzero(clip.sector_mask.any(1)), np.flatnonzero(clip.sector_mask.any(0))
    assert (entry.height_px, entry.width_px) == (len(rows), len(columns))
    apex = next(p for p in entry.landmarks if p.landmark is Landmark.LV_APEX and p.frame_index == 1)
    assert (apex.x_px + columns[0], apex.y_px + rows[0]) == tuple(clip.landmarks_xy_px[Landmark.LV_APEX][1])


def test_the_number_of_workers_changes_nothing():
    one, two = (
        [segment.data for _, segment in iter_clips(3, seed=5, views=VIEWS, workers=n)] for n in (1, 2)
    )
    assert one == two


def test_the_dataset_holds_every_view_with_masks_and_some_patients_apart(tmp_path):
    write(tmp_path, patients=2, seed=5, workers=1)
    ground = EchoGround.open(tmp_path)
    rows = ground.rows()
    assert {row.view for row in rows} == set(View)
    assert {row.patient_id for row in rows if row.split is Split.VAL} == {"p00000"}
    assert VAL_EVERY > 2
    row = next(row for row in rows if row.view is View.A4C)
    masks = ground.read_masks(row)
    assert len(masks) == len(row.frames)
    assert all((mask == Structure.LV).any() for mask in masks.values())


def test_frames_of_one_beat_are_different_phases():
    # A patient whose A4C shows the outflow tract gives none.
    kept = (clip for index in range(12) for clip in simulate_patient(index, seed=5, views=(View.A4C,)))
    entry, segment = next(kept)
    assert len(segment.frames) in (2, 3, 4)
    assert len({place.size for place in segment.frames}) > 1
    assert entry.view is View.A4C


def test_a_view_that_shows_another_one_is_left_out():
    named = {View.A4C: [], View.A5C: []}
    for view, kept in named.items():
        for index in range(6):
            clip = simulate_clip(
                sample_patient(index, seed=11), view, seed=11, n_frames=2, height_px=224, width_px=300,
                settings=IMPERFECT,
            )  # fmt: skip
            if is_named_rightly(clip):
                kept.append(max(map(outflow_px, clip.masks)))
    assert len(named[View.A4C]) >= 3
    assert max(named[View.A4C]) < LVOT_PX
    assert len(named[View.A5C]) >= 3
    assert min(named[View.A5C]) >= LVOT_PX


def test_the_outflow_tract_is_where_cavity_and_aorta_meet():
    mask = np.zeros((20, 20), np.uint8)
    mask[2:8, 5:15], mask[8:16, 8:12] = Structure.LV, Structure.AORTA
    assert outflow_px(mask) >= 4  # the aorta is four wide
    mask[8:11] = 0  # a wall between them
    assert outflow_px(mask) == 0
