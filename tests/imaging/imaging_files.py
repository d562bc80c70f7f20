"""Small DICOM files, videos and screens made on the spot, with every fact chosen by the test."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import simplejpeg
from PIL import Image, ImageDraw
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, JPEGBaseline8Bit, UltrasoundMultiFrameImageStorage


def region(
    *, box=(0, 0, 39, 29), delta_cm=(0.05, 0.05), units=(3, 3), spatial_format=1, data_type=1
) -> Dataset:
    item = Dataset()
    item.RegionSpatialFormat, item.RegionDataType, item.RegionFlags = spatial_format, data_type, 2
    item.RegionLocationMinX0, item.RegionLocationMinY0 = box[:2]
    item.RegionLocationMaxX1, item.RegionLocationMaxY1 = box[2:]
    item.PhysicalUnitsXDirection, item.PhysicalUnitsYDirection = units
    item.PhysicalDeltaX, item.PhysicalDeltaY = delta_cm
    return item


def header(*, regions=(), **attributes) -> Dataset:
    dataset = Dataset()
    dataset.Modality = "US"
    dataset.SOPClassUID, dataset.SOPInstanceUID = UltrasoundMultiFrameImageStorage, "1.2.3.4"
    dataset.StudyInstanceUID, dataset.PatientID, dataset.PatientSex = "1.2.3", "P1", "F"
    if regions:
        dataset.SequenceOfUltrasoundRegions = Sequence(regions)
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return dataset


def write_dicom(
    path: Path, samples: np.ndarray, *, photometric="RGB", jpeg=False, streams=None, regions=(), **attributes
) -> Path:
    """Write frames (frame, height, width[, 3]); `jpeg` compresses them, `streams` are compressed already."""
    dataset = header(regions=regions)
    dataset.PhotometricInterpretation = photometric
    dataset.SamplesPerPixel = 3 if samples.ndim == 4 else 1
    if samples.ndim == 4:
        dataset.PlanarConfiguration = 0
    dataset.NumberOfFrames, dataset.Rows, dataset.Columns = samples.shape[:3]
    bits = samples.dtype.itemsize * 8
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = bits, bits, bits - 1
    dataset.PixelRepresentation = 0
    dataset.file_meta = FileMetaDataset()
    if jpeg:
        streams = [simplejpeg.encode_jpeg(frame, quality=95, colorsubsampling="422") for frame in samples]
    if streams:
        dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
        dataset.PixelData = encapsulate(streams)
        dataset["PixelData"].VR = "OB"
    else:
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.PixelData = samples.tobytes()
        dataset["PixelData"].VR = "OB" if bits == 8 else "OW"
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    dataset.save_as(path, enforce_file_format=True)
    return path


def write_video(path: Path, frames: np.ndarray, *, onsets_ms: list[int]) -> Path:
    """Write an mp4 or avi whose frames start at the given milliseconds."""
    codec = "mpeg4" if path.suffix == ".mp4" else "mjpeg"
    with av.open(str(path), "w") as film:
        stream = film.add_stream(codec, rate=30)
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = "yuv420p" if codec == "mpeg4" else "yuvj420p"
        stream.bit_rate = 8_000_000
        stream.codec_context.time_base = Fraction(1, 1000)
        for pixels, onset_ms in zip(frames, onsets_ms, strict=True):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = onset_ms, Fraction(1, 1000)
            film.mux(stream.encode(frame))
        film.mux(stream.encode())
    return path


def fan_mask(height: int, width: int, *, half_angle_deg: float, apex_xy, radius_px: float) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    bearing = np.degrees(np.arctan2(x - apex_xy[0], y - apex_xy[1]))
    reach = np.hypot(x - apex_xy[0], y - apex_xy[1])
    return (np.abs(bearing) <= half_angle_deg) & (reach <= radius_px)


def screen(rng: np.random.Generator, mask: np.ndarray, *, n_frames: int) -> tuple[np.ndarray, np.ndarray]:
    """A console's screen: speckle in `mask`, and text, a ruler and an ECG with a moving bar outside it.

    Returns the RGB frames, and a mask of every pixel that text, ruler, trace or bar touch outside the sector.
    """
    height, width = mask.shape
    frames = np.zeros((n_frames, height, width, 3), np.uint8)
    drawn = np.zeros_like(mask)
    base = rng.gamma(2.0, 30.0, mask.shape)
    for index, frame in enumerate(frames):
        moving = 0.6 * base + rng.gamma(2.0, 12.0, mask.shape)
        frame[mask] = np.clip(moving, 1, 255)[mask, None].astype(np.uint8)
        overlay = Image.new("L", (width, height))
        draw = ImageDraw.Draw(overlay)
        for row, text in enumerate(("Adult Echo", "S5-1 49Hz", "16cm 2D 64%", "C 50 P Low")):
            draw.text((4, 4 + 12 * row), text, fill=255)
        draw.text((width - 70, 4), f"00:00:{index:02d}", fill=255)
        for tick in range(20, height - 60, 12):
            draw.line((width - 12, tick, width - 6, tick), fill=255)
        trace = [(x, height - 20 - 14 * (x % 80 == 40)) for x in range(10, width - 10)]
        draw.line(trace, fill=255)
        bar = 10 + (width - 20) * index // n_frames
        draw.rectangle((bar, height - 38, bar + 3, height - 6), fill=255)
        painted = (np.asarray(overlay) > 0) & ~mask
        frame[painted] = (90, 255, 90)
        drawn |= painted
    return frames, drawn
