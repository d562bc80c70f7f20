"""The models inside the package: they load, are small, and read fresh simulated hearts as well as their cards say."""

import hashlib
import re

import numpy as np
import pytest
from benchmarks.embedded_fresh import judge_embedded
from benchmarks.reader_fresh import judge_fresh

import echovlm
from echovlm.clinical import Mode, View
from echovlm.models import (
    MVP_VIEWS,
    embedded_model,
    embedded_outlines,
    embedded_reader,
    learnt_views,
    load_dense,
    load_echovlm,
    load_reader,
)
from echovlm.simulation import sample_patient, simulate_clip

LARGEST_BYTES = 12_000_000
PATIENTS = 2  # of the card's row "fixed set"


@pytest.fixture(scope="module")
def reader():
    return load_reader(embedded_reader())


@pytest.fixture(scope="module")
def card():
    return embedded_reader().with_suffix(".md").read_text(encoding="utf-8")


def test_the_weights_are_small_enough_for_a_package_and_are_those_of_the_card(card):
    content = embedded_reader().read_bytes()
    assert len(content) <= LARGEST_BYTES
    assert hashlib.sha256(content).hexdigest() in card


def test_the_weights_say_that_they_know_simulated_hearts_only(reader):
    assert reader.metadata["simulated"] is True
    assert reader.model.config.views == tuple(view.value for view in View)


def test_a_fresh_simulated_a4c_is_apical(reader):
    patient = sample_patient(7, seed=41)
    clip = simulate_clip(patient, View.A4C, seed=41, n_frames=2, height_px=224, width_px=300)
    prediction = reader.model.predict(reader.preprocessing(clip.frames, clip.spacing_mm))
    apical = sum(prob for view, prob in prediction.mean_view_prob().items() if view.window == "apical")
    assert apical > 0.8


def test_noise_is_no_heart(reader):
    noise = np.random.default_rng(5).integers(0, 256, (2, 160, 200), dtype=np.uint8)
    prediction = reader.model.predict(reader.preprocessing(noise, None))
    assert max(prediction.mean_view_prob().values()) < 0.5


def test_fresh_simulated_hearts_are_read_as_well_as_the_card_says(reader, card):
    row = re.search(rf"\| fixed set, {PATIENTS} patients \| (\d+) \| (\d+) \| (\d+) \| ([\d.]+) \|", card)
    assert row, "the card has a row of the fixed set"
    clips, views, windows = (int(row[k]) for k in (1, 2, 3))
    found = judge_fresh(reader, patients=PATIENTS)
    assert found.clips == clips
    # Sums differ in the last bit from one processor to the next; one clip in the balance may tip.
    assert abs(found.right_views - views) <= 1
    assert abs(found.right_windows - windows) <= 1
    assert found.lv_dice == pytest.approx(float(row[4]), abs=0.01)


def test_the_dual_encoder_and_its_outlines_are_small_and_those_of_their_card():
    card = embedded_model().with_suffix(".md").read_text(encoding="utf-8")
    for path in (embedded_model(), embedded_outlines()):
        assert hashlib.sha256(path.read_bytes()).hexdigest() in card
    assert embedded_model().stat().st_size + embedded_outlines().stat().st_size <= LARGEST_BYTES


def test_load_without_a_name_gives_the_dual_encoder_of_the_package():
    loaded = echovlm.load()
    assert loaded.metadata["simulated"] is True
    norm = loaded.model.encode_text(["No pericardial effusion."]).norm(dim=1)
    assert norm.item() == pytest.approx(1.0, abs=1e-5)


def test_a_model_is_asked_for_the_views_that_it_learnt():
    known = echovlm.load().metadata
    assert learnt_views(known, Mode.B) == tuple(View)
    assert learnt_views(known, None) == tuple(View)
    assert View.A4C in learnt_views(known, Mode.COLOR)
    assert learnt_views({}, Mode.B) == MVP_VIEWS
    assert learnt_views({}, Mode.COLOR) == ()


def test_the_dual_encoder_says_of_fresh_hearts_what_its_card_states():
    card = embedded_model().with_suffix(".md").read_text(encoding="utf-8")
    row = re.search(rf"\| fixed set, {PATIENTS} patients \| (\d+) \| (\d+) \| ([\d.]+) \| ([\d.]+) \|", card)
    assert row, "the card has a row of the fixed set"
    found = judge_embedded(load_echovlm(embedded_model()), load_dense(embedded_outlines()), patients=PATIENTS)
    assert found.clips == int(row[1])
    assert abs(found.right_views - int(row[2])) <= 1
    assert found.truth_prob == pytest.approx(float(row[3]), abs=0.01)
    assert found.lv_dice == pytest.approx(float(row[4]), abs=0.01)
