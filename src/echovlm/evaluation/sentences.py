"""Every sentence that the chosen tasks put to a model, encoded once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from jaxtyping import Float

from echovlm.evaluation.cache import AnswerCache
from echovlm.evaluation.clips import unit_rows
from echovlm.evaluation.contenders import Contender


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SentenceBank:
    """Embeddings of sentences, each once: equal sentences tie exactly.

    Attributes:
        place: Row of each sentence.
        unit: Embeddings on the unit sphere.
        temperature: The model's softmax temperature.
    """

    place: dict[str, int]
    unit: Float[np.ndarray, "text dim"]
    temperature: float

    def __repr__(self) -> str:
        return f"SentenceBank({len(self.place)} sentences of {self.unit.shape[1]} dimensions)"

    @classmethod
    def encode(cls, model: Contender, sentences: Iterable[str], *, cache: AnswerCache) -> Self:
        """Encode the distinct sentences, in alphabetical order."""
        distinct = sorted(set(sentences))
        key = ("texts", model.fingerprint(), *distinct)
        kept = cache.compute(
            key, lambda: {"unit": unit_rows(np.asarray(model.embed_texts(distinct), np.float32))}
        )
        return cls({s: i for i, s in enumerate(distinct)}, kept["unit"], model.temperature)

    def of(self, sentences: Sequence[str]) -> Float[np.ndarray, "text dim"]:
        """Return the embeddings of ``sentences``, in their order."""
        return np.asarray(self.unit[[self.place[sentence] for sentence in sentences]])

    def direction(self, sentences: Sequence[str]) -> Float[np.ndarray, "dim"]:
        """Return the mean embedding over the temperature: a clip's dot product with it is the mean logit.

        ``models.predict_finding_logit`` and ``models.predict_choice_prob`` average the same way.
        """
        return np.asarray(self.of(sentences).mean(axis=0) / self.temperature)
