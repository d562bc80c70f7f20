"""The same code gives the same bytes on every engine, also when workers and nodes are killed at work."""

import os
import sys
import time
from pathlib import Path

import pytest
from curation_trees import plain_study, snapshot, write_tree

from echovlm.curation import curate
from echovlm.engines import EngineError, LocalEngine, RayEngine

ray = pytest.importorskip("ray", reason="needs the extra `cluster`")
ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])  # a worker cannot import a test
SMALL_NODE = {"num_cpus": 1, "object_store_memory": 80 * 2**20}
pytestmark = [
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.timeout(900),  # on a busy machine a node of Ray takes a minute to come up
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Path:
    studies = [plain_study(number, n_files=1) for number in range(1, 25)]
    return write_tree(tmp_path_factory.mktemp("source") / "tree", studies)


@pytest.fixture(scope="module")
def expected(tree, tmp_path_factory) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("expected") / "out"
    curate(tree, out, seed=5)
    return snapshot(out)


@pytest.fixture(scope="module")
def cluster():
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args=SMALL_NODE | {"include_dashboard": False})
    second = cluster.add_node(**SMALL_NODE)
    cluster.wait_for_nodes()
    yield cluster, second
    cluster.shutdown()


def until_killed(job: tuple[Path, str, int]) -> tuple[int, str]:
    """Leave a trace, wait for one of the doomed node, and never end on that node itself."""
    folder, doomed, number = job
    node = ray.get_runtime_context().get_node_id()
    (folder / f"{number}-{node}").touch()
    given_up_at = time.monotonic() + 120
    while node == doomed or not any(trace.name.endswith(doomed) for trace in folder.iterdir()):
        time.sleep(0.05)
        if time.monotonic() > given_up_at:
            raise TimeoutError("the node was not killed, or never had a job")
    if number == 0:
        raise FileNotFoundError("of a job")
    return number, node


@pytest.mark.slow
def test_jobs_of_a_node_that_is_killed_run_again_elsewhere(cluster, tmp_path):
    nodes, second = cluster
    ran = {}
    with RayEngine(nodes.address) as engine:
        jobs = [(tmp_path, second.node_id, number) for number in range(1, 13)]
        for number, node in engine.run(until_killed, jobs):
            if not ran:  # no job ends before one is under way on the second node
                nodes.remove_node(second, allow_graceful=False)
            ran[number] = node
        with pytest.raises(FileNotFoundError, match="of a job"):
            list(engine.run(until_killed, [(tmp_path, second.node_id, 0)]))
    assert sorted(ran) == list(range(1, 13))
    assert second.node_id not in ran.values()
    began = [trace.name.partition("-")[0] for trace in tmp_path.iterdir()]
    assert len(began) > len(set(began)), "a job of the killed node began a second time elsewhere"


@pytest.mark.slow
def test_a_cluster_of_two_that_loses_a_node_in_mid_run_gives_the_same_bytes(
    tree, expected, cluster, tmp_path
):
    nodes, _ = cluster
    second = nodes.add_node(**SMALL_NODE)
    killed_at = []

    def kill_the_second_node(done: int, total: int) -> None:
        if done >= total // 4 and not killed_at:
            killed_at.append((done, total))
            nodes.remove_node(second, allow_graceful=False)

    with RayEngine(nodes.address) as engine:
        curate(tree, tmp_path / "out", engine=engine, seed=5, on_progress=kill_the_second_node)
    ((done, total),) = killed_at
    assert 0 < done < total
    assert snapshot(tmp_path / "out") == expected


@pytest.mark.slow
def test_a_cluster_of_one_gives_the_same_bytes(tree, expected, tmp_path):
    with RayEngine(workers=1) as engine:
        curate(tree, tmp_path / "out", engine=engine, seed=5)
    assert snapshot(tmp_path / "out") == expected


def test_a_cluster_that_is_not_there_is_named():
    with pytest.raises(EngineError, match="'127.0.0.1:9'.*ray start"), RayEngine("127.0.0.1:9"):
        pass


def test_one_local_worker_works_in_this_process():
    assert list(LocalEngine(1).run(os.getppid.__class__, [])) == []
    assert set(LocalEngine(1).run(lambda _: os.getpid(), range(3))) == {os.getpid()}
