"""The machine that runs beside you: a beating heart, its outline and EF frame by frame, and an alarm
that rings, is acknowledged or overridden with a reason, and is logged. Not for diagnosis.
"""

import html
from collections import deque

import cv2
import ipywidgets
import numpy as np

from course_utils.core import errors, files
from course_utils.ejection_fraction import automatic, discs
from course_utils.ejection_fraction import shape as lvshape
from course_utils.monitor import alarms, loops
from course_utils.show import figures, pages, tiles, widgets

SIDE = 560  # screen pixels of the live picture
LEAST_VOLUMES = 6  # looks within a beat before an EF is shown


class Watcher:
    """The shipped network on one frame at a time, and the EF of the last beat from what it saw.

    clip: a `cases.clips.Clip` with spacing. beat_s: seconds of one beat. Call it with a frame
    (H, W), 0..1: the answer is (mask uint8 (H, W), ef in per cent, or NaN before a beat was seen).
    EF: single-plane discs; largest and smallest volume among the looks of the last beat.
    """

    def __init__(self, clip, beat_s, looks_a_second):
        discs.millimetres(clip.spacing)  # refuses a clip without millimetres, with the reason
        from course_utils.segment.batches import prepare  # brings Keras

        self._prepare, self._spacing = prepare, clip.spacing
        self._volumes = deque(maxlen=max(LEAST_VOLUMES, round(beat_s * looks_a_second)))
        self(clip.frames[0])  # the first call builds the network: nobody waits for it later
        self._volumes.clear()

    def __call__(self, frame):
        return self._see(frame, self._likely([frame])[0])

    def _likely(self, frames):
        prepared = np.stack([self._prepare(frame, automatic.SIZE) for frame in frames])
        return np.asarray(automatic.network().predict_on_batch(prepared[..., None]))[..., 0]

    def _see(self, frame, likely):
        likely = cv2.resize(likely.astype(np.float32), frame.shape[::-1])
        mask = lvshape.largest(likely > 0.5)[0].astype(np.uint8)
        if mask.any():
            self._volumes.append(discs.single_plane_volume(mask, self._spacing))
        if len(self._volumes) < self._volumes.maxlen:
            return mask, float("nan")
        return mask, discs.ejection_fraction(max(self._volumes), min(self._volumes))

    def beat(self, frames):
        """EF and largest outline of one beat of other frames of the clip: (per cent, per cent of
        the picture). NaN for the EF where fewer frames were outlined than a beat holds.
        """
        self._volumes.clear()
        frames = frames[: self._volumes.maxlen]
        answers = list(
            map(self._see, frames, self._likely(frames))
        )  # asked together: a third less time
        return answers[-1][1], 100 * max(mask.mean() for mask, _ in answers)


class Beside(pages.Shown):
    """The live panel. clip: with spacing. rule: an `alarms.Rule` on the EF. beat_s: one beat.

    Press play: each tick of the page looks at the newest frame; ticks that come late find a newer
    one, so nothing queues. `.tick()` does the same from code, `.acknowledge()`, `.override(reason)`
    answer the alarm. `.loop`, `.alarm`: what runs. `.save()` writes the log to the learner's own
    folder.
    """

    def __init__(self, clip, rule, beat_s, slower_s=0.0, every_ms=80, watcher=None):
        watcher = watcher or Watcher(clip, beat_s, min(clip.fps, 1000 / every_ms))
        look = loops.slowed(watcher, slower_s) if slower_s else watcher
        self._clip, self.alarm = clip, alarms.Alarm(rule)
        self.loop = loops.Loop(clip.frames, clip.fps, look)
        self._picture, self._told = figures.plain(clip.frames[0], "The first frame."), "Press play."
        self._play = ipywidgets.Play(min=0, max=1_000_000, interval=every_ms, show_repeat=False)
        self._play.observe(lambda _: self.tick(), names="value")
        self._play.observe(lambda change: change["new"] and self.loop.resume(), names="playing")
        self._view, self._line = ipywidgets.HTML(), ipywidgets.HTML()
        self._reason = ipywidgets.Text(
            placeholder="reason, to override", tooltip="Reason to override"
        )
        tips = {"acknowledge": "I have seen it", "override": "It is wrong, for the reason beside"}
        _, row = widgets.buttons(self._answered, tips)
        row.children += (self._reason,)
        self._box = ipywidgets.VBox([self._play, self._view, self._line, row])
        self._draw(clip.frames[0], watcher(clip.frames[0])[0], float("nan"))

    @property
    def touched(self):
        """Whether an alarm was answered."""
        return bool((self.alarm.log.answer != alarms.OPEN).any())

    @property
    def values(self):
        """How often it rang and what was answered: alarms, acknowledged, overridden."""
        answers = self.alarm.log.answer
        counts = {
            name: int((answers == name).sum()) for name in (alarms.ACKNOWLEDGED, alarms.OVERRIDDEN)
        }
        return {"alarms": len(answers), **counts}

    def tick(self):
        """Look once at the newest frame, and show it."""
        seen = self.loop.step()
        if seen is None:
            return
        picture, (mask, ef) = seen
        self.alarm.see(self._time(), ef)
        self._draw(picture, mask, ef)

    def run(self, seconds):
        """Tick for so many seconds from code, then stop. Returns what the loop tells."""
        self.loop.run(seconds, lambda picture, answer: self._after(picture, *answer))
        return self.loop.told()

    def wait(self, seconds):
        """Tick from code until an alarm is open, at most so many seconds. True if one is."""
        for _ in range(int(10 * seconds)):
            if (self.alarm.log.answer == alarms.OPEN).any():
                return True
            self.run(0.1)
        return False

    def acknowledge(self):
        """Answer the alarm: seen."""
        self.alarm.answer(self._time())
        self._line.value = widgets.status("Acknowledged.")

    def override(self, reason):
        """Answer the alarm: it is wrong, and why. Raises DataError without a reason."""
        if not isinstance(reason, str) or not reason.strip():
            raise errors.DataError("Say in a few words why the alarm is overridden.")
        self.alarm.answer(self._time(), reason)
        self._line.value = widgets.status(f"Overridden: {reason.strip()}.")

    def save(self, folder=None):
        """Write the log as `alarms_13.csv`, replacing an earlier one; returns the Path."""
        place = (files.my_work() if folder is None else folder) / "alarms_13.csv"
        return files.write_whole(
            place, lambda path: self.alarm.log.to_csv(path, index=False), replace=True
        )

    def _time(self):
        table = self.loop.table
        return 0.0 if table.empty else float(table.frame.iloc[-1] / self.loop.fps)

    def _after(self, picture, mask, ef):
        self.alarm.see(self._time(), ef)
        self._draw(picture, mask, ef)

    def _draw(self, frame, mask, ef):
        number = "measuring" if ef != ef else f"EF {ef:.0f} %"
        kind = "synthetic" if self._clip.synthetic else "real"
        alt = f"A beating heart with the outline of the network, {number}, {kind}."
        self._picture = live_picture(frame, mask, alt, self._clip.spacing, kind)
        self._view.value = self._picture.html()
        table = self.loop.table
        speed = ""
        if len(table):
            last = table.iloc[-1]
            speed = f" · answer {last.age_ms:.0f} ms old · {int(last.dropped)} frames let go"
        ringing = self._ringing()
        self._told = f"{number}{speed}"
        self._line.value = (
            f'<div role="status" aria-live="polite">{ringing}{html.escape(self._told)}</div>'
        )

    def _ringing(self):
        """What the alarm says: it shouts while it is open, and says quietly that it was answered."""
        if not self.alarm.ringing:
            return ""
        answer = self.alarm.log.answer.iloc[-1]
        if answer == alarms.OPEN:
            return "<b>ALARM: EF below the limit.</b> "
        return f"EF below the limit, {answer}. "

    def _answered(self, word):
        try:
            self.acknowledge() if word == "acknowledge" else self.override(self._reason.value)
        except errors.CourseError as problem:
            self._line.value = widgets.status(str(problem))

    def text(self):
        """What is shown."""
        return f"[live panel] {self._told}"

    def html(self):
        """The panel as it stands, for a page without a kernel."""
        return f"{self._picture.html()}<p>{html.escape(self._told)}</p>"


def live_picture(frame, mask, alt, spacing=None, kind="synthetic"):
    """One frame with the outline, in the look of the course and drawn fast: a Picture."""
    with figures.draft():  # half the pixels, so that it can follow the heart
        drawn = tiles.drawn(frame, SIDE, spacing, {"network": mask}, kind=kind)
    return figures.Picture(figures.png(drawn), alt, width=SIDE)
