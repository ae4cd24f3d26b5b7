import json
import shutil
import subprocess
import warnings
from pathlib import Path

import numpy as np
import pytest

from course_utils.core import errors
from course_utils.ejection_fraction import contours, tracer
from course_utils.evaluate import metrics
from tests.ejection_fraction.test_contours import SHAPE, ventricle

pytestmark = pytest.mark.slow  # together they take longer than a quick run allows

DIASTOLE, SYSTOLE = ventricle(length=70, width=40), ventricle(length=58, width=28)
NODE = shutil.which("node")


def grey(mask, seed=0):
    noise = np.random.default_rng(seed).rayleigh(0.15, mask.shape)
    return np.clip(noise * np.where(mask == 1, 0.4, 2), 0, 1).astype(np.float32)


def shrinks(masks):
    before, after = (int(mask.sum()) for mask in masks)
    if after > before:
        raise errors.DataError("the heart does not empty.")
    return f"area falls by {100 * (1 - after / before):.1f} %"


def tool(**changes):
    values = {
        "images": [grey(DIASTOLE), grey(SYSTOLE)],
        "masks": [DIASTOLE, SYSTOLE],
        "measure": shrinks,
        "alt": "Synthetic ventricle.",
        "titles": ["A4C ED", "A4C ES"],
    }
    return tracer.Tracer(**{**values, **changes})


def test_untouched_it_reads_the_automatic_masks_themselves():
    made = tool()
    assert np.array_equal(made.masks, [DIASTOLE, SYSTOLE]) and made.masks[0].dtype == np.uint8
    assert made.reading == made.first == shrinks([DIASTOLE, SYSTOLE])
    assert not made.touched and made.changed == []


def test_the_first_small_touch_does_not_make_the_reading_jump():
    made = tool()
    x, y = made.contour(0).apex
    made.set(0, "apex", x, y - 0.1)
    assert metrics.dice(DIASTOLE, made.masks[0]) > 0.985
    assert abs(made.masks[0].sum() / DIASTOLE.sum() - 1) < 0.01


def test_moving_a_handle_changes_its_frame_and_the_reading_follows():
    made = tool()
    heard = []
    made.observe(lambda change: heard.append(change.new["big"]), names="card")
    x, y = made.contour("A4C ES").apex
    made.set("A4C ES", "apex", x, y - 8)
    assert made.touched and made.changed == ["A4C ES"]
    assert made.masks[1].sum() > SYSTOLE.sum() and np.array_equal(made.masks[0], DIASTOLE)
    assert made.reading == shrinks(made.masks) == heard[-1] != made.first
    made.reset("A4C ES")
    assert made.changed == [] and made.reading == made.first and made.touched


def test_reset_without_a_frame_returns_all():
    made = tool()
    made.set(0, "left 3", 20, 50)
    made.set(1, "annulus right", 75, 80)
    assert made.changed == ["A4C ED", "A4C ES"]
    made.reset()
    assert made.changed == [] and np.array_equal(made.masks, [DIASTOLE, SYSTOLE])


def test_refusals_are_shown_as_a_reading():
    made = tool()
    for name, x in (("left 3", 2), ("right 3", 109)):
        made.set(1, name, x, 55)
    made.set(0, "left 3", 45, 55)
    made.set(0, "right 3", 66, 55)
    assert made.reading == "No measurement. the heart does not empty."
    made.reset()
    made.set(1, "apex", 55, 110)
    assert made.reading.startswith("No measurement. A4C ES: The walls of the contour cross")
    with pytest.raises(errors.DataError, match="A4C ES"):
        _ = made.masks
    made.reset(1)
    assert made.reading == made.first


def test_a_warning_of_the_measure_is_part_of_the_reading(recwarn):
    def unsure(masks):
        errors.warn("The axes differ.")
        errors.warn("The axes differ.")
        warnings.warn("from a library", UserWarning, stacklevel=1)
        return "EF 50 %"

    assert tool(measure=unsure).reading == "EF 50 %. The axes differ."
    assert [str(one.message) for one in recwarn] == ["from a library"]


def test_what_a_browser_sends_is_measured():
    made = tool()
    x, y = made.contour(0).apex
    sent = json.loads(json.dumps([made.contour(0).moved("apex", x, y - 5).numbers, made.traced[1]]))
    made.set_state({"traced": sent})
    assert made.changed == ["A4C ED"] and made.masks[0].sum() > DIASTOLE.sum()


def test_contours_may_be_given_instead_of_masks_and_shapes_may_differ():
    small = ventricle(length=40, width=24, shape=(64, 80), centre=(40, 31))
    contour = contours.from_mask(DIASTOLE)
    made = tool(
        images=[grey(DIASTOLE), grey(small)],
        masks=[contour, small],
        titles=None,
        measure=lambda masks: f"{[mask.shape for mask in masks]}",
    )
    assert made.titles == ["Frame 1", "Frame 2"]
    assert [(one["width"], one["height"]) for one in made.views] == [(112, 112), (80, 64)]
    assert np.array_equal(made.masks[0], contour.mask(SHAPE)) and made.masks[1].shape == (64, 80)


@pytest.mark.parametrize("count", [1, 4])
def test_one_to_four_frames(count):
    made = tool(
        images=[grey(DIASTOLE)] * count,
        masks=[DIASTOLE] * count,
        titles=None,
        measure=lambda masks: f"{len(masks)} masks",
    )
    assert made.reading == f"{count} masks" and len(made.views) == count


@pytest.mark.parametrize(
    "change, words",
    [
        ({"images": []}, "1 to 4"),
        ({"masks": [DIASTOLE]}, "1 masks"),
        ({"titles": ["a"]}, "1 titles"),
        ({"titles": ["a", "a"]}, "same title"),
        ({"alt": " "}, "alt"),
        ({"images": [grey(DIASTOLE)] * 5, "masks": [DIASTOLE] * 5, "titles": None}, "not 5"),
        ({"masks": [DIASTOLE, SYSTOLE[:50]]}, "one grid"),
        ({"masks": [DIASTOLE, 0 * SYSTOLE]}, "A4C ES: .* empty"),
        ({"images": [grey(DIASTOLE), np.zeros((112, 112, 3))]}, "grey values"),
    ],
)
def test_frames_that_do_not_belong_together_are_refused(change, words):
    with pytest.raises(errors.DataError, match=words):
        tool(**change)


@pytest.mark.parametrize(
    "move, words",
    [
        ((2, "apex", 5, 5), "A4C ED"),
        ((True, "apex", 5, 5), "frame"),
        (("A2C", "apex", 5, 5), "no frame"),
        ((0, "tip", 5, 5), "apex"),
        ((0, "apex", 500, 5), "outside"),
        ((0, "apex", "x", 5), "finite"),
        ((0, "apex", float("nan"), 5), "finite"),
    ],
)
def test_a_move_that_cannot_be_is_refused_and_changes_nothing(move, words):
    made = tool()
    with pytest.raises(errors.DataError, match=words):
        made.set(*move)
    assert not made.touched and made.changed == []


def test_it_reads_without_a_kernel():
    made = tool()
    data, _ = made._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert 'alt="area falls' in data["text/html"] and "Synthetic ventricle." in data["text/html"]
    assert f"<strong>{made.reading}</strong>" in data["text/html"]
    assert "<script" not in data["text/html"]
    assert data["text/plain"].startswith("[tracer] area falls")
    made.set(1, "apex", 55, 110)
    assert "No measurement" in made._repr_mimebundle_()[0]["text/html"]


JAVASCRIPT = """
import { curve, moved, place, HANDLES } from "./tracer.mjs";
const cases = JSON.parse(process.argv[2]);
console.log(JSON.stringify(cases.map(([numbers, which, x, y]) => ({
  names: HANDLES.map(([name]) => name), curve: curve(numbers),
  places: HANDLES.map(([, index]) => place(numbers, index)),
  moved: moved(numbers, HANDLES[which][1], x, y),
}))));
"""


@pytest.mark.skipif(NODE is None, reason="no node here; test_tracer_browser compares too")
def test_the_browser_draws_the_curve_that_python_measures(tmp_path):
    script = Path(tracer.__file__).with_name("tracer.js")
    (tmp_path / "tracer.mjs").write_bytes(script.read_bytes())
    (tmp_path / "run.mjs").write_text(JAVASCRIPT)
    rng = np.random.default_rng(4)
    shapes = [contours.from_mask(ventricle(angle)).numbers for angle in (0, 100)]
    shapes += [rng.uniform(-20, 110, 16).tolist() for _ in range(11)]  # any shape, crossed ones too
    shapes.append([50.0] * 16)  # all handles in one place
    cases = [
        [numbers, which % 13, *rng.uniform(0, 111, 2).tolist()]
        for which, numbers in enumerate(shapes)
    ]
    answer = subprocess.run(
        [NODE, "run.mjs", json.dumps(cases)],
        cwd=tmp_path,
        check=True,
        timeout=30,
        capture_output=True,
        text=True,
    ).stdout
    for (numbers, which, x, y), seen in zip(cases, json.loads(answer), strict=True):
        contour = contours.Contour.of(numbers)
        assert seen["names"] == list(contours.HANDLES)
        assert np.allclose(seen["curve"], contour.points(), atol=1e-9)
        assert np.allclose(seen["places"], list(contour.handles.values()), atol=1e-9)
        moved = contour.moved(contours.HANDLES[which], x, y)
        assert np.allclose(seen["moved"], moved.numbers, atol=1e-9)
