"""What the readers of pictures share: folders in any spelling, copies, look-alikes, reasons."""

import numpy as np
import pytest

from course_utils.core import errors
from course_utils.public_data import facts, picture_sets
from tests.helpers.public_sets import disc, picture, save


def test_a_folder_is_found_in_any_spelling(tmp_path):
    for name in ("Apo_Images", "other"):
        (tmp_path / name).mkdir()
    assert picture_sets.named(tmp_path, "apo_images") == tmp_path / "Apo_Images"
    assert picture_sets.named(tmp_path, "masks") is None


def test_what_is_no_picture_is_left_out_with_a_word_and_lists_are_not(tmp_path):
    save(tmp_path / "in" / "a.png", picture(1))
    for name in ("in/notes.txt", "in/list.csv", "readme.txt"):
        (tmp_path / name).write_text("x")
    ledger = facts.Ledger()
    assert picture_sets.pictures(tmp_path, tmp_path, ledger) == [tmp_path / "in" / "a.png"]
    assert ledger.left_out == {"in/notes.txt": "It is not a picture."}


def test_a_reason_and_a_remark_go_into_the_book_and_other_errors_come_out():
    ledger = facts.Ledger()

    def remarked():
        errors.warn("It was coloured.")
        return {"image": "a"}

    def broken():
        raise errors.DataError("It is cut.")

    assert picture_sets.taken(remarked, "a", ledger) == {"image": "a"}
    assert picture_sets.taken(broken, "b", ledger) is None
    assert ledger.noted == {"a": "It was coloured."} and ledger.left_out == {"b": "It is cut."}
    with pytest.raises(ZeroDivisionError):
        picture_sets.taken(lambda: 1 / 0, "c", ledger)


def test_a_mask_of_another_size_is_refused_with_both_sizes(tmp_path):
    save(tmp_path / "mask.png", disc(30, 40))
    assert picture_sets.fitting(tmp_path / "mask.png", None, (90, 120)).sum() > 500
    with pytest.raises(errors.DataError, match=r"120 x 90 \(rows x columns\).*90 x 120"):
        picture_sets.fitting(tmp_path / "mask.png", None, (120, 90))


def test_copies_in_one_class_are_left_out_and_in_two_classes_are_kept_for_judgement():
    rows = [
        {"image": "a", "hash": 1, "label": "benign"},
        {"image": "b", "hash": 1, "label": "benign"},
        {"image": "c", "hash": 1, "label": "malignant"},
        {"image": "d", "hash": 2, "label": "benign"},
    ]
    ledger = facts.Ledger()
    kept = picture_sets.without_copies(rows, ledger)
    assert [row["image"] for row in kept] == ["a", "c", "d"]
    assert ledger.left_out == {"b": "Its pixels are those of a."}


def test_look_alikes_are_one_patient_whatever_their_order_and_contradictions_go(tmp_path):
    brighter = np.clip(picture(1) * 1.04, 0, 255).astype(np.uint8)
    for name, pixels in {"a": picture(1), "b": picture(2), "c": brighter, "d": picture(3)}.items():
        save(tmp_path / f"{name}.png", pixels)

    def rows(order, **labels):
        return [{"image": f"{name}.png", "label": labels.get(name, "x")} for name in order]

    for order in ("abcd", "dcba", "cadb"):
        ledger = facts.Ledger()
        found = picture_sets.alike(rows(order), tmp_path, "set", ledger, "label")
        who = {row["image"][0]: row["patient_id"] for row in found}
        assert who["a"] == who["c"] and len(set(who.values())) == 3 and not ledger.left_out
    found = picture_sets.alike(rows("abcd", c="y"), tmp_path, "set", ledger, "label")
    assert [row["image"] for row in found] == ["b.png", "d.png"]
    assert set(ledger.left_out) == {"a.png", "c.png"}
    assert picture_sets.alike([], tmp_path, "set", ledger) == []
