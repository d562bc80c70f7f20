"""Text read as findings and measurements, and findings written as captions with their opposites."""

from echovlm.reports.captions import Statement, compose_caption, compose_statements
from echovlm.reports.categories import CATEGORICAL_NAMES, Category, find_category
from echovlm.reports.chat_endpoint import ChatEndpoint, EndpointError
from echovlm.reports.context import SentenceContext
from echovlm.reports.disagreements import (
    Comparison,
    Disagreement,
    DisagreementKind,
    KnownOfStudy,
    compare_parsed,
    compare_text,
    find_disagreements,
)
from echovlm.reports.parse import ParsedReport, parse_report
from echovlm.reports.population import NOBODY, Population, count_population
from echovlm.reports.rewriting import Rewriting, find_changes, rewrite_caption
from echovlm.reports.sections import Section, SectionKind
from echovlm.reports.severity import Severity
from echovlm.reports.stated import FindingInText, MeasurementInText, Span, TextState
from echovlm.reports.table_context import CONTEXT_NAMES, read_table_context

__all__ = [
    "CATEGORICAL_NAMES",
    "CONTEXT_NAMES",
    "NOBODY",
    "Category",
    "ChatEndpoint",
    "Comparison",
    "Disagreement",
    "DisagreementKind",
    "EndpointError",
    "FindingInText",
    "KnownOfStudy",
    "MeasurementInText",
    "ParsedReport",
    "Population",
    "Rewriting",
    "Section",
    "SectionKind",
    "SentenceContext",
    "Severity",
    "Span",
    "Statement",
    "TextState",
    "compare_parsed",
    "compare_text",
    "compose_caption",
    "compose_statements",
    "count_population",
    "find_category",
    "find_changes",
    "find_disagreements",
    "parse_report",
    "read_table_context",
    "rewrite_caption",
]
