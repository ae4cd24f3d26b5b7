"""A finding as a graph: by hand, its closed form, and padded into a batch."""

import numpy as np
import pytest

from course_utils.core import errors
from course_utils.language import graphs, taxonomy

A = ["nodule", "oval", "well-defined", "hypoechoic"]


def test_the_lines_of_a_star_by_hand():
    assert graphs.adjacency(1, 4)[0] == pytest.approx([0, 0.5, 0.5, 0.5, 0.5])  # 1 / sqrt(4 * 1)
    assert graphs.adjacency(2, 2)[0] == pytest.approx([0, 0, 0.5, 0.5])  # 1 / sqrt(2 * 2)
    assert not graphs.adjacency(1, 0).any()


@pytest.mark.parametrize("leaves", [1, 2, 5, 11])
def test_two_rounds_on_a_star_are_the_mean(leaves):
    values = np.random.default_rng(leaves).standard_normal((1 + leaves, 4))
    assert graphs.summary(values, 1) == pytest.approx(values[0] + values[1:].mean(axis=0))
    mixed = np.r_[values[:1], values[1:][::-1]]
    assert graphs.summary(mixed, 1) == pytest.approx(graphs.summary(values, 1))


def test_a_batch_of_graphs_is_padded_and_says_what_is_there():
    ids, kinds, lines = graphs.batch([dict.fromkeys(A, "present"), {"cyst": "absent"}])
    assert (ids[0] > 0).sum() == 4 and not ids[1].any() and not lines[1].any()
    assert kinds[0].sum(axis=0) == pytest.approx([1, 1]) and not kinds[1].any()
    assert lines[0, :4, :4] == pytest.approx(graphs.adjacency(1, 3))


def test_a_graph_of_fewer_than_no_nodes_is_refused_and_one_of_too_many_is_cut():
    with pytest.raises(errors.DataError, match="fewer than no nodes"):
        graphs.adjacency(-1, 2)
    many = dict.fromkeys(taxonomy.tags("organ")[:20], "present")
    ids, kinds, _ = graphs.batch([{"cyst": "present", **many}])
    assert (ids[0] > 0).all() and kinds[0].sum(axis=0) == pytest.approx([1, 1])


def test_only_what_is_present_is_a_node():
    record = {"cyst": "present", "oval": "uncertain", "septations": "absent", "round": "present"}
    assert graphs.nodes(record) == (["cyst"], ["round"])
