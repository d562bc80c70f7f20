"""Text read as findings, and findings written as captions with their opposites."""

from echovlm.reports.captions import Statement, compose_caption, compose_statements
from echovlm.reports.categories import CATEGORICAL_NAMES, Category, find_category

__all__ = [
    "CATEGORICAL_NAMES",
    "Category",
    "Statement",
    "compose_caption",
    "compose_statements",
    "find_category",
]
