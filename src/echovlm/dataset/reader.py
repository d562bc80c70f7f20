"""Reading an EchoGround dataset: typed rows, and pixels by byte offset."""

import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow.compute as pc
import simplejpeg
from jaxtyping import UInt8
from PIL import Image, UnidentifiedImageError

from echovlm.collector import collector_paused
from echovlm.dataset.errors import SchemaError
from echovlm.dataset.info import DatasetInfo, read_info
from echovlm.dataset.manifest import MANIFEST_NAME, read_manifest, rows_from_plain
from echovlm.dataset.schema import SCHEMA_VERSION, ClipRow, FramePlace, MaskPlace, SegmentPlace, Split
from echovlm.dataset.segments import Segment, cut, hash_clip
from echovlm.dataset.splits import check_splits
from echovlm.stores import DiskStore, Store, open_store


@dataclass(frozen=True, slots=True)
class EchoGround:
    """An EchoGround dataset folder. It holds no open file: share it freely with forked or spawned workers.

    Attributes:
        store: The dataset folder, on a disk or in a bucket.
        info: What ``dataset.json`` says: counts, origin, whether the studies are simulated.
    """

    store: Store
    info: DatasetInfo

    @property
    def root(self) -> Path | str:
        """The dataset's path, or its address when it lies in a bucket."""
        return self.store.root if isinstance(self.store, DiskStore) else self.store.address

    @classmethod
    def open(cls, place: Path | str) -> Self:
        """Open a dataset: a folder, or an address such as ``s3://bucket/dataset``.

        Raises:
            SchemaError: If it is not a finished dataset of this schema version.
            SplitError: If a patient stands in two splits.
        """
        store = open_store(place)
        info = read_info(store)
        table = read_manifest(store, columns=["patient_id", "split"], version=info.schema_version)
        check_splits(
            zip(table.column("patient_id").to_pylist(), table.column("split").to_pylist(), strict=True)
        )
        return cls(store, info)

    def rows(self, split: Split | str | None = None) -> list[ClipRow]:
        """Return the clips of one split, or all, in the order of the manifest.

        Raises:
            ValueError: If ``split`` is not train, val or test.
            SchemaError: If a row holds what this version does not know.
        """
        return list(self.iter_rows(split))

    def iter_rows(self, split: Split | str | None = None) -> Iterator[ClipRow]:
        """Yield the clips of one split, or all, in the order of the manifest.

        Raises:
            ValueError: If ``split`` is not train, val or test.
            SchemaError: If a row holds what this version does not know.
        """
        table = read_manifest(self.store, version=self.info.schema_version)
        if split is not None:
            table = table.filter(pc.equal(table.column("split"), Split(split).value))
        for batch in table.to_batches(max_chunksize=1000):
            with collector_paused():
                rows = list(rows_from_plain(batch.to_pylist()))
            yield from rows

    def iter_hashed_rows(self) -> Iterator[ClipRow]:
        """Yield all clips, each with the hash of its frames, for which a dataset of an older version is read.

        Raises:
            SchemaError: If a row holds what this version does not know, or a shard that is read for it is missing.
        """
        for row in self.iter_rows():
            if self.info.schema_version == SCHEMA_VERSION:
                yield row
            else:
                told = hash_clip(self.read_frames(row), self.read_jpegs(row))
                yield replace(row, frames_sha256=told)

    def hash_manifest(self) -> str:
        """Return the SHA-256 of the manifest, which names the dataset's whole content."""
        with self.store.open_input(MANIFEST_NAME) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def read_jpegs(self, row: ClipRow, frame_indices: Sequence[int] | None = None) -> list[bytes]:
        """Read stored frames as they are compressed.

        Raises:
            SchemaError: If the shard is missing.
        """
        return self._read(
            row, row.frames if frame_indices is None else [row.frames[i] for i in frame_indices]
        )

    def read_frames(
        self, row: ClipRow, frame_indices: Sequence[int] | None = None
    ) -> UInt8[np.ndarray, "frame height width"]:
        """Read stored frames, grey, in the order of ``frame_indices``, or all of them.

        Of a clip in colour this is the brightness; ``read_colour`` reads the rest.

        Raises:
            SchemaError: If the shard is missing, or its bytes are not what the manifest says.
        """
        return self._decode(row, frame_indices, "GRAY")[..., 0]

    def read_colour(
        self, row: ClipRow, frame_indices: Sequence[int] | None = None
    ) -> UInt8[np.ndarray, "frame height width 3"]:
        """Read stored frames as red, green and blue, equal for a grey clip; like ``read_frames`` otherwise."""
        return self._decode(row, frame_indices, "RGB")

    def _decode(
        self, row: ClipRow, frame_indices: Sequence[int] | None, colours: str
    ) -> UInt8[np.ndarray, "frame height width channel"]:
        jpegs = self.read_jpegs(row, frame_indices)
        channels = {"GRAY": 1, "RGB": 3}[colours]
        frames = np.empty((len(jpegs), row.height_px, row.width_px, channels), np.uint8)
        for index, data in enumerate(jpegs):
            try:
                frames[index] = simplejpeg.decode_jpeg(data, colorspace=colours)
            except ValueError as error:
                raise SchemaError(self._damaged(row, error)) from error
        return frames

    def read_masks(self, row: ClipRow) -> dict[int, UInt8[np.ndarray, "height width"]]:
        """Read the masks of a clip by frame index; labels are those of ``clinical.Structure``.

        Raises:
            SchemaError: If the shard is missing, or its bytes are not what the manifest says.
        """
        masks = {}
        for mask, data in zip(row.masks, self._read(row, row.masks), strict=True):
            try:
                masks[mask.frame_index] = np.array(Image.open(io.BytesIO(data)))
            except UnidentifiedImageError as error:  # whose own words name an object in memory
                what = f"the mask of frame {mask.frame_index} is no image"
                raise SchemaError(self._damaged(row, what)) from error
            except (OSError, SyntaxError, ValueError) as error:
                raise SchemaError(self._damaged(row, error)) from error
        return masks

    def read_segment(self, row: ClipRow) -> Segment:
        """Read all that is stored of a clip, packed as it is.

        Raises:
            SchemaError: If the shard is missing, or its bytes are not what the manifest says.
        """
        assert row.segment is not None, "a row of a written dataset"
        (data,) = self._read(row, [row.segment])
        return cut(row, data)

    def _read(self, row: ClipRow, places: Sequence[FramePlace | MaskPlace | SegmentPlace]) -> list[bytes]:
        try:
            return self.store.read_ranges(row.shard, [(place.offset, place.size) for place in places])
        except FileNotFoundError as error:
            raise SchemaError(
                f"{self.root} lacks {row.shard}, which holds clip {row.clip_id}; copy the whole folder"
            ) from error
        except OSError as error:
            raise SchemaError(
                f"{self.root}/{row.shard}, which holds clip {row.clip_id}, cannot be read as a file "
                f"({error.strerror}); copy the whole folder or curate it again"
            ) from error

    def _damaged(self, row: ClipRow, what: object) -> str:
        return (
            f"{self.root}/{row.shard} does not hold clip {row.clip_id} where the manifest says ({what}); "
            "the folder mixes two datasets or was damaged: copy or curate it again"
        )
