"""A report with every section filled, from made-up values: what the page must be able to show."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from echovlm.clinical import (
    Finding,
    FindingState,
    Measurement,
    Mode,
    Provenance,
    Quantity,
    Sex,
    Source,
    Structure,
    View,
    derive,
    finding_sentences,
)
from echovlm.interpretation.judging import find_limit, report_findings
from echovlm.interpretation.pictures import (
    Caliper,
    ClipPicture,
    Placement,
    encode_frames,
    trace_contours,
)
from echovlm.interpretation.study import (
    ClipImpression,
    ClipReport,
    Evidence,
    Impression,
    MeasuredValue,
    ModelReport,
    NotMeasured,
    ReportedMeasurement,
    Sentence,
    SkippedFile,
    StudyReport,
    ViewReading,
)

VIEWS = (View.PLAX, View.PSAX_MV, View.PSAX_PM, View.A4C, View.A2C)
N_FRAMES = 16

VALUES = {
    Quantity.LVEF_BIPLANE: (38.4, (4, 5)),
    Quantity.LV_EDV_BIPLANE: (182.0, (4, 5)),
    Quantity.LV_ESV_BIPLANE: (112.0, (4, 5)),
    Quantity.LV_INTERNAL_DIAMETER_ED: (6.04, (1,)),
    Quantity.IVS_THICKNESS_ED: (0.92, (1,)),
    Quantity.PW_THICKNESS_ED: (0.88, (1,)),
    Quantity.LA_DIAMETER_AP: (3.75, (1,)),
    Quantity.RV_BASAL_DIAMETER: (3.6, (4,)),
    Quantity.PERICARDIAL_EFFUSION_DEPTH: (0.1, (4,)),
}


def make_clip(
    number: int, view: View | None, *, calibrated: bool = True, file_name: str | None = None
) -> ClipReport:
    candidate = view or View.A4C
    runner_up = View.A2C if candidate is not View.A2C else View.A4C
    prob = 0.93 if view else 0.41
    return ClipReport(
        number=number,
        file_name=file_name or f"90000001_{number:04d}.dcm",
        n_frames=N_FRAMES,
        height_px=480,
        width_px=640,
        spacing_mm=0.31 if calibrated else None,
        frame_rate_hz=48.0 if calibrated else None,
        heart_rate_bpm=68.0 if calibrated else None,
        view=ViewReading(
            view, candidate, prob, runner_up, 0.04, None, "" if view else "Below 50%: not used."
        ),
        ed_frame_index=0 if calibrated else None,
        es_frame_index=6 if calibrated else None,
        phase_source="ED at the R wave, ES at the smallest LV area" if calibrated else "not looked for",
        remarks=() if calibrated else ("Not calibrated: the file has no ultrasound region.",),
        view_model="echovlm.safetensors",
        tracing_model="dense.safetensors",
    )


def make_measurements(sex: Sex | None) -> tuple[ReportedMeasurement, ...]:
    measured = []
    for quantity, (value, clips) in VALUES.items():
        origin = Provenance(Source.MASK, ", ".join(f"clip {n} frame 1" for n in clips))
        measurement = Measurement(quantity, value, quantity.unit, origin)
        evidence = tuple(Evidence(n, 0, origin.locator) for n in clips)
        measured.append(
            ReportedMeasurement(
                measurement,
                tuple(VIEWS[n - 1] for n in clips),
                "Made up",
                (MeasuredValue(measurement, evidence),),
                find_limit(measurement, sex),
            )
        )
    assert len(derive([m.measurement for m in measured])) > len(measured)
    return tuple(measured)


def make_report(
    *, file_name: str | None = None, source_name: str = "s90000001", sex: Sex | None = Sex.MALE
) -> StudyReport:
    clips = tuple(make_clip(n, view, file_name=file_name) for n, view in enumerate(VIEWS, start=1))
    clips = (*clips[:4], replace(clips[4], remarks=("The sector was cut at the left edge.",)))
    measurements = make_measurements(sex)
    findings = report_findings(measurements, sex=sex)
    impressions = tuple(
        Impression(
            finding,
            finding.words,
            prob,
            (
                ClipImpression(1, View.PLAX, Mode.B, prob),
                ClipImpression(4, View.A4C, Mode.B, min(1.0, prob + 0.1)),
            ),
            finding_sentences(finding, present=True),
            finding_sentences(finding, present=False),
            FindingState.PRESENT,
        )
        for finding, prob in (
            (Finding.LV_DILATED, 0.88),
            (Finding.LA_DILATED, 0.52),
            (Finding.RV_DILATED, 0.07),
        )
    )
    summary = (
        Sentence("Five clips were read; all five carry a calibration.", (Evidence(1, None, "clip 1"),)),
        *(
            Sentence(f"{f.result.finding.words.capitalize()} is present: {f.result.reason}", f.evidence)
            for f in findings
            if f.result.state is FindingState.PRESENT
        ),
    )
    return StudyReport(
        source_name=source_name,
        sex=sex,
        sex_source="stated by the files" if sex else "not stated by any file",
        summary=summary,
        clips=clips,
        measurements=measurements,
        not_measured=(NotMeasured(Quantity.LA_VOLUME_INDEX, "No file gives height and weight."),),
        findings=findings,
        impressions=impressions,
        no_impressions=((Finding.RA_DILATED, "No clip shows it."),),
        skipped=(SkippedFile(Path("/somewhere/else/notes.dcm"), "not DICOM: the letters DICM are missing"),),
        models=(ModelReport("view", "echovlm.safetensors", "ab" * 32, "400 simulated patients", True),),
        versions=(("echovlm", "0.1.0"), ("torch", "2.11")),
    )


def make_frames(height: int = 300, width: int = 380) -> tuple[np.ndarray, np.ndarray]:
    """Return grey frames of a beating ellipse in a sector, and its masks."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:height, :width].astype(float)
    sector = (np.abs(np.arctan2(x - width / 2, y + 12)) < 0.65) & (np.hypot(x - width / 2, y + 12) < height)
    frames, masks = [], []
    for phase in np.linspace(0, 2 * np.pi, N_FRAMES, endpoint=False):
        shrink = 1 - 0.14 * (1 - np.cos(phase))
        radius = np.hypot((x - width / 2 - 10) / (46 * shrink), (y - 120) / (75 * (0.5 + shrink / 2)))
        atrium = np.hypot((x - width / 2 - 12) / 42, (y - 243) / (36 * (2 - shrink)))
        mask = np.where(radius < 1, Structure.LV, 0)
        mask = np.where((radius >= 1) & (radius < 1.3), Structure.LV_MYOCARDIUM, mask)
        mask = np.where((atrium < 1) & (mask == 0), Structure.LA, mask)
        tissue = np.where(mask == Structure.LV_MYOCARDIUM, 130, np.where(mask > 0, 12, 70))
        speckle = rng.rayleigh(0.75, (height, width))
        frames.append(np.clip(tissue * speckle, 0, 255) * sector)
        masks.append(mask * sector)
    return np.stack(frames).astype(np.uint8), np.stack(masks).astype(np.uint8)


def make_pictures(report: StudyReport) -> tuple[ClipPicture, ...]:
    frames, masks = make_frames()
    contours = tuple(trace_contours(mask[::3, ::3], Placement(3.0, (0.0, 0.0))) for mask in masks)
    return tuple(
        ClipPicture(
            clip_number=clip.number,
            height_px=frames.shape[1],
            width_px=frames.shape[2],
            frames_jpeg=encode_frames(frames),
            frame_indices=tuple(range(len(frames))),
            frame_times_ms=tuple(55.0 * n for n in range(len(frames))),
            timed=True,
            contours=contours,
            calipers=(Caliper(0, (154.0, 120.0), (246.0, 120.0), "LVIDd 6.0 cm", (250.0, 118.0)),)
            if clip.number == 1
            else (),
            ed_position=0,
            es_position=6,
        )
        for clip in report.clips
    )
