"""The probe tilts over a normal tendon: nothing about the patient changes, but the picture does."""

from dataclasses import replace

import numpy as np

from course_utils.classify import cohorts, maps, outlines
from course_utils.simulate import shoulder

TILTS = np.arange(-9.0, 9.1, 3.0)
STRENGTH_DB = 6.0  # of the anisotropic patch
OTHERS = 40  # added to a seed, for people whom no cohort of the lesson has


def sweep(learner, seed=1, people=10, ill=0, draw=None):
    """How sure a trained network is at every tilt: (tilts in degrees, scores (people, tilts)).

    learner: a `networks.Learner` of all four channels of `maps.stack`. people: other ones than those
    of the cohorts 1 to 40. draw: outlines tendons, as `outlines.outline`; the stored network if None.
    """
    who = cohorts.people(max(people, 2), seed + OTHERS, ill).head(people)
    made = cohorts.joined([series(person) for person in who.itertuples()])
    masks = (draw or outlines.outline)(made)
    seen = [maps.stack(made.image(row), masks[row], made.spacing) for row in range(len(masks))]
    return TILTS, learner.of(np.stack(seen)).reshape(len(who), len(TILTS))


def series(person):
    """One person at every tilt of `TILTS`, same place and speckle otherwise: a Cohort."""
    body, first = shoulder.draw(person.number, person.ill), shoulder.view(person.number)
    views = [replace(first, tilt_deg=tilt, anisotropy_db=STRENGTH_DB) for tilt in TILTS]
    return cohorts.of_views(person, body, views)
