"""What a study holds while its labels are looked for: facts and compressed frames, no pixels."""

import numpy as np
from benchmarks.tiny_archive import write_tiny_archive

from echovlm.curation import CurationOptions, OverlayUse, ReaderUse, curate, pipeline, study
from echovlm.imaging import Clip


def test_a_clip_that_was_read_holds_no_pixels_until_its_study_is_packed(tmp_path, monkeypatch):
    made = []

    def ready_clip(*args):
        made.append(READY(*args))
        return made[-1]

    READY = study.ready_clip
    monkeypatch.setattr(study, "ready_clip", ready_clip)
    monkeypatch.setattr(pipeline.LocalEngine, "run", lambda _self, work, jobs: map(work, jobs))
    source = write_tiny_archive(tmp_path / "source", 2)
    curate(source, tmp_path / "out", options=CurationOptions(ReaderUse.NEVER, OverlayUse.NEVER))
    assert made
    for ready in made:
        held = [getattr(each, name) for each in (ready, ready.stored, ready.facts) for name in each.__slots__]
        assert not any(isinstance(value, np.ndarray | Clip) for value in held)
