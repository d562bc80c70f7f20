"""The card of a checkpoint: what it is, what it was trained on and measured at, and what it is not for."""

from collections.abc import Mapping
from typing import Any, Final

_USE: Final = {
    "dual encoder": "loaded.model.encode_clip(loaded.preprocessing(frames, spacing_mm)[None])",
    "dense model": "loaded.model.predict(loaded.preprocessing(frames, spacing_mm))",
    "findings classifier": "loaded.model.predict_prob(loaded.preprocessing(frames, spacing_mm)[None])",
    "clip head": "loaded.model(loaded.preprocessing(frames, spacing_mm)[None])",
    "reader": "loaded.model.predict(loaded.preprocessing(frames, spacing_mm))",
}
_FRONT: Final = """---
library_name: echovlm
license: apache-2.0
tags:
- echocardiography
- ultrasound
- medical
---
"""


def render_model_card(header: Mapping[str, Any]) -> str:
    """Return a checkpoint's header as the Markdown page that a hub shows.

    Args:
        header: What ``read_header`` gave.
    """
    facts, kind = header["metadata"], header["kind"]
    origin = "**simulated hearts**" if facts.get("simulated") else "echo studies"
    parts = [
        f"# EchoVLM, {kind}",
        "Research software. **Not for diagnosis.**",
        f"Trained on {origin}"
        + (f" for {facts['steps']} steps." if "steps" in facts else ".")
        + (
            " It says nothing of real patients until it was tested on them." if facts.get("simulated") else ""
        ),
        "## Use",
        f"```python\nimport echovlm\n\nloaded = echovlm.load('OWNER/NAME')\n{_USE[kind]}\n```",
        "The preprocessing is part of the file: frames go in as grey values, with their millimetres per pixel where "
        "they are calibrated.",
        "## Measured",
        _metrics(facts.get("metrics")),
        "## Made from",
        _origin(facts),
    ]
    return _FRONT + "\n" + "\n\n".join(parts) + "\n"


def _metrics(metrics: Mapping[str, Any] | None) -> str:
    """Return the figures that were put into the checkpoint, with their intervals."""
    if not metrics:
        return "Nothing was measured of this checkpoint. `echovlm evaluate` does it."
    rows = ["| figure | value | 95 % interval | chance | patients |", "| --- | ---: | ---: | ---: | ---: |"]
    for name, figure in metrics["figures"].items():
        low, high, chance = figure.get("low"), figure.get("high"), figure.get("chance")
        interval = "" if low is None or high is None else f"{low:.3f} to {high:.3f}"
        beside = "" if chance is None else f"{chance:.3f}"
        rows.append(f"| {name} | {figure['value']:.3f} | {interval} | {beside} | {figure['n_patients']} |")
    return f"On the split `{metrics['split']}` of {metrics['patients']} patients.\n\n" + "\n".join(rows)


def _origin(facts: Mapping[str, Any]) -> str:
    """Return the hashes by which a figure can be traced to data and code."""
    lines = [f"- dataset manifest, SHA-256: `{facts['dataset_sha256']}`"] if "dataset_sha256" in facts else []
    lines += [f"- code of `{name}`: `{digest}`" for name, digest in facts.get("code_sha256", {}).items()]
    lines += [f"- {name} {version}" for name, version in facts.get("versions", {}).items()]
    return "\n".join(lines) or "The file does not say."
