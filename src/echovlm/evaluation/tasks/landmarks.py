"""Landmarks whose distance is a measurement: four callipers of PLAX, and the long axis of the left ventricle."""

from typing import Final

from echovlm.clinical.anatomy import Landmark
from echovlm.clinical.views import View
from echovlm.evaluation.distances import LandmarkTask
from echovlm.evaluation.needs import DataName

_PLAX: Final = frozenset({View.PLAX})
_WALLS: Final = (DataName.ECHOBENCH, DataName.ECHONET_LVH, DataName.UNITY)

TASKS: Final = (
    LandmarkTask(
        "landmarks/ivsd", (Landmark.IVS_RV_SIDE,), (Landmark.IVS_LV_SIDE,), _PLAX,
        "ASE 2015 §2.1 (Lang et al.): septal thickness at end-diastole", _WALLS,
    ),
    LandmarkTask(
        "landmarks/lvidd", (Landmark.IVS_LV_SIDE,), (Landmark.PW_LV_SIDE,), _PLAX,
        "ASE 2015 §2.1 (Lang et al.): LV internal diameter at end-diastole", _WALLS,
    ),
    LandmarkTask(
        "landmarks/pwd", (Landmark.PW_LV_SIDE,), (Landmark.PW_EPICARDIUM,), _PLAX,
        "ASE 2015 §2.1 (Lang et al.): posterior wall thickness at end-diastole", _WALLS,
    ),
    LandmarkTask(
        "landmarks/aortic-root", (Landmark.SINUS_ANTERIOR,), (Landmark.SINUS_POSTERIOR,), _PLAX,
        "ASE 2015 §7 (Lang et al.): aortic root at the sinuses of Valsalva at end-diastole",
        (DataName.ECHOBENCH, DataName.UNITY),
    ),
    LandmarkTask(
        "landmarks/lv-long-axis", (Landmark.LV_APEX,), (Landmark.MITRAL_SEPTAL, Landmark.MITRAL_LATERAL),
        frozenset({View.A4C}),
        "ASE 2015 §2.1 (Lang et al.): LV length in A4C, from the apex to the middle of the annulus",
        (DataName.ECHOBENCH, DataName.UNITY, DataName.ECHONET_DYNAMIC),
    ),
)  # fmt: skip
