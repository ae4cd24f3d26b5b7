"""Reading a long cine stays within the memory that was promised."""

import pytest

from tools.measure import cines


@pytest.mark.slow
@pytest.mark.parametrize("compressed", [True, False])
def test_the_peak_of_a_long_colour_cine(tmp_path, compressed):
    cines.make(tmp_path / "a.dcm", 100, (480, 640), compressed)
    found = cines.measure("read", tmp_path / "a.dcm")
    assert found["peak_mb"] < 430
    assert found["peak_mb"] - found["before_mb"] == pytest.approx(found["estimate_mb"], rel=0.2)
    assert cines.measure("deidentify", tmp_path / "a.dcm")["peak_mb"] < 480


@pytest.mark.slow
def test_checking_a_folder_of_cines_needs_one_frame_each(tmp_path):
    for number in range(3):
        cines.make(tmp_path / f"P{number}_1.dcm", 190, (480, 640), True, number)
    assert cines.measure("data", tmp_path)["peak_mb"] < 500
