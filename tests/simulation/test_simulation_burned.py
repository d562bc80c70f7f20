"""What is burned into the stills of a study, against its own calibration, its tables and its truth."""

import csv
import gzip
import json
import math
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pydicom
import pytest

from echovlm.clinical.views import View
from echovlm.simulation import Protocol, simulate

VIEWS = (View.PLAX, View.A4C)
# What the box calls it: what the table calls it.
TABLE_NAMES = {
    "LVIDd": "lvedd", "LVIDs": "lvesd", "IVSd": "septal_thickness", "LVPWd": "inf_lat_thickness",
    "LA AP": "la_dimen", "Ao sinus": "sinus_diam", "RVD1": "rv_diam",
}  # fmt: skip


@pytest.fixture(scope="module")
def cohort(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("burned") / "studies"
    simulate(
        out, patients=2, seed=21, workers=1, n_frames=4, protocol=Protocol.COMPLETE, views=VIEWS,
        on_progress=lambda _done, _total: None,
    )  # fmt: skip
    return out


@pytest.fixture(scope="module")
def stills(cohort) -> list[tuple[pydicom.FileDataset, dict]]:
    """Header and truth of every still."""
    found = []
    for path in sorted(cohort.glob("files/**/*.dcm")):
        truth = json.loads((cohort / "truth" / path.relative_to(cohort)).with_suffix(".json").read_text())
        if truth["kind"] != "cine":
            found.append((pydicom.dcmread(path), truth))
    return found


def of_kind(stills, kind: str):
    return [(dataset, truth) for dataset, truth in stills if truth["kind"] == kind]


def value_at(item: pydicom.Dataset, x_px: float, y_px: float) -> tuple[float, float]:
    """Return the physical values at a pixel, as DICOM PS3.3 C.8.5.5.1 has a reader compute them."""
    dx = x_px - item.RegionLocationMinX0 - item.ReferencePixelX0
    dy = y_px - item.RegionLocationMinY0 - item.ReferencePixelY0
    return (
        item.ReferencePixelPhysicalValueX + dx * item.PhysicalDeltaX,
        item.ReferencePixelPhysicalValueY + dy * item.PhysicalDeltaY,
    )


def test_a_distance_is_what_its_region_says_of_its_two_ends(stills):
    measured = of_kind(stills, "calipers")
    assert len(measured) >= 6
    for dataset, truth in measured:
        region = dataset.SequenceOfUltrasoundRegions[0]
        stated = {result["label"]: result["value"] for result in truth["results"]}
        for caliper in truth["calipers"]:
            first, second = (np.array(value_at(region, *point)) for point in caliper["points_xy_px"])
            length_cm = float(np.linalg.norm(second - first))
            assert length_cm == pytest.approx(stated[caliper["labels"][0]], rel=2e-3)


def test_the_box_prints_what_the_table_reports(cohort, stills):
    with gzip.open(cohort / "structured-measurement.csv.gz", "rt") as file:
        rows = list(csv.DictReader(file))
    reported = {(row["subject_id"], row["measurement"]): row["result"] for row in rows}
    compared = 0
    for dataset, truth in of_kind(stills, "calipers"):
        for result in truth["results"]:
            name = TABLE_NAMES.get(result["label"])
            if (dataset.PatientID, name) in reported:
                entered = float(reported[dataset.PatientID, name])
                assert abs(entered - result["value"]) <= 0.05 + 1e-9, "the table has one decimal"
                compared += 1
    assert compared >= 2


def test_a_peak_velocity_is_what_its_region_says_of_its_tip(stills):
    velocities = 0
    for dataset, truth in of_kind(stills, "spectrum"):
        spectral = next(r for r in dataset.SequenceOfUltrasoundRegions if r.RegionSpatialFormat == 3)
        stated = {result["label"]: result for result in truth["results"]}
        for caliper in truth["calipers"]:
            if caliper["kind"] != "peak":
                continue
            _, cm_per_s = value_at(spectral, *caliper["points_xy_px"][-1])
            result = stated[caliper["labels"][0]]
            in_cm_per_s = result["value"] * (100 if result["unit"] == "m/s" else 1)
            assert abs(cm_per_s) == pytest.approx(in_cm_per_s, rel=0.03, abs=abs(spectral.PhysicalDeltaY))
            velocities += 1
    assert velocities >= 7


def test_the_excursion_on_an_m_mode_is_what_its_region_says_and_what_the_study_has(cohort, stills):
    strips = [(d, t) for d, t in of_kind(stills, "m_mode") if t["cursor"] == "tricuspid-annulus"]
    assert len(strips) == 2
    for dataset, truth in strips:
        sweep = next(r for r in dataset.SequenceOfUltrasoundRegions if r.RegionSpatialFormat == 2)
        (caliper,) = truth["calipers"]
        (_, upper_cm), (_, lower_cm) = (value_at(sweep, *point) for point in caliper["points_xy_px"])
        (result,) = truth["results"]
        in_mm = result["value"] * (10 if result["unit"] == "cm" else 1)
        assert 10 * abs(upper_cm - lower_cm) == pytest.approx(in_mm, abs=10 * sweep.PhysicalDeltaY)
        study = json.loads(next(cohort.glob(f"truth/files/*/p{dataset.PatientID}/*/study.json")).read_text())
        known = {m["quantity"]: m["value"] for m in study["true_measurements"]}
        assert known["tapse"] == pytest.approx(in_mm, rel=0.1)


def test_a_colour_cine_has_its_box_its_scale_and_its_jet(cohort):
    found = 0
    for path in sorted(cohort.glob("truth/**/*_*.json")):
        truth = json.loads(path.read_text())
        if truth["mode"] != "color":
            continue
        dataset = pydicom.dcmread((cohort / path.relative_to(cohort / "truth")).with_suffix(".dcm"))
        tissue, flow = dataset.SequenceOfUltrasoundRegions[:2]
        assert (tissue.RegionDataType, flow.RegionDataType) == (1, 2)
        assert dataset.PhotometricInterpretation != "MONOCHROME2"
        with np.load(path.with_suffix(".npz")) as arrays:
            assert arrays["jets"].shape == arrays["masks"].shape == (4, dataset.Rows, dataset.Columns)
            rows, columns = np.nonzero(arrays["jets"].any(axis=0))
        if len(rows):  # no jet leaves the box
            assert (
                flow.RegionLocationMinX0 - 2 <= columns.min() <= columns.max() <= flow.RegionLocationMaxX1 + 2
            )
            assert flow.RegionLocationMinY0 - 2 <= rows.min() <= rows.max() <= flow.RegionLocationMaxY1 + 2
        found += 1
    assert found == 4, "mitral and tricuspid valve in A4C of two patients"


def test_printed_numbers_are_the_values_rounded_and_lie_on_the_screen(stills):
    for dataset, truth in stills:
        for result in truth.get("results", []):
            assert math.isclose(result["printed"], result["value"], rel_tol=0.12, abs_tol=0.51), result
            left, top, right, bottom = result["box_xyxy_px"]
            assert 0 <= left < right <= dataset.Columns
            assert 0 <= top < bottom <= dataset.Rows


def test_the_page_of_results_names_no_view_and_no_scale(stills):
    pages = of_kind(stills, "report")
    assert len(pages) == 2
    for dataset, truth in pages:
        assert truth["view"] is None
        assert "ViewCodeSequence" not in dataset
        assert "SequenceOfUltrasoundRegions" not in dataset
        assert {"LVIDd", "LVEF"} <= {result["label"] for result in truth["results"]}


def test_a_cine_states_no_measurement(cohort):
    for path in cohort.glob("truth/**/*_*.json"):
        truth = json.loads(path.read_text())
        if truth["kind"] == "cine":
            assert "results" not in truth


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy is not installed; see dicom3tools")
def test_an_independent_validator_finds_no_fault_in_any_file_of_a_study(cohort):
    for path in sorted(cohort.glob("files/**/*.dcm")):
        told = subprocess.run(["dciodvfy", "-new", path], capture_output=True, text=True)
        lines = (told.stdout + told.stderr).splitlines()
        assert [line for line in lines if line.startswith(("Error", "Warning"))] == [], path
