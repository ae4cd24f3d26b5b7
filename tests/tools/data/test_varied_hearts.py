"""Cuts of randomised hearts for training: made once, grey and placed anew in every step."""

import numpy as np
import pytest

from tools.data import varied_hearts


@pytest.fixture(scope="module")
def cuts(tmp_path_factory):
    place = tmp_path_factory.mktemp("cuts")
    return place, varied_hearts.part("worn", 3, place, count=2)


def test_a_part_holds_both_views_and_is_read_again(cuts):
    place, (levels, masks, widths) = cuts
    assert levels.shape == masks.shape == (4, varied_hearts.ROWS, varied_hearts.LINES)
    assert set(np.unique(masks)) == {0, 1} and (widths[0] == widths[1]) and widths[0] != widths[2]
    again = varied_hearts.part("worn", 3, place, count=99)
    assert np.array_equal(again[0], levels) and [path.name for path in place.iterdir()] == [
        "worn_003.npz"
    ]


def test_cavity_and_picture_stay_together_while_both_move(cuts):
    level = np.full((varied_hearts.ROWS, varied_hearts.LINES), -5.0, np.float16)
    level += np.random.default_rng(0).normal(0, 1, level.shape).astype(np.float16)
    mask = np.zeros(level.shape, np.uint8)
    mask[80:170, 45:85] = 1
    level[mask == 1] = -60.0
    rng, pairs = np.random.default_rng(1), []
    for _ in range(6):
        image, truth = varied_hearts.pictured(level, mask, 80.0, "crisp", rng)
        assert image.shape == truth.shape == (varied_hearts.SIZE, varied_hearts.SIZE)
        assert 0 <= image.min() and image.max() <= 1 and truth.max() == pytest.approx(1.0)
        around = (truth < 0.01) & (image > 0.2)
        assert image[truth > 0.99].mean() < 0.5 * image[around].mean()
        pairs.append(truth)
    assert not np.array_equal(pairs[0], pairs[1])


@pytest.mark.slow
def test_the_training_runs_is_judged_and_says_which_pictures_it_knows(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(varied_hearts, "LOOK", 8)
    real = varied_hearts.part
    monkeypatch.setattr(
        varied_hearts, "part", lambda family, number, place, _=3: real(family, number, place, 2)
    )
    monkeypatch.setattr(varied_hearts, "SIZE", 128)
    monkeypatch.setattr(varied_hearts.novelty.fitted, "__defaults__", (4,))
    kept = []

    def beside(rng):
        return np.full((128, 128), rng.random(), np.float32), np.zeros((128, 128), np.float32)

    model = varied_hearts.train(steps=8, place=tmp_path, looks=1, each=kept.append, beside=beside)
    told = capsys.readouterr().out
    assert all(f"{name} 0." in told for name in varied_hearts.CHOOSING) and "worn" not in told
    assert kept == [model] and model.input_shape == (None, 128, 128, 1)
    assert {path.name[:3] for path in tmp_path.iterdir()} == {"any"}  # no family is trained on
    known = varied_hearts.known(model, tmp_path, beside, count=2)
    assert known.axes.shape[0] == 4 and known.limit > 0.5
