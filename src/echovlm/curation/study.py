"""One study: its files become packed clips, or get a reason why not."""

from collections.abc import Sequence
from dataclasses import dataclass

from echovlm.allocator import keep_freed_memory
from echovlm.clinical import Finding, Sex, find_sex
from echovlm.collector import collector_paused
from echovlm.curation.agreement import Weighed, count_findings, list_conflicts, weigh
from echovlm.curation.consistency import StudyTexts
from echovlm.curation.labels import USUAL_FINDINGS, StudyLabels, label_clip, label_study
from echovlm.curation.options import CurationOptions, OverlayUse
from echovlm.curation.parts import PackedClip, write_part
from echovlm.curation.population import read_population
from echovlm.curation.ready import Gathered, Readied, ReadingRules, SetAside, ready_clip
from echovlm.curation.reasons import Reason
from echovlm.curation.task import ClipFile, StudyTask
from echovlm.curation.tree import SourceTree
from echovlm.dataset import ClipEntry, ExcludedClip, pack_clip, split_of
from echovlm.stores import Store


@dataclass(frozen=True, slots=True)
class StudyJob:
    """All that a worker needs to curate one study, wherever it runs.

    Attributes:
        tree: The source.
        store: Where the finished part goes.
        task: The study.
        seed: Seed of captions and counterfactuals.
        options: How it is curated.
        is_clean: Whether the source holds no identity.
        population: Where ``write_population`` put the values of the source's patients; empty for none.
    """

    tree: SourceTree
    store: Store
    task: StudyTask
    seed: int
    options: CurationOptions
    is_clean: bool
    population: str = ""


@collector_paused()
def curate_study(job: StudyJob) -> int:
    """Curate one study into its part and return how many files it lists."""
    keep_freed_memory(whole_cines=True)
    task, gathered = job.task, Gathered()
    rules = _rules(job)
    excluded: list[ExcludedClip] = []
    readied: list[Readied] = []
    for file in task.files:
        try:
            readied.append(ready_clip(job.tree, file, rules, gathered))
        except SetAside as aside:
            excluded.append(_excluded(file, aside, is_clean=job.is_clean))
    weighed = weigh([task.measurements, gathered.overlay, task.noted], torn=task.torn)
    labels = label_study(
        weighed.chosen,
        task.stated,
        sex=task.sex or _find_sex(readied),
        noted=task.noted_findings,
        context=task.context,
        is_adult=task.is_adult,
        findings=tuple(Finding) if job.options.all_findings else USUAL_FINDINGS,
    )
    texts = StudyTexts(labels, study_id=task.study_id or task.task_id)
    if task.report:
        texts.compare_note(task.report, task.noted_findings)
    packed: list[PackedClip] = []
    for clip in readied:
        try:
            packed.append(_pack(clip, job, labels, weighed, texts))
        except SetAside as aside:
            excluded.append(_excluded(clip.file, aside, is_clean=job.is_clean))
    counts = sorted((problem.value, count) for problem, count in gathered.problems.items())
    agreement = (
        weighed.agreement
        + count_findings(labels.by_rule, task.stated, "category")
        + count_findings(labels.by_rule, task.noted_findings, "note")
    )
    write_part(
        job.store,
        task.task_id,
        packed,
        excluded,
        counts,
        agreement=sorted(agreement.items()),
        conflicts=list_conflicts(weighed, study_id=task.study_id or task.task_id),
        contradictions=texts.contradictions,
        compared=texts.compared,
    )
    return len(task.files)


def _rules(job: StudyJob) -> ReadingRules:
    task, overlays = job.task, job.options.overlays
    is_missing = task.unmeasured is not None and not (task.measurements or task.stated)
    return ReadingRules(
        reader=job.options.reader,
        with_overlay=overlays is OverlayUse.ALWAYS or (overlays is OverlayUse.MISSING and is_missing),
        keeps_stills=task.keeps_stills,
        is_adult=task.is_adult,
        is_clean=job.is_clean,
    )


def _excluded(file: ClipFile, aside: SetAside, *, is_clean: bool) -> ExcludedClip:
    """Return a file that is set aside; what is said of one that may hold an identity is said in our own words."""
    detail = aside.detail if is_clean else aside.reason.words
    return ExcludedClip(file.shown_path, aside.reason.key, detail)


def _find_sex(readied: Sequence[Readied]) -> Sex | None:
    """Return the sex that the files agree on."""
    sexes = {find_sex(item.facts.sex_text) for item in readied if item.facts.sex_text} - {None}
    return sexes.pop() if len(sexes) == 1 else None


def _pack(
    ready: Readied, job: StudyJob, study: StudyLabels, weighed: Weighed, texts: StudyTexts
) -> PackedClip:
    """Label a clip and encode its frames, or set it aside when nobody owns it or nothing was measured."""
    facts, stored, task = ready.facts, ready.stored, job.task
    is_measured = weighed.chosen or task.stated or task.noted_findings
    if task.unmeasured is not None and not is_measured:
        raise SetAside(task.unmeasured.reason, task.unmeasured.detail)
    patient_id = task.patient_id
    if patient_id is None:
        raise SetAside(Reason.NO_PATIENT, "the file has no patient identifier")
    assert ready.view.view is not None, "clips of unknown view were set aside"
    labels = label_clip(
        study,
        ready.view,
        facts.mode,
        facts.site,
        clip_id=ready.file.clip_id,
        seed=job.seed,
        keep=texts.keep_true,
        population=read_population(job.store, job.population),
    )
    entry = ClipEntry(
        clip_id=ready.file.clip_id,
        patient_id=patient_id,
        study_id=task.study_id or task.task_id,
        split=task.split or split_of(patient_id),
        view=ready.view.view,
        view_source=ready.view.source,
        view_prob=ready.view.prob,
        mode=facts.mode,
        site=facts.site,
        is_colour=len(stored.frames.shape) == 4,
        strip=stored.strip,
        console=facts.console,
        sex=study.sex,
        frame_times_ms=stored.frame_times_ms,
        heart_rate_bpm=facts.heart_rate_bpm,
        r_wave_times_ms=stored.r_wave_times_ms,
        spacing_mm=stored.spacing_mm,
        height_px=stored.frames.shape[1],
        width_px=stored.frames.shape[2],
        ed_frame_index=ready.truth.ed_frame_index,
        es_frame_index=ready.truth.es_frame_index,
        phase_source=ready.phase_source,
        best_frame_index=stored.best_frame_index,
        landmarks=ready.truth.landmarks,
        measurements=study.measurements,
        other_measurements=weighed.others,
        findings=labels.findings,
        statements=labels.statements,
        caption=labels.caption,
        report_caption=" ".join(task.report.split()) if task.report_is_clean else "",
        source_path=ready.file.shown_path,
        source_sha256=ready.sha256,
    )
    segment = pack_clip(entry, stored.frames, ready.truth.masks)
    return PackedClip(entry, segment, task.files.index(ready.file), ready.fingerprint)
