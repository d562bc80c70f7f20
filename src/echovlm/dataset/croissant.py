"""The dataset described for machines: Croissant 1.0, the metadata format of MLCommons.

Specification: https://docs.mlcommons.org/croissant/docs/croissant-spec.html
"""

import json
from typing import Any, Final

import pyarrow as pa

from echovlm.dataset.info import DatasetInfo
from echovlm.dataset.manifest import MANIFEST_NAME, MANIFEST_SCHEMA

CROISSANT_NAME: Final = "croissant.json"
_CONTEXT: Final = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_TYPES: Final = {
    pa.string(): "sc:Text",
    pa.float64(): "sc:Float",
    pa.int32(): "sc:Integer",
    pa.int64(): "sc:Integer",
    pa.bool_(): "sc:Boolean",
}
_MEANINGS: Final = {
    "clip_id": "Unique in the dataset; the WebDataset key.",
    "patient_id": "The patient, by an identifier of the source or a stand-in for it.",
    "study_id": "The study.",
    "split": "train, val or test; one for all clips of a patient.",
    "view": "Standard view, an abbreviation of the American Society of Echocardiography in lower case.",
    "view_source": "Where the view came from.",
    "mode": "Imaging mode.",
    "console": "Maker and model of the machine, when the file states them.",
    "sex": "Sex of the patient when the source says so.",
    "shard": "The tar file that holds the clip.",
    "heart_rate_bpm": "Heart rate in beats per minute.",
    "spacing_mm": "Millimetres per pixel; empty when the clip is not calibrated.",
    "height_px": "Height of the frames in pixels.",
    "width_px": "Width of the frames in pixels.",
    "ed_frame_index": "End-diastolic frame, from 0.",
    "es_frame_index": "End-systolic frame, from 0.",
    "caption": "A caption composed of statements that trace back to measured values.",
    "source_path": "The file in the source.",
    "source_sha256": "Hash of that file.",
    "frames_sha256": "Hash of the stored frames, one JPEG after the other; empty when they are too flat.",
}


def render_croissant(info: DatasetInfo) -> str:
    """Return ``croissant.json``: the files with their hashes, and what the manifest and the captions hold."""
    simulated = "Simulated studies: no patient data. " if info.simulated else ""
    plain = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": "EchoGround",
        "description": f"{simulated}{sum(info.clips.values())} echo clips of {sum(info.patients.values())} patients "
        "with standard view, measurements, findings by guideline rules, and captions; every value has a source.",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "version": f"{info.schema_version}.0.0",
        "license": info.origin.licence,
        "keywords": ["echocardiography", "ultrasound", "vision-language"],
        "isAccessibleForFree": info.simulated,
        "distribution": _distribution(info),
        "recordSet": [_clips(), _captions()],
    }
    return f"{json.dumps(plain, indent=2, ensure_ascii=False)}\n"


def _distribution(info: DatasetInfo) -> list[dict[str, Any]]:
    kinds = {"parquet": "application/x-parquet", "tar": "application/x-tar", "json": "application/json"}
    files = [
        {
            "@type": "cr:FileObject",
            "@id": name,
            "name": name,
            "contentUrl": name,
            "contentSize": f"{digest.size} B",
            "encodingFormat": kinds[name.rpartition(".")[2]],
            "sha256": digest.sha256,
        }
        for name, digest in info.files.items()
    ]
    captions = {
        "@type": "cr:FileSet",
        "@id": "caption-files",
        "name": "caption-files",
        "description": "One text file per clip, named by its key.",
        "containedIn": [{"@id": name} for name in info.files if name.endswith(".tar")],
        "encodingFormat": "text/plain",
        "includes": "*.txt",
    }
    return [*files, captions]


def _clips() -> dict[str, Any]:
    """Return the record set of the manifest's plain columns; its lists are for Parquet readers."""
    fields = [
        _field(f"clips/{column.name}", _TYPES[column.type], MANIFEST_NAME, {"column": column.name})
        | {"description": _MEANINGS.get(column.name, column.name)}
        for column in MANIFEST_SCHEMA
        if column.type in _TYPES
    ]
    return {
        "@type": "cr:RecordSet",
        "@id": "clips",
        "name": "clips",
        "description": "One record per clip.",
        "key": {"@id": "clips/clip_id"},
        "field": fields,
    }


def _captions() -> dict[str, Any]:
    source = {"fileSet": {"@id": "caption-files"}}
    fields = [
        {"@type": "cr:Field", "@id": "captions/file", "name": "captions/file", "dataType": "sc:Text",
         "source": source | {"extract": {"fileProperty": "filename"}}},
        {"@type": "cr:Field", "@id": "captions/text", "name": "captions/text", "dataType": "sc:Text",
         "source": source | {"extract": {"fileProperty": "content"}}},
    ]  # fmt: skip
    return {
        "@type": "cr:RecordSet",
        "@id": "captions",
        "name": "captions",
        "description": "The caption of each clip, read from the shards.",
        "field": fields,
    }


def _field(name: str, kind: str, file: str, extract: dict[str, str]) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": name,
        "name": name,
        "dataType": kind,
        "source": {"fileObject": {"@id": file}, "extract": extract},
    }
