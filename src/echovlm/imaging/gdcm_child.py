"""Run as a script: decode frames of one DICOM file by gdcm, write their samples to a file and say what they are."""

import json
import sys
from pathlib import Path

from pydicom import dcmread
from pydicom.pixels.decoders.base import get_decoder


def main(path: str, target: str, chosen: str) -> None:
    """Write the bytes of the chosen frames, and one line of JSON with colour space, type and shape to stdout."""
    dataset = dcmread(path, force=True)
    decoder = get_decoder(dataset.file_meta.TransferSyntaxUID)
    indices = [int(index) for index in chosen.split(",")]
    returned, kind, shape, count = "", "", (), 0
    with Path(target).open("wb") as file:
        for frame, properties in decoder.iter_array(
            dataset, indices=indices, raw=True, decoding_plugin="gdcm"
        ):
            file.write(frame.tobytes())
            returned = str(properties["photometric_interpretation"])
            kind, shape, count = frame.dtype.str, frame.shape, count + 1
    sys.stdout.write(json.dumps({"photometric": returned, "dtype": kind, "shape": (count, *shape)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
