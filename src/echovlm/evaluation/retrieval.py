"""Retrieval: clips and captions, studies and reports; recall among all of the split, by equal content and exactly."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
from jaxtyping import Float, Int

from echovlm.dataset import ClipRow
from echovlm.evaluation.answers import Answers
from echovlm.evaluation.cache import hash_arrays
from echovlm.evaluation.clips import EncodedClips, unit_rows
from echovlm.evaluation.contenders import TestClip
from echovlm.evaluation.evidence import Evidence
from echovlm.evaluation.needs import DataName, Need
from echovlm.evaluation.results import Arm, Sample, Scored
from echovlm.evaluation.statistics.metrics import around_best_positive, expected_ranks
from echovlm.evaluation.task import TaskScore
from echovlm.models import split_sentences
from echovlm.source_hash import hash_packages

KS: Final = (1, 5, 10)
_QUERIES_AT_ONCE: Final = 64  # against some ten thousand items, a few megabytes: what a cache holds
_RESOLUTION: Final = 1e-7  # of a cosine
_METRICS: Final = (*(f"recall@{k}" for k in KS), "median-rank")


class Direction(Enum):
    """What is looked for, and by what."""

    IMAGE_TO_CAPTION = "image-to-caption"
    CAPTION_TO_IMAGE = "caption-to-image"
    STUDY_TO_REPORT = "study-to-report"
    REPORT_TO_STUDY = "report-to-study"

    @property
    def of_studies(self) -> bool:
        """Whether whole studies are looked for, not single clips."""
        return self in (Direction.STUDY_TO_REPORT, Direction.REPORT_TO_STUDY)

    @property
    def by_text(self) -> bool:
        """Whether a text is the query."""
        return self in (Direction.CAPTION_TO_IMAGE, Direction.REPORT_TO_STUDY)


@dataclass(frozen=True, slots=True)
class RetrievalTask:
    """Find a clip's caption or a study's report among all, or the other way round.

    A hit by content is any item that says the same of view and findings; an exact hit is the query's own. An
    exact hit needs the numbers too, and the oracle, which knows the content only, shows how far content alone
    can go. A study is what the model makes of its clips, their mean where it has no summary of its own; a report is
    the mean of its sentences' embeddings: every sentence that is said of one of its clips, each once.

    Attributes:
        direction: What is looked for, and by what.
        source: Where the task comes from.
        data: The datasets that have its truth.
    """

    direction: Direction
    source: str
    data: tuple[DataName, ...]
    needs: frozenset[Need] = frozenset({Need.CLIPS})
    headline: str = "recall@1"

    @property
    def name(self) -> str:
        """Unique, such as ``retrieval/image-to-caption``."""
        return f"retrieval/{self.direction.value}"

    def sentences(self, rows: Sequence[ClipRow]) -> Iterable[str]:
        """Return the captions, or the sentences of the reports."""
        if not self.direction.of_studies:
            return {row.caption for row in rows if row.caption}
        return {sentence for row in rows for sentence in split_sentences(row.caption)}

    def score(self, evidence: Evidence) -> TaskScore:
        """Score one direction."""
        assert evidence.clips is not None, "this task needs clips"
        level = "study" if self.direction.of_studies else "image"
        items = _items(evidence.clips, of_studies=self.direction.of_studies)
        sample = Sample(self.name, level, len(items), len({item.patient_id for item in items}))
        if len(items) < 2:
            reason = f"retrieval needs at least two items with a text; the split has {len(items)}"
            return TaskScore((sample.missing(reason, metric="recall@1"),))
        if evidence.bank is None or evidence.clips.clip_unit is None:
            reason = f"{evidence.model.name} does not put pictures and sentences into one space"
            return TaskScore((sample.missing(reason, metric="recall@1"),))
        seen = unit_rows(self._seen(items, evidence)).astype(np.float64)
        said = unit_rows(np.stack([evidence.bank.of(item.texts).mean(axis=0) for item in items]))
        said = said.astype(np.float64)
        asked, found = (said, seen) if self.direction.by_text else (seen, said)
        return self._scored(items, level, asked, found, evidence)

    def _seen(self, items: "Sequence[_Item]", evidence: Evidence) -> Float[np.ndarray, "item dim"]:
        """Return what the model made of each clip, or of each study by its own summary of the clips."""
        assert evidence.clips is not None, "this task needs clips"
        assert evidence.clips.clip_unit is not None, "and embeddings of them"
        places = [place for item in items for place in item.clips]
        unit = evidence.clips.clip_unit[places]
        if not self.direction.of_studies:
            return unit
        study = np.repeat(np.arange(len(items)), [len(item.clips) for item in items])
        clips = [TestClip(evidence.data, evidence.clips.rows[place]) for place in places]
        return evidence.model.pool_studies(unit, study, clips)

    def _scored(
        self,
        items: "Sequence[_Item]",
        level: str,
        asked: Float[np.ndarray, "query dim"],
        found: Float[np.ndarray, "item dim"],
        evidence: Evidence,
    ) -> TaskScore:
        """Resample the patients of the queries; the gallery stays whole."""
        places = {
            content: place for place, content in enumerate(sorted({i.content for i in items}, key=repr))
        }
        group: Int[np.ndarray, item] = np.array([places[item.content] for item in items])
        alike = np.bincount(group)[group].astype(np.float64)  # items that say the same as each query's own
        key = ("ranks", f"{hash_packages('evaluation')}", hash_arrays(asked, found, group))
        counts = evidence.cache.compute(key, lambda: _count_around(asked, found, group))
        nobody = np.zeros(len(items))
        rows: list[Scored] = []
        said = []
        for variant, right in (("", alike), ("exact", np.ones(len(items)))):
            ranks = {
                Arm.MODEL: expected_ranks(*counts[f"around {variant}"], ks=KS),
                # Who knows the content puts all that is alike first; who guesses ties everything.
                Arm.ORACLE: expected_ranks(nobody, alike, right, ks=KS),
                Arm.CHANCE: expected_ranks(nobody, np.full(len(items), float(len(items))), right, ks=KS),
            }
            for arm, values in ranks.items():
                ids, patients = (tuple(i.item_id for i in items), tuple(i.patient_id for i in items))
                answers = Answers(self.name, level, variant, ids, patients, values, _METRICS)
                rows += answers.score(evidence.resamples, arm=arm)
                if arm is Arm.MODEL:
                    said.append(answers)
        return TaskScore(tuple(rows), tuple(said))


@dataclass(frozen=True, slots=True)
class _Item:
    """A clip with its caption, or a study with its report.

    Attributes:
        item_id: The clip or study.
        patient_id: The patient.
        clips: Places of its clips in the split.
        texts: Its text in the pieces in which it is encoded.
        content: What the text says apart from wording and numbers.
    """

    item_id: str
    patient_id: str
    clips: tuple[int, ...]
    texts: tuple[str, ...]
    content: tuple[object, ...]


def content(rows: Sequence[ClipRow]) -> tuple[object, ...]:
    """Return what some captions say apart from wording and numbers: views, and findings stated or denied."""
    said = {(s.finding.key, s.present) for row in rows for s in row.statements if s.finding is not None}
    places = {(row.view.value, row.mode.value if row.mode else "") for row in rows}
    return (*sorted(places), *sorted(said, key=repr))


def _items(clips: EncodedClips, *, of_studies: bool) -> list[_Item]:
    rows = clips.rows
    spoken = [i for i, row in enumerate(rows) if row.caption]
    if not of_studies:
        return [
            _Item(rows[i].clip_id, rows[i].patient_id, (i,), (rows[i].caption,), content([rows[i]]))
            for i in spoken
        ]
    by_study: dict[str, list[int]] = {}
    for i in spoken:
        by_study.setdefault(rows[i].study_id, []).append(i)
    items = []
    for study_id, places in by_study.items():
        sentences = dict.fromkeys(s for i in places for s in split_sentences(rows[i].caption))
        findings = content([rows[i] for i in places])
        items.append(_Item(study_id, rows[places[0]].patient_id, tuple(places), tuple(sentences), findings))
    return items


def _count_around(
    asked: Float[np.ndarray, "query dim"],
    found: Float[np.ndarray, "item dim"],
    group: Int[np.ndarray, "item"],
) -> dict[str, np.ndarray]:
    """Return what ``around_best_positive`` counts, by content and for each query's own item, some queries at a time."""
    parts: dict[str, list[np.ndarray]] = {"around ": [], "around exact": []}
    every = np.arange(len(found))
    for start in range(0, len(asked), _QUERIES_AT_ONCE):
        rows = slice(start, start + _QUERIES_AT_ONCE)
        # Rounded, so that equal sums in another order tie.
        similarity = np.rint((asked[rows] @ found.T) / _RESOLUTION).astype(np.int32)
        parts["around "].append(np.stack(around_best_positive(similarity, group[rows, None] == group)))
        own = every[rows, None] == every
        parts["around exact"].append(np.stack(around_best_positive(similarity, own)))
    return {name: np.concatenate(part, axis=1) for name, part in parts.items()}
