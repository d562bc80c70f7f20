"""From a file or a folder to a study report, as JSON and as a page."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from echovlm.clinical import Sex, find_sex
from echovlm.files import write_whole
from echovlm.imaging import ImagingError, Skipped, iter_sources
from echovlm.interpretation.callipers import draw_callipers
from echovlm.interpretation.clips import ClipReading, read_study_clip
from echovlm.interpretation.consistency import read_reference, review
from echovlm.interpretation.errors import InterpretationError, MixedStudyError, NothingReadableError
from echovlm.interpretation.impressions import EncodedClip, form_impressions
from echovlm.interpretation.judging import report_findings
from echovlm.interpretation.loading import Models, read_models, read_versions
from echovlm.interpretation.measuring import StudyMeasurements, measure_study
from echovlm.interpretation.pictures import ClipPicture
from echovlm.interpretation.report_html import render_html
from echovlm.interpretation.report_json import dump_json
from echovlm.interpretation.stating import StudyClip
from echovlm.interpretation.study import ClipReport, ModelReport, SkippedFile, StudyReport
from echovlm.interpretation.summarising import summarise


def interpret(
    path: Path,
    out: Path,
    *,
    checkpoint: Path,
    dense: Path | None,
    reader: Path | None = None,
    sex: Sex | None = None,
    reference: Path | None = None,
    on_progress: Callable[[int, int], None],
) -> StudyReport:
    """Read a study and write ``report.json`` and ``report.html``.

    A file that cannot be read is skipped with its reason, unless it is the only one that was given.

    Args:
        path: A DICOM, mp4 or avi file, or a folder of one study.
        out: Folder of the two files; made if missing, its files replaced.
        checkpoint: A dual encoder: names views, gives impressions.
        dense: A dense model: traces and measures; ``None`` to measure nothing.
        reader: A reader: names views and traces in place of the other two. With a dense model that learnt from our
            simulator given too, those two keep the simulator's clips.
        sex: The patient's sex, where the files do not say or are to be overruled.
        reference: A reader's report (.txt) or values (.csv, .json) of the study; what the report says against it, or
            against its own values, is told in the report.
        on_progress: Called with (files done, files in all).

    Returns:
        The report as written.

    Raises:
        ImagingError: If ``path`` is missing, an empty folder, or a single file that cannot be read.
        NothingReadableError: If no file of the folder is a clip.
        MixedStudyError: If the files are of several patients or studies.
        CheckpointError: If a checkpoint cannot be used.
        InterpretationError: If the reference cannot be used.
    """
    if out.exists() and not out.is_dir():
        raise InterpretationError(f"{out} is a file; the report needs a folder. Name another --out.")
    if reference is not None:
        read_reference(reference, sex=sex)  # before the files, which take minutes
    sources = list(iter_sources(path))
    models = read_models(checkpoint, dense, reader)
    readings, skipped = read_study(sources, models, alone=path.is_file(), on_progress=on_progress)
    if not readings:
        reasons = "; ".join(f"{each.path.name}: {each.reason}" for each in skipped[:3])
        raise NothingReadableError(
            f"{path} holds no clip that could be read ({reasons}{'; …' if len(skipped) > 3 else ''}). "
            "Give DICOM, mp4 or avi files."
        )
    name = path.resolve().name
    report, pictures = compose_report(readings, models, source_name=name, skipped=skipped, sex=sex)
    known = None if reference is None else read_reference(reference, sex=report.sex)
    report = review(report, known)
    out.mkdir(parents=True, exist_ok=True)
    write_whole(out / "report.html", render_html(report, pictures).encode())
    write_whole(out / "report.json", dump_json(report).encode())
    return report


def compose_report(
    readings: Sequence[ClipReading],
    models: Models,
    *,
    source_name: str,
    skipped: Sequence[SkippedFile],
    sex: Sex | None,
) -> tuple[StudyReport, tuple[ClipPicture, ...]]:
    """Measure, grade and put into words what was read.

    Args:
        readings: The clips, one or more.
        models: The models that read them.
        source_name: Name of the file or folder.
        skipped: What could not be read.
        sex: The sex, if given by the caller.

    Returns:
        The report, and one picture per clip with its callipers.
    """
    known_sex, sex_source = _settle_sex(sex, readings)
    measured = measure_study([_study_clip(reading) for reading in readings], sex=known_sex)
    findings = report_findings(measured.measurements, sex=known_sex)
    encoded = [
        EncodedClip(reading.report.number, reading.report.view.view, reading.mode, reading.clip_unit)
        for reading in readings
        if reading.report.view.view is not None
    ]
    impressions, without = form_impressions(models.dual, encoded, [f.result for f in findings])
    clips = tuple(_with_remarks(reading.report, measured) for reading in readings)
    report = StudyReport(
        source_name=source_name,
        sex=known_sex,
        sex_source=sex_source,
        summary=summarise(clips, findings),
        clips=clips,
        measurements=measured.measurements,
        not_measured=measured.not_measured,
        findings=findings,
        impressions=impressions,
        no_impressions=without,
        skipped=tuple(skipped),
        models=_used(models, clips),
        versions=read_versions(),
    )
    return report, tuple(_with_callipers(reading, measured) for reading in readings)


def read_study(
    sources: Sequence[Path | Skipped],
    models: Models,
    *,
    alone: bool,
    on_progress: Callable[[int, int], None],
) -> tuple[tuple[ClipReading, ...], tuple[SkippedFile, ...]]:
    """Read every source of one study; return the clips, and the files that are none with the reason.

    Args:
        sources: Files, and what the folder's walk passed over.
        models: The models.
        alone: Whether the only source was named by the user, so that its error is the answer.
        on_progress: Called with (files done, files in all).

    Raises:
        ImagingError: If ``alone`` and the file cannot be read.
        MixedStudyError: If the files are of several patients or studies.
    """
    readings: list[ClipReading] = []
    skipped: list[SkippedFile] = []
    for done, source in enumerate(sources, start=1):
        if isinstance(source, Skipped):
            skipped.append(SkippedFile(source.path, source.reason))
        else:
            try:
                readings.append(read_study_clip(source, models, number=len(readings) + 1))
            except ImagingError as error:
                if alone:
                    raise
                skipped.append(SkippedFile(source, error.reason))
            else:
                _refuse_mixture(readings)
        on_progress(done, len(sources))
    return tuple(readings), tuple(skipped)


def _used(models: Models, clips: Sequence[ClipReport]) -> tuple[ModelReport, ...]:
    """Return the models that the report rests on; the first gives the impressions, the others may have no clip."""
    first, *others = models.reports
    named = {name for clip in clips for name in (clip.view_model, clip.tracing_model)}
    return first, *(each for each in others if each.file_name in named)


def _refuse_mixture(readings: Sequence[ClipReading]) -> None:
    """Stop as soon as the newest clip is of another patient or study than an earlier one."""
    newest = readings[-1]
    for other in readings[:-1]:
        for what, mine, theirs in (
            ("patients", newest.patient_id, other.patient_id),
            ("studies", newest.study_uid, other.study_uid),
        ):
            if mine is not None and theirs is not None and mine != theirs:
                raise MixedStudyError(
                    f"{other.report.file_name} and {newest.report.file_name} are of different {what}; "
                    "a report is of one study. Give the folder of one study."
                )


def _settle_sex(given: Sex | None, readings: Iterable[ClipReading]) -> tuple[Sex | None, str]:
    """Return the sex for the rules, and where it came from."""
    stated = {find_sex(reading.sex_text) for reading in readings if reading.sex_text} - {None}
    if given is not None:
        contrary = next((each for each in stated if each is not None and each is not given), None)
        return given, "given by the reader" + (
            f"; the files state {contrary.name.lower()}" if contrary else ""
        )
    if len(stated) > 1:
        return None, "the files contradict each other"
    return next(iter(stated), None), "stated by the files" if stated else "not stated by any file"


def _study_clip(reading: ClipReading) -> StudyClip:
    report = reading.report
    calibrated = report.spacing_mm is not None
    return StudyClip(
        number=report.number,
        view=report.view.view,
        calibrated=calibrated,
        traced=reading.traced,
        heart_rate_bpm=report.heart_rate_bpm,
        height_cm=reading.height_cm,
        weight_kg=reading.weight_kg,
    )


def _with_remarks(clip: ClipReport, measured: StudyMeasurements) -> ClipReport:
    remarks = (*clip.remarks, *measured.remarks.get(clip.number, ()))
    return replace(clip, remarks=tuple(dict.fromkeys(remarks)))


def _with_callipers(reading: ClipReading, measured: StudyMeasurements) -> ClipPicture:
    if reading.traced is None or reading.placement is None:
        return reading.picture
    values = [value for reported in measured.measurements for value in reported.values]
    lines = draw_callipers(values, reading.traced, reading.picture, reading.placement)
    return replace(reading.picture, calipers=lines)
