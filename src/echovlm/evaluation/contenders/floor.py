"""What any model must beat: answers by chance, and the one answer that is most often right."""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float

from echovlm.clinical.findings import Finding
from echovlm.clinical.views import View
from echovlm.evaluation.contenders.contender import Contender, TestClip

_DIM = 64


class RandomAnswers(Contender):
    """Embeddings drawn from the name of a clip and from a text: the same in every run, and blind."""

    name = "random"

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def fingerprint(self) -> str:
        """Return the seed."""
        return f"random {self.seed}"

    def embed_clips(self, clips: Sequence[TestClip]) -> Float[np.ndarray, "clip dim"]:
        """Return directions that depend on the clips' names alone."""
        return np.stack([self._direction(f"clip {clip.clip_id}") for clip in clips])

    def embed_texts(self, texts: Sequence[str]) -> Float[np.ndarray, "text dim"]:
        """Return directions that depend on the letters alone."""
        return np.stack([self._direction(f"text {text}") for text in texts])

    def _direction(self, what: str) -> Float[np.ndarray, "dim"]:
        digest = hashlib.sha256(f"{self.seed} {what}".encode()).digest()
        return np.random.default_rng(np.frombuffer(digest, np.uint32)).standard_normal(_DIM)


class MajorityAnswers(Contender):
    """One answer for every clip: no finding, and the view that most clips show.

    Scores that are all equal rank nothing, so an AUROC is 0.5 by definition; where an answer is counted right or
    wrong, as for views, this is what the commonest answer scores.
    """

    name = "majority"

    def __init__(self, commonest_view: View = View.A4C) -> None:
        self.commonest_view = commonest_view

    def fingerprint(self) -> str:
        """Return the answer."""
        return f"majority {self.commonest_view.value}"

    def embed_clips(self, clips: Sequence[TestClip]) -> Float[np.ndarray, "clip dim"]:
        """Return one direction for all."""
        return np.ones((len(clips), 2))

    def judge_findings(self, clips: Sequence[TestClip]) -> Mapping[Finding, Float[np.ndarray, "clip"]]:
        """Return the same for every clip."""
        return {finding: np.zeros(len(clips)) for finding in Finding}

    def judge_views(self, clips: Sequence[TestClip]) -> Mapping[View, Float[np.ndarray, "clip"]]:
        """Return the commonest view for every clip."""
        return {view: np.full(len(clips), float(view is self.commonest_view)) for view in View}
