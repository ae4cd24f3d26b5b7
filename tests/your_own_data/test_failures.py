"""The worst cases of a judged network: the worst patients, and no writing that travels."""

import cv2
import numpy as np
import pandas
import pytest

from course_utils import load
from course_utils.cases import samples
from course_utils.privacy import writing
from course_utils.your_own_data import failures, judged


@pytest.mark.slow
def test_failures_are_the_worst_patients_and_say_so(tmp_path):
    rows, rng = [], np.random.default_rng(0)
    for number in range(4):
        image = rng.integers(0, 255, (32, 32)).astype(np.uint8)
        mask = np.zeros((32, 32), np.uint8)
        mask[: 8 * (number + 1), 1:] = 255
        for name, pixels in (("i", image), ("m", mask)):
            cv2.imwrite(str(tmp_path / f"{name}{number}.png"), pixels)
        rows.append(
            {"image": f"i{number}.png", "mask": f"m{number}.png", "patient_id": f"P{number // 2}"}
        )
    table = pandas.DataFrame(rows)
    table.attrs["folder"] = str(tmp_path)

    class Half:
        input_shape = (None, 32, 32, 1)

        def predict_on_batch(self, batch):
            answer = np.zeros((1, 32, 32, 1), np.float32)
            answer[:, :16] = 1
            return answer

    from course_utils import segment

    found = segment.score(Half(), table, size=32)
    result = judged.Judged(found, {"test": table}, {}, True, model=Half(), size=32)
    shown = result.failures(count=5)
    assert [picture.alt.split(":")[0] for picture in shown] == [
        "One of the worst synthetic cases, patient P0",
        "One of the worst synthetic cases, patient P1",
    ]
    # Truth of 8 rows of 31 pixels and 32 rows of 31; drawn are 16 rows of 32.
    assert f"Dice {2 * 8 * 31 / (8 * 31 + 512):.2f}" in shown[0].alt
    assert f"Dice {2 * 16 * 31 / (32 * 31 + 512):.2f}" in shown[1].alt


@pytest.mark.slow
def test_writing_in_a_failure_is_made_black_before_it_travels():
    table = samples.table("muscle_general")
    row = table[table.burned_in].iloc[0]
    image = load.image(samples.folder("muscle_general") / row["image"])
    shown, told = failures.without_writing(image)
    assert "blanked" in told and writing.lines(image) and not writing.lines(shown)
    clean = load.image(samples.folder("muscle_hires") / samples.table("muscle_hires").image[0])
    same, nothing = failures.without_writing(clean)
    assert nothing == "" and np.array_equal(same, clean)
