"""The report as a page of plain text for a terminal."""

from echovlm.clinical.findings import FindingState
from echovlm.interpretation.study import RESEARCH_NOTICE, ClipReport, StudyReport
from echovlm.interpretation.wording import (
    STATE_WORDS,
    format_number,
    format_percent,
    format_unit,
    name_about,
    name_result,
    tell_review,
)


def render_text(report: StudyReport) -> str:
    """Return the report as text: summary, clips, findings, measurements, impressions, and the notice."""
    blocks = [
        [report.source_name, *(sentence.text for sentence in report.summary)],
        ["Clips", *(_clip_line(clip) for clip in report.clips)],
        ["Findings from measurements", *_finding_lines(report)],
        ["Measurements", *_measurement_lines(report)],
        ["Impressions from images (zero-shot, no measurement behind them)", *_impression_lines(report)],
    ]
    blocks += [["Compared with what is known", *_review_lines(report)]]
    training = " The models were trained on simulated hearts." if report.simulated_training else ""
    pages = ["\n  ".join(block) for block in blocks if len(block) > 1]
    return "\n\n".join([*pages, RESEARCH_NOTICE + training])


def _clip_line(clip: ClipReport) -> str:
    view = clip.view
    name = view.view.abbreviation if view.view else "view unknown"
    scale = "calibrated" if clip.spacing_mm is not None else "not calibrated"
    likely = f"{view.candidate.abbreviation} {format_percent(view.candidate_prob)}"
    return f"{clip.number}. {clip.file_name}: {name} ({likely}), {scale}"


def _finding_lines(report: StudyReport) -> list[str]:
    lines = []
    for state in FindingState:
        for finding in report.findings_in(state):
            lines.append(f"{STATE_WORDS[state]:<14} {name_result(finding.result)}. {finding.result.reason}")
    return lines


def _measurement_lines(report: StudyReport) -> list[str]:
    return [
        f"{m.measurement.quantity.label:<12} {format_number(m.measurement.value, m.measurement.unit):>6} "
        f"{format_unit(m.measurement.unit):<6} {m.method}"
        for m in report.measurements
    ]


def _review_lines(report: StudyReport) -> list[str]:
    lines = []
    for review in report.reviews:
        lines.append(tell_review(review))
        lines += [
            f"  {name_about(each.about)}: the report says {each.said}, against {each.held}"
            for each in review.contradicted
        ]
    return lines


def _impression_lines(report: StudyReport) -> list[str]:
    return [f"{format_percent(i.probability):>5} {i.asked}: {i.leaning}" for i in report.impressions]
