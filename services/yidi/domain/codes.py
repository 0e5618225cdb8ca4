"""Code sets of the national interface (domain §4). Values are the wire values; labels are the field's own words."""

from enum import StrEnum
from typing import Final


class FeeCategory(StrEnum):
    """`med_chrgitm_type`: the 14 nationally unified fee categories, a closed set."""

    BED = "01"
    CONSULTATION = "02"
    EXAMINATION = "03"
    LABORATORY = "04"
    TREATMENT = "05"
    SURGERY = "06"
    NURSING = "07"
    MATERIALS = "08"
    WESTERN_DRUG = "09"
    HERBAL_PIECES = "10"
    PATENT_DRUG = "11"
    GENERAL_CONSULTATION = "12"
    REGISTRATION = "13"
    OTHER = "14"


CATEGORY_NAMES: Final[dict[str, tuple[str, str]]] = {
    "01": ("床位费", "bed"),
    "02": ("诊察费", "consultation"),
    "03": ("检查费", "examination"),
    "04": ("化验费", "laboratory"),
    "05": ("治疗费", "treatment"),
    "06": ("手术费", "surgery"),
    "07": ("护理费", "nursing"),
    "08": ("卫生材料费", "materials"),
    "09": ("西药费", "western drug"),
    "10": ("中药饮片费", "herbal pieces"),
    "11": ("中成药费", "patent Chinese drug"),
    "12": ("一般诊疗费", "general consultation"),
    "13": ("挂号费", "registration"),
    "14": ("其他费", "other"),
}


class ItemGrade(StrEnum):
    """`chrgitm_lv`: A carries no prior self-pay, B a prior self-pay ratio, C is fully self-paid."""

    A = "01"
    B = "02"
    C = "03"


class MedType(StrEnum):
    """`med_type`: the kind of care."""

    OUTPATIENT = "11"
    EMERGENCY = "13"
    CHRONIC = "14"
    TRAUMA_OUTPATIENT = "19"
    INPATIENT = "21"
    TRAUMA_INPATIENT = "22"
    EMERGENCY_INPATIENT = "24"
    PHARMACY = "41"


STAYS: Final = frozenset({MedType.INPATIENT, MedType.TRAUMA_INPATIENT, MedType.EMERGENCY_INPATIENT})
"""Kinds of care that are a stay in hospital: categories in real time, details afterwards (domain §1)."""

MED_TYPE_NAMES: Final[dict[str, tuple[str, str]]] = {
    "11": ("普通门诊", "outpatient"),
    "13": ("急诊", "emergency"),
    "14": ("门诊慢特病", "chronic outpatient"),
    "19": ("外伤门诊", "trauma outpatient"),
    "21": ("普通住院", "inpatient"),
    "22": ("外伤住院", "trauma inpatient"),
    "24": ("急诊转住院", "emergency to inpatient"),
    "41": ("定点药店购药", "pharmacy"),
}


class InsuType(StrEnum):
    """`insutype`: the schemes that settle here; the rural cooperative (380) is told where to go instead."""

    EMPLOYEES = "310"
    RESIDENTS = "390"
    RURAL_COOPERATIVE = "380"


class CertType(StrEnum):
    """`mdtrt_cert_type`: what the person shows."""

    E_CERTIFICATE = "01"
    IDENTITY_CARD = "02"
    SOCIAL_SECURITY_CARD = "03"


class Operation(StrEnum):
    """What a request asks for; complete from the start, what is not built yet is refused by its code."""

    SETTLE = "SETTLE"
    PRE_SETTLE = "PRE_SETTLE"
    QUERY = "QUERY"
    CANCEL = "CANCEL"
    REVERSE = "REVERSE"


class Outcome(StrEnum):
    """`DONE`, `REFUSED` and `REVERSED` are final; `UNKNOWN` is provisional, at most once (design §3)."""

    DONE = "DONE"
    REFUSED = "REFUSED"
    UNKNOWN = "UNKNOWN"
    REVERSED = "REVERSED"


class FilingClass(StrEnum):
    """What the platform's verdict says of the person's filing; policies choose their row by it."""

    LONG_TERM = "LONG_TERM"
    REFERRAL = "REFERRAL"
    EMERGENCY = "EMERGENCY"
    OTHER_TEMPORARY = "OTHER_TEMPORARY"
    UNFILED = "UNFILED"
    IN_PROVINCE = "IN_PROVINCE"


class FilingType(StrEnum):
    """Types of filing 备案 a person can have recorded (domain §3)."""

    RETIRED_RESETTLED = "RETIRED_RESETTLED"
    LONG_TERM_RESIDENT = "LONG_TERM_RESIDENT"
    POSTED_WORKER = "POSTED_WORKER"
    REFERRAL = "REFERRAL"
    OTHER_TEMPORARY = "OTHER_TEMPORARY"
    EMERGENCY = "EMERGENCY"
