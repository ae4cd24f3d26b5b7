"""Cut to the scan: the set's own box first, else a found one, and never a guess that is unsure."""

import cv2
import numpy as np
import pandas
import pytest

from course_utils.cases import samples
from course_utils.core import errors
from course_utils.segment import batches, prediction, scans


@pytest.fixture
def table(tmp_path):
    """Two speckled scans inside a grey frame, the muscle a bar in each; one row knows its box."""
    rng = np.random.default_rng(0)
    rows = []
    for number in range(2):
        image = np.full((300, 320), 90, np.uint8)
        image[40:280, 50:300] = np.clip(rng.rayleigh(60, (240, 250)), 0, 255)
        mask = np.zeros_like(image)
        mask[100:160, 50:300] = 255
        for kind, pixels in (("image", image), ("mask", mask)):
            cv2.imwrite(str(tmp_path / f"{kind}{number}.png"), pixels)
        rows.append(
            {"image": f"image{number}.png", "mask": f"mask{number}.png", "patient_id": f"P{number}"}
        )
    made = pandas.DataFrame(rows)
    made.loc[0, list(scans.SIDES)] = [40, 280, 50, 300]
    made.attrs["folder"] = str(tmp_path)
    return made


def test_the_sets_own_box_comes_first_and_the_course_finds_the_other(table):
    found = scans.located(table)
    assert list(found.scan_from) == [scans.OWN, scans.FOUND]
    own, other = found[list(scans.SIDES)].to_numpy()
    assert list(own) == [40, 280, 50, 300] and np.abs(own - other).max() <= 4
    assert "1 by the set's own table, 1 by the course's search" in scans.told(found)
    again = scans.located(found)
    assert list(again.scan_from) == list(found.scan_from)  # it remembers where they came from


def test_cut_and_pasted_are_each_others_reverse():
    picture = np.arange(80.0).reshape(8, 10)
    sides = (2, 6, 1, 9)
    back = scans.pasted(scans.cut(picture, sides), sides, picture.shape)
    assert np.array_equal(back[2:6, 1:9], picture[2:6, 1:9]) and back.sum() == back[2:6, 1:9].sum()


def test_what_is_no_scan_is_not_cut():
    flat = np.zeros((200, 220), np.float32)
    assert scans.box(flat) == ((0, 200, 0, 220), scans.WHOLE)


def test_a_box_outside_its_picture_is_refused():
    case = dict(zip(scans.SIDES, (0, 500, 0, 50), strict=True))
    with pytest.raises(errors.DataError, match="does not lie in its picture"):
        scans.box(np.zeros((200, 220), np.float32), case)


def test_a_network_sees_the_scan_alone_in_training_and_in_use(table):
    source = batches.Source(table, size=64, shuffle=False, batch=1)
    case = scans.read(table, 0)
    assert case.image.shape == (240, 250) and case.spacing is None
    assert np.array_equal(source.images()[0, ..., 0], batches.prepare(case.image, 64))
    whole = batches.Source(table, size=64, shuffle=False, batch=1, cut=False)
    assert not np.array_equal(source.images()[0], whole.images()[0])

    class Everywhere:
        def predict_on_batch(self, batch):
            return np.ones_like(batch)

    drawn = prediction.predict(Everywhere(), np.ones((300, 320), np.float32), 64, box=case.box)
    assert drawn.shape == (300, 320) and drawn.sum() == 240 * 250
    assert prediction.score(Everywhere(), table, 64).dice.iloc[0] == pytest.approx(0.4)


def test_on_the_samples_the_course_finds_what_the_set_says():
    hires = samples.table("muscle_hires").head(4)
    found = scans.located(hires.drop(columns=list(scans.SIDES)))
    apart = (found[list(scans.SIDES)] - hires[list(scans.SIDES)]).abs()
    assert apart.to_numpy().max() <= 3 and set(found.scan_from) == {scans.FOUND}


def test_matching_gives_the_other_grey_levels_and_keeps_the_order(table):
    levels = scans.grey_levels(table)
    image = np.random.default_rng(1).random((80, 90), dtype=np.float32) ** 3
    found = scans.matched(image, levels)
    assert np.abs(np.quantile(found, np.linspace(0, 1, 256)) - levels).max() < 0.02
    order = np.argsort(image, axis=None)
    assert (np.diff(found.ravel()[order]) >= 0).all()


def test_the_blind_guess_is_worst_where_it_overlaps_least(table):
    moved = table.copy()
    row = prediction.farthest(table, moved)
    guess = prediction.blind(table, (240, 250))
    assert row in (0, 1) and guess.shape == (240, 250) and set(np.unique(guess)) == {0, 1}
