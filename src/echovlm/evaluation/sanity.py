"""Checks that run by themselves: what must be chance is chance, and what must not matter does not."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np
from jaxtyping import Bool, Float
from scipy import ndimage

from echovlm.clinical.findings import Finding
from echovlm.clinical.views import Mode
from echovlm.dataset import ClipRow, EchoGround, Split
from echovlm.evaluation.answers import Answers
from echovlm.evaluation.cache import AnswerCache
from echovlm.evaluation.clips import EncodedClips, encode_clips
from echovlm.evaluation.contenders import Contender, TestClip
from echovlm.evaluation.errors import EvaluationError
from echovlm.evaluation.evidence import Evidence, Progress
from echovlm.evaluation.results import Arm
from echovlm.evaluation.statistics.bootstrap import PatientResamples
from echovlm.evaluation.statistics.metrics import auroc
from echovlm.evaluation.zero_shot import ZeroShotTask, macro_rows
from echovlm.training.run import PATIENT_DIGITS

_MOST_PATIENTS: Final = 60  # enough to see a failure, few enough to run every time
_SHUFFLES: Final = 20
_NEAR_CHANCE: Final = 0.1  # of an AUROC averaged over findings and so many patients
_MAGNIFIED: Final = 1.25
_FINER: Final = 0.7
_OF_SIZE: Final = (Finding.LV_DILATED, Finding.LA_DILATED, Finding.RV_DILATED, Finding.RA_DILATED)


@dataclass(frozen=True, slots=True)
class SanityCheck:
    """One check.

    Attributes:
        name: What was done.
        value: What came of it; ``None`` when it could not be run.
        expected: What must come of it, in words.
        passed: Whether it did; ``None`` when it could not be run.
    """

    name: str
    value: float | None
    expected: str
    passed: bool | None

    def to_json(self) -> dict[str, Any]:
        """Return the check as the results file holds it."""
        return asdict(self)


def refuse_overlap(model: Contender, rows: Sequence[ClipRow], *, split: Split = Split.TEST) -> str:
    """Return one sentence on whether the model was trained on a patient of ``rows``.

    Raises:
        EvaluationError: If it was; who asks for the training split itself is told instead.
    """
    known = model.trained_on()
    if not known:
        return f"{model.name} does not say on whom it was trained"
    seen = {row.patient_id for row in rows if row.source_sha256[:PATIENT_DIGITS] in known}
    if seen and split is Split.TRAIN:
        return f"{model.name} was trained on {len(seen)} of these patients: its scores say how well it fits, no more"
    if seen:
        raise EvaluationError(
            f"{model.name} was trained on {len(seen)} of these {len({row.patient_id for row in rows})} patients, "
            f"among them {min(seen)}; its scores on them mean nothing. Evaluate on another split or dataset."
        )
    return f"{model.name} was trained on none of these patients"


def shuffle_labels(answers: Sequence[Answers], *, seed: int) -> SanityCheck:
    """Give every study another study's label: the mean AUROC must be that of a guess."""
    expected = f"within {_NEAR_CHANCE} of 0.5"
    plain = [a for a in answers if a.level == "study" and a.metrics[:1] == ("auroc",) and not a.variant]
    if not plain:
        return SanityCheck("labels shuffled", None, expected, None)
    rng = np.random.default_rng(seed)
    figures = []
    for one in plain:
        label, weight = one.label(), np.ones((1, len(one.sample_ids)))
        figures += [auroc(one.values["score"], rng.permutation(label), weight)[0] for _ in range(_SHUFFLES)]
    value = float(np.mean(figures))
    return SanityCheck("labels shuffled", round(value, 6), expected, abs(value - 0.5) <= _NEAR_CHANCE)


def check_pictures(
    data: EchoGround,
    evidence: Evidence,
    tasks: Sequence[ZeroShotTask],
    *,
    cache: AnswerCache,
    on_progress: Progress,
) -> list[SanityCheck]:
    """Ask again about changed pictures of some patients: heart masked, mirrored, magnified, stored finer or coarser."""
    rows = _some_clips(evidence.rows)
    if not rows or not tasks or evidence.bank is None:
        return []
    done, total = 0, len(rows) * (1 + len(_EDITS))
    encoded: dict[str, EncodedClips] = {}
    for name, edit in (("", lambda clip: clip), *_EDITS.items()):
        before = done
        encoded[name] = encode_clips(
            data,
            rows,
            model=evidence.model,
            cache=cache,
            on_clip=lambda count, before=before: on_progress(before + count, total),  # type: ignore[misc]
            edit=edit,
            edit_name=name,
        )
        done += len(rows)
    ask = _Asker(evidence, tuple(tasks), tuple(rows))
    plain, masked, mirrored = (ask.macro(encoded[name]) for name in ("", "heart masked", "mirrored"))
    near = f"within {_NEAR_CHANCE} of 0.5"
    checks = [
        SanityCheck(
            "AUROC of the clips that are changed", plain, "above 0.5", _test(plain, lambda v: v > 0.5)
        ),
        SanityCheck("heart masked", masked, near, _test(masked, lambda v: abs(v - 0.5) <= _NEAR_CHANCE)),
        SanityCheck(
            "mirrored",
            mirrored,
            "no better than unchanged",
            None if plain is None or mirrored is None else mirrored <= plain + 0.02,
        ),
    ]
    larger = ask.share_that_rose(encoded[""], encoded["magnified"])
    same = ask.correlation(encoded[""], encoded["stored coarser"])
    wants = "more than 0.8 of studies look more dilated"
    checks.append(
        SanityCheck(f"magnified {_MAGNIFIED} times", larger, wants, _test(larger, lambda v: v > 0.8))
    )
    checks.append(
        SanityCheck(
            "stored coarser at the same size",
            same,
            "scores correlate above 0.9",
            _test(same, lambda v: v > 0.9),
        )
    )
    return checks


def _test(value: float | None, passes: Callable[[float], bool]) -> bool | None:
    return None if value is None else bool(passes(value))


def _some_clips(rows: Sequence[ClipRow]) -> list[ClipRow]:
    """Return the calibrated B-mode clips with a mask of the first patients."""
    usable = [r for r in rows if r.masks and (r.mode or Mode.B) is Mode.B and r.spacing_mm is not None]
    chosen = set(sorted({row.patient_id for row in usable})[:_MOST_PATIENTS])
    return [row for row in usable if row.patient_id in chosen]


@dataclass(frozen=True, slots=True)
class _Asker:
    """Asks the tasks about changed clips."""

    evidence: Evidence
    tasks: tuple[ZeroShotTask, ...]
    rows: tuple[ClipRow, ...]

    def macro(self, clips: EncodedClips) -> float | None:
        """Return the mean AUROC over findings, of studies."""
        patients = [row.patient_id for row in self.rows]
        resamples = PatientResamples.draw(patients, n_resamples=10, seed=0)
        changed = replace(
            self.evidence, rows=self.rows, clips=clips, tuning=None, ceiling=None, resamples=resamples
        )
        scored = [row for task in self.tasks for row in task.score(changed).rows]
        study = [
            r
            for r in macro_rows(scored, resamples)
            if (r.result.metric, r.result.level) == ("auroc", "study")
        ]
        return next((r.result.value for r in study if r.result.arm is Arm.MODEL), None)

    def scores(self, clips: EncodedClips, findings: Sequence[Finding]) -> list[Float[np.ndarray, "clip"]]:
        """Return the log-odds of each clip for each task of these findings, or of all."""
        everywhere = np.arange(len(clips.rows))
        asked = [task for task in self.tasks if not findings or task.disease.finding in findings]
        known = [task.log_odds(clips, self.evidence.bank, everywhere) for task in asked]
        return [one for one in known if one is not None]

    def share_that_rose(self, before: EncodedClips, after: EncodedClips) -> float | None:
        """Return the share of studies whose dilation scores rose."""
        pairs = zip(self.scores(before, _OF_SIZE), self.scores(after, _OF_SIZE), strict=True)
        rises = [b - a for a, b in pairs]
        if not rises:
            return None
        _, study = np.unique([row.study_id for row in self.rows], return_inverse=True)
        mean = np.bincount(study, weights=np.mean(rises, axis=0)) / np.bincount(study)
        return round(float((mean > 0).mean()), 6)

    def correlation(self, before: EncodedClips, after: EncodedClips) -> float | None:
        """Return how scores of the same clips go together, averaged over findings."""
        pairs = list(zip(self.scores(before, ()), self.scores(after, ()), strict=True))
        if not pairs or any(a.std() == 0 or b.std() == 0 for a, b in pairs):
            return None
        return round(float(np.mean([np.corrcoef(a, b)[0, 1] for a, b in pairs])), 6)


def _mask_heart(clip: TestClip) -> TestClip:
    """Return the clip with a disc in one grey where its heart was."""
    assert clip.dataset is not None, "clips of a dataset are changed"
    masks = clip.dataset.read_masks(clip.row)
    heart = np.any([mask > 0 for mask in masks.values()], axis=0)
    frames = clip.read().copy()
    if heart.any():
        hidden = _disc(heart)
        around = frames[:, ~hidden & (frames.max(axis=0) > 0)]
        frames[:, hidden] = np.uint8(around.mean() if around.size else 0)
    return replace(clip, edited=frames)


def _disc(heart: Bool[np.ndarray, "height width"]) -> Bool[np.ndarray, "height width"]:
    """Return a disc around the heart: of one size and round, so that neither size nor outline is left."""
    y, x = np.nonzero(heart)
    centre = np.array([(y.min() + y.max()) / 2, (x.min() + x.max()) / 2])
    rows, columns = np.mgrid[: heart.shape[0], : heart.shape[1]]
    radius = max(heart.shape) * 0.42
    return np.asarray(np.hypot(rows - centre[0], columns - centre[1]) <= radius)


def _mirror(clip: TestClip) -> TestClip:
    return replace(clip, edited=np.ascontiguousarray(clip.read()[:, :, ::-1]))


def _magnify(clip: TestClip) -> TestClip:
    """Return the same pixels, said to be larger."""
    assert clip.spacing_mm is not None, "only calibrated clips are changed"
    return replace(clip, row=replace(clip.row, spacing_mm=clip.spacing_mm * _MAGNIFIED), edited=clip.read())


def _coarsen(clip: TestClip) -> TestClip:
    """Return the same picture in fewer and larger pixels."""
    assert clip.spacing_mm is not None, "only calibrated clips are changed"
    frames = clip.read()
    zoomed = ndimage.zoom(
        frames.astype(np.float32), (1, _FINER, _FINER), order=1, grid_mode=True, mode="nearest"
    )
    small = zoomed.round().clip(0, 255).astype(np.uint8)
    row = replace(
        clip.row,
        spacing_mm=clip.spacing_mm * frames.shape[1] / small.shape[1],
        height_px=small.shape[1],
        width_px=small.shape[2],
    )
    return replace(clip, row=row, edited=small)


_EDITS: Final = {
    "heart masked": _mask_heart,
    "mirrored": _mirror,
    "magnified": _magnify,
    "stored coarser": _coarsen,
}
