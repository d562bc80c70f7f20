"""Counts of a dataset, taken shard by shard and added up."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

import pyarrow as pa
import pyarrow.compute as pc

from echovlm.dataset.errors import DatasetError
from echovlm.dataset.schema import Split
from echovlm.dataset.splits import check_splits

_CLIP: Final = ("clip_id", "patient_id", "study_id", "split", "view")


@dataclass(slots=True)
class Tally:
    """Counts taken while rows go by.

    Attributes:
        clips: Clips by split.
        views: Clips by view and split.
        findings: Clips by finding, state and split.
        patients: Split of each patient.
        studies: Split of each (patient, study).
        clip_ids: All clip ids.
        masked: Clips with a mask.
        calibrated: Clips with a known pixel spacing.
        frames: Stored frames.
    """

    clips: Counter[str] = field(default_factory=Counter)
    views: Counter[tuple[str, str]] = field(default_factory=Counter)
    findings: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    patients: dict[str, str] = field(default_factory=dict)
    studies: dict[tuple[str, str], str] = field(default_factory=dict)
    clip_ids: set[str] = field(default_factory=set)
    masked: int = 0
    calibrated: int = 0
    frames: int = 0

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]]) -> Self:
        """Count rows of the manifest, as plain values.

        Raises:
            DatasetError: If a clip id comes twice, or a patient in two splits.
        """
        tally = cls()
        for row in rows:
            tally.count(row)
        return tally

    def count(self, row: Mapping[str, Any]) -> None:
        """Count one row.

        Raises:
            DatasetError: If its clip id comes twice, or its patient stands in two splits.
        """
        self._count_clip(*(row[name] for name in _CLIP))
        for finding in row["findings"]:
            self.findings[finding["finding"], finding["state"], row["split"]] += 1
        self.masked += bool(row["masks"])
        self.calibrated += row["spacing_mm"] is not None
        self.frames += len(row["frames"])

    def count_table(self, table: pa.Table) -> None:
        """Count rows of the manifest column by column, which takes a tenth of the time.

        Raises:
            DatasetError: If a clip id comes twice, or a patient in two splits.
        """
        for clip in zip(*(table[name].to_pylist() for name in _CLIP), strict=True):
            self._count_clip(*clip)
        splits = table["split"].to_pylist()
        findings = table["findings"].combine_chunks()
        each = findings.flatten()
        owners = pc.list_parent_indices(findings).to_pylist()
        named = zip(each.field("finding").to_pylist(), each.field("state").to_pylist(), owners, strict=True)
        self.findings.update((finding, state, splits[owner]) for finding, state, owner in named)
        self.masked += sum(map(bool, pc.list_value_length(table["masks"]).to_pylist()))
        self.calibrated += len(table) - table["spacing_mm"].null_count
        self.frames += sum(pc.list_value_length(table["frames"]).to_pylist())

    def _count_clip(self, clip_id: str, patient_id: str, study_id: str, split: str, view: str) -> None:
        self._claim({clip_id}, {patient_id: split})
        self.studies[patient_id, study_id] = split
        self.clips[split] += 1
        self.views[view, split] += 1

    def add(self, other: "Tally") -> None:
        """Add another part of the dataset.

        Raises:
            DatasetError: If the two share a clip id.
            SplitError: If a patient stands in two splits.
        """
        self._claim(other.clip_ids, other.patients)
        self.studies |= other.studies
        self.clips += other.clips
        self.views += other.views
        self.findings += other.findings
        self.masked += other.masked
        self.calibrated += other.calibrated
        self.frames += other.frames

    def _claim(self, clip_ids: set[str], patients: Mapping[str, str]) -> None:
        twice = self.clip_ids & clip_ids
        if twice:
            raise DatasetError(f"clip_id {min(twice)!r} is given twice; it must be unique in the dataset")
        self.clip_ids |= clip_ids
        check_splits(
            pair
            for patient, split in patients.items()
            for pair in ((patient, self.patients.setdefault(patient, split)), (patient, split))
        )

    def by_view(self) -> dict[str, dict[str, int]]:
        """Return clips by view and split, every split named."""
        views = sorted({view for view, _ in self.views})
        return {view: {split.value: self.views[view, split.value] for split in Split} for view in views}

    def by_finding(self) -> dict[str, dict[str, dict[str, int]]]:
        """Return clips by finding, state and split, every split named."""
        found: dict[str, dict[str, dict[str, int]]] = {}
        for finding, state in sorted({(finding, state) for finding, state, _ in self.findings}):
            counts = {split.value: self.findings[finding, state, split.value] for split in Split}
            found.setdefault(finding, {})[state] = counts
        return found


def by_split(counts: Counter[str]) -> dict[str, int]:
    """Return a count for every split."""
    return {split.value: counts[split.value] for split in Split}
