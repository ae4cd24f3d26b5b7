"""The README's moving picture: a whole beat, synthetic, with the volume that its discs give."""

import numpy as np
from PIL import Image

from course_utils.cases import clips, samples
from tools.data import readme_picture


def test_a_frame_is_drawn_with_its_outline_and_its_discs():
    clip, _ = clips.study(samples.table("echo"), readme_picture.PATIENT)
    first, second = readme_picture.frames(clip, (0, 2))
    assert first.shape == second.shape and first.shape[1] == 2 * readme_picture.WIDTH
    coloured = np.ptp(first.astype(int), axis=2) > 60
    assert 0.01 < coloured.mean() < 0.1  # outline and discs, and the rest grey


def test_the_picture_in_the_readme_moves_and_is_small():
    picture = Image.open(readme_picture.PICTURE)
    assert picture.n_frames >= 15 and readme_picture.PICTURE.stat().st_size < 1e6
    assert "docs/beating_heart.webp" in (readme_picture.ROOT / "README.md").read_text("utf-8")
