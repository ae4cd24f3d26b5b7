"""The network a lesson goes on with: the learner's own, a shipped one, or a stored run; named."""

import re

import pandas
import pytest

from course_utils.cases import samples, split
from course_utils.core import files
from course_utils.segment import models, stored
from tests.conftest import ROOT


@pytest.fixture
def work(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_WORK", str(tmp_path / "mine"))
    return tmp_path / "mine"


def test_without_an_own_network_the_shipped_one_is_named(work):
    model, said = stored.own_or_shipped()
    assert "unet_scanner_b" in said and model.count_params() > 1000 and stored.seen() == set()
    assert not work.exists()  # looking makes nothing


@pytest.mark.slow
def test_the_own_network_is_kept_used_and_remembers_whom_it_saw(work):
    network = models.unet(32, width=2, levels=2)
    told = stored.keep_own(network, ["P2", "P1"], 0.87)
    assert files.my_work("models/muscle_network.keras").is_file() and "muscle_network" in told
    model, said = stored.own_or_shipped()
    assert model.count_params() == network.count_params()
    assert "your own" in said and "0.87" in said and stored.seen() == {"P1", "P2"}
    _, other = stored.own_or_shipped(data="/my/hearts.csv")
    assert "unet_scanner_b" in other and stored.seen("/my/hearts.csv") == set()


@pytest.mark.slow
def test_a_damaged_own_network_gives_way(work):
    stored.keep_own(models.unet(32, width=2, levels=2), ["P1"], 0.87)
    files.my_work("models/muscle_network.keras").write_bytes(b"half")
    assert "unet_scanner_b" in stored.own_or_shipped()[1]


def history(epochs, best):
    return pandas.DataFrame({"epoch": range(1, epochs + 1), "val_dice": [best] * epochs})


def test_a_stored_run_of_more_epochs_is_named_as_longer(monkeypatch):
    """Lesson 04 trains 16 epochs, and the run that stands in for it was trained for 40."""
    monkeypatch.setattr(stored.model_files, "load", lambda place: "stored")
    for name, page, longer in (("unet_lesson_04", 16, True), ("unet_lesson_05", 25, False)):
        source = next((ROOT / "notebooks/source").glob(f"{name[-2:]}_*.py")).read_text("utf-8")
        assert f"\nEPOCHS = {page}\n" in source
        _, curve, said = stored.standing(name, "mine", history(1, 0.9), page, 0.7, "set", "set")
        assert (len(curve) > page) is longer and ("longer run" in said) is longer
        assert (f"{len(curve)} epochs instead of {page}" in said) is longer
        assert ("the stored run of the same recipe" in said) is not longer


def test_nothing_stands_in_for_another_seed():
    """The stored run has learned from patients whom another seed puts into its test."""
    source = (ROOT / "notebooks/source/04_segment.py").read_text("utf-8")
    assert '(DATA, SEED), ("muscle_general", 1))' in source
    cases = samples.table("muscle_general")
    parts = [split.by_patient(cases[~cases["empty"]], seed=seed) for seed in (1, 2)]
    assert set(parts[0][0].patient_id) & set(parts[1][2].patient_id)
    run = history(3, 0.9)
    model, _, said = stored.standing("run", "mine", run, 9, 0.7, ("set", 2), ("set", 1))
    assert model == "mine" and "no stored run for this set and seed" in said


@pytest.mark.parametrize(
    "done, best, data, words, own",
    [
        (40, 0.93, "set", "All 40 epochs are done", True),
        (7, 0.93, "set", "ended early, after 7 of 40.*stored run of the same recipe", False),
        (40, 0.71, "set", "not above the floor of 0.76.*stored run", False),
        (0, 0, "set", "after 0 of 40", False),
        (7, 0.5, "mine", "no stored run for this set", True),
    ],
)
def test_a_run_that_ended_early_or_learned_nothing_is_not_told_as_a_success(
    monkeypatch, done, best, data, words, own
):
    monkeypatch.setattr(stored, "recipe", lambda name: ("stored", history(40, 0.95)))
    model, curve, said = stored.standing("run", "mine", history(done, best), 40, 0.76, data, "set")
    assert re.search(words, said, re.DOTALL)
    assert (model == "mine") is own and len(curve) == (done if own else 40)
