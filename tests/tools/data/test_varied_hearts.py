"""Cuts of randomised hearts for training: made once, grey and placed anew in every step."""

import numpy as np
import pytest

from course_utils.segment import losses
from tools.data import varied_hearts


@pytest.fixture(scope="module")
def cuts(tmp_path_factory):
    place = tmp_path_factory.mktemp("cuts")
    return place, varied_hearts.part("worn", 3, place, count=2)


def test_a_part_holds_both_views_at_both_moments_and_is_read_again(cuts):
    place, (levels, labels, widths) = cuts
    assert levels.shape == labels.shape == (8, varied_hearts.ROWS, varied_hearts.LINES)
    assert set(np.unique(labels)) == {0, 1, 2, 3}
    assert len(set(widths[:4])) == 1 and widths[0] != widths[4]
    areas = (labels == 1).sum(axis=(1, 2))
    assert all(areas[[0, 2, 4, 6]] > areas[[1, 3, 5, 7]])  # end-diastole, then end-systole
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


def test_a_wrong_area_costs_more_than_what_it_costs_in_dice():
    y, x = np.mgrid[:64, :64]
    labels = np.zeros((64, 64), np.uint8)
    labels[(x - 32) ** 2 + (y - 32) ** 2 < 400] = 2
    labels[(x - 32) ** 2 + (y - 32) ** 2 < 200] = 1
    truth = varied_hearts.planes(labels)
    assert truth.sum(axis=(0, 1)).tolist() == [(labels == kind).sum() for kind in (1, 2, 3)]
    large = truth.copy()
    large[..., 0] = (x - 32) ** 2 + (y - 32) ** 2 < 260
    right, wrong = (np.clip(one, 1e-4, 1 - 1e-4)[None] for one in (truth, large))
    costs = [float(varied_hearts.loss(truth[None], one)[0]) for one in (right, wrong)]
    plain = [
        float(losses.dice_bce(truth[None, ..., :1], one[..., :1])[0]) for one in (right, wrong)
    ]
    area = varied_hearts.AREA * np.log((large[..., 0].sum() + 20) / (truth[..., 0].sum() + 20))
    assert costs[1] - costs[0] == pytest.approx(plain[1] - plain[0] + area, abs=0.01)


def test_outlines_are_judged_by_the_fraction_that_they_give():
    y, x = np.mgrid[:100, :100]

    def half(scale):
        return (((x - 50) / (20 * scale)) ** 2 + ((y - 80) / (60 * scale)) ** 2 < 1) & (y <= 80)

    found = varied_hearts.fraction([half(1.0), half(0.8), half(1.0), half(0.8)])
    assert found == pytest.approx(100 * (1 - 0.8**3), abs=1.5)
    assert np.isnan(varied_hearts.fraction([half(1.0), half(0.0), half(1.0), half(0.8)]))


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
        return np.full((128, 128), rng.random(), np.float32), np.zeros((128, 128, 3), np.float32)

    model = varied_hearts.train(steps=8, place=tmp_path, looks=1, each=kept.append, beside=beside)
    told = capsys.readouterr().out
    assert all(f"{name}: Dice 0." in told for name in varied_hearts.CHOOSING) and "worn" not in told
    assert kept == [model] and model.input_shape == (None, 128, 128, 1)
    assert {path.name[:3] for path in tmp_path.iterdir()} == {"any"}  # no family is trained on
    known = varied_hearts.known(model, tmp_path, beside, count=2)
    assert known.axes.shape[0] == 4 and known.limit > 0.5
