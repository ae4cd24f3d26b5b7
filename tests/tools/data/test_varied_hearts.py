"""Cuts of randomised hearts for training: made once, grey and placed anew in every step."""

import numpy as np
import pytest

from course_utils.evaluate import metrics
from course_utils.segment import models
from tools.data import varied_hearts


@pytest.fixture(scope="module")
def cuts(tmp_path_factory):
    place = tmp_path_factory.mktemp("cuts")
    return place, varied_hearts.part("worn", 3, place, count=2)


def test_a_part_holds_two_moments_of_both_views_and_is_read_again(cuts):
    place, (levels, labels, widths) = cuts
    assert levels.shape == labels.shape == (4, 2, varied_hearts.ROWS, varied_hearts.LINES)
    assert set(np.unique(labels)) == {0, 1, 2, 3}
    assert widths[0] == widths[1] and widths[0] != widths[2]
    areas = (labels == 1).sum(axis=(2, 3))
    assert (areas[:, 0] > areas[:, 1]).all()  # end-diastole, then end-systole
    again = varied_hearts.part("worn", 3, place, count=99)
    assert np.array_equal(again[0], levels) and [path.name for path in place.iterdir()] == [
        "worn_003.npz"
    ]


def test_cavity_and_picture_stay_together_and_both_moments_are_of_one_recording():
    label = np.zeros((varied_hearts.ROWS, varied_hearts.LINES), np.uint8)
    label[70:180, 40:90], label[80:170, 45:85] = 2, 1
    level = np.random.default_rng(0).normal(-5, 1, label.shape).astype(np.float16)
    level[label == 1] = -60.0
    rng, every = np.random.default_rng(1), []
    for _ in range(6):
        images, truths = varied_hearts.pictured(np.stack([level] * 2), np.stack([label] * 2), 80.0,
                                                "crisp", rng)  # fmt: skip
        assert images.shape == (2, varied_hearts.SIZE, varied_hearts.SIZE)
        assert truths.shape == (*images.shape, 3)
        assert 0 <= images.min() and images.max() <= 1 and truths.max() == pytest.approx(1.0)
        for image, truth in zip(images, truths, strict=True):
            around = (truth[..., 0] < 0.01) & (image > 0.2)
            assert image[truth[..., 0] > 0.99].mean() < 0.5 * image[around].mean()
        cavity, later = truths[..., 0]
        assert metrics.dice(cavity > 0.5, later > 0.5) > 0.8 and not np.array_equal(cavity, later)
        every.append(cavity)
    assert metrics.dice(every[0] > 0.5, every[1] > 0.5) < 0.9


def test_every_moment_is_outlined_once_beside_the_other_or_alone():
    pairs = [(np.stack([np.full((4, 4), n), np.full((4, 4), n + 0.5)]),
              np.zeros((2, 4, 4, 3))) for n in range(50)]  # fmt: skip
    images, truths = varied_hearts.turned(pairs, np.random.default_rng(0))
    assert images.shape == (100, 4, 4, 2) and truths.shape == (100, 4, 4, 3)
    first, second = images[:, 0, 0].T
    assert np.array_equal(first, np.r_[np.arange(50), np.arange(50) + 0.5])
    alone = first == second
    assert np.array_equal(alone[:50], alone[50:]) and 0.05 < alone.mean() < 0.4
    assert np.array_equal(np.abs(first - second)[~alone], np.full((~alone).sum(), 0.5))


def test_a_network_for_two_pictures_begins_as_the_one_for_one():
    one = models.unet(32, width=4, levels=4)
    two = varied_hearts.paired(one)
    picture, other = np.random.default_rng(0).random((2, 1, 32, 32)).astype(np.float32)
    alone = one.predict_on_batch(picture[..., None])
    assert np.allclose(two.predict_on_batch(np.stack([picture, other], axis=-1)), alone, atol=1e-6)


def test_a_wrong_area_costs_and_a_wrong_ratio_of_both_moments_more():
    y, x = np.mgrid[:64, :64]
    away = (x - 32) ** 2 + (y - 32) ** 2

    def cavities(*sizes):
        made = np.stack([varied_hearts.planes(np.select([away < size, away < 500], [1, 2]))
                         for size in sizes])  # fmt: skip
        return np.clip(made, 1e-4, 1 - 1e-4).astype(np.float32)

    def costs(*sizes):
        return np.asarray(varied_hearts.loss(truth, cavities(*sizes)))

    truth = cavities(300, 150)
    right, both, one = costs(300, 150), costs(360, 180), costs(300, 180)
    assert (right < both).all()
    pixels = costs(300, 180)[1] - costs(360, 180)[1]  # the second moment is the same in both
    area = np.log((away < 180).sum() / (away < 150).sum())
    assert pixels == pytest.approx(varied_hearts.RATIO * area, rel=0.25)
    assert one[0] - right[0] == pytest.approx(varied_hearts.RATIO * area, rel=0.1)


def test_outlines_are_judged_by_the_fraction_that_they_give():
    y, x = np.mgrid[:100, :100]

    def half(scale):
        return (((x - 50) / 20) ** 2 + ((y - 80) / 60) ** 2 < scale**2) & (y <= 80)

    found = varied_hearts.fraction([half(1.0), half(0.8), half(1.0), half(0.8)])
    assert found == pytest.approx(100 * (1 - 0.8**3), abs=1.5)
    assert np.isnan(varied_hearts.fraction([half(1.0), half(0.0), half(1.0), half(0.8)]))


@pytest.mark.slow
def test_the_training_runs_is_judged_and_says_which_pictures_it_knows(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(varied_hearts, "LOOK", 8)
    monkeypatch.setattr(varied_hearts, "PARTS", 2)
    real = varied_hearts.part
    monkeypatch.setattr(
        varied_hearts, "part", lambda family, number, place, _=3: real(family, number, place, 2)
    )
    monkeypatch.setattr(varied_hearts, "SIZE", 128)
    monkeypatch.setattr(varied_hearts.novelty.fitted, "__defaults__", (4,))
    kept = []

    def beside(rng):
        return np.full((2, 128, 128), rng.random(), np.float32), np.zeros(
            (2, 128, 128, 3), np.float32
        )

    model = varied_hearts.train(steps=8, place=tmp_path, looks=1, each=kept.append, beside=beside)
    told = capsys.readouterr().out
    assert all(f"{name}: Dice 0." in told for name in varied_hearts.CHOOSING) and "worn" not in told
    assert kept == [model] and model.input_shape == (None, 128, 128, 2)
    assert {path.name[:3] for path in tmp_path.iterdir()} == {"any"}  # no family is trained on
    known = varied_hearts.known(model, tmp_path, beside, count=2)
    assert known.axes.shape[0] == 4 and known.limit > 0.5
