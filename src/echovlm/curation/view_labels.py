"""Files that name the views of clips: tables of probabilities such as ECHOVIEW's, and the questions of MIMICEchoQA.

ECHOVIEW's columns are not published, so any table is read that has one column naming a file and either one column per
view with probabilities, or a column ``view`` with one of ``probability``. A path counts by its stem: the sets point
to ``.mp4`` where the archive has ``.dcm``.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from echovlm.clinical import View, find_view
from echovlm.curation.errors import SourceError
from echovlm.curation.given import GivenView
from echovlm.curation.tables import ROW, read_columns, read_table
from echovlm.curation.tree import SourceTree

# What a column that names the file may be called, most telling first.
_FILE_COLUMNS: Final = (
    "dicom_filepath", "filepath", "file_path", "path", "filename", "file_name", "file", "dicom", "video", "clip_id",
    "instance", "image",
)  # fmt: skip
_VIEW_COLUMNS: Final = ("view", "predicted_view", "view_label", "label")
_PROB_COLUMNS: Final = ("probability", "prob", "confidence", "score")
_LEAST_VIEW_COLUMNS: Final = 2
_PREFIXES: Final = ("prob_", "p_", "view_", "probability_", "score_")
# Doppler in front of a view names the mode, not another view; a zoom is the same plane.
_COARSER: Final = ("doppler_",)


@dataclass(frozen=True, slots=True)
class Question:
    """One multiple-choice question of MIMICEchoQA.

    Attributes:
        message_id: Its identifier.
        videos: The clips that it is about, as paths without suffix.
        text: The question.
        options: The answers to choose from, by letter.
        correct: The letter of the right one.
        structure: The structure that it is about.
        view: The view as the set names it.
    """

    message_id: str
    videos: tuple[str, ...]
    text: str
    options: Mapping[str, str]
    correct: str
    structure: str
    view: str


def read_view_labels(path: Path) -> Mapping[str, GivenView]:
    """Return the views that a file of labels gives, by stem of the clip's file.

    A stem that is named twice with different views is left out.

    Raises:
        SourceError: If the file is neither a table of views nor the questions of MIMICEchoQA.
    """
    if path.suffix.lower() == ".json":
        pairs = [
            (
                PurePosixPath(video).name,
                GivenView(find_fine_view(question.view), "label-file", f"{path.name} {question.message_id}"),
            )
            for question in read_questions(path)
            for video in question.videos
        ]
    else:
        pairs = _read_table(path)
    found: dict[str, GivenView] = {}
    torn = set()
    for stem, view in pairs:
        if found.setdefault(stem, view).view is not view.view:
            torn.add(stem)
    return {stem: view for stem, view in found.items() if stem not in torn and view.view is not None}


def read_questions(path: Path) -> tuple[Question, ...]:
    """Return the questions of ``MIMICEchoQA.json``.

    Raises:
        SourceError: If the file is not of its form.
    """
    try:
        plain = json.loads(path.read_bytes())
        return tuple(_question(item) for item in plain)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SourceError(
            f"{path} is not a list of questions as in MIMICEchoQA.json ({type(error).__name__}: {error}); give the "
            "file as it was released"
        ) from error


def _question(item: Mapping[str, Any]) -> Question:
    options = {letter: str(item[f"option_{letter}"]) for letter in "ABCD"}
    if item["correct_option"] not in options:
        raise ValueError(f"correct_option {item['correct_option']!r} is none of A to D")
    return Question(
        message_id=str(item["messages_id"]),
        videos=tuple(str(PurePosixPath(video).with_suffix("")) for video in item["videos"]),
        text=str(item["question"]),
        options=options,
        correct=item["correct_option"],
        structure=str(item.get("structure", "")),
        view=str(item["view"]),
    )


def find_fine_view(text: str) -> View | None:
    """Return the standard view of a fine label, such as ``DOPPLER_A4C_IVS`` or ``PLAX_zoomed_AV``.

    The longest run of leading words that spells a view counts: what follows it is a focus or a zoom.
    """
    folded = text.strip()
    for prefix in _COARSER:
        if folded.lower().startswith(prefix):
            folded = folded[len(prefix) :]
    words = [word for word in folded.replace("(", " ").replace(")", " ").replace("_", " ").split(" ") if word]
    for end in range(len(words), 0, -1):
        view = find_view(" ".join(words[:end]))
        if view is not None:
            return view
    return None


def _read_table(path: Path) -> list[tuple[str, GivenView]]:
    tree = SourceTree(str(path.parent))
    if not path.is_file():
        raise SourceError(f"{path} does not exist; give a table of views, or MIMICEchoQA.json")
    columns = read_columns(tree, path.name)
    file_column = next((name for name in _FILE_COLUMNS if name in columns), None)
    views = {
        name: view for name in columns if (view := _column_view(name)) is not None and name != file_column
    }
    view_column = next((name for name in _VIEW_COLUMNS if name in columns), None)
    if file_column is None or (view_column is None and len(views) < _LEAST_VIEW_COLUMNS):
        raise SourceError(
            f"{path} is no table of views: it needs a column that names the file ({', '.join(_FILE_COLUMNS[:4])} ...) "
            "and either a column 'view' or one column of probabilities per view; it has: "
            f"{', '.join(columns[:12]) or 'none'}"
        )
    if view_column is not None and len(views) < _LEAST_VIEW_COLUMNS:
        return _read_long(tree, path.name, file_column, view_column, columns)
    return _read_wide(tree, path.name, file_column, views, columns)


def _column_view(name: str) -> View | None:
    plain = next((name[len(p) :] for p in _PREFIXES if name.startswith(p)), name)
    return find_fine_view(plain) if plain not in ("view", "label") else None


def _read_long(
    tree: SourceTree, name: str, file_column: str, view_column: str, columns: Sequence[str]
) -> list[tuple[str, GivenView]]:
    prob_column = next((column for column in _PROB_COLUMNS if column in columns), None)
    wanted = [file_column, view_column, *([prob_column] if prob_column else [])]
    table = read_table(tree, name, columns=wanted)
    return [
        (
            _stem(row[file_column]),
            GivenView(
                find_fine_view(row[view_column]),
                "label-file",
                f"{name} row {row[ROW]}",
                _probability(row[prob_column]) if prob_column else None,
            ),
        )
        for row in table.iter_rows(named=True)
        if row[file_column]
    ]


def _read_wide(
    tree: SourceTree, name: str, file_column: str, views: Mapping[str, View], columns: Sequence[str]
) -> list[tuple[str, GivenView]]:
    """Return the likeliest view of each row; columns of one view, such as its zooms, are added up."""
    others = [column for column in columns if column != file_column and column not in views]
    table = read_table(tree, name, columns=[file_column, *views], optional=others)
    found = []
    for row in table.iter_rows(named=True):
        sums: dict[View, float] = {}
        for column, view in views.items():
            sums[view] = sums.get(view, 0.0) + (_probability(row[column]) or 0.0)
        best = max(sums, key=lambda view: sums[view])
        # What is none of our views, such as "other", may be likelier still: then this clip has no view.
        rest = max((_probability(row[column]) or 0.0 for column in others if row[column]), default=0.0)
        likeliest = best if sums[best] >= rest else None
        found.append(
            (
                _stem(row[file_column]),
                GivenView(likeliest, "label-file", f"{name} row {row[ROW]}", sums[best]),
            )
        )
    return found


def _probability(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value <= 1 else None


def _stem(path: str) -> str:
    return PurePosixPath(path.replace("\\", "/")).stem
