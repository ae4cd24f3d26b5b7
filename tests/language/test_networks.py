"""The networks as small as they are, and a training that fails."""

import math

import numpy as np
import pytest

from course_utils.core import errors
from course_utils.language import archive, graphs, networks

SMALL = networks.Recipe(epochs=1, batch=8, lam=1.0)


@pytest.fixture(scope="module")
def pairs():
    images, table = archive.stored()
    table = table.head(16)
    return images[:16], [list(table.en), list(table.es)], list(table.said)


def test_a_graph_in_the_network_is_the_closed_form_and_order_is_nothing():
    values = np.abs(
        np.random.default_rng(2).standard_normal((1, graphs.MOST, 6)).astype(np.float32)
    )
    lines = np.zeros((1, graphs.MOST, graphs.MOST), np.float32)
    lines[0, :5, :5] = graphs.adjacency(1, 4)
    layer = networks.Messages(6)
    layer.build([values.shape, lines.shape])
    layer.set_weights([np.eye(6, dtype=np.float32)])
    after = np.asarray(layer([layer([values, lines]), lines]))[0]
    assert after[0] + after[1:5].mean(axis=0) == pytest.approx(
        graphs.summary(values[0, :5], 1), rel=1e-5
    )


@pytest.mark.slow
def test_a_loss_that_is_no_number_stops_and_says_so(pairs):
    images, texts, said = pairs
    broken = images.copy()
    broken[3, 5, 5] = np.nan
    with pytest.raises(errors.DataError, match="not a number"):
        networks.train(broken, texts, said, SMALL)
    with pytest.raises(errors.DataError, match="at least a batch"):
        networks.train(images[:4], [part[:4] for part in texts], said[:4], SMALL)


@pytest.mark.slow
def test_a_network_is_kept_in_half_precision_and_reads_as_before(pairs, tmp_path):
    model, history = networks.train(*pairs, SMALL)
    assert len(history) == 1 and math.isfinite(history[0])
    networks.save(model, tmp_path / "m.npz")
    again = networks.load(tmp_path / "m.npz")
    assert np.sum(model.see(pairs[0]) * again.see(pairs[0]), axis=1).min() > 0.999
    assert np.linalg.norm(again.read(pairs[1][1]), axis=1) == pytest.approx(1, abs=1e-4)
    with pytest.raises(errors.DataError, match="64, 64"):
        model.see(pairs[0][0])


def test_words_are_numbered_and_unknown_ones_say_so():
    words = networks.Words.of(["Cyst, oval.", "cyst oval!", "once"])
    assert words.known == ("cyst", "oval") and len(words) == 4
    assert list(words.numbers(["Óval blob cyst"])[0, :4]) == [
        3,
        networks.UNKNOWN,
        2,
        networks.PADDING,
    ]


def test_the_shipped_network_finds_what_chance_does_not():
    model = networks.load(archive.WEIGHTS)
    assert archive.WEIGHTS.stat().st_size < 400_000
    images, table = archive.stored()
    cosines = model.see(images[:60]) @ model.read(list(table.en[:60])).T
    assert np.diag(cosines).mean() > cosines.mean() + 0.3
