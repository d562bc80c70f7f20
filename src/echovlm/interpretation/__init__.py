"""A study on disk read into a report: views, measurements, findings and impressions, with the evidence."""

from echovlm.interpretation.errors import InterpretationError, MixedStudyError, NothingReadableError
from echovlm.interpretation.interpret import interpret
from echovlm.interpretation.report_html import render_html
from echovlm.interpretation.report_json import dump_json, render_json
from echovlm.interpretation.report_text import render_text
from echovlm.interpretation.study import RESEARCH_NOTICE, Evidence, Sentence, SkippedFile, StudyReport

__all__ = [
    "RESEARCH_NOTICE",
    "Evidence",
    "InterpretationError",
    "MixedStudyError",
    "NothingReadableError",
    "Sentence",
    "SkippedFile",
    "StudyReport",
    "dump_json",
    "interpret",
    "render_html",
    "render_json",
    "render_text",
]
