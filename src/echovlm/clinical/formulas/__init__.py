"""Quantities that follow from other quantities, with the formula and its source."""

from echovlm.clinical.formulas.body_and_ventricle import BSA_DU_BOIS, BSA_MOSTELLER
from echovlm.clinical.formulas.chambers import predict_root_by_height_cm, predict_root_cm, root_z, simpson_ml
from echovlm.clinical.formulas.deriving import FORMULAS, derive
from echovlm.clinical.formulas.formula import Formula

__all__ = [
    "BSA_DU_BOIS",
    "BSA_MOSTELLER",
    "FORMULAS",
    "Formula",
    "derive",
    "predict_root_by_height_cm",
    "predict_root_cm",
    "root_z",
    "simpson_ml",
]
