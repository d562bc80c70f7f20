"""The spectral traces of a study: which flow, by which mode, from which view, and how well aligned with it."""

import math
from enum import Enum
from typing import Final

import numpy as np

from echovlm.clinical.views import Mode, View
from echovlm.simulation.patient import SimulatedPatient

_MISALIGNED_RAD: Final = math.radians(7)  # typical angle between beam and flow
_WORST_RAD: Final = math.radians(20)  # beyond it a sonographer looks for another window


class Trace(Enum):
    """One spectral recording: its name in files, mode, view, and what it shows in words."""

    MITRAL_INFLOW = ("mitral-inflow", Mode.PW, View.A4C, "PW mitral inflow at the leaflet tips")
    LVOT = ("lvot", Mode.PW, View.A5C, "PW in the LVOT")
    SEPTAL_ANNULUS = ("septal-annulus", Mode.TDI, View.A4C, "tissue Doppler, septal mitral annulus")
    LATERAL_ANNULUS = ("lateral-annulus", Mode.TDI, View.A4C, "tissue Doppler, lateral mitral annulus")
    TRICUSPID_ANNULUS = ("tricuspid-annulus", Mode.TDI, View.A4C, "tissue Doppler, lateral tricuspid annulus")
    AORTIC_VALVE = ("aortic-valve", Mode.CW, View.A5C, "CW through the aortic valve")
    MITRAL_VALVE = ("mitral-valve", Mode.CW, View.A4C, "CW through the mitral valve")
    TRICUSPID_VALVE = ("tricuspid-valve", Mode.CW, View.A4C, "CW through the tricuspid valve")
    RVOT = ("rvot", Mode.PW, View.PSAX_AV, "PW in the RVOT")
    PULMONARY_VALVE = ("pulmonary-valve", Mode.CW, View.PSAX_AV, "CW through the pulmonary valve")

    def __init__(self, file_name: str, mode: Mode, view: View, words: str) -> None:
        self.file_name, self.mode, self.view, self.words = file_name, mode, view, words


def angle_factor(patient: SimulatedPatient, trace: Trace) -> float:
    """Return the cosine of the angle between beam and flow: the share of a velocity that the trace shows.

    It belongs to the patient's windows and not to a rendering, so that all that is stated of a trace is on it.
    """
    place = tuple(Trace).index(trace)
    rng = np.random.default_rng((patient.seed, patient.patient_index, 0xA2, place))
    return math.cos(min(abs(_MISALIGNED_RAD * float(rng.standard_normal())), _WORST_RAD))
