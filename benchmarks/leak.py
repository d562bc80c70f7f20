"""Can a finding be guessed from the pixels outside the sector?

    python -m benchmarks.leak --patients 240 --decorrelated

A classifier per finding and view (PCA and logistic regression, or a forest; scores averaged over a patient's views,
five folds of patients) sees one of:

  screen      the whole screen with the sector blacked out: text, ruler, ECG, and the sector's outline
  exchanged   the same, but the machine drew it around another patient's sector, at another patient's heart rate
  numbers     depth, opening, scale, centre and heart rate alone: what an honest overlay may depend on
  after       the outline that ``extract_cine`` leaves, the only thing outside the sector that a model is given
  inside      the pixels inside the sector: a control, which must be far from chance

in the cohort with comorbidity or in the decorrelated one. All patients are on one console with one setting, which
is the hardest test: nothing but depth, rate and rhythm differs between their screens. ``exchanged`` is what the
overlay itself adds, and must be at chance. Where ``screen`` is not, ``numbers`` says how much of it is the choice of
depth and width, which a sonographer fits to the heart and the sector's own outline shows as well.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from PIL import Image
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from echovlm.clinical import CORE_FINDINGS, Finding, FindingState, View, grade_study
from echovlm.clinical.formulas import derive
from echovlm.evaluation.statistics.metrics import auroc
from echovlm.imaging.sector import find_sector
from echovlm.simulation import SimulatedPatient, sample_patient, simulate_clip, true_measurements
from echovlm.simulation.console.ecg import Physiology
from echovlm.simulation.console.makes import STYLES
from echovlm.simulation.console.screen import Examination, compose_cine
from echovlm.simulation.console.sector import SectorCine
from echovlm.simulation.console.settings import Console, draw_console

VIEWS = (View.PLAX, View.PSAX_MV, View.PSAX_PM, View.A4C, View.A2C)
KINDS = ("screen", "exchanged", "numbers", "after", "inside")
SCREEN_XY, SECTOR_XY = (80, 60), (40, 32)  # sizes to which a classifier's pictures are reduced
FRAMES, RESAMPLES, LEAST_CASES = 8, 1000, 15
WHEN = datetime(2150, 1, 1, 12, 0, 0)


@dataclass(frozen=True)
class Case:
    """One patient: what each classifier sees of each view, and which findings are true."""

    seen: dict[tuple[str, View], np.ndarray]
    present: dict[Finding, bool]


@dataclass(frozen=True)
class Row:
    """One classifier's answer for one finding."""

    kind: str
    finding: Finding
    auroc: float
    low: float
    high: float


def one_console(style_index: int) -> Console:
    """Return a console that all patients share."""
    style = STYLES[style_index]
    console = draw_console(np.random.default_rng(style_index), styles=(style,), sector_height_px=208)
    return replace(console, has_ecg=True)


def simulate_cases(patients: int, *, seed: int, decorrelated: bool, console: Console) -> list[Case]:
    """Render every patient's views, and show each to every classifier."""
    found: list[Case] = []
    other: dict[View, tuple[SectorCine, SimulatedPatient]] = {}
    for index in range(patients + 1):  # the first only lends its sector to the second
        patient = sample_patient(index, seed=seed, decorrelated=decorrelated)
        seen: dict[tuple[str, View], np.ndarray] = {}
        for view in VIEWS:
            clip = simulate_clip(
                patient, view, seed=seed, n_frames=FRAMES,
                height_px=console.sector_height_px, width_px=console.sector_width_px,
                style=console.image_style,
            )  # fmt: skip
            cine = SectorCine.from_clip(clip)
            if view in other:
                seen |= {
                    (kind, view): data for kind, data in look(cine, patient, *other[view], console).items()
                }
            other[view] = (cine, patient)
        if index:
            found.append(Case(seen, findings_of(patient)))
    return found


def findings_of(patient: SimulatedPatient) -> dict[Finding, bool]:
    """Return the findings that the rules decide from the true values."""
    values = true_measurements(patient)
    results = grade_study((*values, *derive(values)), sex=patient.sex, findings=CORE_FINDINGS)
    return {
        result.finding: result.state is FindingState.PRESENT for result in results if result.state.is_decided
    }


def look(
    cine: SectorCine,
    patient: SimulatedPatient,
    other_cine: SectorCine,
    other: SimulatedPatient,
    console: Console,
) -> dict[str, np.ndarray]:
    """Return what each classifier sees of one clip."""
    screen, inside = blacked_out(cine, patient, console)
    exchanged, _ = blacked_out(other_cine, other, console)
    rows, columns = np.nonzero(cine.sector_mask)
    numbers = [
        cine.depth_mm, cine.spacing_mm, float(np.ptp(rows)), float(np.ptp(columns)), *cine.apex_xy_px,
        patient.heart_rate_bpm,
    ]  # fmt: skip
    left, top, right, bottom = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
    within = cine.frames[0, top:bottom, left:right]
    return {
        "screen": reduce(screen, SCREEN_XY),
        "exchanged": reduce(exchanged, SCREEN_XY),
        "numbers": np.array(numbers),
        "after": reduce(inside, SECTOR_XY),
        "inside": reduce(within, SECTOR_XY),
    }


def blacked_out(
    cine: SectorCine, patient: SimulatedPatient, console: Console
) -> tuple[np.ndarray, np.ndarray]:
    """Return the first frame in grey without its sector, and the outline that ``extract_cine`` leaves."""
    beat_ms = 60_000 / patient.heart_rate_bpm
    physiology = Physiology(patient.heart_rate_bpm, patient.rhythm, seed=0, r_wave_times_ms=(0.0, beat_ms))
    screen = compose_cine(cine, Examination(console, physiology, WHEN))
    x_px, y_px = screen.offset_xy_px
    rows, columns = np.nonzero(cine.sector_mask)
    grey = screen.frames[0].mean(axis=2)
    grey[rows + y_px, columns + x_px] = 0
    found = find_sector(screen.frames)
    if found is None:  # `extract_cine` then keeps everything
        return grey, np.full_like(grey, 255.0)
    left, top, right, bottom = found.box_xyxy_px
    return grey, 255.0 * found.mask[top:bottom, left:right]


def reduce(picture: np.ndarray, size_xy: tuple[int, int]) -> np.ndarray:
    """Return a small copy of a picture, as a row of numbers."""
    small = Image.fromarray(picture.astype(np.uint8)).resize(size_xy, Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float32).ravel() / 255


def predict(features: np.ndarray, label: np.ndarray, *, forest: bool) -> np.ndarray:
    """Return each patient's score from a model that has not seen that patient."""
    score = np.zeros(len(label))
    for train, test in StratifiedKFold(5, shuffle=True, random_state=0).split(features, label):
        if forest:
            model = RandomForestClassifier(200, min_samples_leaf=4, random_state=0)
        else:
            parts = min(30, features.shape[1], len(train) - 1)
            model = make_pipeline(
                StandardScaler(), PCA(parts, random_state=0), LogisticRegression(C=0.1, max_iter=500)
            )
        model.fit(features[train], label[train])
        held_out = model.predict_proba(features[test])[:, 1]
        score[test] = held_out - held_out.mean()  # folds differ in level, which is no knowledge
    return score


def judge(cases: Sequence[Case], kind: str, *, forest: bool) -> list[Row]:
    """Return the area under the curve of every finding that has both kinds of patients, with its interval."""
    rows = []
    weight = np.random.default_rng(0).multinomial(len(cases), np.full(len(cases), 1 / len(cases)), RESAMPLES)
    for finding in CORE_FINDINGS:
        if not all(finding in case.present for case in cases):
            continue
        label = np.array([case.present[finding] for case in cases])
        if min(label.sum(), (~label).sum()) < LEAST_CASES:
            continue
        score = np.mean(
            [
                predict(np.stack([case.seen[kind, view] for case in cases]), label, forest=forest)
                for view in VIEWS
            ],
            axis=0,
        )
        (area,) = auroc(score, label, np.ones((1, len(label))))
        low, high = np.nanpercentile(auroc(score, label, weight.astype(float)), (2.5, 97.5))
        rows.append(Row(kind, finding, float(area), float(low), float(high)))
    return rows


def main(argv: Sequence[str] | None = None) -> None:
    """Print one line per finding, and the mean over findings, for each kind of pixels."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--patients", type=int, default=240, help="patients of the cohort")
    parser.add_argument("--decorrelated", action="store_true", help="draw a cohort without comorbidity")
    parser.add_argument("--seed", type=int, default=20, help="seed of the cohort")
    parser.add_argument("--style", type=int, default=0, help=f"which console, 0 to {len(STYLES) - 1}")
    parser.add_argument("--forest", action="store_true", help="a forest in place of logistic regression")
    args = parser.parse_args(argv)
    cases = simulate_cases(
        args.patients, seed=args.seed, decorrelated=args.decorrelated, console=one_console(args.style)
    )
    cohort = "decorrelated" if args.decorrelated else "comorbid"
    print(f"{cohort} cohort, {len(cases)} patients, {STYLES[args.style].maker}", flush=True)
    for kind in KINDS:
        rows = judge(cases, kind, forest=args.forest)
        for row in rows:
            mark = "" if row.low <= 0.5 <= row.high else "  *"
            print(f"  {kind:<10}{row.finding.key:<26}{row.auroc:.3f} ({row.low:.3f} to {row.high:.3f}){mark}")
        print(f"  {kind:<10}{'mean':<26}{np.mean([row.auroc for row in rows]):.3f}", flush=True)


if __name__ == "__main__":
    main()
