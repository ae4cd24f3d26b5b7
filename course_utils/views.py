"""What the sliders of lessons 00 to 03 draw: pure functions from plain values to one picture.

Each one can be called, tested and read without a widget. Images are float, (H, W), 0..1.
"""

import numpy as np

from course_utils import augment, enhance, figures


def frame(pixels, frame, gain_db=0):
    """One frame of a cine (T, H, W), made brighter or darker by `gain_db` decibels, pixel for pixel."""
    picture = enhance.gain(pixels[frame], gain_db)
    white = 100 * float(np.mean(picture >= 1))
    return figures.plain(picture, f"Frame {frame} at a gain of {gain_db:+} dB; {white:.0f} % of the pixels are white.")
