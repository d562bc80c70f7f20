"""Run as a script: decode one DICOM file by gdcm and write its samples to standard output."""

import json
import sys

import numpy as np
from pydicom import dcmread
from pydicom.pixels.decoders.base import get_decoder


def main(path: str) -> None:
    """Write one line of JSON with colour space, type and shape, then the bytes of the samples."""
    dataset = dcmread(path, force=True)
    decoder = get_decoder(dataset.file_meta.TransferSyntaxUID)
    frames = []
    returned = ""
    for frame, properties in decoder.iter_array(dataset, raw=True, decoding_plugin="gdcm"):
        frames.append(frame)
        returned = str(properties["photometric_interpretation"])
    samples = np.stack(frames)
    about = {"photometric": returned, "dtype": samples.dtype.str, "shape": samples.shape}
    sys.stdout.buffer.write(json.dumps(about).encode("ascii") + b"\n")
    sys.stdout.buffer.write(samples.tobytes())


if __name__ == "__main__":
    main(sys.argv[1])
