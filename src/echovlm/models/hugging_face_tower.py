"""Any Hugging Face text encoder as the text tower; a text that is too long for it is read in parts."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

_EXTRA: Final = "a Hugging Face text tower needs the `huggingface` extra: pip install 'echovlm[huggingface]'"


@dataclass(frozen=True, slots=True)
class HuggingFaceTowerConfig:
    """Which encoder.

    Attributes:
        tower: ``huggingface``.
        name: A model of the hub, or the folder of one.
        max_tokens: Tokens that are read at once; a longer text is read in parts, whose vectors are averaged by length.
        pretrained: Whether training starts from the weights of that name.
        architecture: The encoder's own configuration, as JSON; filled in from ``name`` when training begins, and kept
            by the checkpoint, so that reading one downloads nothing.
        tokenizer: Its tokenizer, likewise.
    """

    tower: Literal["huggingface"] = "huggingface"
    name: str = "distilbert/distilroberta-base"
    max_tokens: int = 256
    pretrained: bool = True
    architecture: str = ""
    tokenizer: str = ""

    def resolved(self) -> "HuggingFaceTowerConfig":
        """Return the configuration with architecture and tokenizer looked up by name.

        Raises:
            ValueError: If there is no such model here or on the hub, or the extra is missing.
        """
        if self.architecture and self.tokenizer:
            return self
        transformers = _transformers()
        try:
            architecture = transformers.AutoConfig.from_pretrained(self.name)
            tokenizer = transformers.AutoTokenizer.from_pretrained(self.name, use_fast=True)
            described = {**architecture.to_dict(), "model_type": architecture.model_type}
            return replace(
                self,
                architecture=json.dumps(described, sort_keys=True, default=str),
                tokenizer=tokenizer.backend_tokenizer.to_str(),
            )
        except (OSError, ValueError, AttributeError) as error:
            raise ValueError(
                f"text.name is {self.name!r}, and no text encoder with a fast tokenizer is there "
                f"({str(error).strip().splitlines()[0]}); name a model of the hub, or the folder of a downloaded one"
            ) from error


class HuggingFaceTower(nn.Module):
    """Texts to vectors, not yet on the unit sphere."""

    def __init__(self, config: HuggingFaceTowerConfig, *, embedding_dim: int) -> None:
        super().__init__()
        config = config.resolved()
        transformers = _transformers()
        described = json.loads(config.architecture)
        kind = described.pop("model_type")
        self.config = config
        self.body: Any = transformers.AutoModel.from_config(
            transformers.AutoConfig.for_model(kind, **described)
        )
        limit = int(described.get("max_position_embeddings", config.max_tokens))
        if not 1 <= config.max_tokens <= limit:
            raise ValueError(
                f"text.max_tokens is {config.max_tokens}; {config.name} reads 1 to {limit} tokens at once. "
                "Longer texts are read in parts"
            )
        from tokenizers import Tokenizer

        self._tokenizer: Any = Tokenizer.from_str(config.tokenizer)
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self.project = nn.Linear(self.body.config.hidden_size, embedding_dim)

    def load_pretrained(self) -> None:
        """Take the weights of the encoder's name.

        Raises:
            ValueError: If they are neither here nor on the hub.
        """
        try:
            source = _transformers().AutoModel.from_pretrained(self.config.name)
        except OSError as error:
            raise ValueError(
                f"text.pretrained is true, but the weights of {self.config.name!r} cannot be had "
                f"({str(error).strip().splitlines()[0]}); download them where there is a network, or say "
                "pretrained = false"
            ) from error
        self.body.load_state_dict(source.state_dict())

    def forward(self, texts: Sequence[str], *, reading_seed: int | None = None) -> Float[Tensor, "text dim"]:
        """Return the vector of each text; of an empty one, zeros.

        Args:
            texts: Any texts.
            reading_seed: Ignored: the encoder reads as it was taught.
        """
        del reading_seed
        parts = [self.parts(text) for text in texts]
        device = self.project.weight.device
        sums = torch.zeros(len(texts), self.project.out_features, device=device)
        rows = [part for text in parts for part in text]
        if not rows:
            return sums
        owner = torch.tensor([i for i, text in enumerate(parts) for _ in text], device=device)
        length = torch.tensor([float(len(row)) for row in rows], device=device)
        vectors = self.project(self._encode(rows, device)) * length[:, None]
        total = sums.new_zeros(len(texts)).index_add(0, owner, length).clamp(min=1)
        return sums.index_add(0, owner, vectors.to(sums.dtype)) / total[:, None]

    def parts(self, text: str) -> list[list[int]]:
        """Return the tokens of a text in parts that fit; nothing is cut off."""
        if not text.strip():
            return []
        ids = list(self._tokenizer.encode(text).ids)
        size = self.config.max_tokens
        return [ids[start : start + size] for start in range(0, len(ids), size)]

    def _encode(self, rows: list[list[int]], device: torch.device) -> Float[Tensor, "part width"]:
        longest = max(len(row) for row in rows)
        ids = torch.zeros(len(rows), longest, dtype=torch.long)
        said = torch.zeros(len(rows), longest, dtype=torch.long)
        for index, row in enumerate(rows):
            ids[index, : len(row)] = torch.tensor(row)
            said[index, : len(row)] = 1
        said = said.to(device)
        hidden = self.body(input_ids=ids.to(device), attention_mask=said).last_hidden_state
        mean: Tensor = (hidden * said[..., None]).sum(1) / said.sum(1, keepdim=True)
        return mean


def _transformers() -> Any:  # noqa: ANN401
    try:
        import transformers
    except ModuleNotFoundError as error:
        raise ValueError(_EXTRA) from error
    return transformers
