"""A small cohort of drawn hearts: rows whose content is known, and a dataset of them on disk."""

import hashlib
from dataclasses import fields

import numpy as np
import pytest
import torch

from echovlm.clinical.anatomy import Landmark, Structure
from echovlm.clinical.findings import Finding, FindingState
from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.provenance import Provenance, Source
from echovlm.clinical.statements import finding_sentences, measurement_sentences, view_sentences
from echovlm.clinical.units import Unit
from echovlm.clinical.views import View
from echovlm.clinical.visibility import VISIBLE, visibility
from echovlm.dataset import (
    ClipEntry,
    ClipRow,
    DatasetOrigin,
    FindingRow,
    LandmarkPoint,
    Split,
    StatementRow,
    pack_clip,
    write_dataset,
)
from echovlm.models import (
    DenseConfig,
    DenseModel,
    EchoVLM,
    EchoVLMConfig,
    FindingsConfig,
    FindingsModel,
    ImageTowerConfig,
    Preprocessing,
    TextTowerConfig,
    save_checkpoint,
)

TABLE = Provenance(Source.TABLE, "a fixture")
VIEWS = (View.PLAX, View.A4C)
SIDE_PX, SPACING_MM = 48, 3.0


def finding_row(finding, present, view):
    state = FindingState.PRESENT if present else FindingState.ABSENT
    return FindingRow(finding, state, None, "rule", "drawn", visibility(view, finding) >= VISIBLE)


def finding_statement(finding, present):
    options = [finding_sentences(finding, present=side) for side in (present, not present)]
    return StatementRow(options[0], options[1], finding, None, present, TABLE)


def diameter_statement(diameter_cm, large):
    texts = [
        measurement_sentences(Measurement(Quantity.LV_INTERNAL_DIAMETER_ED, value, Unit.CM, TABLE))
        for value in (diameter_cm, 4.6 if large else 6.4)
    ]
    return StatementRow(texts[0], texts[1], None, Quantity.LV_INTERNAL_DIAMETER_ED, large, TABLE)


def entry(patient, view, *, split, dilated, fluid):
    """One clip; the right atrium is never dilated, and the aortic root was not assessed."""
    diameter_cm = 6.3 if dilated else 4.5
    states = {Finding.LV_DILATED: dilated, Finding.PERICARDIAL_EFFUSION: fluid, Finding.RA_DILATED: False}
    shown = {f: p for f, p in states.items() if visibility(view, f) >= VISIBLE}
    statements = (
        StatementRow(view_sentences(view), (), None, None, None, TABLE),
        *(finding_statement(finding, present) for finding, present in shown.items()),
        diameter_statement(diameter_cm, dilated),
    )
    half_px = diameter_cm * 10 / SPACING_MM / 2
    points = (
        (LandmarkPoint(Landmark.IVS_LV_SIDE, 0, 24.0, 24 - half_px),
         LandmarkPoint(Landmark.PW_LV_SIDE, 0, 24.0, 24 + half_px))
        if view is View.PLAX else ()
    )  # fmt: skip
    return ClipEntry(
        clip_id=f"{patient:03d}_{view.value}",
        patient_id=f"p{patient:03d}",
        study_id=f"s{patient:03d}",
        split=split,
        view=view,
        view_source="fixture",
        height_px=SIDE_PX,
        width_px=SIDE_PX,
        source_path=f"{patient}/{view.value}.dcm",
        source_sha256=hashlib.sha256(f"{patient} {view.value}".encode()).hexdigest(),
        spacing_mm=SPACING_MM,
        ed_frame_index=0,
        es_frame_index=1,
        landmarks=points,
        findings=(
            *(finding_row(finding, present, view) for finding, present in states.items()),
            FindingRow(Finding.AO_SINUS_DILATED, FindingState.NOT_ASSESSED, None, None, "no value", False),
        ),
        statements=statements,
        caption=" ".join(statement.text_options[0] for statement in statements),
    )


def cohort(n_patients, *, split=Split.TEST, seed=0, first=0):
    rng = np.random.default_rng(seed)
    return [
        entry(first + patient, view, split=split, dilated=dilated, fluid=fluid)
        for patient, (dilated, fluid) in enumerate((rng.random((n_patients, 2)) < 0.4).tolist())
        for view in VIEWS
    ]


def pixels(clip):
    """Two frames with a bright ellipse as tall as the ventricle is wide, and its masks."""
    y, x = np.mgrid[:SIDE_PX, :SIDE_PX]
    half_px = 10.5 if clip.findings[0].state is FindingState.PRESENT else 7.5
    masks = {}
    for frame, scale in enumerate((1.0, 0.8)):
        inside = ((x - 24) / 15) ** 2 + ((y - 24) / (half_px * scale)) ** 2 <= 1
        masks[frame] = np.where(inside, Structure.LV.value, 0).astype(np.uint8)
    frames = np.stack([np.where(mask > 0, 200, 30) for mask in masks.values()]).astype(np.uint8)
    return frames, masks


@pytest.fixture(scope="session")
def test_rows():
    """Thirty patients as rows; their pixels are nowhere."""
    return tuple(
        ClipRow(**{f.name: getattr(e, f.name) for f in fields(ClipEntry)}, shard="none", frames=())
        for e in cohort(30)
    )


@pytest.fixture(scope="session")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("evaluation") / "dataset"
    entries = cohort(12) + cohort(6, split=Split.TRAIN, seed=1, first=100)
    origin = DatasetOrigin(
        source="a fixture", simulated=True, seed=0, licence="none", fingerprint="f" * 64, row_problems={}
    )
    write_dataset(folder, ((e, pack_clip(e, *pixels(e))) for e in entries), origin=origin)
    return folder


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory):
    """Untrained models of the smallest size."""
    folder = tmp_path_factory.mktemp("checkpoints")
    preprocessing = Preprocessing(image_size_px=32, field_of_view_mm=144.0, n_frames=2)
    image = ImageTowerConfig(stem_channels=4, width=8)
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(0)
        models = {
            "dual": EchoVLM(
                EchoVLMConfig(image=image, text=TextTowerConfig(n_buckets=512), embedding_dim=16)
            ),
            "dense": DenseModel(DenseConfig(image=image, decoder_width=4)),
            "ceiling": FindingsModel(FindingsConfig(image=image)),
        }
    for name, model in models.items():
        save_checkpoint(folder / f"{name}.safetensors", model, preprocessing, {"fixture": True})
    return {name: folder / f"{name}.safetensors" for name in models}
