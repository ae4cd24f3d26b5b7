"""The heart in numbers: one door to volumes, ejection fraction, beats and categories.

The work is done in `discs` (volumes), `beats` (the area curve), `guideline` (names and norms) and
`autoef` (a network that outlines the ventricle). Not for diagnosis.
"""

from course_utils import guideline as _guideline
from course_utils.beats import find as beats
from course_utils.beats import phases
from course_utils.discs import (
    area_curve,
    area_length_volume,
    biplane_volume,
    ef_from_masks,
    ejection_fraction,
    long_axis,
    single_plane_volume,
)
from course_utils.discs import measure as discs

__all__ = [
    "area_curve",
    "area_length_volume",
    "auto_ef",
    "beats",
    "biplane_volume",
    "category",
    "discs",
    "ef_from_masks",
    "ejection_fraction",
    "long_axis",
    "phases",
    "single_plane_volume",
]

category = _guideline.category


def auto_ef(cine_4ch, cine_2ch=None, **options):
    """An automatic ejection fraction from one or two cines, or a refusal: see autoef.auto_ef.

    It needs Keras, which is loaded at the first call and not before.
    """
    from course_utils import autoef

    return autoef.auto_ef(cine_4ch, cine_2ch, **options)
