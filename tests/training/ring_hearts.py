"""A made-up dataset that can be learned in seconds: a dark disc in a bright ring, dilated when large."""

import hashlib
from pathlib import Path

import numpy as np

from echovlm.clinical import (
    Finding,
    FindingState,
    Grade,
    Landmark,
    Measurement,
    Provenance,
    Quantity,
    Source,
    Structure,
    Unit,
    View,
)
from echovlm.clinical.statements import finding_sentences, view_sentences
from echovlm.dataset import (
    ClipEntry,
    DatasetOrigin,
    FindingRow,
    LandmarkPoint,
    Split,
    StatementRow,
    pack_clip,
    write_dataset,
)

SIDE, SPACING_MM = 48, 3.0
ORIGIN = DatasetOrigin(
    source="ring hearts", simulated=True, seed=0, licence="none", fingerprint="0" * 64, row_problems={}
)
MADE_UP = Provenance(Source.TABLE, "made up")
LIMIT_CM = 5.4


def _clip(number: int, *, split: Split, masked: bool):
    random = np.random.default_rng(number)
    diameter_cm, view = float(random.uniform(3.6, 7.2)), (View.PLAX, View.A4C)[number % 2]
    centre = SIDE / 2 + random.uniform(-3, 3, 2)
    radius = diameter_cm * 10 / SPACING_MM / 2
    y, x = np.mgrid[:SIDE, :SIDE]
    distance = np.hypot(x - centre[0], y - centre[1])
    wall = (distance > radius) & (distance < radius + 4)
    if view is View.A4C:  # a second wall makes it another view
        wall |= (distance > radius + 7) & (distance < radius + 9)
    grey = np.where(wall, 170, 25) + random.normal(0, 12, (4, SIDE, SIDE))
    mask = np.where(
        distance <= radius, Structure.LV, np.where(distance < radius + 4, Structure.LV_MYOCARDIUM, 0)
    )
    dilated = diameter_cm > LIMIT_CM
    entry = ClipEntry(
        clip_id=f"ring_{number:04d}", patient_id=f"p{number // 2:04d}", study_id=f"s{number // 2:04d}",
        split=split, view=view, view_source="made up", height_px=SIDE, width_px=SIDE,
        source_path=f"{number}.dcm", source_sha256=hashlib.sha256(f"{number}".encode()).hexdigest(),
        spacing_mm=SPACING_MM, frame_times_ms=(0.0, 200.0, 400.0, 600.0), heart_rate_bpm=75.0,
        ed_frame_index=0, es_frame_index=2,
        landmarks=tuple(
            LandmarkPoint(landmark, 0, float(centre[0]), float(centre[1] + side * radius))
            for landmark, side in ((Landmark.IVS_LV_SIDE, -1), (Landmark.PW_LV_SIDE, 1))
        ) if masked else (),
        measurements=(Measurement(Quantity.LV_INTERNAL_DIAMETER_ED, diameter_cm, Unit.CM, MADE_UP),),
        findings=(
            FindingRow(
                Finding.LV_DILATED, FindingState.PRESENT if dilated else FindingState.ABSENT,
                Grade.ABNORMAL if dilated else Grade.NORMAL, "ring", "made up", visible=True,
            ),
            FindingRow(Finding.RA_DILATED, FindingState.NOT_ASSESSED, None, None, "no value", visible=True),
            FindingRow(Finding.LA_DILATED, FindingState.PRESENT, Grade.MILD, "ring", "said", visible=False),
        ),
        statements=(
            StatementRow(view_sentences(view), (), None, None, None, MADE_UP),
            StatementRow(
                finding_sentences(Finding.LV_DILATED, present=dilated),
                finding_sentences(Finding.LV_DILATED, present=not dilated),
                Finding.LV_DILATED, None, dilated, MADE_UP,
            ),
            StatementRow(
                (f"LVIDd {diameter_cm:.1f} cm.",), (f"LVIDd {4.2 if dilated else 6.6:.1f} cm.",),
                None, Quantity.LV_INTERNAL_DIAMETER_ED, dilated, MADE_UP,
            ),
        ),
        caption="made up",
    )  # fmt: skip
    masks = {0: mask.astype(np.uint8)} if masked else None
    return entry, pack_clip(entry, grey.clip(0, 255).astype(np.uint8), masks)


def write_ring_hearts(
    folder: Path, *, train: int = 96, test: int = 40, val: int = 0, masked: bool = True
) -> Path:
    """Write ``train``, ``test`` and ``val`` clips of two views; two clips make a patient."""
    splits = [Split.TRAIN] * train + [Split.TEST] * test + [Split.VAL] * val
    clips = [_clip(n, split=split, masked=masked) for n, split in enumerate(splits)]
    write_dataset(folder, clips, origin=ORIGIN)
    return folder
