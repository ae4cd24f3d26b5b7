"""A live loop that never queues: it always looks at the newest frame, and lets older ones go.

A camera makes a frame every 1 / fps seconds, whether anybody looks or not. A model that is slower
must drop frames or fall behind: in a queue, a model that needs twice the time of a frame is half a
minute late after a minute. Source: Dean and Barroso, The tail at scale, Commun ACM 2013,
doi:10.1145/2408776.2408794 (why the 95th percentile stands beside the median).
"""

import time

import numpy as np
import pandas as pd

from course_utils.core import accept, errors

LATE_MS = 100.0  # aim: 95 of 100 answers come within this


class Loop:
    """A cine played over and over as from a camera, and `look` asked about its newest frame.

    frames: (T, H, W), 0..1. fps: frames a second. look: a function of one frame (H, W). clock: a
    function that gives seconds; another one for tests. `.step()` looks once, if there is a new
    frame; `.table`: what was looked at, one row each: frame (counted from the start), latency_ms
    (of `look`), age_ms (from when the camera made the frame until its answer was there), dropped
    (frames let go before it). Raises DataError for no frames or an impossible frame rate.
    """

    def __init__(self, frames, fps, look, clock=time.perf_counter):
        self.frames, self.look, self._clock = np.asarray(frames), look, clock
        if self.frames.ndim != 3 or not len(self.frames):
            raise errors.DataError("A loop needs frames of the shape (T, rows, columns).")
        self.fps = accept.number(fps, "fps", *accept.PLAUSIBLE_FPS)
        self._rows, self._last, self._began = [], -1, clock()

    def step(self):
        """Look at the newest frame: (its picture (H, W), the answer), or None if there is no new one."""
        now = self._clock()
        newest = int((now - self._began) * self.fps)
        if newest <= self._last:
            return None
        picture = self.frames[newest % len(self.frames)]
        answer = self.look(picture)
        done = self._clock()
        age = done - (self._began + newest / self.fps)
        dropped = newest - self._last - 1
        self._rows.append((newest, 1000 * (done - now), 1000 * age, dropped))
        self._last = newest
        return picture, answer

    def resume(self):
        """Begin again after a pause: the camera stood still, so no frame of it was let go."""
        self._began = self._clock() - (self._last + 1) / self.fps

    def run(self, seconds, show=None):
        """Look for so many seconds. show: a function of (picture, answer) after each look, or None.

        Its time counts: who draws slowly sees fewer frames. Returns the table.
        """
        until = self._clock() + accept.number(seconds, "seconds", 0.01, 3600)
        self.resume()
        while self._clock() < until:
            seen = self.step()
            if seen is None:
                time.sleep(0.001)
            elif show is not None:
                show(*seen)
        return self.table

    @property
    def table(self):
        """What was looked at so far, one row each."""
        return pd.DataFrame(self._rows, columns=["frame", "latency_ms", "age_ms", "dropped"])

    def told(self):
        """What a person needs to know of the loop: a Series. Raises DataError before the first look.

        looks a second, median and 95th percentile of the latency and of the age (ms), share of
        frames dropped.
        """
        table = self.table
        if table.empty:
            raise errors.DataError("The loop has not looked at any frame yet.")
        seen = len(table)
        gone = table.frame.iloc[-1] + 1
        return pd.Series(
            {
                "looks a second": self.fps * seen / gone,
                "latency, median (ms)": table.latency_ms.median(),
                "latency, 95th percentile (ms)": table.latency_ms.quantile(0.95),
                "age of the answer, 95th percentile (ms)": table.age_ms.quantile(0.95),
                "frames dropped": table.dropped.sum() / gone,
            }
        )


def slowed(look, seconds, pause=time.sleep):
    """The same function, made slower by `seconds`: what a larger network would cost."""
    wait = accept.number(seconds, "seconds", 0, 60)

    def look_slowly(picture):
        """Wait, then look."""
        pause(wait)
        return look(picture)

    return look_slowly


def late_in_a_queue(latency_ms, fps, seconds):
    """How late an answer is, in seconds, after `seconds` of queueing every frame: a float.

    A model of `latency_ms` answers 1000 / latency_ms frames a second of `fps`. What is left over
    waits: seconds (1 - 1000 / (latency_ms fps)), or only the latency where the model keeps up.
    """
    latency, fps = accept.number(latency_ms, "latency_ms", 0), accept.number(fps, "fps", 1)
    behind = 1 - 1000 / (latency * fps) if latency * fps > 1000 else 0.0
    return accept.number(seconds, "seconds", 0) * behind + latency / 1000
