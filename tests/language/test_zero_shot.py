"""Naming by sentences, without training."""

import numpy as np
import pytest

from course_utils.core import errors
from course_utils.language import rules, zero_shot


def test_balanced_accuracy_by_hand():
    truth, said = ["a", "a", "a", "b"], ["a", "a", "b", "b"]
    assert zero_shot.balanced(truth, said) == pytest.approx((2 / 3 + 1) / 2)
    assert zero_shot.balanced(truth, ["a"] * 4) == 0.5
    assert all(len(texts) == 3 for texts in zero_shot.prompts("organ").values())


def test_no_sentence_of_a_prompt_names_another_tag():
    for dimension in ("diagnosis", "shape", "margins", "echogenicity"):
        for tag, texts in zero_shot.prompts(dimension).items():
            for text in texts:
                assert tag in rules.tag(text) or not rules.tag(text), (tag, text)
    with pytest.raises(errors.DataError, match="no dimension"):
        zero_shot.prompts("colour")


def test_counted_balanced_accuracy_is_the_compared_one():
    draws = np.random.default_rng(3)
    truth, said = draws.choice(list("abc"), (2, 30))
    counted = zero_shot._balanced_of(truth, said)
    for rows in draws.integers(0, 30, (5, 12)):
        wanted = zero_shot.balanced(truth[rows], said[rows])
        assert counted(rows.astype(float)) == pytest.approx(wanted)
