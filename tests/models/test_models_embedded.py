"""The reader inside the package: it loads, is small, and reads fresh simulated hearts as well as its card says."""

import hashlib
import re

import numpy as np
import pytest
from benchmarks.reader_fresh import judge_fresh

from echovlm.clinical import View
from echovlm.models import embedded_reader, load_reader
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
