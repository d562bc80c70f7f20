"""PanEcho under test: the multi-task network of its authors, from a local copy of their repository and weights."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from echovlm.clinical.findings import Finding
from echovlm.evaluation.contenders.contender import Contender, TestClip
from echovlm.evaluation.errors import EvaluationError

_FRAMES, _SIZE_PX = 16, 224
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # ImageNet's, as the authors say


@dataclass(frozen=True, slots=True)
class Output:
    """One output of the network, read so that it rises with a finding.

    Attributes:
        name: In the authors' task list.
        weights: One per class, in the order of their list, which is alphabetical; one number for a regression.
    """

    name: str
    weights: tuple[float, ...]


# Outputs with one number per class, or in a unit. Their yes-or-no outputs are left out: what is published does not say
# of which of the two classes the number is the probability.
OUTPUT_OF: Final[Mapping[Finding, Output]] = {
    Finding.LV_SYSTOLIC_DYSFUNCTION: Output("EF", (-1,)),
    Finding.SEVERE_LV_DYSFUNCTION: Output("EF", (-1,)),
    Finding.LV_DILATED: Output("LVIDd", (1,)),
    Finding.LV_HYPERTROPHY: Output("IVSd", (1,)),
    Finding.DIASTOLIC_DYSFUNCTION: Output("LVDiastolicFunction", (1, 2, 0)),
    Finding.LA_DILATED: Output("LASize", (1, 2, 0)),
    Finding.RA_DILATED: Output("RADimensionM-L(cm)", (1,)),
    Finding.RV_DILATED: Output("RVSize", (1, 2, 0)),
    Finding.RV_SYSTOLIC_DYSFUNCTION: Output("TAPSE", (-1,)),
    Finding.AORTIC_STENOSIS: Output("AVStenosis", (1, 0, 2)),
    Finding.AORTIC_REGURGITATION: Output("AVRegurg", (1, 2, 0)),
    Finding.MITRAL_REGURGITATION: Output("MVRegurgitation", (1, 2, 0)),
    Finding.TRICUSPID_REGURGITATION: Output("TVRegurgitation", (1, 2, 0)),
    Finding.PULMONARY_HYPERTENSION: Output("RVSP", (1,)),
    Finding.AO_SINUS_DILATED: Output("AORoot", (1,)),
}


class PanEcho(Contender):
    """PanEcho's own answers; it takes no sentences."""

    name = "PanEcho"

    def __init__(self, network: torch.nn.Module, *, weights_sha256: str) -> None:
        """Wrap a loaded network; ``load_panecho`` makes one."""
        self._network, self._sha256 = network.eval(), weights_sha256

    def fingerprint(self) -> str:
        """Return the hash of the weights."""
        return self._sha256

    @torch.inference_mode()
    def judge_findings(self, clips: Sequence[TestClip]) -> Mapping[Finding, Float[np.ndarray, "clip"]]:
        """Return the outputs that speak of a finding, for those that the network has."""
        said: list[Mapping[str, Tensor]] = [self._network(prepare_video(clip)[None]) for clip in clips]
        return {
            finding: np.array([weigh(one[output.name], output.weights) for one in said])
            for finding, output in OUTPUT_OF.items()
            if all(output.name in one for one in said)
        }


def weigh(numbers: Tensor, weights: Sequence[float]) -> float:
    """Return the weighted sum of an output's numbers.

    Raises:
        EvaluationError: If the network gives another number of classes than its published task list.
    """
    flat = numbers.detach().float().flatten()
    if len(flat) != len(weights):
        raise EvaluationError(
            f"an output of PanEcho has {len(flat)} numbers where its task list has {len(weights)}; "
            "name the folder of the version that the list belongs to"
        )
    return float(flat @ torch.tensor(weights, dtype=torch.float32))


def load_panecho(folder: Path) -> PanEcho:
    """Load PanEcho from a copy of the authors' repository, which holds ``hubconf.py``.

    Their loader fetches weights and a task list; both must be in torch's hub cache or reachable.

    Raises:
        EvaluationError: If the copy is missing or its loader fails.
    """
    if not (folder / "hubconf.py").is_file():
        raise EvaluationError(f"{folder} has no hubconf.py; clone the PanEcho repository and name its folder")
    try:
        network: Any = torch.hub.load(str(folder), "PanEcho", source="local", clip_len=_FRAMES)  # type: ignore[no-untyped-call]
    except (OSError, RuntimeError, ImportError, ValueError) as error:
        raise EvaluationError(
            f"the loader of {folder} failed ({str(error).splitlines()[0]}); it needs pandas and its weights"
        ) from error
    digest = hashlib.sha256()
    for name, tensor in sorted(network.state_dict().items()):
        digest.update(name.encode() + tensor.cpu().flatten().contiguous().view(torch.uint8).numpy().tobytes())
    return PanEcho(network, weights_sha256=digest.hexdigest())


def prepare_video(clip: TestClip) -> Float[Tensor, "channel frame height width"]:
    """Return sixteen frames spread over the clip at 224 px, normalised as on ImageNet."""
    chosen = [k * clip.n_frames // _FRAMES for k in range(_FRAMES)]
    distinct = sorted(set(chosen))
    grey = torch.from_numpy(clip.read(distinct)).float()[[distinct.index(k) for k in chosen]] / 255
    resized = F.interpolate(grey[:, None], size=(_SIZE_PX, _SIZE_PX), mode="bilinear", align_corners=False)
    mean, deviation = (torch.tensor(v)[:, None, None, None] for v in (_MEAN, _DEVIATION))
    return (resized.expand(-1, 3, -1, -1).movedim(1, 0) - mean) / deviation
