"""Which view and mode can show which finding, structure and number: one table for captions, models and reports.

Weights and number lists are those of the project's guideline draft. Where the draft names a recording site (mitral
inflow, LVOT) its weight stands at the views from which that site is reached. Its high parasternal, RV-focused and RV
outflow views have no member of their own in ``View``, and its strain analyses no mode: they are folded into the nearest
view or left out.
"""

from collections.abc import Mapping
from typing import Final

from echovlm.clinical.anatomy import Structure
from echovlm.clinical.findings import Finding
from echovlm.clinical.measurement import Quantity
from echovlm.clinical.sites import Site, site_shows_finding, site_shows_number
from echovlm.clinical.views import Mode, View

PRIMARY: Final = 3  # the view in which the finding is judged
VISIBLE: Final = 2  # supportive; from here on a caption of one clip may speak of the finding
PARTIAL: Final = 1  # indirect; for a whole study only

# Mode, then views with their weight. A moving picture is meant: a still frame shows no motion.
_FINDINGS: Final[dict[Finding, str]] = {
    Finding.LV_DILATED: (
        "b: plax 3, psax-mv 2, psax-pm 2, a4c 3, a2c 3, a3c 2, a5c 1, sc-4c 2; m: plax 2, psax-pm 2"
    ),
    Finding.LV_SYSTOLIC_DYSFUNCTION: (
        "b: plax 2, psax-mv 2, psax-pm 3, psax-ap 1, a4c 3, a2c 3, a3c 2, a5c 1, sc-4c 2; "
        "m: plax 1, psax-pm 1"
    ),
    Finding.LV_WALL_THICKENED: (
        "b: plax 3, psax-mv 2, psax-pm 3, a4c 2, a3c 2, a2c 1, sc-4c 2; m: plax 2, psax-pm 2"
    ),
    Finding.LV_HYPERTROPHY: (
        "b: plax 3, psax-mv 2, psax-pm 3, a4c 2, a3c 2, a2c 1, sc-4c 2; m: plax 2, psax-pm 2"
    ),
    Finding.LA_DILATED: "b: plax 2, a4c 3, a2c 3, a3c 1, psax-av 1, sc-4c 1",
    Finding.RA_DILATED: "b: a4c 3, sc-4c 2, rv-inflow 1, psax-av 1",
    Finding.RV_DILATED: "b: a4c 3, sc-4c 3, plax 2, psax-av 2, psax-pm 2, psax-mv 2, rv-inflow 1",
    Finding.AO_SINUS_DILATED: "b: plax 3, a3c 1, psax-av 1, a5c 1",
    Finding.PERICARDIAL_EFFUSION: "b: plax 3, sc-4c 3, a4c 3, psax-pm 2, psax-mv 2, a2c 1, rv-inflow 1",
    Finding.LV_SYSTOLIC_DILATED: (
        "b: plax 3, psax-mv 2, psax-pm 2, a4c 3, a2c 3, a3c 2, a5c 1, sc-4c 2; m: plax 2, psax-pm 2"
    ),
    Finding.LV_SMALL: (
        "b: plax 3, psax-mv 2, psax-pm 2, a4c 3, a2c 3, a3c 2, a5c 1, sc-4c 2; m: plax 2, psax-pm 2"
    ),
    Finding.LV_GEOMETRY: "b: plax 3, psax-pm 2; m: plax 3, psax-pm 3",
    Finding.SEVERE_LV_DYSFUNCTION: (
        "b: plax 2, psax-mv 2, psax-pm 3, psax-ap 1, a4c 3, a2c 3, a3c 2, a5c 1, sc-4c 2; "
        "m: plax 1, psax-pm 1"
    ),
    Finding.LV_HYPERDYNAMIC: (
        "b: plax 2, psax-mv 2, psax-pm 3, psax-ap 1, a4c 3, a2c 3, a3c 2, a5c 1, sc-4c 2; "
        "m: plax 1, psax-pm 1"
    ),
    Finding.HF_EF_CLASS: (
        "b: plax 2, psax-mv 2, psax-pm 3, psax-ap 1, a4c 3, a2c 3, a3c 2, a5c 1, sc-4c 2; "
        "m: plax 1, psax-pm 1"
    ),
    Finding.GLS_REDUCED: "b: a4c 1, a2c 1, a3c 1",
    Finding.REGIONAL_WMA: "b: plax 2, psax-mv 3, psax-pm 3, psax-ap 3, a4c 3, a2c 3, a3c 3, sc-4c 1",
    Finding.MAPSE_REDUCED: "b: a4c 1; m: a4c 3",
    Finding.LOW_FLOW: "b: plax 1; pw: a5c 3, a3c 3",
    Finding.LV_THROMBUS: "b: a4c 3, a2c 3, a3c 2, psax-ap 3, plax 1, sc-4c 1",
    Finding.LV_ANEURYSM: "b: a4c 3, a2c 3, a3c 2, psax-ap 2, plax 1",
    Finding.DIASTOLIC_DYSFUNCTION: (
        "b: a4c 1, a2c 1; pw: a4c 3; cw: a4c 2, rv-inflow 2, psax-av 2, sc-4c 2; tdi: a4c 3"
    ),
    Finding.DIASTOLIC_GRADE: (
        "b: a4c 1, a2c 1; pw: a4c 3; cw: a4c 2, rv-inflow 2, psax-av 2, sc-4c 2; tdi: a4c 3"
    ),
    Finding.RAISED_LAP: "b: a4c 1, a2c 1; pw: a4c 3; cw: a4c 2, rv-inflow 2, psax-av 2, sc-4c 2; tdi: a4c 3",
    Finding.RVOT_DILATED: "b: psax-av 3, plax 2",
    Finding.RV_HYPERTROPHY: "b: sc-4c 3, plax 2, a4c 1, psax-av 1",
    Finding.RV_SYSTOLIC_DYSFUNCTION: (
        "b: a4c 3, sc-4c 2, psax-pm 1, plax 1, rv-inflow 1; m: a4c 3; tdi: a4c 3"
    ),
    Finding.RV_PA_UNCOUPLING: "m: a4c 3; cw: a4c 3, rv-inflow 3, psax-av 3, sc-4c 3",
    Finding.SEPTAL_FLATTENING: "b: psax-pm 3, psax-mv 3, a4c 1",
    Finding.RAISED_RAP: "b: sc-ivc 3; m: sc-ivc 3; pw: sc-ivc 2",
    Finding.IVC_DILATED: "b: sc-ivc 3, sc-4c 1; m: sc-ivc 3",
    Finding.PULMONARY_HYPERTENSION: (
        "b: psax-pm 2, psax-av 2, a4c 2, sc-ivc 2; pw: psax-av 3; cw: a4c 3, rv-inflow 3, psax-av 3, sc-4c 3"
    ),
    Finding.ELEVATED_RVSP: "b: sc-ivc 1; cw: a4c 3, rv-inflow 3, psax-av 3, sc-4c 3",
    Finding.PA_DILATED: "b: psax-av 3, ssn 1",
    Finding.AORTIC_STENOSIS: (
        "b: plax 2, psax-av 2, a5c 1, a3c 2; color: a5c 1, plax 1; pw: a5c 2, a3c 2; cw: a5c 3, a3c 3, ssn 3"
    ),
    Finding.AORTIC_SCLEROSIS: "b: plax 3, psax-av 3, a3c 2, a5c 2; cw: a5c 2, a3c 2, ssn 2",
    Finding.AORTIC_REGURGITATION: (
        "b: plax 1; color: plax 3, a3c 3, a5c 3, psax-av 2, ssn 1; pw: ssn 3; cw: a5c 3, a3c 3"
    ),
    Finding.BICUSPID_AV: "b: psax-av 3, plax 2",
    Finding.MITRAL_STENOSIS: "b: psax-mv 3, plax 3, a4c 2, a2c 2, a3c 2; color: a4c 1; pw: a4c 1; cw: a4c 3",
    Finding.MITRAL_REGURGITATION: (
        "b: plax 1, a4c 1, a2c 1, a3c 1, psax-mv 1; color: a4c 3, a2c 3, a3c 3, plax 3; pw: a4c 2; cw: a4c 3"
    ),
    Finding.MITRAL_VALVE_PROLAPSE: "b: plax 3, a3c 3, psax-mv 1, a4c 1, a2c 1",
    Finding.MAC: "b: plax 3, psax-mv 3, a4c 2, a2c 2, a3c 2",
    Finding.TRICUSPID_REGURGITATION: (
        "b: rv-inflow 1, a4c 1; color: a4c 3, rv-inflow 3, psax-av 3, sc-4c 2; pw: sc-ivc 3; "
        "cw: a4c 3, rv-inflow 3, psax-av 3, sc-4c 3"
    ),
    Finding.TRICUSPID_STENOSIS: "b: rv-inflow 2, a4c 2; color: a4c 1; cw: a4c 3, rv-inflow 3",
    Finding.PULMONIC_STENOSIS: "b: psax-av 2; color: psax-av 2; cw: psax-av 3",
    Finding.PULMONIC_REGURGITATION: "color: psax-av 3; cw: psax-av 3",
    Finding.VEGETATION: "b: plax 2, psax-av 2, a4c 2, rv-inflow 2, a3c 2, a5c 1",
    Finding.PROSTHETIC_VALVE: "b: plax 3, psax-av 2, psax-mv 2, a4c 3, a2c 2, a3c 2, a5c 2, rv-inflow 1",
    Finding.PROSTHETIC_AV_OBSTRUCTION: (
        "b: plax 2, psax-av 2, a5c 2, a3c 2; pw: a5c 3, a3c 3; cw: a5c 3, a3c 3, ssn 3"
    ),
    Finding.PROSTHETIC_MV_OBSTRUCTION: "b: a4c 2, plax 2; color: a4c 2; pw: a5c 2, a3c 2; cw: a4c 3",
    Finding.PPM_AV: "pw: a5c 3, a3c 3; cw: a5c 3, a3c 3, ssn 3",
    Finding.AO_STJ_DILATED: "b: plax 2",
    Finding.AO_ASC_DILATED: "b: plax 2, ssn 1",
    Finding.AO_ANNULUS_DILATED: "b: plax 3",
    Finding.THORACIC_AORTA_DILATED: "b: plax 2, ssn 2",
    Finding.THORACIC_AORTIC_ANEURYSM: "b: plax 2, ssn 2",
    Finding.AORTIC_DISSECTION: "b: plax 2, ssn 3, sc-ivc 1",
    Finding.TAMPONADE_PHYSIOLOGY: "b: sc-4c 3, a4c 3, plax 2, sc-ivc 3; pw: a4c 3; cw: a4c 2, rv-inflow 2",
    Finding.CONSTRICTION: "b: a4c 2, psax-pm 2, sc-ivc 2; pw: a4c 3, sc-ivc 3; tdi: a4c 3",
    Finding.PLEURAL_EFFUSION: "b: plax 2, sc-4c 1, a4c 1",
    Finding.HCM_PHENOTYPE: "b: plax 3, psax-mv 3, psax-pm 3, psax-ap 2, a4c 3, a2c 2, a3c 3, a5c 2, sc-4c 1",
    Finding.LVOT_OBSTRUCTION: "b: plax 2, a3c 2, a5c 2; color: a5c 2, a3c 2, plax 1; cw: a5c 3, a3c 3",
    Finding.AMYLOID_SUSPICION: "b: plax 2, psax-pm 2, a4c 3, a2c 2, sc-4c 2; pw: a4c 2; tdi: a4c 2",
    Finding.DCM_PHENOTYPE: "b: plax 3, psax-pm 2, a4c 3, a2c 3, a3c 2",
    Finding.ATRIAL_SHUNT: "b: sc-4c 2, psax-av 1; color: sc-4c 3, psax-av 2, a4c 1",
    Finding.VENTRICULAR_SHUNT: "color: plax 3, psax-av 3, a4c 2, a5c 2, sc-4c 2",
    Finding.SIGNIFICANT_SHUNT: "b: plax 1, psax-av 1; pw: psax-av 3, a5c 3, a3c 3",
    Finding.ATRIAL_SEPTAL_ANEURYSM: "b: sc-4c 3, a4c 2, psax-av 2",
    Finding.DEVICE_LEAD: "b: a4c 3, sc-4c 3, rv-inflow 2",
}

_STRUCTURES: Final[dict[Structure, str]] = {
    Structure.LV: "b: plax 3, psax-mv 3, psax-pm 3, psax-ap 3, a4c 3, a2c 3, a3c 3, a5c 2, sc-4c 2",
    Structure.LV_MYOCARDIUM: "b: plax 3, psax-mv 3, psax-pm 3, psax-ap 3, a4c 3, a2c 3, a3c 3, a5c 2, sc-4c 2",
    Structure.LA: "b: plax 3, psax-av 2, a4c 3, a2c 3, a3c 3, a5c 2, sc-4c 2",
    Structure.RV: "b: plax 2, rv-inflow 3, psax-av 2, psax-mv 2, psax-pm 2, a4c 3, a5c 2, sc-4c 3",
    Structure.RA: "b: rv-inflow 3, psax-av 2, a4c 3, a5c 2, sc-4c 3, sc-ivc 1",
    Structure.AORTA: "b: plax 3, psax-av 3, a3c 2, a5c 2, ssn 3",
    Structure.EFFUSION: "b: plax 3, sc-4c 3, a4c 3, psax-pm 2, psax-mv 2, a2c 1, rv-inflow 1",
}

_LINEAR: Final = (
    "lv_internal_diameter_ed lv_internal_diameter_es ivs_thickness_ed pw_thickness_ed ivs_thickness_es "
    "pw_thickness_es"
)
_APICAL: Final = "lv_edv_biplane lv_esv_biplane lvef_biplane la_volume"
_LV_OUT: Final = "lvot_vti lvot_vmax"
_AV_CW: Final = (
    "av_vmax av_mean_gradient av_peak_gradient av_vti prosthetic_av_vmax prosthetic_av_mean_gradient"
)
# The pressure is what the console prints beside the trace, as the draft puts it there.
_TR_CW: Final = "tr_vmax tr_peak_gradient tr_vti rvsp"

# What can be measured where. Indexes, mass and relative wall thickness are in no list: no image shows body size or a
# formula's result. The draft lists LAVi under the apical views and forbids calculated numbers; the prohibition wins.
# Ejection fraction and fractional shortening stay: the cine shows the motion that they count.
_NUMBERS: Final[dict[tuple[Mode, View], str]] = {
    (Mode.B, View.PLAX): (
        f"{_LINEAR} pericardial_effusion_depth fractional_shortening la_diameter_ap aortic_sinus_diameter "
        "ascending_aorta_diameter aortic_annulus_diameter aortic_stj_diameter lvot_diameter rvot_diameter_plax "
        "lv_max_wall_thickness mitral_leaflet_displacement rv_wall_thickness"
    ),
    (Mode.B, View.PSAX_AV): "pulmonary_artery_diameter rvot_diameter_proximal rvot_diameter_distal",
    (Mode.B, View.PSAX_PM): (
        f"{_LINEAR} pericardial_effusion_depth lv_max_wall_thickness lv_diameter_along_septum "
        "lv_diameter_across_septum lv_eccentricity_index"
    ),
    (Mode.B, View.A4C): (
        f"{_APICAL} lvef_a4c lv_edv_a4c lv_esv_a4c ra_area rv_basal_diameter pericardial_effusion_depth "
        "rv_mid_diameter rv_length lv_basal_diameter la_area_a4c la_length_a4c ra_length ra_volume ra_minor_diameter "
        "rv_area_ed rv_area_es rv_fac lv_max_wall_thickness"
    ),
    (Mode.B, View.A2C): f"{_APICAL} la_area_a2c la_length_a2c lv_max_wall_thickness",
    (Mode.B, View.A3C): "lv_max_wall_thickness mitral_leaflet_displacement",
    (Mode.B, View.SC_4C): "pericardial_effusion_depth rv_wall_thickness",
    (Mode.B, View.SC_IVC): "ivc_diameter ivc_collapse abdominal_aorta_diameter",
    (Mode.B, View.SSN): "aortic_arch_diameter",
    (Mode.M, View.PLAX): f"{_LINEAR} fractional_shortening",
    (Mode.M, View.PSAX_PM): f"{_LINEAR} fractional_shortening",
    (Mode.M, View.A4C): "tapse mapse",
    (Mode.M, View.SC_IVC): "ivc_diameter ivc_collapse",
    (Mode.COLOR, View.PLAX): "ar_vena_contracta ar_jet_width mr_vena_contracta mr_jet_area",
    (Mode.COLOR, View.PSAX_AV): "pr_jet_width",
    (Mode.COLOR, View.RV_INFLOW): "tr_vena_contracta",
    (Mode.COLOR, View.A4C): (
        "mr_vena_contracta mr_jet_area mr_pisa_radius mr_alias_velocity tr_vena_contracta tr_pisa_radius "
        "tr_alias_velocity"
    ),
    (Mode.COLOR, View.A2C): "mr_jet_area",
    (Mode.COLOR, View.A3C): "ar_vena_contracta mr_vena_contracta ar_pisa_radius ar_alias_velocity",
    (Mode.COLOR, View.A5C): "ar_pisa_radius ar_alias_velocity",
    (Mode.PW, View.A4C): (
        "mitral_e_velocity mitral_a_velocity mitral_e_a_ratio mitral_deceleration_time mitral_a_duration "
        "isovolumic_relaxation_time mitral_respiratory_variation pulmonary_vein_s_velocity pulmonary_vein_d_velocity "
        "pulmonary_vein_s_d_ratio pulmonary_vein_ar_minus_a tricuspid_respiratory_variation"
    ),
    (Mode.PW, View.A5C): f"{_LV_OUT} isovolumic_relaxation_time",
    (Mode.PW, View.A3C): _LV_OUT,
    (Mode.PW, View.PSAX_AV): "rvot_acceleration_time rvot_vti rvot_vmax rv_ejection_time",
    (
        Mode.CW,
        View.A5C,
    ): f"{_AV_CW} ar_pressure_half_time ar_vmax ar_vti lvot_gradient_rest lvot_gradient_provoked",
    (
        Mode.CW,
        View.A3C,
    ): f"{_AV_CW} ar_pressure_half_time ar_vmax ar_vti lvot_gradient_rest lvot_gradient_provoked",
    (Mode.CW, View.SSN): _AV_CW,
    (Mode.CW, View.A4C): (
        f"{_TR_CW} mv_mean_gradient mv_pressure_half_time mv_vti mr_vmax mr_vti mr_rise_time tv_mean_gradient "
        "tv_vti tv_pressure_half_time prosthetic_mv_vmax prosthetic_mv_mean_gradient prosthetic_mv_pressure_half_time"
    ),
    (Mode.CW, View.RV_INFLOW): f"{_TR_CW} tv_mean_gradient tv_vti tv_pressure_half_time",
    (Mode.CW, View.PSAX_AV): (
        f"{_TR_CW} pv_vmax pv_peak_gradient pr_early_velocity pr_end_velocity pr_pressure_half_time "
        "pr_deceleration_time pr_index"
    ),
    (Mode.CW, View.SC_4C): _TR_CW,
    (Mode.TDI, View.A4C): (
        "e_prime_septal e_prime_lateral a_prime_septal a_prime_lateral s_prime_septal s_prime_lateral rv_s_prime "
        "rimp_tdi tricuspid_closed_time rv_ejection_time"
    ),
}


def _parse(text: str) -> dict[tuple[Mode, View], int]:
    """Return the weights that a line such as ``b: plax 3, a4c 2; cw: a5c 3`` writes."""
    weights = {}
    for group in filter(None, text.split("; ")):
        mode, _, places = group.partition(": ")
        for place in places.split(", "):
            view, weight = place.split(" ")
            weights[Mode(mode), View(view)] = int(weight)
    return weights


_WEIGHT: Final[Mapping[Finding, Mapping[tuple[Mode, View], int]]] = {
    f: _parse(t) for f, t in _FINDINGS.items()
}
_SEEN: Final[Mapping[Structure, Mapping[tuple[Mode, View], int]]] = {
    s: _parse(t) for s, t in _STRUCTURES.items()
}
_BY_KEY: Final = {quantity.key: quantity for quantity in Quantity}
_MEASURED: Final[Mapping[tuple[Mode, View], frozenset[Quantity]]] = {
    place: frozenset(_BY_KEY[key] for key in keys.split()) for place, keys in _NUMBERS.items()
}

# The numbers of the core protocol's five B-mode views: what a model learns to read unless its recipe says otherwise.
CORE_QUANTITIES: Final = tuple(
    _BY_KEY[key]
    for key in (
        "lv_internal_diameter_ed", "lv_internal_diameter_es", "ivs_thickness_ed", "pw_thickness_ed", "lv_edv_biplane",
        "lv_esv_biplane", "lvef_biplane", "lvef_a4c", "fractional_shortening", "la_diameter_ap", "la_volume", "ra_area",
        "rv_basal_diameter", "aortic_sinus_diameter", "ascending_aorta_diameter", "pericardial_effusion_depth",
    )
)  # fmt: skip


# What is seen in the motion of a picture, and hardly or not at all in a frozen frame (draft, caption policy).
_IN_MOTION: Final = frozenset(
    {
        Finding.LV_SYSTOLIC_DYSFUNCTION, Finding.SEVERE_LV_DYSFUNCTION, Finding.LV_HYPERDYNAMIC, Finding.HF_EF_CLASS,
        Finding.GLS_REDUCED, Finding.REGIONAL_WMA, Finding.MAPSE_REDUCED, Finding.RV_SYSTOLIC_DYSFUNCTION,
        Finding.TAMPONADE_PHYSIOLOGY, Finding.CONSTRICTION, Finding.LVOT_OBSTRUCTION, Finding.DCM_PHENOTYPE,
        Finding.AORTIC_STENOSIS, Finding.MITRAL_STENOSIS,
    }
)  # fmt: skip
_NUMBERS_IN_MOTION: Final = frozenset(
    {
        Quantity.LVEF_BIPLANE, Quantity.LVEF_A4C, Quantity.FRACTIONAL_SHORTENING, Quantity.RV_FAC,
        Quantity.IVC_COLLAPSE,
    }
)  # fmt: skip


def visibility(
    view: View, finding: Finding, mode: Mode = Mode.B, site: Site | None = None, *, is_still: bool = False
) -> int:
    """Return how well a view shows a finding: 3 primary, 2 visible, 1 partial or indirect, 0 not at all.

    Args:
        view: The view.
        finding: The finding.
        mode: The imaging mode.
        site: The recording site of a spectrum or an M-mode; unknown, everything counts that the view and mode reach.
        is_still: Whether the picture is one frozen frame, which shows what moves one step less well. Spectra and
            M-modes are stills that show time; it changes nothing for them.
    """
    if site is not None and not (site.mode is mode and site_shows_finding(site, finding)):
        return 0
    weight = _WEIGHT[finding].get((mode, view), 0)
    frozen = is_still and mode in (Mode.B, Mode.COLOR) and finding in _IN_MOTION
    return max(0, weight - 1) if frozen else weight


def structure_visibility(view: View, structure: Structure) -> int:
    """Return how well a B-mode view shows a structure, on the scale of ``visibility``."""
    return _SEEN[structure].get((Mode.B, view), 0)


def shows(
    view: View, quantity: Quantity, mode: Mode = Mode.B, site: Site | None = None, *, is_still: bool = False
) -> bool:
    """Return whether a number of this quantity can be measured in this view and mode, at this site if known.

    What counts the motion between two frames, such as an ejection fraction, is in no frozen picture.
    """
    if is_still and mode in (Mode.B, Mode.COLOR) and quantity in _NUMBERS_IN_MOTION:
        return False
    if site is not None and not (site.mode is mode and site_shows_number(site, quantity)):
        return False
    return quantity in _MEASURED.get((mode, view), ())


def places_showing(finding: Finding, *, at_least: int = VISIBLE) -> tuple[tuple[Mode, View], ...]:
    """Return the modes and views that show a finding, the best first."""
    found = [(place, weight) for place, weight in _WEIGHT[finding].items() if weight >= at_least]
    return tuple(place for place, _ in sorted(found, key=lambda item: -item[1]))


def places_measuring(quantity: Quantity) -> tuple[tuple[Mode, View], ...]:
    """Return the modes and views in which a quantity can be measured; empty for calculated ones."""
    return tuple(place for place, quantities in _MEASURED.items() if quantity in quantities)
