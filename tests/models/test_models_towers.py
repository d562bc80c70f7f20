"""Towers and heads: what they must not depend on, and what they must tell apart."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from echovlm.clinical import Finding, Landmark, Mode, Structure, View
from echovlm.models import (
    DenseConfig,
    DenseModel,
    EchoVLM,
    EchoVLMConfig,
    ImageTowerConfig,
    TextTowerConfig,
    finding_prompts,
    predict_finding_logit,
    predict_finding_prob,
    predict_view_prob,
    split_sentences,
)
from echovlm.models.dense import expect_points
from echovlm.models.ngrams import count_ngrams, ngram_buckets, tokens
from echovlm.models.temporal import mean_and_deviation

SMALL = EchoVLMConfig(
    image=ImageTowerConfig(stem_channels=4, width=8),
    text=TextTowerConfig(n_buckets=512, width=16, hidden=16),
    embedding_dim=16,
)


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return EchoVLM(SMALL).eval()


def clips(n, frames=4, seed=0):
    return torch.randn(n, frames, 1, 32, 32, generator=torch.Generator().manual_seed(seed))


def test_temporal_pooling_equals_mean_and_population_deviation():
    x = torch.randn(2, 5, 3, 4, 4, dtype=torch.float64, requires_grad=True)
    mean, deviation = mean_and_deviation(x)
    torch.testing.assert_close(mean, x.mean(1))
    torch.testing.assert_close(deviation, (x.var(1, correction=0) + 1e-4).sqrt())
    assert torch.autograd.gradcheck(mean_and_deviation, (x,))


def test_the_order_of_frames_does_not_matter_but_their_motion_does(model):
    frames = clips(2)
    with torch.no_grad():
        same, still = frames[:, [2, 0, 3, 1]], frames[:, [0, 0, 0, 0]]
        torch.testing.assert_close(model.encode_clip(same), model.encode_clip(frames), atol=1e-5, rtol=1e-4)
        assert (model.encode_clip(still) - model.encode_clip(frames)).abs().max() > 1e-3


def test_a_frame_repeated_is_that_frame_and_a_clip_does_not_see_its_neighbours(model):
    frames = clips(3)
    with torch.no_grad():
        one, many = model.encode_clip(frames[:, :1]), model.encode_clip(frames[:, [0] * 8])
        torch.testing.assert_close(one, many, atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(
            model.encode_clip(frames[1:2]), model.encode_clip(frames)[1:2], atol=1e-5, rtol=1e-4
        )


def test_features_of_training_clips_are_standardised_whatever_the_scale_of_their_maps():
    torch.manual_seed(2)
    tower = EchoVLM(SMALL).image_tower.train()
    with torch.no_grad():
        feature = tower(clips(16))
    used = feature.std(0) > 0.5  # a filter that never fires stays silent
    assert used.any()
    torch.testing.assert_close(feature.mean(0), torch.zeros(len(used)), atol=1e-4, rtol=0)
    torch.testing.assert_close(
        feature.std(0, correction=0)[used], torch.ones(int(used.sum())), atol=0.05, rtol=0
    )


def test_embeddings_are_on_the_unit_sphere(model):
    with torch.no_grad():
        unit = torch.cat(
            [model.encode_clip(clips(2)), model.encode_text(["Dilated left atrium.", "A. B. C."])]
        )
    torch.testing.assert_close(unit.norm(dim=1), torch.ones(4))


def test_the_order_of_sentences_does_not_matter_and_that_of_words_does(model):
    with torch.no_grad():
        a, b, c, d = model.encode_text(
            ["The left atrium is dilated. No effusion.", "No effusion. The left atrium is dilated.",
             "The dilated is atrium left. No effusion.", "The left atrium is dilated. no  effusion"]
        )  # fmt: skip
    torch.testing.assert_close(a, b)
    torch.testing.assert_close(a, d)
    assert (a - c).abs().max() > 1e-3


def test_no_text_is_ever_cut_off(model):
    """The last of a thousand sentences still counts."""
    long = "The left atrium is dilated. " * 1000
    with torch.no_grad():
        yes, no = model.encode_text([long + "Effusion.", long + "No effusion."])
    assert (yes - no).abs().max() > 0


def test_texts_do_not_depend_on_what_is_encoded_beside_them_and_no_text_is_no_error(model):
    with torch.no_grad():
        alone = model.encode_text(["No effusion."])
        torch.testing.assert_close(model.encode_text(["Other. Words.", "No effusion.", ""])[1:2], alone)
        assert model.encode_text([]).shape == (0, 16)
        assert model.encode_text([""]).abs().sum() == 0


def test_numbers_stay_whole_and_sentences_end_where_a_reader_ends_them():
    assert tokens("The LVIDd is 5.8 cm, EF 38%.") == ("the", "lvidd", "is", "5.8", "cm", "ef", "38", "%")
    assert split_sentences("LVIDd 5.8 cm. No effusion!  Done") == ("LVIDd 5.8 cm.", "No effusion!", "Done")


def test_buckets_are_the_same_in_every_process_and_never_cross_a_sentence():
    """CRC-32 of "no", "effusion" and "no effusion", written down: old checkpoints keep their meaning."""
    assert ngram_buckets("No effusion.", n_buckets=16384, longest=6) == (10271, 3963, 414)
    assert len(ngram_buckets("a b c d e f g h", n_buckets=64, longest=6)) == 8 + 7 + 6 + 5 + 4 + 3


@settings(max_examples=25, deadline=None)
@given(n_words=st.integers(0, 12), longest=st.integers(1, 7))
def test_shorter_ngrams_come_first_and_are_counted_right(n_words, longest):
    sentence = " ".join("abcdefghijkl"[:n_words])
    whole = ngram_buckets(sentence, n_buckets=2**30, longest=7)
    part = ngram_buckets(sentence, n_buckets=2**30, longest=longest)
    assert len(part) == count_ngrams(n_words, longest=longest)
    assert whole[: len(part)] == part


def test_reading_short_ngrams_in_training_depends_on_seed_and_sentence_alone(model):
    text = ["The left atrium is not dilated. There is no effusion in the pericardial space."]
    with torch.no_grad():
        first, again, other = (model.encode_text(text, reading_seed=seed) for seed in (1, 1, 3))
        assert torch.equal(first, again)
        assert (first - other).abs().max() > 1e-3
        assert (first - model.encode_text(text)).abs().max() > 1e-3


@settings(max_examples=25, deadline=None)
@given(text=st.text(max_size=80))
def test_any_text_can_be_encoded(model, text):
    with torch.no_grad():
        assert torch.isfinite(model.encode_text([text])).all()


def test_asking_the_opposite_gives_the_opposite_answer(model):
    with torch.no_grad():
        unit = model.encode_clip(clips(3))
        forward = predict_finding_logit(model, unit, present=["Effusion."], absent=["No effusion."])
        backward = predict_finding_logit(model, unit, present=["No effusion."], absent=["Effusion."])
        torch.testing.assert_close(forward, -backward)
        undecided = predict_finding_logit(model, unit, present=["Effusion."], absent=["Effusion."])
        assert undecided.abs().max() < 1e-5


def test_zero_shot_probabilities_are_probabilities(model):
    with torch.no_grad():
        unit = model.encode_clip(clips(3))
        views = predict_view_prob(model, unit, views=(View.PLAX, View.A4C, View.A2C), held_out=True)
        assert list(views) == [View.PLAX, View.A4C, View.A2C]
        torch.testing.assert_close(sum(views.values()), torch.ones(3))
        prob = predict_finding_prob(model, unit, Finding.LA_DILATED)
        assert ((prob > 0) & (prob < 1)).all()
    with pytest.raises(ValueError, match="at least one sentence"):
        predict_finding_logit(model, unit, present=[], absent=["No effusion."])


def test_a_leak_is_asked_for_from_moderate_on_and_a_stenosis_in_b_mode_by_its_leaflets():
    asked = finding_prompts(Finding.MITRAL_REGURGITATION, present=True)
    assert "Mitral regurgitation is more than mild." in asked
    assert "There is mitral regurgitation." not in asked
    assert (
        finding_prompts(Finding.AORTIC_STENOSIS, present=False, mode=Mode.B)[1]
        == "The aortic leaflets open well."
    )
    assert finding_prompts(Finding.LA_DILATED, present=True)[0] == "The left atrium is dilated."


def test_temperature_never_falls_below_a_hundredth(model):
    with torch.no_grad():
        before = model.log_temperature.clone()
        model.log_temperature.fill_(-50.0)
        assert float(model.temperature) == pytest.approx(0.01)
        model.log_temperature.copy_(before)


def test_measurements_come_back_in_their_units(model):
    with torch.no_grad():
        model.quantity_mean.fill_(5.0)
        model.quantity_deviation.fill_(2.0)
        standardised = model.standardised_measurements(model.encode_clip(clips(2)))
        torch.testing.assert_close(model.predict_measurements(clips(2)), 5 + 2 * standardised)
        assert standardised.shape[1] == len(SMALL.quantities)
        assert "lv_internal_diameter_ed" in SMALL.quantities
        assert "bsa" not in SMALL.quantities  # no image shows it


@settings(max_examples=20, deadline=None)
@given(x=st.integers(3, 12), y=st.integers(3, 12), spread=st.floats(0.7, 1.2))
def test_a_gaussian_heatmap_s_expectation_is_its_centre(x, y, spread):
    rows, columns = torch.meshgrid(torch.arange(16.0), torch.arange(16.0), indexing="ij")
    heat = -((columns - x) ** 2 + (rows - y) ** 2) / (2 * spread**2)
    point, found = expect_points(heat[None, None], stride_px=2)
    # A cell of stride 2 covers pixels 2k and 2k + 1; its centre is 2k + 1/2.
    assert point[0, 0].tolist() == pytest.approx([2 * x + 0.5, 2 * y + 0.5], abs=0.1)
    assert float(found) == pytest.approx(2 * spread, rel=0.05)


def test_dense_prediction_covers_every_frame_structure_and_landmark():
    dense = DenseModel(DenseConfig(image=SMALL.image, decoder_width=4))
    prediction = dense.predict(clips(1, frames=5)[0], batch_size=2)
    assert prediction.masks.shape == (5, 32, 32)
    assert prediction.masks.dtype == np.uint8
    assert prediction.points_xy_px.shape == (5, len(Landmark), 2)
    assert prediction.masks.max() <= max(Structure)
    assert ((prediction.points_xy_px >= 0) & (prediction.points_xy_px <= 31)).all()
    np.testing.assert_array_equal(
        prediction.point_xy_px(Landmark.LV_APEX),
        prediction.points_xy_px[:, list(Landmark).index(Landmark.LV_APEX)],
    )


def test_each_frame_is_predicted_on_its_own_and_the_model_keeps_its_mode():
    torch.manual_seed(1)
    dense = DenseModel(DenseConfig(image=SMALL.image, decoder_width=4)).train()
    frames = clips(1, frames=5)[0]
    whole, part = dense.predict(frames), dense.predict(frames[3:4])
    np.testing.assert_allclose(whole.points_xy_px[3:4], part.points_xy_px, atol=1e-3)
    assert dense.training
