"""The shipped pairs, and fresh ones."""

import numpy as np
import pytest

from course_utils.core import errors
from course_utils.language import archive
from course_utils.simulate import findings


def test_shipped_pairs_are_what_their_seeds_make():
    images, table = archive.stored()
    assert images.shape == (500, 64, 64) and table.patient_id.nunique() == archive.PATIENTS
    assert table.seed.max() < archive.FRESH
    for row in (0, 250, 499):
        case, look = findings.case(table.seed[row]), table["look"][row]
        made = archive.table([case], [look]).iloc[0]
        assert dict(made[["en", "es", "said", "truth"]]) == dict(
            table.loc[row, ["en", "es", "said", "truth"]]
        )
        assert np.abs(images[row] - findings.picture(case, look)).mean() < 0.03
    assert (
        archive.visible({"cyst": "present", "Breast": "present", "no vascularity": "present"})
        == "cyst"
    )


def test_fresh_patients_are_in_no_training_and_the_same_each_time():
    images, table = archive.fresh(3, archive.FRESH + 7)
    again, same = archive.fresh(3, archive.FRESH + 7)
    assert (images == again).all() and table.equals(same) and images.shape == (3, 64, 64)
    assert table.patient_id.nunique() == 3 and not set(table.seed) & set(archive.stored()[1].seed)
    assert archive.fresh(3, archive.FRESH + 7, pictures=False)[0] is None
    other = archive.fresh(3, archive.FRESH + 7, look=1)[0]
    assert (np.abs(images - other).mean(axis=(1, 2)) > 0.01).all()
    for wrong in (lambda: archive.fresh(0), lambda: archive.fresh(2, -1)):
        with pytest.raises(errors.DataError):
            wrong()


def test_a_change_to_what_was_handed_out_changes_nothing_in_the_archive():
    images, table = archive.stored()
    images[:], table["en"] = 0, ""
    images, table = archive.stored()
    assert images[0].max() > 0 and table.en.str.len().min() > 5
