"""Tiny research sets, each laid out to the letter of its format page: a fan of speckle with a dark ventricle."""

import csv
import json
import zipfile
from pathlib import Path

import av
import nibabel
import numpy as np
from PIL import Image
from scipy.io import savemat

SIDE = 112
CENTRE = (56.0, 60.0)


def fan(n_frames: int, *, seed: int, height: int = SIDE, width: int = SIDE) -> np.ndarray:
    """Return grey frames; the dark disc shrinks from 24 to 16 px, so that frame 0 is end-diastole."""
    generator = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    depth, side = np.hypot(x - width / 2, y - 2), np.abs(np.arctan2(x - width / 2, y - 2))
    inside = (depth < 0.95 * height) & (side < 0.7)
    cells = generator.uniform(60, 220, (n_frames, height // 4 + 1, width // 4 + 1))
    speckle = cells.repeat(4, 1).repeat(4, 2)[:, :height, :width]
    for index, frame in enumerate(speckle):
        frame[disc(index, n_frames, height=height, width=width)] = 12
    return (speckle * inside).astype(np.uint8)


def radius(index: int, n_frames: int) -> float:
    return 24 - 8 * index / max(1, n_frames - 1)


def disc(index: int, n_frames: int, *, height: int = SIDE, width: int = SIDE) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    scale = height / SIDE
    return np.hypot(x - width / 2, y - CENTRE[1] * scale) <= radius(index, n_frames) * scale


def write_avi(path: Path, frames: np.ndarray, *, rate: int = 50) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", format="avi") as film:
        stream = film.add_stream("mjpeg", rate=rate)
        stream.height, stream.width, stream.pix_fmt = frames.shape[1], frames.shape[2], "yuvj420p"
        for frame in frames:
            picture = av.VideoFrame.from_ndarray(np.repeat(frame[..., None], 3, -1), format="rgb24")
            film.mux(stream.encode(picture.reformat(format="yuvj420p")))
        film.mux(stream.encode())


def write_rows(path: Path, header: list[str], rows: list[list[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def chords(index: int, n_frames: int, name: str) -> list[list[object]]:
    """Return a long axis and twenty chords across the disc, as EchoNet-Dynamic writes them."""
    r, (cx, cy) = radius(index, n_frames), CENTRE
    rows = [[name, cx, cy - r, cx, cy + r, index]]
    for y in np.linspace(cy - 0.98 * r, cy + 0.98 * r, 20):
        half = float(np.sqrt(r**2 - (y - cy) ** 2))
        rows.append([name, cx - half, y, cx + half, y, index])
    return rows


DYNAMIC_FILES = [
    "FileName",
    "EF",
    "ESV",
    "EDV",
    "FrameHeight",
    "FrameWidth",
    "FPS",
    "NumberOfFrames",
    "Split",
]


def echonet_dynamic(root: Path) -> Path:
    base = root / "EchoNet-Dynamic"
    rows = [
        ["0X1A", 55.0, 45.0, 100.0, 112, 112, 50, 6, "TRAIN"],
        ["0X2B", 35.0, 97.5, 150.0, 112, 112, 50, 6, "VAL"],
        ["0X3C", "", 30.0, 5000.0, 112, 112, 50, 6, "TEST"],  # no EF, an impossible volume, no tracing
        ["0X4D", 60.0, 40.0, 100.0, 112, 112, 50, 6, "TEST"],  # its video is missing
    ]
    write_rows(base / "FileList.csv", DYNAMIC_FILES, rows)
    # End-systole first: the order of the frames must not matter.
    traced = [row for name in ("0X1A.avi", "0X2B.avi") for index in (5, 0) for row in chords(index, 6, name)]
    write_rows(base / "VolumeTracings.csv", ["FileName", "X1", "Y1", "X2", "Y2", "Frame"], traced)
    for seed, name in enumerate(["0X1A", "0X2B", "0X3C", "UNLISTED"]):
        write_avi(base / "Videos" / f"{name}.avi", fan(6, seed=seed))
    return root


def echonet_pediatric(root: Path) -> Path:
    base = root / "pediatric_echo_avi"
    header = ["FileName", "EF", "Sex", "Age", "Weight", "Height", "Split"]
    rows = {
        "A4C": [["C1.avi", 62.1, "F", 3, 14.0, 95.0, 0], ["C2.avi", 58.0, "M", 9, 30.0, 130.0, 9]],
        "PSAX": [["C1.avi", 64.0, "F", 3, 14.0, 95.0, 8]],  # the same child in another fold
    }
    for view, listed in rows.items():
        write_rows(base / view / "FileList.csv", header, listed)
        points = []
        for index in (0, 5):
            for angle in np.linspace(0, 2 * np.pi, 24, endpoint=False):
                r = radius(index, 6)
                points.append(["C1.avi", CENTRE[0] + r * np.cos(angle), CENTRE[1] + r * np.sin(angle), index])
        points.append(["C2.avi", 3.0, 4.0, "No Systolic"])  # words stand where frames should
        write_rows(base / view / "VolumeTracings.csv", ["FileName", "X", "Y", "Frame"], points)
        for seed, row in enumerate(listed):
            write_avi(base / view / "Videos" / str(row[0]), fan(6, seed=10 * len(view) + seed))
    return root


def echonet_lvh(root: Path) -> Path:
    header = [
        "", "HashedFileName", "Calc", "CalcValue", "Frame", "X1", "X2", "Y1", "Y2", "Frames", "FPS", "Width",
        "Height", "split",
    ]  # fmt: skip

    def row(number, name, calc, value, frame, y1, y2, split):
        return [number, name, calc, value, frame, 56, 56, y1, y2, 6, 50, 112, 112, split]

    rows = [
        row(0, "0XAA", "IVSd", 1.1, 0, 30, 38, "train"),
        row(1, "0XAA", "LVIDd", 4.8, 0, 84, 38, "train"),  # the lower end first
        row(2, "0XAA", "LVPWd", 1.0, 0, 84, 92, "train"),
        row(3, "0XAA", "LVIDs", 3.2, 5, 44, 76, "train"),
        row(4, "0XBB", "LVIDd", 5.1, 2, 38, 84, "test"),
        row(5, "0XBB", "Ao", 3.1, 2, 38, 84, "test"),  # no name of this set
        row(6, "0XBB", "LVIDs", 99, "?", 38, 84, "test"),  # an impossible value on no frame
    ]
    write_rows(root / "MeasurementsList.csv", header, rows)
    write_avi(root / "Batch1" / "0XAA.avi", fan(6, seed=1))
    write_avi(root / "Batch3" / "0XBB.avi", fan(6, seed=2))
    return root


def camus_labels(n_frames: int) -> np.ndarray:
    """Return (x, y, time) with the cavity, a wall of 6 px around it and an atrium below."""
    labels = np.zeros((n_frames, SIDE, SIDE), np.uint8)
    y, x = np.mgrid[:SIDE, :SIDE]
    for index, frame in enumerate(labels):
        from_centre = np.hypot(x - SIDE / 2, y - CENTRE[1])
        frame[np.hypot(x - SIDE / 2, y - 96) <= 8] = 3
        frame[from_centre <= radius(index, n_frames) + 6] = 2
        frame[from_centre <= radius(index, n_frames)] = 1
    return labels.transpose(2, 1, 0)


def write_nifti(path: Path, samples: np.ndarray, *, mm: float = 0.308) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = nibabel.Nifti1Image(samples, np.diag([mm, mm, 1, 1]))
    image.header.set_xyzt_units("mm", "unknown")
    nibabel.save(image, path)


def camus_nifti(root: Path) -> Path:
    base = root / "CAMUS_public"
    for number in (1, 2):
        patient = f"patient{number:04d}"
        folder = base / "database_nifti" / patient
        for seed, view in enumerate(("2CH", "4CH")):
            frames = fan(8, seed=10 * number + seed)
            stem = f"{patient}_{view}"
            write_nifti(folder / f"{stem}_half_sequence.nii.gz", frames.transpose(2, 1, 0))
            write_nifti(folder / f"{stem}_half_sequence_gt.nii.gz", camus_labels(8))
            for phase, index in (("ED", 0), ("ES", 7)):
                write_nifti(folder / f"{stem}_{phase}.nii.gz", frames.transpose(2, 1, 0)[..., index])
                write_nifti(folder / f"{stem}_{phase}_gt.nii.gz", camus_labels(8)[..., index])
            (folder / f"Info_{view}.cfg").write_text(
                "ED: 1\nES: 8\nNbFrame: 8\nSex: F\nAge: 56\nImageQuality: Good\nEF: 54\nFrameRate: 51.2\n"
            )
    split = base / "database_split"
    split.mkdir(parents=True)
    (split / "subgroup_training.txt").write_text("patient0001\n")
    (split / "subgroup_testing.txt").write_text("patient0002\n")
    return root


def write_mhd(path: Path, samples: np.ndarray) -> None:
    """Write (frame, y, x) as a MetaImage header and its raw file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frames, height, width = samples.shape
    path.write_text(
        f"ObjectType = Image\nNDims = 3\nDimSize = {width} {height} {frames}\nElementType = MET_UCHAR\n"
        f"ElementSpacing = 0.308 0.154 1\nElementDataFile = {path.stem}.raw\n"
    )
    path.with_suffix(".raw").write_bytes(samples.tobytes())


def camus_mhd(root: Path) -> Path:
    folder = root / "training" / "patient0001"
    frames = fan(8, seed=3)
    write_mhd(folder / "patient0001_2CH_sequence.mhd", frames)
    labels = camus_labels(8).transpose(2, 1, 0)
    # End-systole before end-diastole, as in a sequence that was cut there.
    for phase, index in (("ED", 7), ("ES", 2)):
        write_mhd(folder / f"patient0001_2CH_{phase}.mhd", frames[index : index + 1])
        write_mhd(folder / f"patient0001_2CH_{phase}_gt.mhd", labels[index : index + 1])
    (folder / "Info_2CH.cfg").write_text(
        "ED: 8\nES: 3\nNbFrame: 8\nSex: M\nAge: 60\nImageQuality: Poor\nLVedv: 94.0\nLVesv: 43.2\nLVef: 54.0\n"
    )
    return root


def tmed2(root: Path) -> Path:
    header = ["query_key", "view_label", "diagnosis_label", "SourceFolder"]
    rows = [
        ["4860s1_0.png", "PLAX", "severe_AS", "view_and_diagnosis_labeled_set"],
        ["4860s1_1.png", "A4C", "severe_AS", "view_and_diagnosis_labeled_set"],
        ["4861s1_0.png", "A2C", "mildtomod_AS", "view_and_diagnosis_labeled_set"],
        ["4862s2_0.png", "A4CorA2CorOther", "Not_Provided", "view_labeled_set"],
        ["4863s1_0.png", "PLAX", "no_AS", "view_and_diagnosis_labeled_set"],
        ["nonsense.png", "PLAX", "no_AS", "view_labeled_set"],
    ]
    write_rows(root / "labels_per_image.csv", header, rows)
    write_rows(
        root / "TMED2_fold0_labeledpart.csv",
        [*header, "view_classifier_split", "diagnosis_classifier_split"],
        [[*rows[0], "train", "train"], [*rows[2], "test", "test"]],
    )
    for seed, (name, *_, folder) in enumerate(rows[:-1]):
        path = root / folder / "labeled" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(fan(1, seed=seed)[0]).save(path)
    path = root / "unlabeled_set" / "unlabeled" / "9s1_0.png"
    path.parent.mkdir(parents=True)
    Image.fromarray(fan(1, seed=99)[0]).save(path)
    return root


def unity(root: Path) -> Path:
    parasternal, apical = f"01-{'ab' * 32}", f"02-{'cd' * 32}"
    assert len(parasternal) == 67
    r, (cx, cy) = radius(0, 2), CENTRE
    angles = np.linspace(np.pi * 0.75, np.pi * 2.25, 9)
    labels = {
        f"{parasternal}-0001": {"labels": {
            "lv-ivs-top": {"type": "point", "x": "56.0", "y": "28.0"},
            "lv-ivs-bottom": {"type": "point", "x": "56.0", "y": "36.0"},
            "lv-pw-top": {"type": "point", "x": "56.0", "y": "84.0"},
            "lv-pw-bottom": {"type": "off", "x": "", "y": ""},
        }},
        f"{apical}-0001": {"labels": {
            "lv-apex-endo": {"type": "point", "x": "56.0", "y": "36.0"},
            "curve-lv-endo": {
                "type": "curve",
                "x": " ".join(f"{cx + r * np.cos(a):.2f}" for a in angles),
                "y": " ".join(f"{cy + r * np.sin(a):.2f}" for a in angles),
            },
        }},
    }  # fmt: skip
    root.mkdir(parents=True, exist_ok=True)
    (root / "labels-all.json").write_text(json.dumps(labels))
    for code in labels:
        path = root / "png-cache" / code[:2] / code[3:5] / code[5:7] / f"{code}.png"
        path.parent.mkdir(parents=True)
        Image.fromarray(fan(1, seed=len(code) + ord(code[1]))[0]).save(path)
    return root


def cardiac_uda(root: Path) -> Path:
    for site, view in (("Site_G_20", 4), ("Site_R_73", 1)):
        frames = fan(8, seed=view)
        labels = np.zeros((8, SIDE, SIDE), np.uint8)
        for index in (0, 7):  # a few frames are traced, as contours
            outer = disc(index, 8)
            inner = (
                np.roll(outer, 1, 0) & np.roll(outer, -1, 0) & np.roll(outer, 1, 1) & np.roll(outer, -1, 1)
            )
            labels[index][outer & ~inner] = 1
        folder = root / site
        write_nifti(folder / f"patient-7-{view}_image.nii.gz", frames.transpose(2, 1, 0))
        write_nifti(folder / f"patient-7-{view}_label.nii.gz", labels.transpose(2, 1, 0))
    return root


def write_xlsx(path: Path, rows: list[list[str]]) -> None:
    texts = sorted({cell for row in rows for cell in row})
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    cells = "".join(
        f'<row r="{r}">'
        + "".join(
            f'<c r="{chr(65 + c)}{r}" t="s"><v>{texts.index(cell)}</v></c>' for c, cell in enumerate(row)
        )
        + "</row>"
        for r, row in enumerate(rows, 1)
    )
    shared = "".join(f"<si><t>{text}</t></si>" for text in texts)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "xl/worksheets/sheet1.xml", f"<worksheet {space}><sheetData>{cells}</sheetData></worksheet>"
        )
        archive.writestr("xl/sharedStrings.xml", f"<sst {space}>{shared}</sst>")


def hmc_qu(root: Path) -> Path:
    frames = fan(6, seed=1, height=160, width=200)
    write_avi(root / "A4C" / "ES0001_CH4_1.avi", frames, rate=25)
    write_avi(root / "A2C" / "ES0001_CH2_1.avi", fan(6, seed=2, height=160, width=200), rate=25)
    write_avi(root / "A4C" / "ES0002_CH4_1.avi", fan(6, seed=3, height=160, width=200), rate=25)
    header = ["ECHO", "SEG1", "SEG2"]
    write_xlsx(
        root / "A4C.xlsx", [header, ["ES0001_CH4_1", "MI", "non-MI"], ["ES0002_CH4_1", "non-MI", "non-MI"]]
    )
    write_xlsx(root / "A2C.xlsx", [header, ["ES0001_CH2_1", "non-MI", "non-MI"]])
    masks = np.zeros((224, 224, 6), np.uint8)
    for index in range(6):
        y, x = np.mgrid[:224, :224]
        from_centre = np.hypot((x - 112) / 1.0, (y - CENTRE[1] * 2) / 1.0)
        masks[(from_centre <= 60) & (from_centre > 48), index] = 1
    folder = root / "LV Ground-truth Segmentation Masks"
    folder.mkdir(parents=True)
    savemat(folder / "Mask_ES0001_4CH_1.mat", {"predicted": masks})
    return root


def ev9v(root: Path) -> Path:
    for seed, view in enumerate(("A4C", "PLHLA", "PMPALA")):
        write_avi(root / "train" / view / f"clip{seed}.avi", fan(4, seed=seed, height=240, width=320))
    write_avi(root / "test" / "XYZ" / "clip9.avi", fan(4, seed=9, height=240, width=320))
    return root
