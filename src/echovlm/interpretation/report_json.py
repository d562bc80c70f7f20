"""The report as JSON: every field of the data model, and no identity but file names."""

import json
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final

from echovlm.clinical.findings import Finding
from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.units import Unit
from echovlm.interpretation.study import RESEARCH_NOTICE, Evidence, SkippedFile, StudyReport

SCHEMA_VERSION: Final = 1


def render_json(report: StudyReport) -> dict[str, Any]:
    """Return the report as nested dictionaries that ``json.dumps`` takes."""
    body: dict[str, Any] = _plain(report)
    body["no_impressions"] = [
        {"finding": finding.key, "reason": reason} for finding, reason in report.no_impressions
    ]
    body["versions"] = dict(report.versions)
    return {
        "schema_version": SCHEMA_VERSION,
        "notice": RESEARCH_NOTICE,
        "simulated_training": report.simulated_training,
    } | body


def dump_json(report: StudyReport) -> str:
    """Return the report as JSON text that is the same for the same report."""
    return json.dumps(render_json(report), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _plain(item: object) -> Any:  # noqa: ANN401 - JSON has no narrower type
    match item:
        case Quantity() | Finding():
            return item.key
        case Unit():
            return item.symbol
        case Enum():
            return item.value
        case Path():
            return item.name
        case Measurement():
            return {
                "quantity": item.quantity.key,
                "label": item.quantity.label,
                "value": item.value,
                "unit": item.unit.symbol,
                "source": item.provenance.source.value,
                "locator": item.provenance.locator,
            }
        case Evidence():
            number = None if item.frame_index is None else item.frame_index + 1
            return {
                "clip_number": item.clip_number,
                "frame_index": item.frame_index,
                "frame_number": number,
                "locator": item.locator,
            }
        case SkippedFile():
            return {"file_name": item.file_name, "reason": item.reason}
        case tuple():
            return [_plain(each) for each in item]
    if is_dataclass(item):
        return {field.name: _plain(getattr(item, field.name)) for field in fields(item)}
    return item
