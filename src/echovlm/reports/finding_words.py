"""The words that name a finding by themselves: valve lesions, abbreviations, effusions, thrombi and the like."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from echovlm.clinical.findings import Finding
from echovlm.reports.severity import SEVERITY_PATTERN


class Mention(NamedTuple):
    """A place in a sentence that names a finding, with the degree that stands inside it, if any."""

    finding: Finding
    start: int
    end: int
    inner_degree: tuple[int, int] | None = None


_LESION: Final = {
    ("mitral", "regurgitation"): Finding.MITRAL_REGURGITATION, ("mitral", "stenosis"): Finding.MITRAL_STENOSIS,
    ("aortic", "regurgitation"): Finding.AORTIC_REGURGITATION, ("aortic", "stenosis"): Finding.AORTIC_STENOSIS,
    ("aortic", "sclerosis"): Finding.AORTIC_SCLEROSIS,
    ("tricuspid", "regurgitation"): Finding.TRICUSPID_REGURGITATION,
    ("tricuspid", "stenosis"): Finding.TRICUSPID_STENOSIS,
    ("pulmonic", "regurgitation"): Finding.PULMONIC_REGURGITATION,
    ("pulmonic", "stenosis"): Finding.PULMONIC_STENOSIS,
    ("mitral", "prolapse"): Finding.MITRAL_VALVE_PROLAPSE,
}  # fmt: skip
_ABBREVIATED: Final = {
    "MR": Finding.MITRAL_REGURGITATION, "MS": Finding.MITRAL_STENOSIS, "AR": Finding.AORTIC_REGURGITATION,
    "AI": Finding.AORTIC_REGURGITATION, "AS": Finding.AORTIC_STENOSIS, "TR": Finding.TRICUSPID_REGURGITATION,
    "TS": Finding.TRICUSPID_STENOSIS, "PR": Finding.PULMONIC_REGURGITATION, "PI": Finding.PULMONIC_REGURGITATION,
    "PS": Finding.PULMONIC_STENOSIS, "MVP": Finding.MITRAL_VALVE_PROLAPSE, "MAC": Finding.MAC,
    "LVH": Finding.LV_HYPERTROPHY, "RVH": Finding.RV_HYPERTROPHY, "PHTN": Finding.PULMONARY_HYPERTENSION,
    "PAH": Finding.PULMONARY_HYPERTENSION, "ASD": Finding.ATRIAL_SHUNT, "PFO": Finding.ATRIAL_SHUNT,
    "VSD": Finding.VENTRICULAR_SHUNT, "LAE": Finding.LA_DILATED, "RAE": Finding.RA_DILATED,
}  # fmt: skip

_VALVE: Final = r"(?:mitral|aortic|tricuspid|pulmonic|pulmonary|pulmonar)"
_VALVE_NOUN: Final = rf"{_VALVE}(?:\s+(?:valve|valvular|leaflet|bioprosthetic|prosthetic))*"
_FLAW: Final = (
    r"(?:regurgitation|regurgitant\s+jet|regurg|insufficiency|incompetence|stenosis|sclerosis|prolapse)"
)
_JOIN: Final = r"\s*(?:,\s*and/?or|,\s*and|,\s*or|,|/|and/or|and|or|nor|\+)\s*"
# A name followed by what is measured on it names a quantity, not a finding, even where no number follows.
_OF_A_QUANTITY: Final = (
    r"(?!\s+(?i:(?:peak|max\w*|mean|jet|pressure)\s+)?(?i:gradient|velocity|vel\b|vmax|pg\b|vti\b|eroa?\b"
    r"|vena|pht\b|half|interval|signal|spectral|envelope|prolongation))"
)
_COMPOUND: Final = re.compile(
    rf"\b{_VALVE_NOUN}(?:{_JOIN}(?:{SEVERITY_PATTERN}\s+)?{_VALVE_NOUN})*\s+{_FLAW}\b"
    rf"(?:{_JOIN}{_FLAW}\b)*{_OF_A_QUANTITY}",
    re.IGNORECASE,
)
_VALVE_IN: Final = re.compile(rf"({SEVERITY_PATTERN})?\s*\b({_VALVE})\b", re.IGNORECASE)
_DEGREE_AHEAD: Final = re.compile(rf"({SEVERITY_PATTERN})\s+$", re.IGNORECASE)
_OF_VALVE: Final = re.compile(rf"\b({_FLAW})\s+of\s+the\s+({_VALVE})\s+valve\b", re.IGNORECASE)
_PERICARDIAL_SPACE: Final = re.compile(r"\bpericardi(?:um\b|al\s+(?:space|sac|cavity)\b)", re.IGNORECASE)
_BOTH_EFFUSIONS: Final = re.compile(
    r"\bpericardial(?=\s*(?:,|/|\bor\b|\band\b)(?:\s*\w+){0,2}?\s+pleural\s+effusions?)", re.IGNORECASE
)
_CLOT: Final = re.compile(
    r"\b(?:(?:left\s+ventricular|LV|apical|mural)\s+)*(?:thromb(?:us|i)|clots?)\b", re.IGNORECASE
)
_IN_VENTRICLE: Final = re.compile(r"\b(?:left\s+ventric\w+|LV|apex|apical|mural)\b", re.IGNORECASE)
_ELSEWHERE: Final = re.compile(
    r"\b(?:appendage|LAA|(?:left|right)\s+atri\w+|venous|vein|DVT)\b", re.IGNORECASE
)
_FLUID: Final = re.compile(r"\bfluid\b", re.IGNORECASE)
_FLAW_IN: Final = re.compile(rf"\b{_FLAW}\b", re.IGNORECASE)
_NOT_A_VALVE: Final = re.compile(
    r"\b(?:renal|carotid|artery|arterial|coronary|spinal|vein|adrenal|vascular|heart)\s+$"
)
_ONE_VALVE: Final = re.compile(rf"\b{_VALVE}\b|\bmultiple\b", re.IGNORECASE)
# The same letters as drugs, titles, ventilator settings, imaging and words in capitals.
_NOT_A_LESION: Final = (
    r"(?!\s+(?i:contin\b|imaging|angio|brain|ventilation)|\s*\d+/\d|\.?\s+[A-Z][a-z]+\s+(?:has|is|was)\b"
    r"|\s+(?:TOLERATED|NEEDED|ABOVE|BELOW|WELL|PER|DIRECTED|AN?|THE|OUTPATIENT|INPATIENT|PRESCRIBED|BEFORE)\b)"
)
_SHORT: Final = re.compile(
    rf"(?<![\w'/+-])(?<![Bb]rain\s)(?<!spine\s)({'|'.join(_ABBREVIATED)})(?![\w'-])"
    + _NOT_A_LESION
    + _OF_A_QUANTITY
)

# "Pressure by TR jet": the lesion is how something was measured.
_AS_A_MEANS: Final = re.compile(
    r"\b(?:based\s+on|by|from|using|insufficient|inadequate)\s+(?:the\s+)?$", re.IGNORECASE
)

_WALLS: Final = r"(?:(?<!free\s)walls?|septum|segments?|apex|apical\s+cap)"
_NAMED: Final = tuple(
    (finding, re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE))
    for finding, pattern in (
        (Finding.PLEURAL_EFFUSION, r"pleural\s+effusions?"),
        (Finding.PERICARDIAL_EFFUSION, r"pericardial\s+fluid(?:\s+collection)?"
                                       r"|(?:pericardial\s+)?(?<!pleural\s)effusions?"),
        (Finding.TAMPONADE_PHYSIOLOGY, r"(?:cardiac\s+|pericardial\s+)?tamponade"),
        (Finding.CONSTRICTION, r"constrictive\s+(?:physiology|pericarditis)|(?:pericardial\s+)?constriction"),
        (Finding.MITRAL_VALVE_PROLAPSE,
         r"prolapse\s+of\s+the\s+(?:\w+\s+)?(?:mitral\s+)?(?:leaflets?|valve)"
         r"|(?:anterior|posterior|bileaflet|leaflet)\s+(?:mitral\s+)?(?:leaflet\s+)?prolapse"),
        (Finding.LV_ANEURYSM, r"(?:left\s+ventricular|LV|apical)\s+(?:apical\s+)?aneurysm"),
        (Finding.VEGETATION, r"vegetations?"),
        (Finding.PULMONARY_HYPERTENSION,
         r"pulmonary\s+(?:artery\s+|arterial\s+)?(?:systolic\s+)?hypertension"
         r"|PA\s+(?:systolic\s+)?hypertension"),
        (Finding.MAC, r"(?:mitral\s+)?annular\s+calcification|mitral\s+annulus\s+is\s+(?:\w+ly\s+)?calcified"),
        (Finding.BICUSPID_AV, r"bicuspid(?:\s+aortic)?(?:\s+valve)?|(?<=aortic\svalve\sis\s)bicuspid"),
        (Finding.DIASTOLIC_DYSFUNCTION, r"(?:left\s+ventricular\s+|LV\s+)?diastolic\s+(?:dysfunction"
                                        r"|failure)|impaired\s+relaxation"),
        (Finding.REGIONAL_WMA,
         r"(?:(?:focal|regional|segmental)\s+)?(?:left\s+ventricular\s+"
         r"|LV\s+)?(?:regional\s+)?wall\s+motion\s+abnormalit(?:y|ies)|WMAs?"
         r"|regional\s+(?:left\s+ventricular\s+|LV\s+)?(?:systolic\s+)?dysfunction"),
        (Finding.REGIONAL_WMA, rf"{_WALLS}\s+(?:\w+\s+){{0,3}}?(?:hypo|a|dys)kine(?:tic|sis)|(?:hypo|a"
                               rf"|dys)kine(?:tic|sis)\s+"
                               rf"(?:of\s+)?(?:the\s+)?(?:(?!sparing\b)\w+[\s,-]+){{0,4}}?{_WALLS}|(?:inferior|anterior"
                               rf"|septal|lateral|apical|basal|"
                               r"inferolateral|anteroseptal|inferoseptal|anterolateral|regional"
                               r"|focal)\s+(?:hypo|a|dys)kinesis"),
        (Finding.LV_HYPERDYNAMIC, r"hyperdynamic"),
        (Finding.LV_HYPERTROPHY, r"hypertrophy\s+of\s+the\s+(?:left\s+ventricle|LV)"),
        (Finding.LV_HYPERTROPHY, r"(?:left\s+ventricular|LV)\s+(?:concentric\s+|symmetric\s+)?hypertrophy"
                                 r"|(?:concentric|(?:a)?symmetric|septal)\s+(?:\w+\s+)?hypertrophy"),
        (Finding.RV_HYPERTROPHY, r"(?:right\s+ventricular|RV)\s+hypertrophy"),
        (Finding.SEPTAL_FLATTENING,
         r"septal\s+flattening|septum\s+is\s+(?:\w+\s+)?(?:flattened|D-shaped)"
         r"|flattening\s+of\s+the\s+(?:interventricular\s+)?septum|D-shaped"),
        (Finding.PROSTHETIC_VALVE, r"(?:bio)?prosthe(?:sis|tic)(?:\s+(?:aortic|mitral|tricuspid))?(?:\s+valve)?"
                                   r"|mechanical\s+(?:(?:aortic|mitral|tricuspid)\s+)?valve|[AMT]VR|TAVR"
                                   r"|TAVI|MitraClip"),
        (Finding.DEVICE_LEAD, r"pac(?:ing|er|emaker)\s+(?:wires?|leads?)|(?:ICD|defibrillator"
                              r"|device)\s+leads?"),
        (Finding.ATRIAL_SEPTAL_ANEURYSM, r"atrial\s+septal\s+aneurysm"
                                         r"|aneurysm\w*\s+(?:of\s+the\s+)?(?:inter)?atrial\s+septum"),
        (Finding.ATRIAL_SHUNT, r"atrial\s+septal\s+defect"
                               r"|atrial(?=\s+(?:or|and)\s+ventricular\s+septal\s+defects?)|(?:inter)?atrial\s+(?:level\s+)?shunt(?:ing)?|patent\s+foramen\s+ovale"),
        (Finding.VENTRICULAR_SHUNT, r"ventricular\s+septal\s+defect"),
        (Finding.AORTIC_DISSECTION, r"(?:aortic\s+)?dissection(?:\s+flap)?"),
        (Finding.LV_SYSTOLIC_DILATED, r"end-?systolic\s+(?:left\s+ventricular|LV)\s+(?:dilation|enlargement)"),
        (Finding.LV_SMALL, r"small\s+(?:left\s+ventricular|LV)\s+cavity"
                           r"|(?<=ventricular\scavity\sis\s)small|(?<=ventricular\scavity\sis\snot\s)small"),
        (Finding.LV_GEOMETRY, r"abnormal\s+(?:left\s+ventricular|LV)\s+geometry"),
        (Finding.LV_HYPERDYNAMIC, r"hyperdynamic\s+(?:left\s+ventricular|LV)\s+(?:contraction|function)"),
        (Finding.HF_EF_CLASS, r"(?:ejection\s+fraction|EF)\s+below\s+the\s+preserved\s+range"),
        (Finding.DIASTOLIC_GRADE, r"abnormal\s+diastolic\s+grade"),
        (Finding.GLS_REDUCED, r"(?:reduced|impaired)\s+(?:global\s+longitudinal\s+strain|GLS)"),
        (Finding.MAPSE_REDUCED, r"(?:reduced|impaired)\s+(?:mitral\s+annular\s+excursion|MAPSE)"),
        (Finding.LOW_FLOW, r"low-flow\s+state"),
        (Finding.RAISED_LAP, r"(?:raised|elevated|increased)\s+(?:left\s+atrial|LA)\s+pressure"),
        (Finding.RAISED_RAP, r"(?:raised|elevated|increased)\s+(?:right\s+atrial|RA)\s+pressure"),
        (Finding.ELEVATED_RVSP,
         r"(?:raised|elevated|increased)\s+(?:right\s+ventricular\s+systolic\s+pressure|RVSP)"),
        (Finding.RVOT_DILATED, r"dilation\s+of\s+the\s+(?:right\s+ventricular\s+outflow\s+tract|RVOT)"),
        (Finding.RV_PA_UNCOUPLING, r"uncoupling\s+of\s+the\s+(?:right\s+ventricle|RV)\s+from\s+the\s+pulmonary"
                                   r"\s+artery|RV-PA\s+uncoupling"),
        (Finding.PROSTHETIC_AV_OBSTRUCTION, r"obstruction\s+of\s+the\s+prosthetic\s+aortic\s+valve"),
        (Finding.PROSTHETIC_MV_OBSTRUCTION, r"obstruction\s+of\s+the\s+prosthetic\s+mitral\s+valve"),
        (Finding.PPM_AV, r"patient-prosthesis\s+mismatch(?:\s+of\s+the\s+aortic\s+valve)?"),
        (Finding.AO_STJ_DILATED, r"dilation\s+of\s+the\s+(?:sinotubular\s+junction|STJ)"),
        (Finding.AO_ANNULUS_DILATED, r"(?:enlargement|dilation)\s+of\s+the\s+aortic\s+annulus"),
        (Finding.THORACIC_AORTA_DILATED, r"thoracic\s+aortic\s+dilation\s+at\s+one\s+level\s+or\s+more"),
        (Finding.HCM_PHENOTYPE, r"(?:hypertrophic\s+cardiomyopathy|HCM)\s+phenotype"),
        (Finding.DCM_PHENOTYPE, r"(?:dilated\s+cardiomyopathy|DCM)\s+phenotype"),
        (Finding.AMYLOID_SUSPICION, r"amyloid\s+pattern"),
        (Finding.SIGNIFICANT_SHUNT, r"significant\s+(?:intracardiac\s+)?shunt"),
        (Finding.LVOT_OBSTRUCTION, r"(?:LVOT|outflow\s+tract)\s+obstruction"),
    )
)  # fmt: skip


def named_findings(sentence: str, heading: str) -> list[Mention]:
    """Return the findings that words of a sentence name, in the order of the text and without overlaps.

    Args:
        sentence: The sentence.
        heading: The heading above it, which may name the valve of a bare "regurgitation".
    """
    found = [
        *_compounds(sentence),
        *_of_valve(sentence),
        *_fluid(sentence),
        *_thrombus(sentence),
        *_bare(sentence, heading),
        *_short(sentence),
    ]
    for finding, pattern in _NAMED:
        found += [Mention(finding, match.start(), match.end()) for match in pattern.finditer(sentence)]
    kept: list[Mention] = []
    for mention in sorted(found, key=lambda each: (each.start, -each.end)):
        clash = any(mention.start < other.end and other.start < mention.end and not _same_words(mention, other)
                    for other in kept)  # fmt: skip
        if not clash:
            kept.append(mention)
    return kept


def _same_words(one: Mention, other: Mention) -> bool:
    """Return whether two findings share their words: "mitral and tricuspid regurgitation" names both."""
    shared = one.end == other.end or one.start == other.start
    return (
        shared
        and other.finding in _LESION.values()
        and one.finding is not other.finding
        and one.finding in _LESION.values()
    )


def _compounds(sentence: str) -> Iterator[Mention]:
    for match in _COMPOUND.finditer(sentence):
        flaws = list(_FLAW_IN.finditer(sentence, match.start(), match.end()))
        ahead = _DEGREE_AHEAD.search(sentence, 0, match.start())
        degree = ahead.span(1) if ahead else None
        for valve in _VALVE_IN.finditer(sentence, match.start(), flaws[0].start()):
            degree = valve.span(1) if valve[1] else degree
            for flaw in flaws:
                finding = _LESION.get((_valve(valve[2]), _flaw(flaw[0])))
                if finding is not None:
                    yield Mention(finding, valve.start(2), flaw.end(), degree)


def _of_valve(sentence: str) -> Iterator[Mention]:
    for match in _OF_VALVE.finditer(sentence):
        finding = _LESION.get((_valve(match[2]), _flaw(match[1])))
        if finding is not None:
            yield Mention(finding, match.start(), match.end())


def _fluid(sentence: str) -> Iterator[Mention]:
    for match in _BOTH_EFFUSIONS.finditer(sentence):
        yield Mention(Finding.PERICARDIAL_EFFUSION, *match.span())
    if _PERICARDIAL_SPACE.search(sentence):
        for match in _FLUID.finditer(sentence):
            yield Mention(Finding.PERICARDIAL_EFFUSION, *match.span())


def _thrombus(sentence: str) -> Iterator[Mention]:
    """Yield clots of the left ventricle: those of a sentence that speaks of it, and of no atrium or vein."""
    if _IN_VENTRICLE.search(sentence) and not _ELSEWHERE.search(sentence):
        for match in _CLOT.finditer(sentence):
            yield Mention(Finding.LV_THROMBUS, *match.span())


def _bare(sentence: str, heading: str) -> Iterator[Mention]:
    """Yield lesions whose valve is named earlier in the sentence, or in the heading above it."""
    named = {place for match in _COMPOUND.finditer(sentence) for place in range(match.start(), match.end())}
    for flaw in _FLAW_IN.finditer(sentence):
        if flaw.start() in named or _NOT_A_VALVE.search(sentence[: flaw.start()].lower()):
            continue
        valves = [m[0] for m in _ONE_VALVE.finditer(sentence, 0, flaw.start())] or _ONE_VALVE.findall(
            heading
        )[:1]
        if valves and flaw[0].lower() != "insufficiency":
            finding = _LESION.get((_valve(valves[-1]), _flaw(flaw[0])))
            if finding is not None:
                yield Mention(finding, flaw.start(), flaw.end())


def _short(sentence: str) -> Iterator[Mention]:
    shouted = not any(letter.islower() for letter in sentence)
    for match in _SHORT.finditer(sentence):
        if not (shouted and match[1] == "AS") and not _AS_A_MEANS.search(sentence, 0, match.start()):
            yield Mention(_ABBREVIATED[match[1]], match.start(), match.end())


def _valve(text: str) -> str:
    plain = text.lower()
    return "pulmonic" if plain.startswith("pulmon") else plain


def _flaw(text: str) -> str:
    plain = text.lower()
    return plain if plain in ("stenosis", "sclerosis", "prolapse") else "regurgitation"
