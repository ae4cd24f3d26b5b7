"""An outline spoiled on purpose: deeper by so much, wider nowhere above, and a lower ejection fraction."""

import numpy as np
import pytest

from course_utils.cases import clips, samples
from course_utils.core import errors
from course_utils.ejection_fraction import ef_from_masks, practice
from course_utils.ejection_fraction.automatic import AutoEF


@pytest.fixture(scope="module")
def study():
    """(answer, clips): the simulator's own masks stand in for a network's."""
    table = samples.table("echo")
    seen = clips.study(table, table.patient_id.iloc[0])
    masks = [(clip.labels == 1).astype(np.uint8) for clip in seen]
    frames = []
    for one in masks:
        areas = one.sum(axis=(1, 2))
        frames.append((int(areas.argmax()), int(areas.argmin())))
    (ed, es), (ed_2ch, es_2ch) = frames
    ef = ef_from_masks(masks[0][ed], masks[0][es], masks[1][ed_2ch], masks[1][es_2ch],
                       seen[0].spacing, seen[1].spacing)  # fmt: skip
    return AutoEF(
        ef=ef, interval=(ef - 5, ef + 5), ed=ed, es=es, ed_2ch=ed_2ch, es_2ch=es_2ch, refused=False,
        reasons=[], notes=[], masks_4ch=masks[0], masks_2ch=masks[1], areas=None, areas_2ch=None,
        volumes=None, category=None, beats=[], beat_efs=(ef,), rhythm="", heart_rate=None, spread=0,
        findings=[], network="", set_on="", seconds=0,
    ), seen  # fmt: skip


def test_it_ends_ten_millimetres_deeper_and_nothing_else_changes(study):
    answer, seen = study
    spoilt = practice.into_the_atrium(answer, *seen)
    right, wrong = answer.masks_4ch[answer.es], spoilt.masks_4ch[answer.es]
    lowest = [np.flatnonzero(mask.any(axis=1))[-1] for mask in (right, wrong)]
    row_mm = seen[0].spacing[0]
    assert (lowest[1] - lowest[0]) * row_mm == pytest.approx(10, abs=row_mm)
    assert (wrong >= right).all()
    others = np.arange(len(answer.masks_4ch)) != answer.es
    np.testing.assert_array_equal(spoilt.masks_4ch[others], answer.masks_4ch[others])
    assert spoilt.masks_2ch is answer.masks_2ch


def test_the_number_and_its_interval_are_those_of_the_spoilt_outline(study):
    answer, seen = study
    spoilt = practice.into_the_atrium(answer, *seen)
    assert spoilt.ef < answer.ef - 3
    assert spoilt.interval == pytest.approx((spoilt.ef - 5, spoilt.ef + 5))
    assert practice.into_the_atrium(answer, *seen, mm=20).ef < spoilt.ef


def test_one_view_is_enough_and_no_depth_is_refused(study):
    answer, seen = study
    assert practice.into_the_atrium(answer, seen[0]).ef < answer.ef
    with pytest.raises(errors.DataError, match="mm"):
        practice.into_the_atrium(answer, *seen, mm=0)
