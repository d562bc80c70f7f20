"""Patients to whom a rule does not apply, each with the words that say so."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from echovlm.clinical.context import Rhythm, Sign, StudyContext, Valve


@dataclass(frozen=True, slots=True)
class Gate:
    """One reason why a rule does not apply.

    Attributes:
        words: The reason, as a report would say it.
        closed: Whether it holds for a study. What is unknown closes no gate.
    """

    words: str
    closed: Callable[[StudyContext], bool]


def _prosthesis(valve: Valve) -> Gate:
    return Gate(f"the {valve.value} valve is prosthetic or repaired", lambda c: valve in c.prostheses)


def _sign(sign: Sign) -> Gate:
    return Gate(sign.value, lambda context: sign in context.seen)


NATIVE_AORTIC: Final = _prosthesis(Valve.AORTIC)
NATIVE_MITRAL: Final = _prosthesis(Valve.MITRAL)
NATIVE_TRICUSPID: Final = _prosthesis(Valve.TRICUSPID)
NATIVE_PULMONARY: Final = _prosthesis(Valve.PULMONARY)

FIBRILLATION: Final = Gate("atrial fibrillation", lambda c: c.rhythm is Rhythm.ATRIAL_FIBRILLATION)
NOT_FIBRILLATION: Final = Gate(
    "a rule for atrial fibrillation only", lambda c: c.rhythm is not Rhythm.ATRIAL_FIBRILLATION
)
PACED: Final = Gate("paced rhythm", lambda c: c.rhythm is Rhythm.PACED)
VENTILATED: Final = _sign(Sign.VENTILATED)
LV_OUTFLOW_OBSTRUCTION: Final = _sign(Sign.LV_OUTFLOW_OBSTRUCTION)
RV_OUTFLOW_OBSTRUCTION: Final = _sign(Sign.RV_OUTFLOW_OBSTRUCTION)

# Under any of these mitral inflow and annular velocities no longer tell the filling pressure.
FILLING_UNREADABLE: Final = (
    NATIVE_MITRAL,
    *(
        _sign(sign)
        for sign in (
            Sign.MODERATE_MAC, Sign.MITRAL_STENOSIS, Sign.SIGNIFICANT_MITRAL_REGURGITATION,
            Sign.LEFT_BUNDLE_BRANCH_BLOCK, Sign.FUSED_E_AND_A, Sign.ASSIST_DEVICE, Sign.HEART_TRANSPLANT,
            Sign.CONSTRICTION, Sign.PULMONARY_DISEASE_HYPERTENSION,
        )
    ),
)  # fmt: skip
SINUS_FILLING: Final = (FIBRILLATION, PACED, *FILLING_UNREADABLE)


def closed_gate(gates: tuple[Gate, ...], context: StudyContext) -> Gate | None:
    """Return the first gate that keeps a rule from a study, or ``None``."""
    for gate in gates:
        if gate.closed(context):
            return gate
    return None
