"""One training step of ours against one of open_clip's: the same timm backbone, the same text encoder, the same batch.

python -m benchmarks.openclip_step
"""

import tempfile
from pathlib import Path

import numpy as np
import torch
from open_clip.loss import ClipLoss
from open_clip.model import CLIPTextCfg, CLIPVisionCfg, CustomTextCLIP
from open_clip.tokenizer import HFTokenizer
from tokenizers import Tokenizer, models, pre_tokenizers
from torch import nn
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from benchmarks.timing import seconds
from echovlm.clinical.findings import CORE_FINDINGS
from echovlm.clinical.statements import finding_sentences
from echovlm.models import EchoVLM, EchoVLMConfig, HuggingFaceTowerConfig, TimmTowerConfig
from echovlm.objectives import clip_loss
from echovlm.training.loop import make_optimiser
from echovlm.training.recipe import Optimisation

BACKBONE, SIDE_PX, BATCH, DIM = "convnext_atto", 112, 32, 128


def captions(n: int) -> list[str]:
    """Return captions of five findings each, every one of the same number of words: padding favours nobody."""
    random = np.random.default_rng(0)
    said = []
    for _ in range(n):
        chosen = random.choice(len(CORE_FINDINGS), 5, replace=False)
        words = " ".join(
            finding_sentences(CORE_FINDINGS[i], present=bool(random.integers(2)))[0] for i in chosen
        )
        said.append(" ".join((words.split() * 2)[:40]))
    return said


def text_encoder(folder: Path, texts: list[str]) -> Path:
    """Write a text encoder of 4 layers of 256 with a tokenizer of whole words, as a folder of the hub has it."""
    words = sorted({word for text in texts for word in text.replace(".", " . ").split()})
    vocabulary = {word: index for index, word in enumerate(["[PAD]", "[UNK]", *words])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="[PAD]").save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=256, num_hidden_layers=4, num_attention_heads=4,
        intermediate_size=1024, max_position_embeddings=128, hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )  # fmt: skip
    BertModel(config).save_pretrained(folder)
    return folder


def rows() -> list[tuple[str, float, str]]:
    torch.manual_seed(0)
    torch.set_num_threads(1)
    texts = captions(BATCH)
    with tempfile.TemporaryDirectory() as temporary:
        folder = text_encoder(Path(temporary), texts)
        theirs = CustomTextCLIP(
            DIM,
            CLIPVisionCfg(timm_model_name=BACKBONE, image_size=SIDE_PX, timm_proj="linear", timm_pool="avg"),
            CLIPTextCfg(
                hf_model_name=str(folder), hf_model_pretrained=False, hf_proj_type="linear",
                hf_pooler_type="mean_pooler",
            ),
        )  # fmt: skip
        ours = EchoVLM(
            EchoVLMConfig(
                image=TimmTowerConfig(name=BACKBONE, image_size_px=SIDE_PX),
                text=HuggingFaceTowerConfig(name=str(folder), max_tokens=128, pretrained=False),
                embedding_dim=DIM,
            )
        )
        longest = max(len(text.replace(".", " . ").split()) for text in texts)
        tokenizer = HFTokenizer(str(folder), context_length=longest)
    grey = torch.randn(BATCH, 1, 1, SIDE_PX, SIDE_PX)
    rgb = grey[:, 0].expand(-1, 3, -1, -1).contiguous()
    optimisers = [make_optimiser(model, Optimisation()) for model in (ours, theirs)]
    contrast = ClipLoss()

    def our_step() -> None:
        loss = clip_loss(ours.encode_clip(grey), ours.encode_text(texts), temperature=ours.temperature)
        _finish(ours, optimisers[0], loss)

    def their_step() -> None:
        image, text, scale = theirs(rgb, tokenizer(texts))
        _finish(theirs, optimisers[1], contrast(image, text, scale))

    mine, other = seconds(our_step, their_step, rounds=9)
    return [
        ("training step / open_clip's, same towers and batch", mine / other, "ratio"),
        ("training step, pairs a second", BATCH / mine, "pairs/s"),
    ]


def _finish(model: nn.Module, optimiser: torch.optim.Optimizer, loss: torch.Tensor) -> None:
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()


if __name__ == "__main__":
    for what, value, unit in rows():
        print(f"{what:<60} {value:10.3f} {unit}", flush=True)
