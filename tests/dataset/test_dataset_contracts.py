"""What others read of a dataset without our code: webdataset, open_clip, the Hugging Face hub, Croissant."""

import io
import json
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from test_dataset_roundtrip import entry, pixels, write

from echovlm.dataset import EchoGround, Split

N_TRAIN = 6


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("contracts")
    entries = [entry(n, caption=f"Caption {n}, 6.2 cm.") for n in range(N_TRAIN)]
    entries.append(entry(9, patient_id="10000009", split=Split.VAL))
    write(folder, entries, max_shard_bytes=30_000)
    return folder


def test_webdataset_reads_image_caption_and_labels_of_every_clip(folder):
    wds = pytest.importorskip("webdataset", reason="a development dependency")
    shards = sorted(map(str, folder.glob("shards/train-*.tar")))
    assert len(shards) > 1
    samples = list(
        wds.WebDataset(shards, shardshuffle=False).decode("pil").to_tuple("__key__", "jpg", "txt", "json")
    )
    rows = EchoGround.open(folder).rows("train")
    assert [key for key, *_ in samples] == [row.clip_id for row in rows]
    for (_, image, caption, label), row in zip(samples, rows, strict=True):
        assert image.size == (row.width_px, row.height_px)
        assert caption == row.caption
        assert label["measurements"][0]["value"] == 6.2
        assert label["split"] == "train"


def test_webdataset_sees_all_frames_and_masks_of_a_clip(folder):
    wds = pytest.importorskip("webdataset", reason="a development dependency")
    shard = str(folder / "shards/train-000000.tar")
    sample = next(iter(wds.WebDataset(shard, shardshuffle=False)))
    assert {name for name in sample if not name.startswith("__")} == {
        "000.jpg", "001.jpg", "002.jpg", "001.mask.png", "jpg", "txt", "json",
    }  # fmt: skip
    np.testing.assert_array_equal(np.array(Image.open(io.BytesIO(sample["001.mask.png"]))), pixels(0)[1][1])


@pytest.mark.parametrize("is_train", [True, False], ids=["training", "evaluation"])
def test_the_loader_of_open_clip_reads_every_training_clip(folder, monkeypatch, is_train):
    data = pytest.importorskip("open_clip_train.data", reason="needs the extra `openclip`")
    # open_clip 3.3 knows webdataset up to 0.2.86, whose archives did not end with an empty sample.
    monkeypatch.setattr(data, "tar_file_expander", partial(data.tar_file_expander, eof_value=None))
    shards = len(list(folder.glob("shards/train-*.tar")))
    urls = f"{folder}/shards/train-{{000000..{shards - 1:06d}}}.tar"
    args = SimpleNamespace(
        train_data=urls, val_data=urls, batch_size=2, workers=1, world_size=1, seed=0, train_num_samples=None,
        val_num_samples=None, train_data_upsampling_factors=None, dataset_resampled=False,
    )  # fmt: skip
    assert data.get_dataset_size(urls) == (N_TRAIN, shards)
    found = data.get_wds_dataset(
        args, lambda image: np.asarray(image).shape, is_train=is_train, tokenizer=lambda text: [text]
    )
    assert found.dataloader.num_samples == (N_TRAIN if is_train else 0)
    batches = list(found.dataloader.pipeline[0].dataset)
    captions = [text for _, texts in batches for text in texts]
    assert sorted(captions) == [f"Caption {n}, 6.2 cm." for n in range(N_TRAIN)]
    assert {tuple(each) for shapes, _ in batches for each in np.asarray(shapes)} == {(24, 32, 3)}


def test_the_hub_reads_the_card_and_finds_the_shards_of_each_split(folder):
    hub = pytest.importorskip("huggingface_hub", reason="needs the extra `huggingface`")
    card = hub.DatasetCard.load(folder / "README.md")
    assert (card.data.license, card.data.size_categories) == ("other", ["n<1K"])
    (config,) = card.data.to_dict()["configs"]
    for data in config["data_files"]:
        assert list(folder.glob(data["path"]))
    assert [data["split"] for data in config["data_files"]] == ["train", "validation"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_croissant_validates_and_gives_back_the_rows_and_captions(folder):
    mlc = pytest.importorskip("mlcroissant", reason="needs the extra `metadata`")
    described = mlc.Dataset(jsonld=folder / "croissant.json")
    assert not described.metadata.ctx.issues.errors
    rows = EchoGround.open(folder).rows()
    records = list(described.records("clips"))
    assert [record["clips/clip_id"].decode() for record in records] == [row.clip_id for row in rows]
    assert records[0]["clips/spacing_mm"] == rows[0].spacing_mm
    captions = {
        record["captions/file"].decode(): record["captions/text"] for record in described.records("captions")
    }
    assert {
        name.rpartition("/")[2].removesuffix(".txt"): text.decode() for name, text in captions.items()
    } == {row.clip_id: row.caption for row in rows}


def test_croissant_gives_every_file_its_hash(folder):
    listed = json.loads((folder / "croissant.json").read_text())["distribution"]
    hashes = {file["contentUrl"]: file["sha256"] for file in listed if file["@type"] == "cr:FileObject"}
    assert hashes == {name: digest.sha256 for name, digest in EchoGround.open(folder).info.files.items()}
