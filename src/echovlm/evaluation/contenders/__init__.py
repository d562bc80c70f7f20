"""Models under test: ours, those of others, and the floor that any model must beat."""

from echovlm.evaluation.contenders.choosing import choose_contender
from echovlm.evaluation.contenders.contender import Contender, Outlines, TestClip
from echovlm.evaluation.contenders.echoprime import EchoPrime
from echovlm.evaluation.contenders.floor import MajorityAnswers, RandomAnswers
from echovlm.evaluation.contenders.open_clip import OpenClip
from echovlm.evaluation.contenders.ours import DualEncoder, OutlineModel, SupervisedTower
from echovlm.evaluation.contenders.panecho import PanEcho, load_panecho

__all__ = [
    "Contender",
    "DualEncoder",
    "EchoPrime",
    "MajorityAnswers",
    "OpenClip",
    "OutlineModel",
    "Outlines",
    "PanEcho",
    "RandomAnswers",
    "SupervisedTower",
    "TestClip",
    "choose_contender",
    "load_panecho",
]
