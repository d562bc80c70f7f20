"""The same embeddings from every form of a model: ours, ONNX Runtime's and open_clip's, whatever its towers."""

import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from echovlm.models import (
    Clips,
    EchoVLM,
    EchoVLMConfig,
    HuggingFaceTowerConfig,
    ImageTowerConfig,
    LoadedModel,
    Preprocessing,
    ReportTowerConfig,
    TextTowerConfig,
    TimmTowerConfig,
    to_open_clip,
    write_onnx,
)
from echovlm.models.export_text import NO_PART, bucket_table, text_graph, text_table

PRE = Preprocessing(image_size_px=32, n_frames=2)
NGRAMS = TextTowerConfig(n_buckets=64, width=8, hidden=8, longest_ngram=3)
REPORT = ReportTowerConfig(width=8, layers=1, heads=2, phrases=("pericardial effusion", "severe", "the"))
TEXTS = (
    "Apical four chamber. There is no pericardial effusion. LVEF 55%.",
    "Severe.",
    "A sentence without an end; and one of signs: ± ... !",
    "",
    "The same. The same. The same.",
)


def make(image, text):
    """Return a model whose normalisation is not that of a fresh one."""
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(5)
        model = EchoVLM(EchoVLMConfig(image=image, text=text, embedding_dim=8))
        for module in model.modules():
            if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
                module.running_mean.normal_(0, 0.1)
                module.running_var.uniform_(0.5, 2)
        for name, weight in model.named_parameters():
            if "temporal" in name:  # it starts as the plain mean
                weight.data.normal_(0, 0.3)
    return LoadedModel(model.eval(), PRE, {"seed": 5})


@pytest.fixture(scope="module")
def encoder_folder(tmp_path_factory):
    """A tiny BERT with its tokenizer, as a folder that ``from_pretrained`` reads."""
    transformers = pytest.importorskip("transformers", reason="needs the huggingface extra")
    from tokenizers import Tokenizer, models, pre_tokenizers

    folder = tmp_path_factory.mktemp("bert")
    words = ["[PAD]", "[UNK]", "severe", "effusion", "the", "same", "."]
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    fast = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="[PAD]")
    fast.save_pretrained(folder)
    size = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    transformers.BertConfig(vocab_size=len(words), max_position_embeddings=32, **size).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def loaded():
    return make(ImageTowerConfig(stem_channels=4, width=8), NGRAMS)


@pytest.fixture(scope="module")
def by_name(encoder_folder):
    """A timm backbone, and a Hugging Face encoder that reads four tokens at a time."""
    image = TimmTowerConfig(name="test_vit", image_size_px=32, temporal_heads=2)
    return make(image, HuggingFaceTowerConfig(name=f"{encoder_folder}", max_tokens=4, pretrained=False))


@pytest.fixture(scope="module")
def onnx_files(loaded, by_name, tmp_path_factory):
    pytest.importorskip("onnxruntime", reason="needs the onnx extra")
    pytest.importorskip("onnxscript", reason="needs the onnx extra")
    made = tmp_path_factory.mktemp("onnx")
    return {
        "small": (loaded, write_onnx(loaded, made / "small")),
        "by name": (by_name, write_onnx(by_name, made / "named")),
    }


def run(path, output, **inputs):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options)
    return session.run([output], {name: value.numpy() for name, value in inputs.items()})[0]


@pytest.mark.parametrize("kind", ["small", "by name"])
@torch.no_grad()
def test_onnx_gives_the_same_clip_embeddings_for_any_number_of_clips(onnx_files, kind):
    ours, (path, _, _) = onnx_files[kind]
    for n_clips, known in ((1, False), (2, True), (5, True)):
        frames = torch.randn(n_clips, PRE.n_frames, 1, 32, 32)
        times = torch.tensor([0.0, 300.0]).expand(n_clips, 2) * (1.0 if known else torch.nan)
        theirs = run(path, "clip_unit", frames=frames, times_ms=times.contiguous())
        expected = ours.model.encode_clip(Clips.alike(frames, times)).numpy()
        np.testing.assert_allclose(theirs, expected, atol=1e-5)


@pytest.mark.parametrize("kind", ["small", "by name"])
@torch.no_grad()
def test_onnx_gives_the_same_text_embeddings_for_any_texts(onnx_files, kind):
    ours, (_, path, _) = onnx_files[kind]
    for chosen in (TEXTS, TEXTS[:1], TEXTS[3:4], TEXTS[::-1] * 3):
        theirs = run(path, "text_unit", table=text_table(ours.model.text_tower, chosen))
        np.testing.assert_allclose(theirs, ours.model.encode_text(chosen).numpy(), atol=1e-5)


def test_the_json_beside_the_graphs_says_how_to_feed_them(onnx_files):
    ours, (_, _, told) = onnx_files["small"]
    told = json.loads(told.read_text())
    assert told["clip"]["preprocessing"]["field_of_view_mm"] == PRE.field_of_view_mm
    assert told["text"]["inputs"]["table"]["n_buckets"] == NGRAMS.n_buckets
    assert told["temperature"] == pytest.approx(float(ours.model.temperature.detach()))
    assert told["metadata"] == {"seed": 5}
    named = json.loads(onnx_files["by name"][1][2].read_text())
    assert "WordLevel" in named["text"]["inputs"]["table"]["tokenizer"]


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(st.text("ab 1.;!?%é", max_size=24), min_size=1, max_size=4))
def test_a_table_says_all_that_the_ngram_tower_reads(loaded, texts):
    same_table(loaded.model.text_tower, texts)


@settings(max_examples=30, deadline=None)
@given(texts=st.lists(st.text("the severe1.5%;é ", max_size=24), min_size=1, max_size=4))
def test_a_table_says_all_that_the_report_tower_reads(texts):
    tower = make(ImageTowerConfig(stem_channels=4, width=8), REPORT).model.text_tower
    same_table(tower, [*texts, *TEXTS])


@settings(max_examples=30, deadline=None)
@given(
    texts=st.lists(
        st.lists(st.sampled_from(["severe", "the", "x", "."]), max_size=11), min_size=1, max_size=4
    )
)
def test_a_table_says_all_that_a_hugging_face_tower_reads(by_name, texts):
    same_table(by_name.model.text_tower, [" ".join(words) for words in texts])


@torch.no_grad()
def same_table(tower, texts):
    torch.testing.assert_close(
        text_graph(tower)(text_table(tower, texts)), tower(texts), atol=1e-5, rtol=1e-4
    )


def test_a_shorter_text_is_filled_up_and_means_the_same_alone():
    alone, beside = bucket_table(["Severe."], NGRAMS), bucket_table(["Severe.", TEXTS[0]], NGRAMS)
    assert (beside[0, 1:] == NO_PART).all()
    assert torch.equal(beside[0, 0, :1], alone[0, 0])


@pytest.mark.parametrize("kind", ["loaded", "by_name"])
@torch.no_grad()
def test_open_clip_encodes_stills_clips_and_texts_as_we_do(kind, request):
    open_clip = pytest.importorskip("open_clip", reason="needs the openclip extra")
    ours = request.getfixturevalue(kind)
    theirs = to_open_clip(ours)
    assert isinstance(theirs.model, open_clip.CustomTextCLIP)
    stills, clips = torch.randn(3, 1, 32, 32), torch.randn(3, 2, 1, 32, 32)
    for shown, same in ((stills, stills[:, None]), (clips, clips)):
        encoded = theirs.model.encode_image(shown, normalize=True)
        torch.testing.assert_close(encoded, ours.model.encode_clip(same))
    encoded = theirs.model.encode_text(theirs.tokenizer(TEXTS), normalize=True)
    torch.testing.assert_close(encoded, ours.model.encode_text(TEXTS), atol=1e-5, rtol=1e-4)
    out = theirs.model(clips, theirs.tokenizer(TEXTS[:3]))
    similarity = ours.model.encode_clip(clips) @ ours.model.encode_text(TEXTS[:3]).T
    logit = out["logit_scale"] * out["image_features"] @ out["text_features"].T
    torch.testing.assert_close(logit, similarity / ours.model.temperature, atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_open_clips_own_zero_shot_classifier_takes_our_model(loaded):
    open_clip = pytest.importorskip("open_clip", reason="needs the openclip extra")
    theirs = to_open_clip(loaded)
    names, templates = ("pericardial effusion", "no effusion"), (lambda name: f"There is {name}.",)
    weights = open_clip.build_zero_shot_classifier(theirs.model, theirs.tokenizer, names, templates)
    torch.testing.assert_close(weights.T, loaded.model.encode_text([f"There is {name}." for name in names]))


def test_open_clips_preprocess_is_the_checkpoints(loaded):
    pytest.importorskip("open_clip", reason="needs the openclip extra")
    preprocess = to_open_clip(loaded).preprocess
    frames = np.random.default_rng(0).integers(0, 255, (2, 40, 50), dtype=np.uint8)
    assert torch.equal(preprocess(frames, 0.5), PRE(frames, 0.5))
    assert torch.equal(preprocess(Image.fromarray(frames[0])), PRE(frames[:1], None))
