"""CAMUS: half a beat from end-diastole to end-systole in two apical views, every frame outlined; NIfTI and MHD.

Read leniently, because the format page marks these as inferred: the numbers ED and ES of ``Info_*.cfg`` count from 1,
in the sequence that lies there; where they do not fit it, the phases are its ends, the larger ventricle being
end-diastole is not assumed. A half sequence starts or ends with ED, whichever the numbers say.
"""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Final

from echovlm.clinical import Measurement, Quantity, Structure, Unit, View, find_sex
from echovlm.curation import licences
from echovlm.curation.given import Given, GivenTruth, GivenView, MaskFile
from echovlm.curation.reasons import RowProblem
from echovlm.curation.sources.research import find_unlisted, read_number
from echovlm.curation.task import ClipFile, Listing, StudyTask
from echovlm.curation.tree import SourceTree
from echovlm.curation.values import drop_conflicts
from echovlm.dataset import Split

_PATIENT: Final = re.compile(r"(?P<folder>(?:.*/)?(?P<patient>patient\d{4})/)(?P=patient)_(?P<view>2CH|4CH)_")
_VIEWS: Final = {"2CH": View.A2C, "4CH": View.A4C}
_STRUCTURES: Final = ((1, Structure.LV), (2, Structure.LV_MYOCARDIUM), (3, Structure.LA))
_SUBGROUPS: Final = {
    "subgroup_training.txt": Split.TRAIN, "subgroup_validation.txt": Split.VAL, "subgroup_testing.txt": Split.TEST
}  # fmt: skip
_IMAGE_SUFFIXES: Final = (".nii.gz", ".nii", ".mhd")
# Values of the settings file: old and new names, quantity, unit.
_VALUES: Final = (
    ("EF", Quantity.LVEF_BIPLANE, Unit.PERCENT), ("LVef", Quantity.LVEF_BIPLANE, Unit.PERCENT),
    ("LVedv", Quantity.LV_EDV_BIPLANE, Unit.ML), ("LVesv", Quantity.LV_ESV_BIPLANE, Unit.ML),
)  # fmt: skip


def is_camus(tree: SourceTree) -> bool:
    """Return whether a tree is laid out as CAMUS, of either release."""
    return any(_PATIENT.match(path) for path in tree.sizes())


def read_camus(tree: SourceTree) -> Listing:
    """List CAMUS by patient.

    Raises:
        SourceError: If a settings file cannot be read.
    """
    problems: Counter[RowProblem] = Counter()
    sizes = tree.sizes()
    places: dict[str, str] = {}
    for path in sizes:
        match = _PATIENT.match(path)
        if match:
            places.setdefault(match["patient"], match["folder"])
    splits = _read_splits(tree)
    used: set[str] = set()
    tasks = tuple(
        _task(tree, patient, places[patient], splits.get(patient), problems, used)
        for patient in sorted(places)
    )
    return Listing(
        kind="CAMUS",
        licence=licences.CAMUS,
        simulated=False,
        tasks=tasks,
        excluded=find_unlisted(tree, tasks, _IMAGE_SUFFIXES, also=used),
        row_problems=problems,
    )


def _read_splits(tree: SourceTree) -> Mapping[str, Split]:
    found: dict[str, Split] = {}
    for path in tree.sizes():
        split = _SUBGROUPS.get(path.rpartition("/")[2])
        if split is not None:
            for patient in re.findall(r"patient\d{4}", tree.read_bytes(path).decode("utf-8", "replace")):
                found.setdefault(patient, split)
    return found


def _task(
    tree: SourceTree,
    patient: str,
    folder: str,
    split: Split | None,
    problems: Counter[RowProblem],
    used: set[str],
) -> StudyTask:
    files: list[ClipFile] = []
    values: list[Measurement] = []
    sexes = set()
    for view_name, view in _VIEWS.items():
        cfg_name = f"{folder}Info_{view_name}.cfg"
        facts = _read_facts(tree, cfg_name)
        sexes.add(find_sex(facts.get("Sex", "")))
        for name, quantity, unit in _VALUES:
            values += read_number(quantity, facts.get(name, ""), unit, f"{cfg_name} {name}", problems)
        files += _clips(tree, f"{folder}{patient}_{view_name}", view, facts, cfg_name, used)
    sexes -= {None}
    return StudyTask(
        task_id=patient,
        patient_id=patient,
        study_id=patient,
        sex=sexes.pop() if len(sexes) == 1 else None,
        files=tuple(files),
        measurements=drop_conflicts(values, problems),
        split=split,
        keeps_stills=True,
    )


def _read_facts(tree: SourceTree, name: str) -> Mapping[str, str]:
    """Return a settings file's ``Key: value`` lines; none when it is not there."""
    if not tree.has(name):
        return {}
    lines = tree.read_bytes(name).decode("utf-8", "replace").splitlines()
    pairs = (line.partition(":") for line in lines if ":" in line)
    return {key.strip(): value.strip() for key, _, value in pairs}


def _clips(
    tree: SourceTree, stem: str, view: View, facts: Mapping[str, str], cfg_name: str, used: set[str]
) -> list[ClipFile]:
    """Return the sequence of a view, else its two single frames."""
    given_view = GivenView(view, "label", f"file name, {cfg_name}")
    rate = _number(facts.get("FrameRate", ""))
    used |= {path for path in tree.sizes() if path.startswith(f"{stem}_")}
    sequence = _find_image(tree, f"{stem}_half_sequence") or _find_image(tree, f"{stem}_sequence")
    if sequence is None:
        return [
            ClipFile(
                f"{stem.rpartition('/')[2]}_{phase}",
                image,
                Given(given_view, GivenTruth(mask_files=_mask(tree, f"{stem}_{phase}", 0))),
                beside=_raw(tree, image),
            )
            for phase in ("ED", "ES")
            if (image := _find_image(tree, f"{stem}_{phase}")) is not None
        ]
    n_frames = _whole(facts.get("NbFrame", ""))
    ed, es = _phase(facts.get("ED", ""), n_frames), _phase(facts.get("ES", ""), n_frames)
    masks = _mask(tree, f"{stem}_half_sequence", 0) or tuple(
        mask
        for phase, index in (("ED", ed), ("ES", es))
        if index is not None
        for mask in _mask(tree, f"{stem}_{phase}", index)
    )
    truth = GivenTruth(mask_files=masks, ed_frame_index=ed, es_frame_index=es)
    given = Given(given_view, truth, frames_per_second=rate)
    return [ClipFile(stem.rpartition("/")[2], sequence, given, beside=_raw(tree, sequence))]


def _phase(text: str, n_frames: int | None) -> int | None:
    """Return a frame number as an index, where it lies in the sequence."""
    number = _whole(text)
    return number - 1 if number is not None and 1 <= number <= (n_frames or number) else None


def _find_image(tree: SourceTree, stem: str) -> str | None:
    return next((f"{stem}{suffix}" for suffix in _IMAGE_SUFFIXES if tree.has(f"{stem}{suffix}")), None)


def _mask(tree: SourceTree, stem: str, frame_index: int) -> tuple[MaskFile, ...]:
    path = _find_image(tree, f"{stem}_gt")
    return () if path is None else (MaskFile(path, _STRUCTURES, frame_index, beside=_raw(tree, path)),)


def _raw(tree: SourceTree, path: str) -> tuple[str, ...]:
    """Return the raw file of a MetaImage header, which lies beside it under the same name."""
    stem = path.removesuffix(".mhd")
    return tuple(
        f"{stem}{suffix}" for suffix in (".raw", ".zraw") if stem != path and tree.has(f"{stem}{suffix}")
    )


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _whole(text: str) -> int | None:
    number = _number(text)
    return None if number is None else int(number)
