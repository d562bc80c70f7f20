"""Every sentence that the chosen tasks put to a model, encoded once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import torch
from jaxtyping import Float
from torch import Tensor

from echovlm.clinical.findings import CORE_FINDINGS
from echovlm.clinical.statements import finding_sentences
from echovlm.dataset import ClipRow
from echovlm.evaluation.task import NegationTask, RetrievalTask, Task, ViewTask, ZeroShotTask
from echovlm.models import EchoVLM

_BATCH = 256


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SentenceBank:
    """Embeddings of sentences, each once: equal sentences tie exactly.

    Attributes:
        place: Row of each sentence.
        unit: Embeddings on the unit sphere.
        temperature: The model's softmax temperature.
    """

    place: dict[str, int]
    unit: Float[Tensor, "text dim"]
    temperature: float

    def __repr__(self) -> str:
        return f"SentenceBank({len(self.place)} sentences of {self.unit.shape[1]} dimensions)"

    @classmethod
    @torch.inference_mode()
    def encode(cls, model: EchoVLM, sentences: Iterable[str]) -> Self:
        """Encode the distinct sentences, in alphabetical order."""
        distinct = sorted(set(sentences))
        batches = [distinct[start : start + _BATCH] for start in range(0, len(distinct), _BATCH)]
        unit = torch.cat([model.encode_text(batch) for batch in batches])
        return cls({s: i for i, s in enumerate(distinct)}, unit, float(model.temperature))

    def of(self, sentences: Sequence[str]) -> Float[Tensor, "text dim"]:
        """Return the embeddings of ``sentences``, in their order."""
        return self.unit[[self.place[sentence] for sentence in sentences]]

    def direction(self, sentences: Sequence[str]) -> Float[Tensor, "dim"]:
        """Return the mean embedding over the temperature: a clip's dot product with it is the mean logit.

        ``models.predict_finding_logit`` and ``models.predict_choice_prob`` average the same way.
        """
        return self.of(sentences).mean(0) / self.temperature


def sentences_for(tasks: Sequence[Task], rows: Sequence[ClipRow]) -> set[str]:
    """Return every sentence that these tasks need over these clips."""
    needed: set[str] = set()
    for task in tasks:
        match task:
            case ZeroShotTask():
                needed.update(task.present, task.absent, task.present_unseen, task.absent_unseen)
            case ViewTask():
                for _, sentences in (*task.prompts, *task.prompts_unseen):
                    needed.update(sentences)
            case RetrievalTask():
                needed.update(row.caption for row in rows if row.caption)
            case NegationTask():
                needed |= _statements(rows) | _unseen_statements()
    return needed


def _statements(rows: Sequence[ClipRow]) -> set[str]:
    statements = [
        statement for row in rows for statement in row.statements if statement.counterfactual_options
    ]
    return {s for one in statements for s in (*one.text_options, *one.counterfactual_options)}


def _unseen_statements() -> set[str]:
    return {
        sentence
        for finding in CORE_FINDINGS
        for present in (True, False)
        for sentence in finding_sentences(finding, present=present, held_out=True)
    }
