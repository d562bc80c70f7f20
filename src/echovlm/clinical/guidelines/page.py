"""One guideline rule as a page of Markdown: cut points, logic, source, and how far the numbers were checked."""

from collections.abc import Sequence
from typing import Final

from echovlm.clinical.documents import Confidence
from echovlm.clinical.guidelines.algorithm import Algorithm
from echovlm.clinical.guidelines.rule import Band, Rule
from echovlm.clinical.guidelines.table import GUIDELINES, Guideline
from echovlm.clinical.measurement import Quantity
from echovlm.clinical.patient import Sex
from echovlm.clinical.visibility import places_showing

_CHECKED: Final = {
    Confidence.VERIFIED_TABLE: "cells were seen in a copy of the table, or in the abstract",
    Confidence.VERIFIED_SECONDARY: "seen in a third-party summary or code that names the guideline",
    Confidence.PARTIAL: "some cells were seen, the rest is from memory or from weak summaries",
    Confidence.MEMORY: "from memory; no source was seen",
    Confidence.CONVENTION: "a habit of laboratories, no guideline",
    Confidence.DESIGN: "a decision of this project",
}
_WARNING: Final = (
    "The numbers were not checked against the publication itself. Research software, not for diagnosis."
)


def render_page(guideline: Guideline) -> str:
    """Return the page of one rule or algorithm."""
    document = guideline.document
    lines = [f"# {guideline.name}", "", f"`{guideline.id}` decides **{guideline.finding.words}**.", ""]
    if isinstance(guideline, Algorithm):
        lines += [guideline.logic, ""]
    parts = guideline.parts if isinstance(guideline, Algorithm) else (guideline,)
    lines += _cut_points(parts)
    if isinstance(guideline, Algorithm) and guideline.others:
        lines += [f"Also used: {_words(guideline.others)}.", ""]
    if isinstance(guideline, Algorithm) and guideline.signs:
        lines += [f"Signs: {'; '.join(sign.value for sign in guideline.signs)}.", ""]
    if guideline.gates:
        lines += [f"Not applied with: {'; '.join(gate.words for gate in guideline.gates)}.", ""]
    place = ", ".join(
        f"{view.abbreviation} ({mode.value})" for mode, view in places_showing(guideline.finding)
    )
    if place:
        lines += [f"Shown by: {place}.", ""]
    checked = guideline.confidence.value.replace("_", " ")
    lines += [
        f"- Profile: {guideline.profile.value}",
        f"- Source: {document.name}, {guideline.clause}",
        *([f"- Document: {document.title}. {document.journal}"] if document.journal else []),
        *(
            [f"- DOI: {document.doi}" + ("" if document.doi_checked else " (from memory)")]
            if document.doi
            else []
        ),
        f"- Confidence: {checked}: {_CHECKED[guideline.confidence]}",
        *([f"- Note: {guideline.confidence_note}"] if guideline.confidence_note else []),
        "",
        _WARNING,
        "",
    ]
    return "\n".join(lines)


def render_index() -> str:
    """Return the page that lists every rule by its finding."""
    lines = ["# Guideline rules", "", _WARNING, "", "| finding | rule | profile | source | confidence |"]
    lines.append("| --- | --- | --- | --- | --- |")
    for each in sorted(GUIDELINES, key=lambda guideline: (guideline.finding.key, guideline.id)):
        lines.append(
            f"| {each.finding.words} | [{each.id}]({each.id}.md) | {each.profile.value} | {each.document.name} "
            f"| {each.confidence.value.replace('_', ' ')} |"
        )
    return "\n".join((*lines, ""))


def _words(quantities: Sequence[Quantity]) -> str:
    return ", ".join(quantity.words for quantity in quantities)


def _cut_points(parts: Sequence[Rule]) -> list[str]:
    if not parts:
        return []
    lines = ["| quantity | unit | sex | partition | rounded to |", "| --- | --- | --- | --- | --- |"]
    for part in parts:
        for sex in Sex if part.needs_sex else (None,):
            partition = "; ".join(_describe(band) for band in part.bands.of(sex or Sex.FEMALE))
            who = sex.plural if sex else "both"
            unit = part.quantity.unit.symbol
            lines.append(f"| {part.quantity.words} | {unit} | {who} | {partition} | {part.resolution:g} |")
    return [*lines, ""]


def _describe(band: Band) -> str:
    """Return ``mild: above 5.8, up to 6.3``."""
    edges = []
    if band.low > float("-inf"):
        edges.append(f"from {band.low:g}" if band.low_inside else f"above {band.low:g}")
    if band.high < float("inf"):
        edges.append(f"up to {band.high:g}" if band.high_inside else f"below {band.high:g}")
    name = f"{band.grade.value} ({band.label})" if band.label else band.grade.value
    return f"{name}: {', '.join(edges)}"
