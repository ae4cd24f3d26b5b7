"""How many frames of a DICOM cine were taken in a second, and whether they are moments at all."""

import math

from course_utils.core import accept, errors
from course_utils.load import tags

TIMES = {0x00181063: "FrameTime", 0x00181065: "FrameTimeVector"}
VOLUMES = ("1.2.840.10008.5.1.4.1.1.6.2", "1.2.840.10008.5.1.4.1.1.6.3")
SLICED = "CT MR PT NM SEG RTDOSE MG OPT SM".split()  # modalities whose frames are slices or tiles
DIFFERENT = 0.1  # rates further apart than this are said


def refuse_slices(dataset, name):
    """Raise DataError where several frames are slices or pages, not moments: an ultrasound volume,
    a modality of slices, frames at several places, or a FrameIncrementPointer (PS3.3 C.7.6.6) that
    names something other than time.
    """
    other = [tag for tag in _pointers(dataset) if not _is_time(tag)]
    modality = tags.text(dataset, "Modality")
    if tags.text(dataset, "SOPClassUID") in VOLUMES:
        what = "an ultrasound volume: its frames are slices"
    elif other:
        what = f"no cine: its frames are counted by {_title(other[0])}"
    elif modality in SLICED:
        what = f"no cine: the frames of the modality {modality} are slices or tiles"
    elif "GridFrameOffsetVector" in dataset or _places(dataset) > 1:
        what = "no cine: its frames lie at several places"
    else:
        return
    raise errors.DataError(
        f"'{name}' holds {what}, not moments in time. Export one plane of it as a cine or as "
        "pictures."
    )


def read(dataset, count, name):
    """Frames per second of a cine of `count` frames, or None with a warning.

    The FrameIncrementPointer decides between FrameTime and FrameTimeVector; without it the order is
    FrameTime, FrameTimeVector, CineRate, ActualFrameDuration, then the recommended display rate.
    Sources that are more than 10 % apart are said.
    """
    rates = _rates(dataset, count, name)
    pointed = [TIMES[tag] for tag in _pointers(dataset) if tag in TIMES]
    order = [source for source in (*pointed, *rates) if source in rates]
    if not order:
        return plausible(None, name)
    chosen = order[0]
    if chosen == "RecommendedDisplayFrameRate":
        errors.warn(
            f"'{name}' gives only a recommended display rate; "
            "the scan itself may have been faster or slower."
        )
    apart = [s for s in rates if abs(rates[s] - rates[chosen]) > DIFFERENT * rates[chosen]]
    if apart:
        listed = ", ".join(f"{s} {rates[s]:.4g}" for s in apart)
        why = "the file points to it" if chosen in pointed else "it is the most trustworthy"
        errors.warn(
            f"'{name}' gives different frame rates: {chosen} {rates[chosen]:.4g} per second, but "
            f"{listed}. {chosen} is used, because {why}; measure no time before you know which is "
            "right."
        )
    return plausible(rates[chosen], name)


def plausible(fps, name, step=1):
    """`fps / step`, or None with a warning when `fps` is missing or cannot be."""
    if fps is None or not can_be(fps):
        said = (
            "no frame rate"
            if not fps or not math.isfinite(fps)
            else f"{fps:g} frames per second, which cannot be right"
        )
        errors.warn(f"'{name}' gives {said}: fps is None, so measure no time in it.")
        return None
    return float(fps) / step


def can_be(fps):
    """True for a number of pictures a second that a scanner can take."""
    low, high = accept.PLAUSIBLE_FPS
    return low <= fps <= high


def listed(rate, of_movie):
    """(fps or None, remark or ''): what a list says of a movie against what the movie itself says.

    The list counts where it can be one, else the movie. rate, of_movie: numbers, None or NaN where
    nothing is said. What cannot be, and what differs by more than 10 %, is in the remark.
    """
    rate, own = (math.nan if given is None else float(given) for given in (rate, of_movie))
    if not can_be(rate):
        if math.isnan(rate):
            return (own, "") if can_be(own) else (None, "")
        said = f"the list says {rate:g} frames per second, which cannot be; "
        if can_be(own):
            return own, said + f"the movie's own {own:g} count"
        return None, said + "the frame rate is unknown"
    if can_be(own) and abs(rate - own) > DIFFERENT * rate:
        return rate, (
            f"the list says {rate:g} frames per second, the movie {own:g}. The list counts; measure "
            "no time before you know which is right"
        )
    return rate, ""


def _rates(dataset, count, name):
    """Every rate that the file gives, the most trustworthy source first."""
    rates = {}

    def add(source, values, rate):
        if values and values[0] > 0:
            rates[source] = rate(values[0])

    add("FrameTime", tags.numbers(dataset, "FrameTime", 1), lambda ms: 1000 / ms)
    steps = (tags.numbers(dataset, "FrameTimeVector") or ())[1:]
    if steps and min(steps) >= 0 and sum(steps) > 0:
        if len(steps) > 2 and all(
            math.isclose(step, at * steps[0], rel_tol=0.01) for at, step in enumerate(steps, 1)
        ):
            errors.warn(
                f"'{name}' gives the moments of its frames where the steps between them belong "
                "(FrameTimeVector); it was read so."
            )
            steps = steps[:1] * len(steps)
        elif max(steps) > 1.1 * min(steps):
            errors.warn(
                f"'{name}' has frames at uneven times ({min(steps):g} to {max(steps):g} ms "
                "apart); fps is their mean."
            )
        if len(steps) != count - 1:
            errors.warn(
                f"'{name}' gives times for {len(steps) + 1} frames (FrameTimeVector) and holds "
                f"{count}."
            )
        rates["FrameTimeVector"] = 1000 * len(steps) / sum(steps)
    add("CineRate", tags.numbers(dataset, "CineRate", 1), float)
    add(
        "ActualFrameDuration", tags.numbers(dataset, "ActualFrameDuration", 1), lambda ms: 1000 / ms
    )
    add("EffectiveDuration", tags.numbers(dataset, "EffectiveDuration", 1), lambda s: count / s)
    shown = tags.numbers(dataset, "RecommendedDisplayFrameRate", 1)
    add("RecommendedDisplayFrameRate", shown, float)
    return rates


def _pointers(dataset):
    try:
        value = dataset.get("FrameIncrementPointer")
    except Exception:  # a damaged tag counts as missing, as everywhere in this room
        return []
    if value is None or value == "":
        return []
    each = [value] if isinstance(value, (int, str)) else list(value)
    found = [int(tag) for tag in each if isinstance(tag, int)]
    return [tag for tag in found if tag >> 16]  # group 0 is no part of a file: nothing is named


def _is_time(tag):
    return "Time" in _title(tag) or "Temporal" in _title(tag)


def _places(dataset):
    """At how many places of the body the frames lie, where the file says it; else 0."""
    found = set()
    for item in dataset.get("PerFrameFunctionalGroupsSequence") or []:
        for kind in ("PlanePositionSequence", "PlanePositionVolumeSequence"):
            for plane in item.get(kind) or []:
                found.add(
                    str(plane.get("ImagePositionPatient") or plane.get("ImagePositionVolume"))
                )
    return len(found)


def _title(tag):
    from pydicom.datadict import keyword_for_tag

    return keyword_for_tag(tag) or f"the tag {tag:08X}"
