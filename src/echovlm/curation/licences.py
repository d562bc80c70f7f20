"""Under which terms each source may be used; the note is carried into the dataset's card."""

from typing import Final

PHYSIONET: Final = (
    "PhysioNet Credentialed Health Data License 1.5.0: derived data stays under the same data use agreement; "
    "do not share it with anybody who has not signed it."
)
SIMULATED: Final = "Simulated studies: no patient, no data use agreement; Apache-2.0 like the simulator."
UNSTATED: Final = "Not stated by the source; whoever curates it must hold the right to use and to share it."
STANFORD: Final = (
    "Stanford University Dataset Research Use Agreement: research only, no commercial use, no redistribution of "
    "the data or of parts of it, no attempt to identify anybody."
)
CAMUS: Final = (
    "CAMUS (CREATIS, University Hospital of St Etienne): for research on registration; cite Leclerc et al., IEEE "
    "TMI 2019. Commercial use and redistribution are not granted."
)
TUFTS: Final = (
    "TMED-2 data use agreement of Tufts Medical Center: academic research by the people who signed it; no "
    "redistribution, no attempt to identify anybody."
)
UNITY: Final = (
    "Unity Imaging Collaborative: terms of the download page hold, non-commercial with attribution as far as known; "
    "check them before sharing anything derived."
)
CARDIAC_UDA: Final = (
    "CardiacUDA: for research; the terms of its download page hold, check them before sharing."
)
HMC_QU: Final = (
    "HMC-QU (Hamad Medical Corporation, Qatar and Tampere Universities): for research with citation; the terms of "
    "its download page hold, check them before sharing."
)
EV9V: Final = "EV9V: its card says CC BY 4.0: share and adapt with attribution."
