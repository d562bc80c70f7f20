"""Which attributes of an ultrasound image stay, and which values they may have; nothing else passes.

PS3.15 Table E.1-1 lists what must go, and every edition lists more. This is the other way round: what is not
named here goes, private or standard, at any depth, whatever the edition. Free text never stays.
"""

import re
from typing import Final

# Numbers of the image, its time and its machine settings (PS3.3 C.7.6.3, C.7.6.5, C.7.6.6, C.8.5.5, C.8.5.6). The
# value representation is checked: only plain numbers pass.
NUMBERS: Final = frozenset(
    """
    SamplesPerPixel PlanarConfiguration NumberOfFrames Rows Columns BitsAllocated BitsStored HighBit
    PixelRepresentation PixelAspectRatio UltrasoundColorDataPresent LossyImageCompressionRatio
    WindowCenter WindowWidth RescaleIntercept RescaleSlope FrameTime FrameTimeVector CineRate
    RecommendedDisplayFrameRate ActualFrameDuration EffectiveDuration FrameDelay StartTrim StopTrim
    PreferredPlaybackSequencing HeartRate RWaveTimeVector SeriesNumber InstanceNumber AcquisitionNumber
    StageNumber NumberOfStages ViewNumber NumberOfViewsInStage NumberOfEventTimers EventElapsedTimes
    BoneThermalIndex CranialThermalIndex SoftTissueThermalIndex SoftTissueFocusThermalIndex
    SoftTissueSurfaceThermalIndex MechanicalIndex DepthOfScanField RegionSpatialFormat RegionDataType
    RegionFlags RegionLocationMinX0 RegionLocationMinY0 RegionLocationMaxX1 RegionLocationMaxY1
    ReferencePixelX0 ReferencePixelY0 PhysicalUnitsXDirection PhysicalUnitsYDirection
    ReferencePixelPhysicalValueX ReferencePixelPhysicalValueY PhysicalDeltaX PhysicalDeltaY
    TransducerFrequency PulseRepetitionFrequency DopplerCorrectionAngle SteeringAngle
    DopplerSampleVolumeXPosition DopplerSampleVolumeYPosition TMLinePositionX0 TMLinePositionY0
    TMLinePositionX1 TMLinePositionY1 PixelComponentOrganization PixelComponentRangeStart
    PixelComponentRangeStop PixelComponentPhysicalUnits PixelComponentDataType NumberOfTableBreakPoints
    TableOfXBreakPoints TableOfYBreakPoints RedPaletteColorLookupTableDescriptor
    GreenPaletteColorLookupTableDescriptor BluePaletteColorLookupTableDescriptor
    """.split()  # noqa: SIM905 - a word list reads better than eighty quoted lines
)

# Words from a closed list: a name does not pass because an attribute is coded.
WORDS: Final[dict[str, frozenset[str]]] = {
    "Modality": frozenset({"US", "IVUS"}),
    "LossyImageCompression": frozenset({"00", "01"}),
    "LossyImageCompressionMethod": frozenset({"ISO_10918_1", "ISO_14495_1", "ISO_15444_1"}),
    "Laterality": frozenset({"L", "R"}),
    "TransducerType": frozenset(
        {"SECTOR_PHASED", "SECTOR_MECH", "SECTOR_ANNULAR", "LINEAR", "CURVED LINEAR"}
    ),
    "HeartRateMeasured": frozenset({"Y", "N"}),
}

# ImageType: values 1 to 3 by the standard, value 4 a number (C.8.5.6.1.1); anything a device adds goes.
IMAGE_TYPE: Final = re.compile(
    r"ORIGINAL|DERIVED|PRIMARY|SECONDARY|TRANSTHORACIC|TRANSESOPHAGEAL|[0-9A-F]{1,4}"
)

# UIDs of the standard itself, which name nobody.
STANDARD_UID: Final = re.compile(r"1\.2\.840\.10008(\.\d+)+")

# Replaced by keyed ones.
UIDS: Final = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID")

# Shifted, or gone without the option.
DATES: Final = ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate")
TIMES: Final = ("StudyTime", "SeriesTime", "AcquisitionTime", "ContentTime")
DATE_TIMES: Final = ("AcquisitionDateTime",)

# Sequences that stay, cleaned item by item.
SEQUENCES: Final = frozenset({"SequenceOfUltrasoundRegions"})

# A code stays with our own meaning when its scheme is a public one; its text never does.
CODE_SEQUENCES: Final = frozenset({"ViewCodeSequence", "AnatomicRegionSequence"})
CODE_SCHEMES: Final = frozenset({"SCT", "SRT", "99SDM", "SNM3", "LN", "DCM"})
CODE_VALUE: Final = re.compile(r"[A-Z]?-?[0-9A-F]{3,10}(-[0-9A-F])?")

# With the options that ask for them.
DEVICE: Final = ("Manufacturer", "ManufacturerModelName")
INSTITUTION: Final = ("InstitutionName", "InstitutionalDepartmentName")
UID: Final = re.compile(r"[0-9.]{1,64}")

PATIENT_SEX: Final = frozenset({"M", "F", "O"})
OLDEST_TOLD_YEARS: Final = 90  # 45 CFR 164.514(b)(2): ages over 89 become one category
