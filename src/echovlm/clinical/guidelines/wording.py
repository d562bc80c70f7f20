"""How a rule says what it found: the value, the limit, and on which side."""

from echovlm.clinical.guidelines.rule import Rule
from echovlm.clinical.measurement import Quantity
from echovlm.clinical.patient import Sex
from echovlm.clinical.units import Unit

_BARE = (Unit.RATIO, Unit.INDEX)


def show(rule: Rule, value: float) -> str:
    """Return a value of the rule's quantity at the rule's resolution, with its unit."""
    unit = rule.quantity.unit
    digits = 0 if rule.resolution >= 1 else 1 if rule.resolution >= 0.1 else 2
    number = f"{rule.rounded(value):.{digits}f}"
    return number if unit in _BARE else f"{number} {unit.symbol}"


def compare(rule: Rule, value: float, sex: Sex | None, *, beyond: bool) -> str:
    """Return ``LVIDd 6.0 cm is above 5.8 cm (men)``."""
    sexes = (sex,) if sex is not None or not rule.needs_sex else (Sex.MALE, Sex.FEMALE)
    limits = " and ".join(
        show(rule, rule.limit(s).value) + (f" ({s.plural})" if s is not None and rule.needs_sex else "")
        for s in sexes
    )
    verb = "is" if beyond else "is not"
    side = rule.limit(sexes[0]).side.value
    return f"{rule.quantity.label} {show(rule, value)} {verb} {side} {limits}"


def labels(quantities: tuple[Quantity, ...]) -> str:
    """Return the labels of some quantities, joined for a sentence."""
    return ", ".join(quantity.label for quantity in quantities)
