"""Pictures of no heart: what is made, and how it is counted."""

import numpy as np

from tools.measure import strangers


def test_each_kind_gives_pairs_of_frames_between_0_and_1():
    for make in (strangers.noise, strangers.gradients):
        studies = list(make(3))
        assert len(studies) == 3
        for (frames,) in studies:
            assert frames.shape == (2, strangers.SIDE, strangers.SIDE)
            assert 0 <= frames.min() < frames.max() <= 1 and not np.array_equal(*frames)


def test_the_worse_view_counts_by_its_middle_frame(monkeypatch):
    monkeypatch.setattr(strangers.automatic, "unlike", lambda frames, others: frames[:, 0, 0])
    known, strange = (np.full((3, 4, 4), value) for value in (0.5, 1.5))
    mixed = np.array([0.5, 0.9, 7.0])[:, None, None] * np.ones((3, 4, 4))
    studies = [[known], [known, strange], [mixed, known]]
    assert strangers.judged(studies) == (3, 1)


def test_the_command_prints_a_row_for_each_kind(monkeypatch, capsys):
    monkeypatch.setattr(strangers.automatic, "unlike", lambda frames, others: frames[:, 0, 0] + 2.0)
    for make in ("turned", "hearts", "muscles"):
        monkeypatch.setattr(strangers, make, lambda *_: iter([[np.zeros((2, 8, 8))]]))
    assert strangers.main(["--count", "2"]) == 0
    rows = capsys.readouterr().out.splitlines()[2:]
    assert len(rows) == 5 + 4 and all("of" in row and row.count("|") == 4 for row in rows)
    assert rows[0].startswith("| noise | 2 | 2 of 2")
