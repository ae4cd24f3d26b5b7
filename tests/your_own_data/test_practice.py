"""The practice folder: the faults are there, and nothing but the folder is written."""

import hashlib

import cv2
import numpy as np
import pytest

from course_utils.cases import samples
from course_utils.core import errors
from course_utils.your_own_data import practice


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return practice.folder(tmp_path_factory.mktemp("practice"), patients=4)


def masks(place):
    return {
        path.name: cv2.imread(str(path), cv2.IMREAD_UNCHANGED) for path in place.glob("*_mask.png")
    }


def test_most_of_it_is_pairs_of_one_size(made):
    found = masks(made)
    same = [
        name
        for name, mask in found.items()
        if (image := cv2.imread(str(made / name.replace("_mask", "")))) is not None
        and image.shape[:2] == mask.shape[:2]
    ]
    assert len(same) >= 10


def test_every_fault_is_there(made):
    found, names = masks(made), {path.name for path in made.iterdir()}
    images = names - set(found)
    assert "CALF90_1.png" in images and "CALF90_1_mask.png" not in names
    assert "CALF91_1_mask.png" in names and "CALF91_1.png" not in names
    assert any(mask.ndim == 3 for mask in found.values())
    assert any(mask.max() == 1 for mask in found.values())
    assert any(mask.shape[:2] == (128, 128) for mask in found.values())
    assert cv2.imread(str(made / "CALF93_1.png")) is None
    digests = [hashlib.sha256((made / name).read_bytes()).hexdigest() for name in images]
    assert len(set(digests)) < len(digests)
    assert any("1962-03-04" in name for name in images)
    assert {"notes.txt", "Thumbs.db"} <= names


def test_the_masks_are_those_of_the_sample_set(made):
    originals = {
        hashlib.sha256((samples.folder("muscle_general") / name).read_bytes()).hexdigest()
        for name in samples.table("muscle_general")["mask"]
    }
    copies = [hashlib.sha256(path.read_bytes()).hexdigest() for path in made.glob("*_mask.png")]
    assert sum(digest in originals for digest in copies) >= 8


def test_the_same_seed_plants_the_same_faults(tmp_path):
    one, two = (practice.folder(tmp_path / name, patients=3, seed=5) for name in ("a", "b"))
    for path in one.iterdir():
        assert path.read_bytes() == (two / path.name).read_bytes()
    other = practice.folder(tmp_path / "c", patients=3, seed=6)
    assert any(path.read_bytes() != (other / path.name).read_bytes() for path in one.iterdir())


def test_the_listing_is_short_and_says_how_many_more(made):
    shown = practice.listing(made, 4)
    assert len(shown) == 5 and shown[:4] == sorted(shown[:4]) and "more" in shown[-1]
    assert practice.listing(made, 10_000)[-1] != shown[-1]
    with pytest.raises(errors.FileError):
        practice.listing(made / "nowhere")


def test_no_patient_whom_the_starting_network_knows_is_in_it(tmp_path):
    cases = samples.table("muscle_general")
    both = cases.groupby("patient_id").device.nunique()
    names = {path.name[4:6] for path in practice.folder(tmp_path / "all").glob("CALF*_1.png")}
    assert not names & {patient[1:] for patient in both[both > 1].index}
    assert np.all([name.isdigit() for name in names])
