"""Checks of lesson 06: end-systole, the fraction itself, a wrong scale, an override, a bad cut."""

import numpy as np

from course_utils.checks.lesson import Lesson, Wrong, cell, choice, number, panel

lesson = Lesson("06_ejection_fraction")
CORRECTED = 5  # points of EF: half of what an expert's single reading may be off (Akil 2024)
CLOSE = 3  # points of EF: nearer to the truth than this is right
OTHERS = ((100.0, 40.0), (180.0, 135.0), (90.0, 90.0))  # mL: other hearts, the last stands still
NOBODY = "Logged, with your initials. Nobody knows the truth here, so nobody can say who is right."
FRAMES = 3  # a human reader stops a clip within so many frames of end-systole


@lesson.check
def end_systole(film, *, clip):
    frame = int(panel(film, "frame")["frame"])
    areas = _areas(clip)
    if frame >= len(areas):
        raise Wrong(f"The clip has frames 0 to {len(areas) - 1}.")
    lowest = areas.min() + 0.04 * np.ptp(areas)
    near = areas[max(0, frame - FRAMES) : frame + FRAMES + 1]
    if near.min() > lowest:
        side = "still large" if areas[frame] > areas.mean() else "small, but not at its smallest"
        raise Wrong(f"In frame {frame} the ventricle is {side}. Go on to where it is smallest.")


def _areas(clip):
    if clip.labels is None:
        from course_utils import ejection_fraction  # a set without true outlines: the machine's own

        return np.asarray(ejection_fraction.auto_ef(clip).areas)
    return (np.asarray(clip.labels) == 1).sum(axis=(1, 2)).astype(float)


@lesson.check
def fraction(ef, *, edv, esv):
    ef = number(ef, "the ejection fraction")
    right = 100 * (edv - esv) / edv
    if abs(ef - right) < 0.6:
        return cell().follows(
            "ef",
            _other_heart,
            *({"edv": edv, "esv": esv} for edv, esv in OTHERS),
            typed="Right for this heart. Compute it from `edv` and `esv`, for any heart.",
        )
    if abs(ef - right / 100) < 0.006:
        raise Wrong("That is the fraction. Multiply by 100 for per cent.")
    if abs(ef - 100 * esv / edv) < 0.6:
        raise Wrong("That is the share that stays. The ejection fraction is the share that leaves.")
    if abs(ef - (edv - esv)) < 0.6:
        raise Wrong("That is the stroke volume in mL. Divide it by what was there before.")
    if abs(ef - 100 * (edv - esv) / esv) < 0.6:
        raise Wrong("You divided by the volume that is left. Divide by the one at end-diastole.")
    raise Wrong(
        "Take the end-diastolic volume less the end-systolic one, over the end-diastolic "
        "one, times 100."
    )


def _other_heart(ef, edv, esv):
    ef, right = number(ef, "the ejection fraction"), 100 * (edv - esv) / edv
    if abs(ef - right) > 0.6:
        raise Wrong(
            f"Right for this heart. But from {edv:.0f} mL to {esv:.0f} mL your line gives "
            f"{ef:.0f} %, and {right:.0f} % of the blood leaves."
        )


@lesson.check
def scale(volume_percent, ef_points):
    volume = number(volume_percent, "the change of the volume")
    points = number(ef_points, "the change of the ejection fraction")
    if abs(volume - 5) < 0.6:
        raise Wrong("5 % is the change of a length. A volume has three of them.")
    if abs(volume - 10) < 0.6:
        raise Wrong("10 % would be an area. A volume has three directions.")
    if abs(volume - 15) < 0.5:
        raise Wrong("Nearly: the three factors are multiplied, 1.05 * 1.05 * 1.05, not added.")
    if not 15.5 <= volume <= 16.1:
        raise Wrong("Work out 1.05 * 1.05 * 1.05. By how many per cent is that more than 1?")
    if abs(points) > 0.1:
        raise Wrong(
            "The volumes are right. In the ejection fraction both volumes carry the same "
            "factor: what happens to it when you divide?"
        )


def _decision(desk):
    """Number signed, the machine's, and the truth, in per cent: None where there is none.

    Raises Wrong for what is no desk, and for one at which nothing was decided.
    """
    values = panel(desk, "decision", "number", "machine", "truth")
    if values["decision"] not in ("accepted", "edited", "refused"):
        raise Wrong("Type your initials at the desk, and press a button there.")
    truth = values["truth"]
    return values["number"], values["machine"], None if truth is None or truth != truth else truth


@lesson.check
def corrected(desk):
    number, machine, truth = _decision(desk)
    if truth is None:
        return NOBODY
    if abs(machine - truth) <= CLOSE:
        return _kept(number, machine, truth)
    if number is None:
        raise Wrong("A refusal is a decision, but here the wall can be seen: correct the outline.")
    _nearer(number, machine, truth)
    return None


def _kept(number, machine, truth):
    """The sentence on a decision about a machine that was right. Raises Wrong where it was made worse."""
    if number is None:
        raise Wrong("This outline follows the wall in every frame. There is no reason to refuse.")
    if abs(number - truth) > CLOSE:
        raise Wrong(
            f"The machine's {machine:g} % was within {CLOSE} points of the truth; your {number:g} % is "
            "not. Go back to the automatic outline, and sign anew."
        )
    if number == machine:
        return (
            "Accepted as it is, and it was right. A reader who changes right numbers adds their own "
            "error to them."
        )
    return (
        f"Logged: {machine:g} % changed to {number:g} %. The machine was right, and so are you: the "
        "change was not needed."
    )


def _nearer(number, machine, truth):
    """Raises Wrong unless the number is close to the truth, and half as far from it as the machine's."""
    left, was = abs(number - truth), abs(machine - truth)
    if left <= min(CORRECTED, was / 2):
        return
    said = (
        f"You signed {number:g} %, the machine said {machine:g} %, and the truth is {truth:.0f} %. "
    )
    if left >= was:
        raise Wrong(f"{said}Look at the moving wall again, correct the outline, and sign anew.")
    if (number - truth) * (machine - truth) < 0:
        raise Wrong(f"{said}That is as wrong on the other side. Go back some way, and sign anew.")
    raise Wrong(
        f"{said}That is the right direction, and not far enough. Follow the wall, and sign anew."
    )


@lesson.check
def accepted(desk):
    number, machine, truth = _decision(desk)
    if truth is None:
        return NOBODY
    if abs(machine - truth) <= CLOSE:
        return _kept(number, machine, truth)
    off = f"the machine's {machine:g} % is {abs(machine - truth):.0f} points off the truth"
    if number is None:
        return f"Refused, and with reason: {off}."
    if number == machine:
        raise Wrong(f"You accepted it, and {off}. Look at the moving wall, and decide again.")
    _nearer(number, machine, truth)
    return f"Corrected to {number:g} %, and with reason: {off}."


@lesson.check
def foreshortened(foreshortened):
    answer = choice(foreshortened, ("too small", "too large", "unchanged"))
    if answer == "too large":
        raise Wrong("The cut misses a part of the ventricle. Can that make it larger?")
    if answer == "unchanged":
        raise Wrong("The discs are stacked along an axis that is now too short.")


quiz_1, quiz_2, quiz_3 = lesson.questions()
