"""The failure gallery: reasons stay with their case, and the table is saved whole."""

import numpy as np
import pandas as pd
import pytest

from course_utils.core.errors import DataError, FileError
from course_utils.evaluate import failures
from course_utils.segment import pictures as segment_pictures
from course_utils.show import figures

pytestmark = pytest.mark.slow  # together they take longer than a quick run allows

RNG = np.random.default_rng(0)


def gallery():
    mask = np.zeros((32, 32), np.uint8)
    mask[8:20, 4:28] = 1
    return failures.FailureGallery(
        {
            f"P{n}": segment_pictures.error_map(RNG.random((32, 32)), mask, np.roll(mask, n, 0))
            for n in (3, 5, 7)
        }
    )


def test_reasons_belong_to_their_case():
    shown = gallery()
    assert shown.table.reason.tolist() == ["not looked at"] * 3
    shown._menu.value = "shadow"
    shown._next.click()
    assert shown.case == "P5" and shown._menu.value == "not looked at"
    shown._text.value = "  deep,\nbeside the bone "
    shown._menu.value = "depth"
    shown._back.click()
    assert shown._menu.value == "shadow" and shown._text.value == "" and shown._back.disabled
    shown.note("P7", "truth doubtful", "two readers differ")
    assert shown.table.to_dict("records") == [
        {"case": "P3", "reason": "shadow", "note": ""},
        {"case": "P5", "reason": "depth", "note": "deep, beside the bone"},
        {"case": "P7", "reason": "truth doubtful", "note": "two readers differ"},
    ]
    assert shown.counts().cases.to_dict() == {"shadow": 1, "depth": 1, "truth doubtful": 1}
    shown.move(99)
    assert shown.case == "P7" and shown._next.disabled and "3 with a reason" in shown._line.value


def test_the_table_is_saved_whole_and_nothing_is_overwritten(tmp_path):
    shown = gallery()
    shown.note("P3", "shadow", 'Rippe "quer", größer')
    place = shown.save(tmp_path / "failures.csv")
    assert pd.read_csv(place, keep_default_na=False).equals(shown.table)
    with pytest.raises(FileError, match="never overwritten"):
        shown.save(place)
    with pytest.raises(FileError, match="does not exist"):
        shown.save(tmp_path / "no" / "failures.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["failures.csv"]


def test_the_gallery_reads_without_a_kernel():
    bundle = gallery()._repr_mimebundle_()
    assert "failure 1 of 3" in bundle["text/plain"] and "alt=" in bundle["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in bundle


@pytest.mark.parametrize(
    "call, match",
    [
        (lambda: failures.FailureGallery({}), "at least one"),
        (lambda: failures.FailureGallery({"a": np.zeros((4, 4))}), "Picture"),
        (lambda: failures.FailureGallery([1]), "dict"),
        (
            lambda: failures.FailureGallery(
                {"a": figures.plain(np.zeros((4, 4)), "x")}, ["b", "b"]
            ),
            "each once",
        ),
        (lambda: gallery().note("P9", "shadow"), "no case"),
        (lambda: gallery().note("P3", "boredom"), "reason is one of"),
    ],
)
def test_a_bad_gallery_is_refused(call, match):
    with pytest.raises(DataError, match=match):
        call()
