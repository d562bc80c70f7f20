"""Simulated echo studies: one 3-D heart per patient as images, masks, landmarks, DICOM files and tables."""

from echovlm.simulation.kernels import kernel_cache

with kernel_cache():
    from echovlm.simulation.archive.cohort import SimulationError, SimulationSummary, simulate
    from echovlm.simulation.archive.exam import Protocol
    from echovlm.simulation.archive.options import parse_prevalence, parse_syntaxes, parse_views
    from echovlm.simulation.archive.task import subject_id
    from echovlm.simulation.clip import SimulatedClip, simulate_cine, simulate_clip
    from echovlm.simulation.patient import Prevalence, SimulatedPatient, sample_patient
    from echovlm.simulation.views.sections import Part, section
    from echovlm.simulation.views.truth import true_measurements

__all__ = [
    "Part",
    "Prevalence",
    "Protocol",
    "SimulatedClip",
    "SimulatedPatient",
    "SimulationError",
    "SimulationSummary",
    "parse_prevalence",
    "parse_syntaxes",
    "parse_views",
    "sample_patient",
    "section",
    "simulate",
    "simulate_cine",
    "simulate_clip",
    "subject_id",
    "true_measurements",
]
