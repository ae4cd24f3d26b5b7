"""What an ejection fraction is called, by which guideline, and how far two readers differ.

Every number here names its source. Categories are for whole per cent, as reports print them: an EF
of 51.6 is read as 52. Not for diagnosis.
"""

import math
from collections import namedtuple
from dataclasses import dataclass

import numpy as np

from course_utils.core import errors

Band = namedtuple("Band", "low high name")
Normal = namedtuple("Normal", "quantity unit women men")
Ruler = namedtuple("Ruler", "name value unit source")

ASE_2015 = (
    "ASE/EACVI 2015 (Lang et al., J Am Soc Echocardiogr 2015;28:1, doi:10.1016/j.echo.2014.10.003)"
)
ASE_2005 = (
    "ASE 2005 (Lang et al., J Am Soc Echocardiogr 2005;18:1440, doi:10.1016/j.echo.2005.10.005)"
)
HEART_FAILURE = (
    "Universal definition of heart failure 2021 (Bozkurt et al., J Card Fail, "
    "doi:10.1016/j.cardfail.2021.01.022)"
)
BSE_2020 = "BSE 2020 (Harkness et al., Echo Res Pract 2020;7:G1, doi:10.1530/ERP-19-0050)"

BANDS = {  # lowest and highest whole per cent of each name
    "M": (
        Band(73, 100, "above the normal range"),
        Band(52, 72, "normal"),
        Band(41, 51, "mildly reduced"),
        Band(30, 40, "moderately reduced"),
        Band(-100, 29, "severely reduced"),
    ),
    "F": (
        Band(75, 100, "above the normal range"),
        Band(54, 74, "normal"),
        Band(41, 53, "mildly reduced"),
        Band(30, 40, "moderately reduced"),
        Band(-100, 29, "severely reduced"),
    ),
}
BANDS_2005 = (
    Band(55, 100, "normal"),
    Band(45, 54, "mildly reduced"),
    Band(30, 44, "moderately reduced"),
    Band(-100, 29, "severely reduced"),
)
BANDS_BSE = (
    Band(55, 100, "normal"),
    Band(50, 54, "borderline low"),
    Band(36, 49, "impaired"),
    Band(-100, 35, "severely impaired"),
)
BANDS_HF = (Band(50, 100, "HFpEF"), Band(41, 49, "HFmrEF"), Band(-100, 40, "HFrEF"))

NORMAL = (  # ASE/EACVI 2015, two-dimensional echocardiography, mean +- 2 SD
    Normal("EF", "%", (54, 74), (52, 72)),
    Normal("EDV", "mL", (46, 106), (62, 150)),
    Normal("ESV", "mL", (14, 42), (21, 61)),
    Normal("EDV/BSA", "mL/m2", (29, 61), (34, 74)),
    Normal("ESV/BSA", "mL/m2", (8, 24), (11, 31)),
)

# The human ruler: put every claim about an automatic EF beside it.
READERS_140 = (
    "140 patients, biplane discs, two readers each: Akil et al., Clin Physiol Funct "
    "Imaging 2024, doi:10.1111/cpf.12918"
)
EXPERT_SD = 7.0  # points; two experts on the same clips
EXPERT_BIAS = 0.96
INTERMEDIATE_SD = 5.0  # with a bias of -3.3 points
BEGINNER_SD = 8.7
ECHONET_MAE = 4.1  # points; same hospital
ECHONET_EXTERNAL_MAE = 6.0  # points; another hospital
CAMUS_MAE = 5.6  # points; U-Net of Leclerc et al. on CAMUS
ECHONET = "Ouyang et al., Nature 2020;580:252, doi:10.1038/s41586-020-2145-8"
CAMUS = "Leclerc et al., IEEE Trans Med Imaging 2019;38:2198, doi:10.1109/TMI.2019.2900516"
RULER = (
    Ruler("two experts, SD of the difference", EXPERT_SD, "points of EF", READERS_140),
    Ruler("two beginners, SD of the difference", BEGINNER_SD, "points of EF", READERS_140),
    Ruler("EchoNet-Dynamic, mean absolute error", ECHONET_MAE, "points of EF", ECHONET),
    Ruler("the same in another hospital", ECHONET_EXTERNAL_MAE, "points of EF", ECHONET),
    Ruler("CAMUS U-Net, mean absolute error", CAMUS_MAE, "points of EF", CAMUS),
)


@dataclass(frozen=True)
class Category:
    """What an EF is called. print() gives `sentence`.

    ef: per cent, rounded to whole numbers. sex: "F", "M" or None. name: by ASE/EACVI 2015; where
    the sex is unknown and the two differ, both ("normal (men), mildly reduced (women)").
    heart_failure: HFrEF, HFmrEF or HFpEF: which of them it would be *if* the patient has heart
    failure.
    name_2005: by the older table that is still printed widely. possible: the names that the
    interval reaches, worst first. spans: whether those are more than one. guideline: its citation.
    """

    ef: int
    sex: str
    name: str
    heart_failure: str
    name_2005: str
    possible: tuple
    spans: bool
    sentence: str
    guideline: str = ASE_2015

    def __str__(self):
        return self.sentence


def category(ef, sex=None, interval=None):
    """Name an ejection fraction: a `Category` with the guideline and what its interval reaches.

    ef: per cent. sex: "F", "M" or None (then both names are given where they differ). interval:
    (low, high) in per cent, or None. Raises DataError for an EF that is not a number from -100 to
    100 (a fraction such as 0.55 is refused too), another sex, or an interval that misses the EF.
    """
    sex, whole = _sex(sex), _whole(_percent(ef))
    names = _names(whole, sex)
    possible, reach = (names,), ""
    if interval is not None:
        low, high = _interval(interval, float(ef))
        seen = dict.fromkeys(_names(value, sex) for value in range(_whole(low), _whole(high) + 1))
        possible = tuple(seen)
        reach = f" (interval {low:.0f} to {high:.0f} %)"
    spans = len(possible) > 1
    sentence = f"EF {whole} %{reach}: {names} by ASE/EACVI 2015"
    if spans:
        sentence += f". The interval reaches from {possible[0]} to {possible[-1]}"
    return Category(
        whole,
        sex,
        names,
        _name(BANDS_HF, whole),
        _name(BANDS_2005, whole),
        possible,
        spans,
        sentence + ".",
    )


def cut_offs(ef):
    """The same EF in every table: guideline -> name. To show that a category is a convention."""
    whole = _whole(_percent(ef))
    return {
        "ASE/EACVI 2015, men": _name(BANDS["M"], whole),
        "ASE/EACVI 2015, women": _name(BANDS["F"], whole),
        "ASE 2005": _name(BANDS_2005, whole),
        "BSE 2020": _name(BANDS_BSE, whole),
        "if heart failure": _name(BANDS_HF, whole),
    }


def normal(quantity, sex=None):
    """The normal range (low, high) of "EF", "EDV", "ESV", "EDV/BSA" or "ESV/BSA", ASE/EACVI 2015.

    sex: "F" or "M"; None gives {"F": ..., "M": ...}. Raises DataError for another name.
    """
    for row in NORMAL:
        if row.quantity == quantity:
            both = {"F": row.women, "M": row.men}
            return both if _sex(sex) is None else both[_sex(sex)]
    raise errors.DataError(
        f"There is no normal range for {quantity!r}; there is one for "
        f"{', '.join(row.quantity for row in NORMAL)}."
    )


def ef_sd(ef, cv_ed, cv_es=None, rho=0.0):
    """The standard deviation of an EF in points, from those of the two volumes.

    ef: per cent. cv_ed, cv_es: coefficient of variation of EDV and ESV (0.07 for 7 %; cv_es the
    same unless given). rho: how far the two errors go together, -1..1; the same reader, the same
    foreshortening: well above 0. First-order formula (delta method):
    (1 - EF) sqrt(cv_ed^2 + cv_es^2 - 2 rho cv_ed cv_es).
    """
    cv_es = cv_ed if cv_es is None else cv_es
    for value in (cv_ed, cv_es):
        if not (_is_number(value) and 0 <= value < 1):
            raise errors.DataError(
                f"A coefficient of variation lies between 0 and 1, such as 0.07, not {value!r}."
            )
    if not (_is_number(rho) and -1 <= rho <= 1):
        raise errors.DataError(f"rho lies between -1 and 1, not {rho!r}.")
    inside = cv_ed**2 + cv_es**2 - 2 * rho * cv_ed * cv_es
    return (100 - _percent(ef)) * math.sqrt(max(inside, 0))


def ef_interval(edv, esv, level=0.95):
    """(low, high) of the EF in per cent from repeated EDV and ESV, such as of an ensemble.

    edv, esv: (N,) volumes of the same repeats, any unit. The middle `level` of the N ejection
    fractions (percentiles). That is how far the repeats differ, no more: an error that all of them
    share is not in it. Raises DataError below 5 repeats or for volumes that are not above 0.
    """
    edv, esv = np.asarray(edv, float), np.asarray(esv, float)
    if edv.ndim != 1 or edv.shape != esv.shape or edv.size < 5:
        raise errors.DataError(
            "An interval needs at least 5 repeats, each with an end-diastolic "
            "and an end-systolic volume."
        )
    if not ((edv > 0) & (esv > 0) & np.isfinite(edv + esv)).all():
        raise errors.DataError("Every volume must be a number above 0.")
    if not (_is_number(level) and 0 < level < 1):
        raise errors.DataError(f"level must be between 0 and 1, such as 0.95, not {level!r}.")
    tail = 50 * (1 - level)
    low, high = np.percentile(100 * (edv - esv) / edv, [tail, 100 - tail])
    return float(low), float(high)


def _names(whole, sex):
    if sex is not None:
        return _name(BANDS[sex], whole)
    men, women = _name(BANDS["M"], whole), _name(BANDS["F"], whole)
    return men if men == women else f"{men} (men), {women} (women)"


def _name(bands, whole):
    return next(band.name for band in bands if band.low <= whole <= band.high)


def _whole(value):
    return math.floor(value + 0.5)  # 51.5 is 52; round() would go to the even number


def _is_number(value):
    return isinstance(value, (int, float, np.number)) and math.isfinite(value)


def _percent(ef):
    if not (_is_number(ef) and -100 <= ef <= 100):
        raise errors.DataError(
            f"The ejection fraction must be in per cent, such as 55, not {ef!r}."
        )
    if 0 < ef < 1:
        raise errors.DataError(
            f"An ejection fraction of {ef:g} looks like a fraction. Give per cent: {100 * ef:g}."
        )
    return float(ef)


def _sex(sex):
    if sex is None or (isinstance(sex, float) and math.isnan(sex)):
        return None
    known = {"f": "F", "female": "F", "w": "F", "m": "M", "male": "M"}
    if not isinstance(sex, str) or sex.strip().lower() not in known:
        raise errors.DataError(f"sex must be 'F', 'M' or None if unknown, not {sex!r}.")
    return known[sex.strip().lower()]


def _interval(interval, ef):
    try:
        low, high = (_percent(value) for value in interval)
    except (TypeError, ValueError):
        raise errors.DataError(
            f"interval must be two numbers in per cent, (low, high), not {interval!r}."
        ) from None
    if not low - 1e-9 <= ef <= high + 1e-9:
        raise errors.DataError(
            f"The interval {low:g} to {high:g} does not hold the EF of {ef:g}. "
            "The order is (low, high)."
        )
    return low, high
