"""Two recordings of the same unchanged muscle: what a smallest detectable change is measured on.

SYNTHETIC. Each patient's probe is lifted off and put back: the second recording has its own noise,
and lies a little elsewhere (slide by about 1.5 mm, tilt by half a degree, other pressure), as a
careful hand does. Nothing about the patient changes.
"""

import numpy as np

from course_utils.core import errors
from course_utils.segment import muscle, prediction
from course_utils.simulate import calf, scanner

FIRST = 7000  # seeds of these patients; no other set of the course has them


def thickness(network, patients=12, device="Scanner B", seed=0):
    """Muscle thickness in mm as `network` measures it, twice for each patient: (n, 2) float.

    Patients for whom an outline has no thickness in one of the two recordings are left out, with a
    warning. About 1 s a patient. Raises DataError for fewer than 2 patients or another scanner.
    """
    if isinstance(patients, bool) or not isinstance(patients, (int, np.integer)) or patients < 2:
        raise errors.DataError(f"patients must be a whole number from 2, not {patients!r}.")
    if device not in scanner.SCANNERS:
        raise errors.DataError(
            f"There is no scanner {device!r}; there are {', '.join(scanner.SCANNERS)}."
        )
    rows = [_pair(network, FIRST + 100 * int(seed) + number, device) for number in range(patients)]
    kept = [row for row in rows if None not in row]
    if len(kept) < len(rows):
        errors.warn(
            f"{len(rows) - len(kept)} of {len(rows)} patients have no thickness in one of "
            "their two recordings and are left out."
        )
    return np.array(kept, float).reshape(len(kept), 2)


def _pair(network, number, device):
    """(first, second) thickness in mm of one patient, None where there is none."""
    draws = np.random.default_rng(number)
    person = calf.Patient.draw(
        number,
        bmi=draws.uniform(20, 29),
        age=draws.uniform(20, 70),
        sex="FM"[int(draws.integers(2))],
    )
    return tuple(_measured(network, person, device, draws, [number, turn]) for turn in range(2))


def _measured(network, person, device, draws, seed):
    view = calf.View(draws.normal(0, 1.5), draws.normal(0, 0.5), draws.normal(0.97, 0.02))
    shot = scanner.acquire(person, view, scanner.SCANNERS[device], seed)
    grey = (shot.image if shot.image.ndim == 2 else shot.image.mean(axis=2)).astype(
        np.float32
    ) / 255
    try:
        return muscle.thickness(
            prediction.mask(prediction.predict(network, grey)), shot.spacing
        ).mean_mm
    except errors.DataError:  # an outline without a thickness is counted by the caller
        return None
