"""Towers, the dual encoder, dense and supervised heads, preprocessing, and the checkpoint file."""

from echovlm.models.backbone import Backbone, BackboneConfig
from echovlm.models.checkpoint import (
    AnyModel,
    LoadedModel,
    load_checkpoint,
    load_clip_head,
    load_dense,
    load_echovlm,
    load_findings,
    load_reader,
    put_metrics,
    read_header,
    save_checkpoint,
)
from echovlm.models.clip_head import ClipHeadConfig, ClipHeadModel
from echovlm.models.clips import ClipGroup, Clips
from echovlm.models.dense import DenseConfig, DenseModel, DenseOutput, DensePrediction
from echovlm.models.echovlm import EchoVLM, EchoVLMConfig
from echovlm.models.embedded import embedded_model, embedded_outlines, embedded_reader
from echovlm.models.errors import CheckpointError
from echovlm.models.export_onnx import write_onnx
from echovlm.models.export_open_clip import OpenClipModel, to_open_clip
from echovlm.models.findings import FindingsConfig, FindingsModel
from echovlm.models.grid import Grid
from echovlm.models.held_tower import HoldsTower
from echovlm.models.hub import fetch_from_hub, push_to_hub, write_hub_folder
from echovlm.models.hugging_face_tower import HuggingFaceTowerConfig
from echovlm.models.image_tower import ImageTower, ImageTowerConfig
from echovlm.models.loading import load
from echovlm.models.low_rank import add_adapters, merge_adapters
from echovlm.models.ngrams import split_sentences
from echovlm.models.preprocess import Preprocessing
from echovlm.models.reader import ReaderConfig, ReaderModel, ReaderOutput, ReaderPrediction
from echovlm.models.report_tokens import ReportTokenizer, learn_phrases
from echovlm.models.report_tower import ReportTowerConfig
from echovlm.models.text_tower import TextTower, TextTowerConfig
from echovlm.models.timm_tower import TimmTowerConfig
from echovlm.models.towers import AnyImageTower, AnyTextTower, ImageConfig, TextConfig
from echovlm.models.zero_shot import (
    MVP_VIEWS,
    finding_prompts,
    learnt_findings,
    learnt_views,
    predict_choice_prob,
    predict_finding_logit,
    predict_finding_prob,
    predict_view_prob,
)

__all__ = [
    "MVP_VIEWS",
    "AnyImageTower",
    "AnyModel",
    "AnyTextTower",
    "Backbone",
    "BackboneConfig",
    "CheckpointError",
    "ClipGroup",
    "ClipHeadConfig",
    "ClipHeadModel",
    "Clips",
    "DenseConfig",
    "DenseModel",
    "DenseOutput",
    "DensePrediction",
    "EchoVLM",
    "EchoVLMConfig",
    "FindingsConfig",
    "FindingsModel",
    "Grid",
    "HoldsTower",
    "HuggingFaceTowerConfig",
    "ImageConfig",
    "ImageTower",
    "ImageTowerConfig",
    "LoadedModel",
    "OpenClipModel",
    "Preprocessing",
    "ReaderConfig",
    "ReaderModel",
    "ReaderOutput",
    "ReaderPrediction",
    "ReportTokenizer",
    "ReportTowerConfig",
    "TextConfig",
    "TextTower",
    "TextTowerConfig",
    "TimmTowerConfig",
    "add_adapters",
    "embedded_model",
    "embedded_outlines",
    "embedded_reader",
    "fetch_from_hub",
    "finding_prompts",
    "learn_phrases",
    "learnt_findings",
    "learnt_views",
    "load",
    "load_checkpoint",
    "load_clip_head",
    "load_dense",
    "load_echovlm",
    "load_findings",
    "load_reader",
    "merge_adapters",
    "predict_choice_prob",
    "predict_finding_logit",
    "predict_finding_prob",
    "predict_view_prob",
    "push_to_hub",
    "put_metrics",
    "read_header",
    "save_checkpoint",
    "split_sentences",
    "to_open_clip",
    "write_hub_folder",
    "write_onnx",
]
