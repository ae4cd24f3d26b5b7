"""The probe tilts, and nothing about the patient changes."""

import numpy as np

from course_utils.classify import anisotropy, cohorts


class Darkness:
    """Calls a tendon the iller, the darker it is where the outline is."""

    def of(self, seen):
        inside = seen[..., 1] > 0.5
        return np.array([1 - x[m].mean() for x, m in zip(seen[..., 0], inside, strict=True)])


def test_the_patch_is_what_a_naive_reader_sees():
    degrees, scores = anisotropy.sweep(Darkness(), people=2, draw=lambda made: made.masks)
    assert scores.shape == (2, len(degrees)) and degrees[0] == -degrees[-1]
    assert np.ptp(scores, axis=1).min() > 0


def test_tilts_change_the_picture_and_not_the_person():
    person = next(cohorts.people(2, 77, 0).itertuples())
    made = anisotropy.series(person)
    assert made.table[cohorts.EXACT].nunique().max() == 1 and made.table.ill.sum() == 0
    assert (made.masks == made.masks[0]).all()
    assert made.table.tilt_deg.tolist() == anisotropy.TILTS.tolist()
