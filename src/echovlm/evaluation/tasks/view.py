"""View classification: by prompts, by a linear probe, and by one with a hundredth of the labels."""

from typing import Final

from echovlm.evaluation.needs import DataName
from echovlm.evaluation.view_choice import ViewTask
from echovlm.evaluation.view_probe import ProbeTask

_SOURCE: Final = "views of ASE 2019 (Mitchell et al.); our choice of task"
_DATA: Final = (DataName.ECHOBENCH, DataName.TMED_2, DataName.EV9V, DataName.MIMIC)

TASKS: Final = (
    ViewTask("view/zero-shot", _SOURCE, _DATA),
    ProbeTask("view/linear-probe", label_share=1.0, draws=1, source=_SOURCE, data=_DATA),
    ProbeTask("view/few-shot", label_share=0.01, draws=10, source=_SOURCE, data=_DATA),
)
