"""Towers by name: timm backbones over frames in time, and Hugging Face text encoders, without a download."""

import sys
from dataclasses import asdict

import pytest
import torch

from echovlm.models import (
    Clips,
    EchoVLM,
    EchoVLMConfig,
    HuggingFaceTowerConfig,
    Preprocessing,
    ReportTowerConfig,
    TextTowerConfig,
    TimmTowerConfig,
    load_echovlm,
    save_checkpoint,
)
from echovlm.models.hugging_face_tower import HuggingFaceTower
from echovlm.models.temporal_attention import TemporalAttention, time_features
from echovlm.models.timm_tower import TimmTower
from echovlm.models.towers import image_config, text_config
from echovlm.training import RecipeError, parse_recipe

VIT = TimmTowerConfig(name="test_vit", image_size_px=64, temporal_heads=2)


@pytest.fixture(scope="module")
def hub_folder(tmp_path_factory):
    """A tiny BERT with its tokenizer, as a folder that ``from_pretrained`` reads."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("bert")
    vocabulary = {w: i for i, w in enumerate(["[PAD]", "[UNK]", "no", "effusion", "ef", "38", "61", "."])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="[PAD]").save_pretrained(folder)
    torch.manual_seed(0)
    BertModel(
        BertConfig(
            vocab_size=8, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
            max_position_embeddings=32, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
        )
    ).save_pretrained(folder)  # fmt: skip
    return folder


def clips(n, frames=3, seed=0):
    return torch.randn(n, frames, 1, 64, 64, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("name", ["test_vit", "test_resnet", "mobilenetv4_conv_small"])
@torch.no_grad()
def test_any_timm_backbone_is_an_image_tower(name):
    torch.manual_seed(0)
    tower = TimmTower(TimmTowerConfig(name=name, image_size_px=64, temporal_heads=2)).eval()
    grey = clips(2)
    assert tower(grey).shape == (2, tower.n_features)
    torch.testing.assert_close(tower(grey.expand(-1, -1, 3, -1, -1)), tower(grey), atol=1e-4, rtol=1e-3)
    mixed = Clips.of([grey[0], grey[1, :1], grey[1]])
    torch.testing.assert_close(tower(mixed)[[0, 2]], tower(grey), atol=1e-4, rtol=1e-3)


def test_a_backbone_that_timm_does_not_have_is_named_with_a_way_out():
    with pytest.raises(ValueError, match=r"'no_such_net'.*timm\.list_models"):
        TimmTower(TimmTowerConfig(name="no_such_net"))
    with pytest.raises(ValueError, match="temporal_heads is 5"):
        TimmTower(TimmTowerConfig(name="test_vit", image_size_px=64, temporal_heads=5))


def trained_attention():
    torch.manual_seed(0)
    attention = TemporalAttention(8, n_heads=2).eval()
    for parameter in attention.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return attention


@torch.no_grad()
def test_before_training_attention_over_time_is_the_mean():
    frames = torch.randn(2, 5, 8)
    attended = TemporalAttention(8, n_heads=2)(frames, torch.arange(5.0).expand(2, -1) * 40)
    torch.testing.assert_close(attended, frames.mean(1))


@torch.no_grad()
def test_time_matters_where_it_is_known_and_order_only_then():
    attention, frames = trained_attention(), torch.randn(1, 4, 8, generator=torch.Generator().manual_seed(3))
    times = torch.tensor([[0.0, 40.0, 80.0, 120.0]])
    order = [2, 0, 3, 1]
    moved = attention(frames[:, order], times[:, order])
    torch.testing.assert_close(moved, attention(frames, times), atol=1e-5, rtol=1e-4)
    assert (attention(frames[:, order], times) - attention(frames, times)).abs().max() > 1e-3
    slower = attention(frames, times * 3)
    assert (slower - attention(frames, times)).abs().max() > 1e-3
    unknown = torch.full_like(times, torch.nan)
    torch.testing.assert_close(
        attention(frames[:, order], unknown), attention(frames, unknown), atol=1e-5, rtol=1e-4
    )


def test_the_features_of_a_distance_in_time_do_not_depend_on_the_frame_rate():
    slow, fast = torch.arange(0, 400, 40.0)[None], torch.arange(0, 400, 20.0)[None]
    torch.testing.assert_close(time_features(fast)[:, ::2], time_features(slow))
    assert time_features(torch.tensor([[torch.nan]])).abs().sum() == 0


@torch.no_grad()
def test_a_hugging_face_encoder_reads_a_text_of_any_length_to_its_end(hub_folder):
    torch.manual_seed(0)
    config = HuggingFaceTowerConfig(name=str(hub_folder), max_tokens=16)
    tower = HuggingFaceTower(config, embedding_dim=8).eval()
    long = "no effusion . " * 100
    yes, no = tower([long + "ef 38", long + "ef 61"])
    assert (yes - no).abs().max() > 0
    beside = tower(["ef 38", long, ""])
    torch.testing.assert_close(beside[:1], tower(["ef 38"]), atol=1e-5, rtol=1e-4)
    assert beside[2].abs().sum() == 0
    assert tower([]).shape == (0, 8)


def test_weights_by_name_come_from_the_folder_of_that_name(hub_folder):
    from transformers import AutoModel

    torch.manual_seed(5)
    tower = HuggingFaceTower(HuggingFaceTowerConfig(name=str(hub_folder), max_tokens=16), embedding_dim=8)
    source = AutoModel.from_pretrained(hub_folder).state_dict()
    name = next(iter(source))
    assert not torch.equal(tower.body.state_dict()[name], source[name])
    tower.load_pretrained()
    assert torch.equal(tower.body.state_dict()[name], source[name])


def test_without_the_extra_the_way_to_it_is_said(monkeypatch, hub_folder):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ValueError, match=r"pip install 'echovlm\[huggingface\]'"):
        HuggingFaceTower(HuggingFaceTowerConfig(name=str(hub_folder)), embedding_dim=8)


def test_an_encoder_that_is_nowhere_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ValueError, match="text.name is"):
        HuggingFaceTower(HuggingFaceTowerConfig(name=str(tmp_path / "nothing")), embedding_dim=8)


def test_a_checkpoint_of_any_towers_gives_the_same_embeddings_and_needs_no_hub(hub_folder, tmp_path):
    texts = ["no effusion", "ef 38"]
    for number, text in enumerate(
        (HuggingFaceTowerConfig(name=str(hub_folder), max_tokens=16),
         ReportTowerConfig(width=16, layers=1, heads=2, phrases=("no effusion", "ef")))
    ):  # fmt: skip
        torch.manual_seed(number)
        model = EchoVLM(EchoVLMConfig(image=VIT, text=text, embedding_dim=8)).eval()
        path = tmp_path / f"{number}.safetensors"
        save_checkpoint(path, model, Preprocessing(image_size_px=64), {})
        if number == 0:
            (hub_folder / "config.json").rename(hub_folder / "hidden.json")
        loaded = load_echovlm(path).model
        if number == 0:
            (hub_folder / "hidden.json").rename(hub_folder / "config.json")
        with torch.no_grad():
            torch.testing.assert_close(loaded.encode_text(texts), model.encode_text(texts))
            torch.testing.assert_close(loaded.encode_clip(clips(2)), model.encode_clip(clips(2)))


def test_configurations_come_back_from_their_plain_form():
    for config in (TextTowerConfig(width=8), ReportTowerConfig(phrases=("a b",)), HuggingFaceTowerConfig()):
        assert text_config(asdict(config)) == config
    assert image_config(asdict(VIT)) == VIT
    with pytest.raises(ValueError, match="known: small, timm"):
        image_config({"tower": "other"})


def test_a_recipe_names_its_towers():
    text = """
    task = "pretrain"
    [image]
    tower = "timm"
    name = "test_vit"
    image_size_px = 112
    [text]
    tower = "report"
    width = 64
    """
    recipe = parse_recipe(text, source="mine")
    assert recipe.image == TimmTowerConfig(name="test_vit", image_size_px=112)
    assert recipe.text == ReportTowerConfig(width=64)
    for wrong, said in (
        (text.replace('"timm"', '"tim"'), "allowed: small, timm"),
        (text.replace('name = "test_vit"', "stem_channels = 3"), "unknown key 'image.stem_channels'"),
        (text.replace("112", "224"), "give both the same"),
    ):
        with pytest.raises(RecipeError, match=said):
            parse_recipe(wrong, source="mine")


def test_more_tokens_at_once_than_an_encoder_has_places_for_are_refused(hub_folder):
    with pytest.raises(ValueError, match=r"max_tokens is 64; .* reads 1 to 32 tokens at once"):
        HuggingFaceTower(HuggingFaceTowerConfig(name=str(hub_folder), max_tokens=64), embedding_dim=8)
    with pytest.raises(RecipeError, match="must be a multiple of text.heads"):
        parse_recipe('task = "pretrain"\n[text]\ntower = "report"\nwidth = 30', source="mine")
