"""All damage that is planted in a small archive of each version is found, counted, and nothing else is lost."""

import pytest
from benchmarks.planted import VERSIONS, compare, lay_out, plant
from curation_trees import plain_study, write_tree


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_planted_is_found_and_the_totals_add_up(tmp_path, version):
    base = write_tree(tmp_path / "base", [plain_study(number, n_files=2) for number in range(1, 101, 5)])
    archive = lay_out(base, tmp_path / version, version)
    plant(archive, seed=3)
    assert sum(archive.excluded.values()) >= 12
    assert compare(archive, tmp_path / "out", workers=1) == []
