"""The probe that the learner moves: what it shows, says and records, and that its page is drawn fast."""

import shutil

import numpy as np
import pandas as pd
import pytest

from course_utils.checks import guidance as checks
from course_utils.core.errors import DataError
from course_utils.guidance import Gate, chests, poses, sweeps


def test_the_stored_pictures_are_those_of_the_patient():
    frames, table = sweeps.stored()
    assert frames.shape == (len(table), sweeps.PIXELS, sweeps.PIXELS)
    assert table.quality.max() == 1 and table.quality.min() == 0
    window = chests.Window(chests.patient(sweeps.SHOWN))
    for row in (60, 61, 5):
        pose = poses.Pose(float(table.slide_mm[row]), float(table.tilt_deg[row]))
        made = 255 * window.frame(pose)
        assert np.abs(made - frames[row]).mean() < 3  # what WebP loses
        assert window.quality(pose) == pytest.approx(table.quality[row])


@pytest.mark.parametrize("part", sweeps.PARTS)
def test_the_best_place_is_on_the_sheet_and_not_in_the_middle(part):
    _, table = sweeps.stored(part)
    best = table.loc[table.quality.idxmax()]
    assert best.quality == 1
    assert best.slide_mm != np.median(table.slide_mm.unique())
    assert best.tilt_deg != np.median(table.tilt_deg.unique())


def test_the_hand_starts_at_a_bad_view_and_moves_from_code():
    for panel in (sweeps.sweep(), sweeps.sweep("blind", blind=True)):
        first = panel.truths[panel._now()]
        assert first < poses.USABLE and not panel.touched and panel.recorded == {}
        panel.set(slide_mm=0.4, tilt_deg=-0.3)
        assert panel.values == {"slide_mm": 0, "tilt_deg": 0} and panel.touched
        panel.record()
        assert panel.recorded == {"slide_mm": 0, "tilt_deg": 0, "quality": 1}
        with pytest.raises(DataError, match="slide_mm"):
            panel.set(slide_mm=80, tilt_deg=0)


def test_advice_leads_to_a_good_view_from_everywhere():
    panel = sweeps.sweep()
    for start in ([0, 0], [10, 10], [0, 10], [10, 0]):
        place = list(start)
        for _ in range(60):
            word = panel.words[place[0] * len(panel.tilts) + place[1]]
            if word == "hold":
                break
            axis = 0 if word.startswith("slide") else 1
            place[axis] += 1 if word.endswith("head") else -1
        assert panel.truths[place[0] * len(panel.tilts) + place[1]] >= panel.gate["on"], start


def test_a_network_may_stand_in_for_the_truth():
    frames, table = sweeps.stored()
    says = pd.DataFrame(
        {
            "says_quality": np.full(len(table), 0.3),
            "says_slide_mm": np.full(len(table), 9.0),
            "says_tilt_deg": 0.0,
            "says_picture": 0.5,
        }
    )
    panel = sweeps.sweep(says=says, gate=Gate(0.8, 0.7, 9))
    assert set(panel.words) == {"slide towards the feet"} and set(panel.pictures) == {0.5}
    assert panel.truths == sweeps.sweep().truths and panel.gate == {
        "on": 0.8,
        "off": 0.7,
        "dwell": 9,
    }
    with pytest.raises(DataError, match="equally many"):
        sweeps.Sweep(frames, table, says.head(3), Gate(), False)
    with pytest.raises(DataError, match="first, blind"):
        sweeps.stored("other")


def test_it_reads_without_a_kernel_and_blind_gives_nothing_away():
    shown, blind = sweeps.sweep(), sweeps.sweep("blind", blind=True)
    assert "towards" in shown.text() and "<img" in shown.html() and "alt=" in shown.html()
    assert "view" not in blind.text().split(".")[0] and "towards" not in blind.text()


def test_the_check_reads_the_panel(progress_file):
    panel = sweeps.sweep("blind", blind=True)
    assert checks.best_view(panel).status == "not attempted"
    panel.set(0, -2)
    assert "Record" in checks.best_view(panel).message
    panel.set(0, 0)
    panel.record()
    assert checks.best_view(panel).status == "right"


CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
PAGE = """<!doctype html><meta charset="utf-8"><div id="one"></div><script type="module">
{script}
const told = {state}, on = {{}};
window.model = {{ get: (key) => told[key], save_changes() {{}}, on: (event, run) => (on[event] ??= []).push(run),
  set(key, value) {{ told[key] = value; (on["change:" + key] || []).forEach((run) => run()); }} }};
render({{ model: window.model, el: document.getElementById("one") }});
</script>"""


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_keys_move_the_hand_within_150_ms_and_a_held_view_is_recorded(tmp_path):
    import json

    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    panel = sweeps.sweep()
    state = {name: getattr(panel, name) for name in panel.trait_names(sync=True) if name[0] != "_"}
    state = {
        name: value for name, value in state.items() if isinstance(value, (str, list, dict, bool))
    }
    script = panel._esm if isinstance(panel._esm, str) else ""
    script = script or (sweeps.Path(sweeps.__file__).with_name("sweep.js")).read_text("utf-8")
    page_file = tmp_path / "page.html"
    body = PAGE.format(
        script=script.replace("export default { render };", ""), state=json.dumps(state)
    )
    page_file.write_text(body, encoding="utf-8")
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
        )
        page = browser.new_page(viewport={"width": 700, "height": 900})
        page.goto(page_file.as_uri())
        hand = page.locator(".course-sweep")
        hand.focus()
        waits = []
        for key in ["ArrowLeft"] * 5 + ["ArrowUp"] * 3:
            hand.press(key)
            waits.append(float(hand.get_attribute("data-ms")))
        assert page.evaluate("model.get('place')") == [6, 4]  # the best place, by eight presses
        assert max(waits) < 150, waits
        assert page.locator(".advice").inner_text().endswith("hold")
        page.wait_for_function("model.get('taken').length === 2", timeout=10_000)
        assert "True quality of this view: 1.00" in page.locator("[role=status]").inner_text()
        page.get_by_role("button", name="Start again").click()
        assert page.evaluate("model.get('taken')") == []
        wide = page.evaluate("document.documentElement.scrollWidth")
        browser.close()
    assert wide <= 700
