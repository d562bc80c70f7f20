"""The report in a few plain sentences, each with what it rests on."""

from collections.abc import Sequence

from echovlm.clinical import FindingState, Grade, View
from echovlm.interpretation.study import ClipReport, Evidence, ReportedFinding, Sentence
from echovlm.interpretation.wording import count, join_words, sentence_case

_JOINED_BY_ADVERB = ("increased", "reduced", "elevated")


def summarise(clips: Sequence[ClipReport], findings: Sequence[ReportedFinding]) -> tuple[Sentence, ...]:
    """Return what was read, whether it could be measured, and what the measurements say."""
    return (_what_was_read(clips), _calibration(clips), *_what_was_found(findings))


def _what_was_read(clips: Sequence[ClipReport]) -> Sentence:
    known = {clip.view.view for clip in clips if clip.view.view is not None}
    views = [view.abbreviation for view in View if view in known]
    unknown = sum(clip.view.view is None for clip in clips)
    text = f"{sentence_case(count(len(clips), 'clip'))} {'was' if len(clips) == 1 else 'were'} read"
    text += f", showing {join_words(views)}" if views else ""
    if not views:
        text += "; no view was recognised"
    elif unknown:
        text += f"; the view of {unknown} more is unknown" if unknown > 1 else "; one view is unknown"
    return Sentence(f"{text}.", tuple(Evidence(clip.number, None, clip.file_name) for clip in clips))


def _calibration(clips: Sequence[ClipReport]) -> Sentence:
    bare = [clip for clip in clips if clip.spacing_mm is None]
    if not bare:
        text = "Every clip carries a calibration." if len(clips) > 1 else "It carries a calibration."
    elif len(bare) == len(clips):
        who = (
            "The clip carries no calibration"
            if len(clips) == 1
            else "None of the clips carries a calibration"
        )
        text = f"{who}, so nothing was measured: no length, area, volume or ejection fraction is given."
    else:
        carries = "carries" if len(bare) == 1 else "carry"
        text = f"{sentence_case(count(len(bare), 'clip'))} {carries} no calibration and gave no measurement."
    return Sentence(text, tuple(Evidence(clip.number, None, clip.file_name) for clip in bare or clips))


def _what_was_found(findings: Sequence[ReportedFinding]) -> list[Sentence]:
    sentences = []
    present = [f for f in findings if f.result.state is FindingState.PRESENT]
    normal = [f for f in findings if f.result.state is FindingState.ABSENT]
    open_ones = [f for f in findings if not f.result.state.is_decided]
    if present:
        words = join_words([_with_grade(finding) for finding in present])
        sentences.append(Sentence(f"The measurements show {words}.", _evidence(present)))
    if normal:
        words = join_words([finding.result.finding.words for finding in normal], last="or")
        who = "Measured, with no sign of" if present else "The measurements show no"
        sentences.append(Sentence(f"{who} {words}.", _evidence(normal)))
    if open_ones:
        because = tuple(Evidence(None, None, f.result.reason) for f in open_ones)
        if present or normal:
            words = join_words([finding.result.finding.words for finding in open_ones])
            sentences.append(Sentence(f"Not assessed: {words}.", because))
        else:
            sentences.append(Sentence("No finding could be assessed; the reasons are below.", because))
    return sentences


def _with_grade(finding: ReportedFinding) -> str:
    """Return ``mild left atrial dilation``; a rule without partition gives no adjective."""
    grade = finding.result.grade
    words = finding.result.finding.words
    if grade is None or grade is Grade.ABNORMAL:
        return words
    # "Moderately increased wall thickness", but "moderate dilation".
    return f"{grade.value}{'ly' if words.startswith(_JOINED_BY_ADVERB) else ''} {words}"


def _evidence(findings: Sequence[ReportedFinding]) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys(evidence for finding in findings for evidence in finding.evidence))
