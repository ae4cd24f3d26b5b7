"""Pictures and tables of lesson 06, on a simulated clip with its exact outline."""

import json
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from course_utils import ejection_fraction
from course_utils.cases import clips as cines
from course_utils.cases import samples
from course_utils.core import errors
from course_utils.ejection_fraction import pictures as hearts
from course_utils.ejection_fraction.beats import find as find_beats
from course_utils.show.player import Player
from tests.conftest import ROOT

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
        mask.sum(axis=(1, 2)) * np.prod(clip.spacing)
        for mask, clip in zip(masks, clips, strict=True)
    ]
    beats = [find_beats(area, clip.fps).beats[0] for area, clip in zip(areas, clips, strict=True)]
    answer = SimpleNamespace(
        ef=50.0,
        interval=(44.0, 56.0),
        set_on="synthetic hearts of this course",
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


def test_the_film_has_outline_curve_and_card(study):
    (four, _), answer = study
    answer.category = None
    film = hearts.film(four, answer.masks_4ch, answer.areas, title="patient", answer=answer)
    told = film.told
    assert len(told["images"]) == len(told["paths"]) == len(four.frames)
    assert len({one["network"] for one in told["paths"]}) > len(four.frames) / 2  # it moves
    assert told["curve"] == pytest.approx(answer.areas.tolist())
    assert told["interval"] == round(2000 / four.fps)
    assert "synthetic patient" in film.alt and film.kind == "synthetic"
    assert "50 %" in film.beside.text() and "44 to 56 %" in film.beside.text()
    real = hearts.film(four, title="patient", synthetic=False)
    assert "synthetic" not in real.html() and not any(real.told["paths"])


def test_a_live_film_goes_to_a_frame(study):
    (four, _), answer = study
    film = Player(hearts.film(four))
    assert not film.touched
    film.set(frame=answer.es)
    assert film.touched and film.values == {"frame": answer.es}
    with pytest.raises(errors.DataError, match="frame must be"):
        film.set(frame=len(four.frames))


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
    assert "43 %" in picture.alt and "37 to 50" in picture.alt and "10 points" in picture.alt
    assert "14 points" in picture.alt  # one reading, and two


def test_the_editor_starts_at_the_machines_number_and_follows_a_handle(study):
    clips, answer = study
    edit = hearts.editor(answer, *clips)
    start = edit.reading
    x, y = edit.contour(1).apex
    edit.set(1, "apex", x, y + 12)
    assert edit.reading != start and edit.touched
    expected = ejection_fraction.ef_from_masks(
        *edit.masks, spacing_4ch=clips[0].spacing, spacing_2ch=clips[1].spacing
    )
    assert edit.card["value"] == round(expected)
    assert len(hearts.editor(answer, clips[0]).masks) == 2


def test_the_card_has_the_machines_interval_and_then_that_of_a_reader(study):
    (four, _), answer = study
    edit = hearts.editor(answer, four)
    assert "44 to 56 %" in edit.card["small"] and "machine" in edit.card["small"]
    assert edit.card["big"] == edit.first == "EF 50 %" and edit.card["value"] == 50
    x, y = edit.contour("A4C ES").apex
    edit.set("A4C ES", "apex", x, y + 3)
    value = edit.card["value"]
    assert f"{value} %" in edit.card["big"] and "one expert" in edit.card["small"]
    assert f"{value - 10:.0f}" in edit.card["small"] or f"{value - 9:.0f}" in edit.card["small"]
    assert edit.card["remark"] == "" and "synthetic" in edit.card["kind"]


def test_an_outline_that_leaves_the_wall_is_remarked(study):
    (four, _), answer = study
    edit = hearts.editor(answer, four)
    for name, far in (("left 3", -9), ("right 3", 9)):
        x, y = edit.contour("A4C ED").handles[name]
        edit.set("A4C ED", name, x + far, y)
    assert "A4C ED: along" in edit.card["remark"] and "not on the wall" in edit.card["remark"]


def test_an_end_systole_larger_than_end_diastole_is_no_measurement(study):
    (four, _), answer = study
    edit = hearts.editor(answer, four)
    edit.put("A4C ES", answer.masks_4ch[answer.ed])
    edit.put("A4C ED", answer.masks_4ch[answer.es])
    assert edit.card["big"] == "No measurement" and "larger at end-systole" in edit.card["small"]
    assert edit.card["value"] is None


def test_the_showpiece_beats_without_a_network():
    code = (
        "import json, sys\nfrom course_utils.ejection_fraction import pictures\n"
        "shown = pictures.showpiece()\n"
        "path = shown.views[0]['path']\n"
        "print(json.dumps({'moving': shown.moving, 'ef': shown.card['value'], 'path': path,"
        " 'frames': len(shown.views[0]['told']['images']), 'modules': list(sys.modules)}))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    told = json.loads(ran.stdout.splitlines()[-1])
    assert told["moving"] and len(told["path"]) == told["frames"] > 20
    assert len({tuple(contour) for contour in told["path"]}) > 10  # it moves
    four, _ = cines.study(samples.table("echo"), hearts.SHOWPIECE)
    areas = (four.labels == 1).sum(axis=(1, 2))
    masks = [
        (four.labels[frame] == 1).astype(np.uint8) for frame in (areas.argmax(), areas.argmin())
    ]
    exact = ejection_fraction.ef_from_masks(*masks, spacing_4ch=four.spacing)
    assert told["ef"] == pytest.approx(exact, abs=0.51)
    assert not {"tensorflow", "keras"} & set(told["modules"])


def test_a_refused_answer_stops_with_its_reasons():
    bad = SimpleNamespace(refused=True, reasons=["Too dark."])
    with pytest.raises(errors.DataError, match="Too dark. Choose another PATIENT"):
        hearts.measured(bad)
    good = SimpleNamespace(refused=False)
    assert hearts.measured(good) is good


def test_the_ward_keeps_the_refused_in_its_table(table):
    patients = table.patient_id.unique()[:2]
    good = SimpleNamespace(refused=False, ef=51.0, interval=(45.0, 57.0), reasons=[], set_on="")
    bad = SimpleNamespace(refused=True, ef=float("nan"), interval=None, reasons=["too dark."])
    ward = hearts.ward(table, dict(zip(patients, (good, bad), strict=True)))
    truth = float(table.loc[table.patient_id == patients[0], "ef"].iloc[0])
    assert ward.difference.iloc[0] == pytest.approx(51.0 - truth)
    assert list(ward.inside) == ["yes" if 45 <= truth <= 57 else "no", "refused"]
    assert np.isnan(ward.ef.iloc[1]) and ward.why.iloc[1] == "too dark." and ward.refused.iloc[1]
    with pytest.raises(errors.DataError, match="No study"):
        hearts.ward(table, {})


def test_by_views_puts_one_view_beside_both_and_the_truth(table, study):
    (four, two), answer = study
    patient = table.patient_id.iloc[0]
    bad = SimpleNamespace(refused=True)
    found = hearts.by_views(table, {patient: answer, "E99": bad})
    alone = ejection_fraction.ef_from_masks(
        answer.masks_2ch[answer.ed_2ch], answer.masks_2ch[answer.es_2ch], spacing_4ch=two.spacing
    )
    assert list(found.index) == [patient] and found.two.iloc[0] == pytest.approx(alone, abs=0.01)
    assert found.apart.iloc[0] == pytest.approx(found.four.iloc[0] - found.two.iloc[0])
    assert found.both.iloc[0] == 50 and hearts.by_views(table, {"E99": bad}).empty


def test_a_refusal_stands_beside_its_film(study):
    (four, _), _ = study
    bad = SimpleNamespace(refused=True, reasons=["Too dark.", "Too short."])
    said = hearts.film(four, synthetic=False, answer=bad).html()
    assert "none" in said and "Too dark. Too short." in said and "Real data." in said


def test_refused_clips_are_shown_and_without_any_it_says_so(table):
    patient = table.patient_id.iloc[0]
    assert f"{patient}, A4C" in hearts.refused(table, [patient]).alt
    assert "nobody was refused" in hearts.refused(table, []).alt
