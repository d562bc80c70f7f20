"""`echovlm inspect`."""

import json
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from echovlm.cli.progress import stderr

if TYPE_CHECKING:
    from echovlm.imaging import Clip
    from echovlm.imaging.assembly import Assembly

_COLUMNS: Final = (
    "file",
    "kind",
    "size",
    "frames/s",
    "mode",
    "what",
    "heart",
    "mm/px",
    "bpm",
    "beats",
    "remarks",
)


def inspect(
    source: Annotated[
        str,
        typer.Argument(help="A file, a folder, a zip, a DICOMDIR or a DICOMweb address.", metavar="SOURCE"),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
    details: Annotated[
        bool, typer.Option(help="Everything that is known of each file; of a single file it is always shown.")
    ] = False,
    overlay: Annotated[
        bool, typer.Option(help="Read the measurements that are burned in, by OCR: seconds a file.")
    ] = False,
) -> None:
    """Say what each file is: size, time, calibration, heart rate, and what is unknown.

    \b
    Example:
        echovlm inspect runs/example/studies --json
    """
    from echovlm.imaging import ImagingError, Skipped, describe, read_clip
    from echovlm.imaging.assembly import assemble_files
    from echovlm.imaging.origin import opened

    rows: list[dict[str, Any]] = []
    failed = 0
    with opened(source) as origin:
        single = len(origin.found) == 1
        for item in origin.found:
            try:
                if isinstance(item, Skipped):
                    failed += 1
                    stderr.print(
                        f"skipped {origin.below(item.path)}: {item.reason}", soft_wrap=True, markup=False
                    )
                    continue
                clip = read_clip(item)
                name = str(item if single else origin.below(item))
                facts: dict[str, Any] = describe(clip, is_deep=True) | {"path": name}
                if overlay:
                    facts["overlay"] = _overlay(clip)
                rows.append(facts)
                if as_json:
                    typer.echo(json.dumps(facts, sort_keys=True))
                elif details or single:
                    _show(facts)
            except ImagingError as error:
                failed += 1
                stderr.print(f"skipped {error}", soft_wrap=True, markup=False)
        if rows and not as_json and not details and not single:
            typer.echo(_table([_row(facts) for facts in rows]))
            _tell_studies(assemble_files(origin))
    stderr.print(f"{len(rows)} read, {failed} skipped")
    if not rows:
        raise typer.Exit(1)


def _overlay(clip: "Clip") -> list[dict[str, Any]]:
    """Return the measurements burned into the first frame."""
    from echovlm.imaging.overlay import parse_overlay, read_text

    values = parse_overlay(read_text(clip.frames[0]))
    return [{"name": value.name, "value": value.value, "unit": value.unit} for value in values]


def _row(facts: dict[str, Any]) -> tuple[str, ...]:
    """Return a file's line in the table; what is unknown is a dash."""
    spacing = facts["calibration"] and facts["calibration"]["spacing_yx_mm"][0]
    heart = {True: "heart", False: "no heart", None: None}[facts["is_cardiac"]]
    values = (
        facts["path"], facts["kind"], f"{facts['frames']}×{facts['height_px']}×{facts['width_px']}",
        facts["frames_per_second"] and f"{facts['frames_per_second']:.4g}", facts["mode"],
        "stress " * bool(facts["is_stress"]) + (facts["layout"] or "") or None, heart,
        spacing and f"{spacing:.3g}", facts["heart_rate_bpm"] and f"{facts['heart_rate_bpm']:.4g}",
        len(facts["r_wave_times_ms"]) or None, len(facts["remarks"]) or None,
    )  # fmt: skip
    return tuple("–" if value is None else str(value) for value in values)


def _table(rows: list[tuple[str, ...]]) -> str:
    """Return lines in columns, as wide as their content: nothing is cut, so that every path can be copied."""
    widths = [max(map(len, column)) for column in zip(_COLUMNS, *rows, strict=True)]
    lines = (_COLUMNS, *rows)
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _tell_studies(found: "Assembly") -> None:
    """Say how many patients and studies the files are, and which show the same."""
    studies = sum(len(patient.studies) for patient in found.patients)
    typer.echo(f"\n{len(found.patients)} patients, {studies} studies, {len(found.files)} files")
    for copy, kept in found.duplicates:
        typer.echo(f"{copy} shows the same as {kept}")


def _show(facts: dict[str, Any]) -> None:
    for key, value in facts.items():
        shown = "; ".join(map(_in_words, value)) if isinstance(value, (list, tuple)) else value
        if isinstance(shown, dict):
            shown = ", ".join(f"{name} {part}" for name, part in shown.items() if part not in (None, [], ""))
        typer.echo(f"{key:>22}  {'unknown' if shown in (None, '') else shown}")
    typer.echo("")


def _in_words(value: object) -> str:
    """Return one entry of a list; a region is told by what it shows and its steps, a measurement by its value."""
    if not isinstance(value, dict):
        return f"{value}"
    if "shows" not in value:
        return " ".join(f"{part}" for part in value.values() if part is not None)
    steps = zip(value["step_per_px"] or (), value["units"] or (), strict=True)
    scale = " by ".join(f"{step:.4g} {unit}" for step, unit in steps)
    return f"{value['shows']} at {value['corners_xyxy_px']}, {scale or 'no scale'} per pixel"
