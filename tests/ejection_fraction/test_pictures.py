"""Pictures and tables of lesson 06, on a simulated clip with its exact outline."""

from types import SimpleNamespace

import numpy as np
import pytest

from course_utils import ejection_fraction
from course_utils.cases import clips as cines
from course_utils.cases import samples
from course_utils.core import errors
from course_utils.ejection_fraction import pictures as hearts
from course_utils.ejection_fraction.beats import find as find_beats

pytestmark = pytest.mark.slow  # together they take longer than a quick run allows


@pytest.fixture(scope="module")
def table():
    return samples.table("echo")


@pytest.fixture(scope="module")
def study(table):
    """One patient's clips, with an answer made of their exact outlines."""
    clips = cines.study(table, table.patient_id.iloc[0])
    masks = [(clip.labels == 1).astype(np.uint8) for clip in clips]
    areas = [
        ejection_fraction.area_curve(mask, clip.spacing)
        for mask, clip in zip(masks, clips, strict=True)
    ]
    beats = [find_beats(area, clip.fps).beats[0] for area, clip in zip(areas, clips, strict=True)]
    answer = SimpleNamespace(
        ef=50.0,
        interval=(44.0, 56.0),
        ed=beats[0].ed,
        es=beats[0].es,
        ed_2ch=beats[1].ed,
        es_2ch=beats[1].es,
        masks_4ch=masks[0],
        masks_2ch=masks[1],
        areas=areas[0],
        refused=False,
        reasons=[],
    )
    return clips, answer


def test_the_film_follows_its_slider_and_names_frame_and_area(study):
    (four, _), answer = study
    film = hearts.film(four, answer.masks_4ch, answer.areas, title="patient")
    first = film.picture.png
    film.set(frame=answer.es)
    assert film.picture.png != first and f"frame {answer.es} " in film.picture.alt
    least = 100 * answer.areas[answer.es] / answer.areas.max()
    assert f"{least:.0f} % of the largest" in film.picture.alt
    assert film.picture.alt.startswith("synthetic patient")
    assert hearts.film(four, title="patient", synthetic=False).picture.alt.startswith("patient")


def test_the_film_without_an_outline_shows_none(study):
    (four, _), answer = study
    bare = hearts.still(four.frames, 3)
    outlined = hearts.still(four.frames, 3, answer.masks_4ch)
    assert bare.png != outlined.png and "area" not in bare.alt


def test_the_discs_say_how_long_and_how_wide(study):
    (four, _), answer = study
    picture = hearts.discs(four.frames[answer.ed], answer.masks_4ch[answer.ed], four.spacing)
    length = ejection_fraction.long_axis(answer.masks_4ch[answer.ed], four.spacing).length
    assert f"{length:.0f} mm" in picture.alt and "20 diameters" in picture.alt
    assert "pixels" in hearts.discs(four.frames[0], answer.masks_4ch[0]).alt


@pytest.mark.parametrize("sex", ["F", "M", None])
def test_the_ruler_carries_the_interval_and_the_experts(sex):
    picture = hearts.ruler(43.2, (37.0, 50.4), sex)
    assert picture.alt.startswith("synthetic ejection fraction")
    assert hearts.ruler(43.2, (37.0, 50.4), sex, synthetic=False).png != picture.png
    assert "43 %" in picture.alt and "37 to 50" in picture.alt and "14 points" in picture.alt


def test_the_editor_starts_at_the_machines_number_and_follows_a_handle(study):
    clips, answer = study
    edit = hearts.editor(answer, *clips)
    start = edit.reading
    expected = ejection_fraction.ef_from_masks(
        answer.masks_4ch[answer.ed],
        answer.masks_4ch[answer.es],
        answer.masks_2ch[answer.ed_2ch],
        answer.masks_2ch[answer.es_2ch],
        clips[0].spacing,
        clips[1].spacing,
    )
    assert f"{expected:.0f} %" in start
    x, y = edit.contour(1).apex
    edit.set(1, "apex", x, y + 12)
    assert edit.reading != start and edit.touched
    assert len(hearts.editor(answer, clips[0]).masks) == 2


def test_the_reading_follows_a_slider_without_jumps(study):
    (four, _), answer = study
    start = {
        name: 100 if name.endswith("percent") else 0.0
        for name in hearts.edit_sliders(answer, four).values
    }
    numbers = np.array(
        [
            hearts.edited_ef({**start, "systole_width_percent": width}, answer, four)
            for width in range(96, 110)
        ]
    )
    steps = np.diff(numbers)
    assert (steps < 0).all() and steps.min() > -2.5


def test_an_end_systole_larger_than_end_diastole_is_no_measurement(study):
    (four, _), answer = study
    panel = hearts.edit_sliders(answer, four)
    panel.set(
        systole_width_percent=120,
        systole_apex_mm=10.0,
        diastole_width_percent=80,
        diastole_apex_mm=-10.0,
    )
    assert "No measurement: the ventricle is larger at end-systole" in panel.picture.reading


def test_a_refused_answer_stops_with_its_reasons():
    bad = SimpleNamespace(refused=True, reasons=["Too dark."])
    with pytest.raises(errors.DataError, match="Too dark. Choose another PATIENT"):
        hearts.measured(bad)
    good = SimpleNamespace(refused=False)
    assert hearts.measured(good) is good


def test_the_sliders_give_the_same_number_as_the_function_behind_them(study):
    (four, _), answer = study
    panel = hearts.edit_sliders(answer, four)
    before = hearts.edited_ef(panel.values, answer, four)
    panel.set(systole_width_percent=115)
    after = hearts.edited_ef(panel.values, answer, four)
    assert after < before - 3 and f"{after:.0f} %" in panel.picture.reading


def test_the_ward_keeps_the_refused_in_its_table(table):
    patients = table.patient_id.unique()[:2]
    good = SimpleNamespace(refused=False, ef=51.0, interval=(45.0, 57.0), reasons=[])
    bad = SimpleNamespace(refused=True, ef=float("nan"), interval=None, reasons=["too dark."])
    ward = hearts.ward(table, dict(zip(patients, (good, bad), strict=True)))
    truth = float(table.loc[table.patient_id == patients[0], "ef"].iloc[0])
    assert ward.difference.iloc[0] == pytest.approx(51.0 - truth)
    assert list(ward.inside) == ["yes" if 45 <= truth <= 57 else "no", "refused"]
    assert np.isnan(ward.ef.iloc[1]) and ward.why.iloc[1] == "too dark." and ward.refused.iloc[1]
    with pytest.raises(errors.DataError, match="No study"):
        hearts.ward(table, {})


def test_refused_clips_are_shown_and_without_any_it_says_so(table):
    patient = table.patient_id.iloc[0]
    assert f"{patient}, A4C" in hearts.refused(table, [patient]).alt
    assert "nobody was refused" in hearts.refused(table, []).alt


def test_reading_cases_are_good_clips_in_an_order_of_their_own(table):
    pictures, truth = hearts.reading_cases(table, count=20, seed=1)
    assert len(pictures) == len(truth) == 20 and set(truth) == {0, 1}
    again, other = (hearts.reading_cases(table, 20, seed)[1] for seed in (1, 2))
    assert np.array_equal(truth, again) and not np.array_equal(truth, other)
    assert not any(word in picture.alt for picture in pictures for word in ("50", "yes", "E0"))
    with pytest.raises(errors.DataError, match="no A4C clip"):
        hearts.reading_cases(table[table.must_refuse], 5)
