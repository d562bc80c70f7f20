"""A simulated tree on disk: whole studies, the same bytes however made, and a truth that fits the pixels."""

import csv
import gzip
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pydicom
import pytest

from echovlm.clinical.anatomy import Landmark, Structure
from echovlm.clinical.views import View, find_view
from echovlm.simulation import SimulationError, sample_patient, simulate, true_measurements
from echovlm.simulation.kernels import kernel_cache
from echovlm.source_hash import hash_source

PATIENTS, SEED, N_FRAMES = 3, 11, 3


def run(out: Path, *, workers: int = 1, on_progress=lambda _done, _total: None, **change):
    settings = {"patients": PATIENTS, "seed": SEED, "n_frames": N_FRAMES} | change
    return simulate(out, workers=workers, on_progress=on_progress, **settings)


def contents(folder: Path) -> dict[str, str]:
    """Return the hash of every file below a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }


def table(path: Path) -> list[dict[str, str]]:
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return list(csv.DictReader(content.decode().splitlines()))


@pytest.fixture(scope="module")
def cohort(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("cohort") / "studies"
    run(out)
    return out


@pytest.fixture(scope="module")
def clips(cohort) -> list[tuple[pydicom.FileDataset, dict, np.ndarray]]:
    """Every cine with its truth."""
    found = []
    for row in table(cohort / "echo-record-list.csv"):
        truth = cohort / "truth" / row["dicom_filepath"]
        masks = np.load(truth.with_suffix(".npz"), allow_pickle=False)["masks"]
        dataset = pydicom.dcmread(cohort / row["dicom_filepath"])
        found.append((dataset, json.loads(truth.with_suffix(".json").read_text()), masks))
    return found


def test_the_tables_join_and_name_every_file_once(cohort):
    records, studies = table(cohort / "echo-record-list.csv"), table(cohort / "echo-study-list.csv")
    rows = table(cohort / "structured-measurement.csv.gz")
    on_disk = {path.relative_to(cohort).as_posix() for path in cohort.glob("files/**/*.dcm")}
    assert sorted(record["dicom_filepath"] for record in records) == sorted(on_disk)
    assert len(on_disk) == 5 * PATIENTS
    assert {(r["subject_id"], r["study_id"]) for r in records} == {
        (s["subject_id"], s["study_id"]) for s in studies
    }
    linked = {(s["subject_id"], s["measurement_id"], s["measurement_datetime"]) for s in studies}
    assert {(r["subject_id"], r["measurement_id"], r["measurement_datetime"]) for r in rows} == linked
    assert len(linked) == PATIENTS
    assert {row["test_type"] for row in rows} == {"tte"}
    for record in records:
        subject, study, path = record["subject_id"], record["study_id"], record["dicom_filepath"]
        assert path.startswith(f"files/p{subject[:2]}/p{subject}/s{study}/{study}_")
        assert study.startswith("9")


def test_the_files_say_what_the_tables_say(cohort, clips):
    records = table(cohort / "echo-record-list.csv")
    for record, (dataset, _, _) in zip(records, clips, strict=True):
        assert dataset.PatientID == record["subject_id"]
        assert dataset.StudyID == record["study_id"]
        digits = "".join(filter(str.isdigit, record["acquisition_datetime"]))
        assert dataset.AcquisitionDateTime == digits
        assert 2110 <= int(digits[:4]) < 2210, "a shifted date"
    uids = [dataset.SOPInstanceUID for dataset, _, _ in clips]
    assert len(set(uids)) == len(uids)
    assert len({dataset.StudyInstanceUID for dataset, _, _ in clips}) == PATIENTS


def test_everything_says_that_it_is_simulated(cohort, clips):
    assert json.loads((cohort / "simulation.json").read_text())["simulated"] is True
    assert all("SIMULATED" in dataset.ImageComments for dataset, _, _ in clips)
    assert all(truth["simulated"] is True for _, truth, _ in clips)


def test_each_study_has_each_view_once_and_a_files_number_does_not_tell_it(clips):
    order = [find_view(dataset.ViewCodeSequence[0].CodeValue) for dataset, _, _ in clips]
    assert [view.value for view in order] == [truth["view"] for _, truth, _ in clips]
    studies = [tuple(order[start : start + 5]) for start in range(0, len(order), 5)]
    assert all(set(study) == {View.PLAX, View.PSAX_MV, View.PSAX_PM, View.A4C, View.A2C} for study in studies)
    assert len(set(studies)) > 1


def test_the_region_has_the_truths_spacing_and_holds_every_mask_and_landmark(clips):
    for dataset, truth, masks in clips:
        region = dataset.SequenceOfUltrasoundRegions[0]
        assert (
            region.PhysicalDeltaX
            == region.PhysicalDeltaY
            == pytest.approx(truth["spacing_mm"] / 10, rel=1e-12)
        )
        assert masks.shape == (N_FRAMES, dataset.Rows, dataset.Columns)
        assert masks.dtype == np.uint8
        left, top = region.RegionLocationMinX0, region.RegionLocationMinY0
        right, bottom = region.RegionLocationMaxX1, region.RegionLocationMaxY1
        assert 0 <= left < right < dataset.Columns
        assert 0 <= top < bottom < dataset.Rows
        _, rows, columns = np.nonzero(masks)
        assert rows.min() >= top
        assert rows.max() <= bottom
        assert columns.min() >= left
        assert columns.max() <= right
        for points in truth["landmarks"].values():
            assert len(points) == N_FRAMES
            x, y = np.array(points, float).T
            assert np.all((left <= x) & (x <= right) & (top <= y) & (y <= bottom))


def test_the_masks_lie_on_the_pixels_blood_dark_and_wall_bright(clips):
    for dataset, _, masks in clips:
        grey = dataset.pixel_array[..., 1].astype(float)

        def contrast(down_px, right_px, grey=grey, masks=masks):
            moved = np.roll(masks, (down_px, right_px), axis=(1, 2))
            return grey[moved == Structure.LV_MYOCARDIUM].mean() - grey[moved == Structure.LV].mean()

        elsewhere = np.mean([contrast(*by) for by in ((12, 0), (-12, 0), (0, 12), (0, -12))])
        assert contrast(0, 0) > 1.3 * elsewhere, "and less so where the masks would lie with another offset"


def test_the_diameter_between_the_landmarks_is_the_true_diameter(cohort, clips):
    for dataset, truth, _ in clips:
        if truth["view"] != "plax":
            continue
        upper, lower = (np.array(truth["landmarks"][name.value][truth["ed_frame_index"]])
                        for name in (Landmark.IVS_LV_SIDE, Landmark.PW_LV_SIDE))  # fmt: skip
        measured_cm = np.linalg.norm(upper - lower) * dataset.SequenceOfUltrasoundRegions[0].PhysicalDeltaX
        index = int(dataset.PatientID) - 10_000_001
        true = {m.quantity.label: m.value for m in true_measurements(sample_patient(index, seed=SEED))}
        assert measured_cm == pytest.approx(true["LVIDd"], rel=0.01)
        study = json.loads(next(cohort.glob(f"truth/files/*/p{dataset.PatientID}/*/study.json")).read_text())
        written = {m["quantity"]: m["value"] for m in study["true_measurements"]}
        assert written["lv_internal_diameter_ed"] == pytest.approx(true["LVIDd"])


def test_true_values_are_those_of_a_living_adult():
    for index in range(12):
        for measurement in true_measurements(sample_patient(index, seed=SEED)):
            measurement.checked()


def test_a_killed_run_leaves_no_worker_and_run_again_ends_in_the_same_bytes(cohort, tmp_path):
    out, script = tmp_path / "studies", tmp_path / "run.py"
    script.write_text(
        "from pathlib import Path; import multiprocessing; from echovlm.simulation import simulate\n"
        "def tell(done, total):\n"
        "    print(done, *(worker.pid for worker in multiprocessing.active_children()), flush=True)\n"
        "if __name__ == '__main__':\n"
        f"    simulate(Path({str(out)!r}), patients={PATIENTS}, seed={SEED}, n_frames={N_FRAMES},\n"
        "             workers=2, on_progress=tell)\n"
    )
    process = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    told = next(line.split() for line in process.stdout if line.startswith("1 "))
    process.kill()
    process.wait()
    workers, deadline = [int(pid) for pid in told[1:]], time.monotonic() + 20
    assert len(workers) == 2
    while any(_is_running(pid) for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(_is_running(pid) for pid in workers), "they would wait for work for ever"
    done = len(list(out.glob("files/*/*/s*")))
    assert done >= 1
    assert not (out / "echo-record-list.csv").exists(), "killed before the end"
    assert run(out).resumed == done
    assert contents(out) == contents(cohort), "two workers and a kill, or one worker and none"


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")  # a zombie that nobody reaps has ended too
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs process groups")
@pytest.mark.parametrize("at", ["start", "work"])
def test_ctrl_c_ends_parent_and_workers_with_one_traceback(tmp_path, at):
    out, script = tmp_path / "studies", tmp_path / "run.py"
    script.write_text(
        "from pathlib import Path; import multiprocessing, signal; from echovlm.simulation import simulate\n"
        "def tell(done, total):\n"
        "    print(done, *(worker.pid for worker in multiprocessing.active_children()), flush=True)\n"
        "if __name__ == '__main__':\n"  # a worker imports this file too, and must go on ignoring Ctrl-C
        "    signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        # So many that a busy machine does not finish them before the signal.
        f"    simulate(Path({str(out)!r}), patients=400, seed={SEED}, n_frames={N_FRAMES},\n"
        "             workers=2, on_progress=tell)\n"
    )
    process = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    told = next(line.split() for line in process.stdout if line.startswith("01"[at == "work"]))
    if at == "start":
        time.sleep(0.4)  # the workers import
    os.killpg(process.pid, signal.SIGINT)
    _, error = process.communicate(timeout=20)
    assert error.count("Traceback") == 1, error
    assert error.rstrip().endswith("KeyboardInterrupt")
    assert not any(_is_running(int(pid)) for pid in told[1:])
    assert len(list(out.glob("files/*/*/s*"))) < 400


class Killed(BaseException):
    """Stands for a kill: nothing catches it."""


def test_a_kill_before_any_of_the_moves_into_place_is_mended(tmp_path, monkeypatch):
    """Cut a run before its settings, its truth, its study and each table are moved in; then go on."""
    whole, replace = tmp_path / "whole", Path.replace
    run(whole, patients=1, n_frames=2)
    for cut_at in range(6):
        moves = iter(range(6))

        def cut(self, target, at=cut_at, moves=moves):
            if next(moves) == at:
                raise Killed
            return replace(self, target)

        out = tmp_path / f"cut-{cut_at}"
        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", cut)
            with pytest.raises(Killed):
                run(out, patients=1, n_frames=2)
        assert contents(out) != contents(whole)
        run(out, patients=1, n_frames=2)
        assert contents(out) == contents(whole), f"cut before move {cut_at}"


def test_a_finished_run_does_nothing_and_reports_it(cohort):
    before, steps = contents(cohort), []
    summary = run(cohort, on_progress=lambda done, total: steps.append((done, total)))
    assert steps == [(PATIENTS, PATIENTS)]
    assert (summary.resumed, summary.clips, summary.frames) == (
        PATIENTS,
        5 * PATIENTS,
        5 * PATIENTS * N_FRAMES,
    )
    assert contents(cohort) == before


@pytest.mark.parametrize("lost", ["study.json", "_0003.dcm", "_0002.npz", "_0005.json"])
def test_a_study_that_lost_a_file_is_mended(cohort, tmp_path, lost):
    out = tmp_path / "studies"
    shutil.copytree(cohort, out)
    next(path for path in sorted(out.rglob("*")) if path.name.endswith(lost)).unlink()
    assert run(out).resumed == PATIENTS - 1
    assert contents(out) == contents(cohort)


def test_progress_counts_every_study(tmp_path):
    steps = []
    run(
        tmp_path / "studies",
        patients=2,
        n_frames=2,
        on_progress=lambda done, total: steps.append((done, total)),
    )
    assert steps == [(0, 2), (1, 2), (2, 2)]


@pytest.mark.parametrize(("name", "value"), [("seed", 12), ("patients", 4), ("n_frames", 5)])
def test_a_folder_with_other_settings_is_refused_with_both_values(cohort, name, value):
    before = contents(cohort)
    with pytest.raises(SimulationError, match=rf"{name} \d+, not {value}.*--force"):
        run(cohort, **{name: value})
    assert contents(cohort) == before


def test_force_replaces_other_settings_by_what_a_new_folder_would_hold(tmp_path):
    out, fresh = tmp_path / "studies", tmp_path / "fresh"
    run(out, patients=2, n_frames=2)
    run(out, patients=1, seed=12, n_frames=2, force=True)
    run(fresh, patients=1, seed=12, n_frames=2)
    assert contents(out) == contents(fresh)


def test_a_folder_that_is_no_simulation_is_never_touched_not_even_by_force(tmp_path):
    record = tmp_path / "echo-record-list.csv"
    record.write_text("subject_id\n10000032\n")
    with pytest.raises(SimulationError, match=r"echo-record-list.csv.*Choose an empty folder"):
        run(tmp_path, force=True)
    (tmp_path / "simulation.json").write_text('{"of": "something else"}')
    with pytest.raises(SimulationError, match="does not describe a simulation"):
        run(tmp_path, force=True)
    assert record.read_text() == "subject_id\n10000032\n"


@pytest.mark.parametrize("change", [{"patients": 0}, {"n_frames": 1}, {"seed": -1}, {"workers": 0}], ids=str)
def test_numbers_that_make_no_cohort_are_refused_before_anything_is_written(tmp_path, change):
    with pytest.raises(SimulationError, match="allowed are at least"):
        run(tmp_path / "studies", **change)
    assert not (tmp_path / "studies").exists()


def test_compiled_kernels_are_kept_apart_from_those_of_another_source(tmp_path, monkeypatch):
    from numba.core import config

    from echovlm.simulation import kernels

    monkeypatch.setattr(kernels, "_FOLDER", tmp_path)
    outside, places = config.CACHE_DIR, []
    for text in ("a = 1\n", "a = 2\n"):
        hash_source.cache_clear()
        (tmp_path / "kernel.py").write_text(text)
        with kernel_cache():
            places.append(config.CACHE_DIR)
    assert places[0] != places[1]
    assert outside == config.CACHE_DIR, "other packages keep theirs"
    hash_source.cache_clear()
