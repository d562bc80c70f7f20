"""Why a clip, or a row of a table, is set aside."""

from enum import Enum


class Reason(Enum):
    """Why a clip that the source lists is not in the dataset: key in files, and meaning."""

    INVALID_RECORD = ("invalid_record", "the record has no subject, no study or no path inside the source")
    NOT_LISTED = ("not_listed", "the file lies there, but no table of the source lists it")
    REPEATED_RECORD = ("repeated_record", "an earlier record lists the same file")
    NO_LINK = ("no_link", "no measured study belongs to the clip's study")
    AMBIGUOUS_LINK = ("ambiguous_link", "several measured studies lie in the time window")
    NOT_TRANSTHORACIC = ("not_transthoracic", "the measured study is a stress or transoesophageal one")
    STRESS = ("stress", "the file belongs to a stress protocol")
    TRANSOESOPHAGEAL = ("transoesophageal", "the file says that the probe lay in the oesophagus")
    CONTRAST = ("contrast", "the file says that contrast was given")
    PAEDIATRIC = ("paediatric", "the patient is younger than 18, and rules and ranges are for adults")
    NOT_CARDIAC = ("not_cardiac", "the file says that it shows another part of the body, or is no ultrasound")
    NON_DIAGNOSTIC = ("non_diagnostic", "the picture is blank, or too dark or too even to show a heart")
    IDENTITY = ("identity", "the picture cannot be proven free of burned-in identity")
    NO_MEASUREMENTS = ("no_measurements", "the measured study holds no usable value")
    MISSING_FILE = ("missing_file", "the file does not exist")
    NOT_AN_IMAGE = ("not_an_image", "the file is neither DICOM nor a video")
    UNREADABLE = ("unreadable", "the file cannot be decoded")
    NO_PATIENT = ("no_patient", "nothing says whose clip it is, so that it cannot be split")
    NO_PICTURE = ("no_picture", "a page of text or results, or a copy of a screen")
    SINGLE_FRAME = ("single_frame", "a still of B-mode or colour, which shows no motion")
    NO_STRIP = ("no_strip", "a spectrum or an M-mode, but the file does not say where")
    UNKNOWN_VIEW = ("unknown_view", "the view is not known")
    DUPLICATE_CONTENT = ("duplicate_content", "an earlier file has the same content")
    RECOMPRESSED = ("recompressed", "an earlier file shows the same frames, compressed otherwise")

    def __init__(self, key: str, words: str) -> None:
        self.key, self.words = key, words


class RowProblem(Enum):
    """Why a row of a table gives no value. A clip is not set aside for it, the value is."""

    EMPTY = "empty"
    RANGE = "range"  # "40-45": neither end is the value
    BOUND = "bound"  # ">55": a limit is not a value
    NOT_A_NUMBER = "not_a_number"
    UNKNOWN_UNIT = "unknown_unit"
    WRONG_DIMENSION = "wrong_dimension"  # a volume in cm
    IMPLAUSIBLE = "implausible"  # outside what living adults have
    CONFLICTING = "conflicting"  # two rows of one study give one quantity different values
    UNKNOWN_CATEGORY = "unknown_category"
    UNKNOWN_NAME = "unknown_name"  # a measurement of a name that a research set should not have
    NO_FILE = "no_file"  # a row of a research set that names no file
    UNKNOWN_SEX = "unknown_sex"
    UNREADABLE_TIME = "unreadable_time"
    AMBIGUOUS_NOTE = "ambiguous_note"  # several notes, or several studies, lie in the time window
    NO_ECHO_IN_NOTE = "no_echo_in_note"  # a note of the patient in the window says nothing of an echo
    AMBIGUOUS_ROW = "ambiguous_row"  # a value that belongs to several studies, or to none
    REPEATED_STUDY = "repeated_study"  # the study list names one study twice
    DAMAGED_TRUTH = "damaged_truth"  # a truth file beside a simulated clip cannot be used
