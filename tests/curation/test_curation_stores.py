"""A dataset curated into a bucket is the one curated onto a disk, also after a stop and with several workers."""

import pytest
from curation_trees import plain_study, snapshot, write_tree

from echovlm.curation import OutputError, curate, pipeline
from echovlm.stores import open_store


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    studies = [plain_study(number) for number in (1, 5, 8)]
    return write_tree(tmp_path_factory.mktemp("source") / "tree", studies)


@pytest.fixture(scope="module")
def expected(tree, tmp_path_factory):
    out = tmp_path_factory.mktemp("expected") / "out"
    curate(tree, out, seed=5)
    return snapshot(out)


def content(address: str) -> dict[str, bytes]:
    store = open_store(address)
    return {name: store.read(name) for name in store.names()}


def test_two_workers_write_the_same_bytes_into_a_bucket(tree, expected, bucket):
    out = f"{bucket}/two/workers"
    summary = curate(tree, out, workers=2, seed=5)
    assert content(out) == expected
    assert summary.out == out
    assert curate(tree, out, seed=5) == summary


class Killed(BaseException):
    """Stands for the end of the process."""


def test_a_run_into_a_bucket_that_was_killed_goes_on_and_nothing_half_is_seen(
    tree, expected, bucket, monkeypatch
):
    out = f"{bucket}/killed"
    done = []
    write_part = pipeline.curate_study

    def dies_at_the_third(job):
        if len(done) == 2:
            raise Killed
        done.append(job.task.task_id)
        return write_part(job)

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "curate_study", dies_at_the_third)
        with pytest.raises(Killed):
            curate(tree, out, seed=5)
    assert not any(name.endswith(("dataset.json", "manifest.parquet")) for name in content(out))
    again = []
    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "curate_study", lambda job: again.append(job.task.task_id) or write_part(job))
        curate(tree, out, seed=5)
    assert (len(done), len(again)) == (2, 1)
    assert content(out) == expected


def test_a_dataset_that_lost_an_object_is_mended_and_other_files_are_kept(tree, expected, bucket):
    out = f"{bucket}/lost"
    curate(tree, out, seed=5)
    open_store(out).remove(next(name for name in content(out) if name.endswith(".tar")))
    curate(tree, out, seed=5)
    assert content(out) == expected
    open_store(f"{bucket}/thesis").write("thesis.tex", b"precious")
    with pytest.raises(OutputError, match="holds other files"):
        curate(tree, f"{bucket}/thesis", seed=5)
