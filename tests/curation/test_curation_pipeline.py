"""Curation can be killed, repeated and spread over processes without changing a byte."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from curation_trees import dicom, plain_study, snapshot, without_view, write_tree, write_truth
from pydicom.data import get_testdata_file

from echovlm.clinical import FindingState, View
from echovlm.curation import OutputError, SourceError, curate, pipeline
from echovlm.dataset import EchoGround

SCRIPT = """
import sys
from pathlib import Path
from echovlm.curation import curate
if __name__ == "__main__":
    curate(Path(sys.argv[1]), Path(sys.argv[2]), workers=int(sys.argv[3]), seed=5,
           on_progress=lambda done, total: print(done, total, flush=True))
"""


PATIENTS = (1, 5, 8)  # one of each split


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Path:
    studies = [plain_study(number) for number in PATIENTS]
    root = write_tree(tmp_path_factory.mktemp("source") / "tree", studies)
    write_truth(root, studies[0].paths()[0])
    return root


@pytest.fixture(scope="module")
def expected(tree, tmp_path_factory) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("expected") / "out"
    curate(tree, out, workers=1, seed=5)
    return snapshot(out)


def test_two_workers_give_the_bytes_of_one(tree, expected, tmp_path):
    told = []
    curate(
        tree, tmp_path / "out", workers=2, seed=5, on_progress=lambda done, total: told.append((done, total))
    )
    assert snapshot(tmp_path / "out") == expected
    assert told == sorted(told)
    assert (told[0], told[-1]) == ((0, 6), (6, 6))


def test_a_finished_dataset_is_left_alone(tree, expected, tmp_path):
    first = curate(tree, tmp_path / "out", workers=1, seed=5)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")}
    assert curate(tree, tmp_path / "out", workers=1, seed=5) == first
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")} == before
    assert snapshot(tmp_path / "out") == expected


@pytest.mark.parametrize("lost", ["shard", "end of a shard", "manifest", "shards", "card"])
def test_a_finished_dataset_that_lost_a_file_is_mended(tree, expected, tmp_path, lost):
    out = tmp_path / "out"
    curate(tree, out, workers=1, seed=5)
    shard = min(out.glob("shards/*.tar"))
    if lost == "shards":
        shutil.rmtree(out / "shards")
    elif lost == "end of a shard":
        os.truncate(shard, 5000)
    else:
        {"shard": shard, "manifest": out / "manifest.parquet", "card": out / "README.md"}[lost].unlink()
    assert snapshot(out) != expected
    curate(tree, out, workers=1, seed=5)
    assert snapshot(out) == expected


def test_mending_that_was_killed_goes_on(tree, expected, tmp_path, monkeypatch):
    out = tmp_path / "out"
    curate(tree, out, workers=1, seed=5)
    (out / "manifest.parquet").unlink()

    def dies(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "_curate_studies", dies)
        with pytest.raises(Killed):
            curate(tree, out, workers=1, seed=5)
    assert not (out / "dataset.json").exists()
    curate(tree, out, workers=1, seed=5)
    assert snapshot(out) == expected


def test_a_folder_in_the_place_of_a_shard_is_named_and_kept(tree, tmp_path):
    out = tmp_path / "out"
    curate(tree, out, workers=1, seed=5)
    shard = min(out.glob("shards/*.tar"))
    shard.unlink()
    shard.mkdir()
    with pytest.raises(OutputError, match=rf"{shard.name} is a folder.*remove it"):
        curate(tree, out, workers=1, seed=5)


class Killed(BaseException):
    """Stands for the end of the process."""


def test_stopped_before_any_file_appears_and_run_again_the_bytes_are_the_same(
    tree, expected, tmp_path, monkeypatch
):
    replace_file = Path.replace
    stopped_at = 0
    for stop in range(60):
        out, count = tmp_path / f"out{stop}", 0

        def dies(path, target, stop=stop):
            nonlocal count
            count += 1
            if count > stop:
                raise Killed
            return replace_file(path, target)

        monkeypatch.setattr(Path, "replace", dies)
        try:
            curate(tree, out, workers=1, seed=5)
        except Killed:
            stopped_at += 1
            assert not (out / "dataset.json").exists()
            for shard in out.glob("shards/*.tar"):  # what is visible is whole
                assert shard.read_bytes() == expected[f"shards/{shard.name}"]
            monkeypatch.setattr(Path, "replace", replace_file)
            curate(tree, out, workers=1, seed=5)
            assert snapshot(out) == expected
        else:
            break
        shutil.rmtree(out)
    assert (
        stopped_at >= 1 + 2 * 3 + 3 + 4
    )  # run.json, two files per study, shards, manifest, exclusions, card, dataset.json


def process_state(pid: int) -> tuple[str, int] | None:
    """Return state and parent of a process, or None when it is gone."""
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except OSError:
        return None
    return state, int(parent)


def is_alive(pid: int) -> bool:
    found = process_state(pid)
    return found is not None and found[0] != "Z"


def children_of(pid: int) -> set[int]:
    running = [int(path.name) for path in Path("/proc").glob("[0-9]*")]
    return {child for child in running if (process_state(child) or ("", 0))[1] == pid}


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to look for orphans")
def test_killed_with_its_workers_and_run_again_the_bytes_are_the_same(tree, expected, tmp_path):
    script, out = tmp_path / "run.py", tmp_path / "out"
    script.write_text(SCRIPT)
    command = [sys.executable, str(script), str(tree), str(out), "2"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    for _ in range(2):  # told at the start, and when the first study is done
        process.stdout.readline()
    workers = children_of(process.pid)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    deadline = time.monotonic() + 20
    while any(map(is_alive, workers)):
        assert time.monotonic() < deadline, "workers outlive their killed parent"
        time.sleep(0.02)
    assert workers
    assert not (out / "dataset.json").exists()
    curate(tree, out, workers=1, seed=5)
    assert snapshot(out) == expected


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs process groups")
@pytest.mark.parametrize("told", [1, 2], ids=["at the start", "at work"])
def test_ctrl_c_ends_parent_and_workers_with_one_traceback(tree, expected, tmp_path, told):
    script, out = tmp_path / "run.py", tmp_path / "out"
    # Only the parent gets Python's handler back: a worker imports this file too, and must go on ignoring Ctrl-C.
    handler = "    import signal\n    signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    guard = 'if __name__ == "__main__":\n'
    script.write_text(SCRIPT.replace(guard, guard + handler))
    command = [sys.executable, str(script), str(tree), str(out), "2"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    for _ in range(told):
        process.stdout.readline()
    if told == 1:
        time.sleep(0.4)  # the workers import
    workers = children_of(process.pid)
    os.killpg(process.pid, signal.SIGINT)
    _, error = process.communicate(timeout=20)
    assert error.count("Traceback") == 1, error
    assert error.rstrip().endswith("KeyboardInterrupt")
    deadline = time.monotonic() + 5
    while any(map(is_alive, workers)):
        assert time.monotonic() < deadline, "workers outlive their interrupted parent"
        time.sleep(0.02)
    curate(tree, out, workers=1, seed=5)
    assert snapshot(out) == expected


def test_another_seed_changes_the_captions_and_only_those(tree, tmp_path):
    captions = {}
    for seed in (5, 6):
        curate(tree, tmp_path / f"{seed}", workers=1, seed=seed)
        data = EchoGround.open(tmp_path / f"{seed}")
        captions[seed] = [row.caption for row in data.rows()]
        assert [row.findings for row in data.rows()]
    assert captions[5] != captions[6]
    with pytest.raises(OutputError, match="another source, seed"):
        curate(tree, tmp_path / "5", workers=1, seed=6)


def test_a_source_that_changed_is_not_mixed_with_unfinished_work(tree, tmp_path):
    source = tmp_path / "source"
    shutil.copytree(tree, source)
    (tmp_path / "out" / ".parts").mkdir(parents=True)
    (tmp_path / "out" / ".parts" / "run.json").write_text('{"fingerprint": "of something else"}')
    with pytest.raises(OutputError, match="unfinished dataset of another source"):
        curate(source, tmp_path / "out", workers=1, seed=5)


def test_a_dataset_of_other_code_is_not_taken_for_ours(tree, tmp_path, monkeypatch):
    curate(tree, tmp_path, workers=1, seed=5)
    curate(tree, tmp_path, workers=1, seed=5)
    monkeypatch.setattr(
        "echovlm.curation.pipeline.hash_packages", lambda *names: dict.fromkeys(names, "other")
    )
    with pytest.raises(OutputError, match="another source, seed or version"):
        curate(tree, tmp_path, workers=1, seed=5)


@pytest.mark.parametrize("inside", [".", "dataset"])
def test_a_dataset_inside_its_source_is_refused(tree, inside):
    with pytest.raises(OutputError, match="inside the source"):
        curate(tree, tree / inside, workers=1, seed=5)


def test_a_folder_with_other_files_is_not_written_to(tree, tmp_path):
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(OutputError, match="other files"):
        curate(tree, tmp_path, workers=1, seed=5)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_source_that_is_missing_empty_or_a_file_is_named_and_nothing_is_written(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x")
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "notes.dcm").write_text("dear colleague")
    wrong = {"nowhere": "does not exist", "empty": "empty", "file": "is a file", "texts": "holds no clip"}
    for name, words in wrong.items():
        with pytest.raises(SourceError, match=words) as caught:
            curate(tmp_path / name, tmp_path / "out", workers=1, seed=0)
        assert str(tmp_path / name) in str(caught.value)
        assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_a_folder_of_clips_needs_no_tables(tmp_path):
    folder = tmp_path / "clips"
    (folder / "a").mkdir(parents=True)
    (folder / "a" / "one.dcm").write_bytes(dicom(1, 2, 1))
    (folder / "a" / "two").write_bytes(dicom(1, 2, 2, view=View.A2C))
    (folder / "no_view.dcm").write_bytes(without_view(dicom(1, 2, 3)))
    (folder / "notes.txt").write_text("hello")
    shutil.copy(get_testdata_file("examples_ybr_color.dcm", download=False), folder / "real.dcm")
    summary = curate(folder, tmp_path / "out", workers=1, seed=0)
    rows = EchoGround.open(tmp_path / "out").rows()
    log = [json.loads(line) for line in (tmp_path / "out.originals.jsonl").read_text().splitlines()]
    original = {line["public"]: line["original"] for line in log}
    views = {original[row.source_path]: row.view for row in rows}
    # The real cine carries no view; the reader inside the package names it.
    assert views == {"a/one.dcm": View.PLAX, "a/two": View.A2C, "real.dcm": View.A4C}
    assert all(finding.state is FindingState.NOT_ASSESSED for row in rows for finding in row.findings)
    assert {row.patient_id for row in rows} != {"1"}  # what a file carries may be a real identifier
    assert len({(row.patient_id, row.study_id) for row in rows}) == 2
    assert summary.excluded == {"not_an_image": 1, "unknown_view": 1}
    assert summary.records == 5


def test_when_nothing_is_left_the_reasons_are_told(tmp_path):
    folder = tmp_path / "clips"
    folder.mkdir()
    (folder / "a.dcm").write_bytes(without_view(dicom()))
    with pytest.raises(SourceError, match="1 unknown_view"):
        curate(folder, tmp_path / "out", workers=1, seed=0)
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_a_folder_that_may_not_be_read_is_named(tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir(mode=0)
    with pytest.raises(SourceError, match="locked"):
        curate(folder, tmp_path / "out", workers=1, seed=0)
