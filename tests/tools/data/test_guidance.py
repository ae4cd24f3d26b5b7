"""What lesson 09 ships: small, listed with its hash, and of patients who are in one group only."""

import hashlib
import json

from course_utils.cases import samples
from tools.data import guidance


def test_the_groups_are_of_different_patients():
    numbers = [number for group in guidance.GROUPS.values() for number in group]
    assert len(numbers) == len(set(numbers)) and guidance.sweeps.SHOWN not in numbers


def test_the_files_hold_the_patients_of_the_groups():
    for group, numbers in guidance.GROUPS.items():
        _, table = guidance.coach.stored(group)
        assert list(dict.fromkeys(table.patient_id)) == [f"G{number}" for number in numbers]


def test_files_are_listed_and_small():
    listed = json.loads((samples.ROOT / "manifest.json").read_text(encoding="utf-8"))
    files = sorted((samples.ROOT / "guidance").iterdir())
    assert [place.name for place in files] == ["frames.csv", "frames.webp", "sweep.webp"]
    for place in files:
        told = listed[f"guidance/{place.name}"]
        assert hashlib.sha256(place.read_bytes()).hexdigest() == told["sha256"]
    assert sum(place.stat().st_size for place in files) < 400_000


def test_a_pose_of_a_training_patient_is_drawn_from_its_number():
    slide, tilt = guidance.sampled(1003)
    assert len(slide) == guidance.EACH and (guidance.sampled(1003)[0] == slide).all()
    reach = guidance.poses.SLIDE_MM, guidance.poses.TILT_DEG
    assert abs(slide).max() <= 1.2 * reach[0] and abs(tilt).max() <= 1.1 * reach[1]
    assert not (guidance.sampled(1004)[0] == slide).any()
