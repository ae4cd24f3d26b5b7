"""The survey of a folder: it can be stopped, and it keeps no more than a record of each image."""

import numpy as np
import pandas
import pytest
from PIL import Image

from course_utils.cases import manifest
from course_utils.core import errors
from course_utils.show import progress
from course_utils.your_own_data import check, survey
from tests.helpers import folders


@pytest.fixture
def good(tmp_path):
    """Four good pairs of two patients, to which a test adds one thing that is wrong."""
    return folders.good(tmp_path / "study")


def test_a_check_that_is_stopped_writes_nothing(good):
    class Impatient(progress.Quiet):
        closed = ""

        def step(self, share, text):
            if share > 0.4:
                raise KeyboardInterrupt

        def close(self, text):
            self.closed = text

    watch, before = Impatient(), folders.state(good.parent)
    with pytest.raises(KeyboardInterrupt):
        check.inspect(good, watch)
    assert watch.closed == "Stopped. Nothing was written." and folders.state(good.parent) == before


def test_progress_only_grows(good):
    class Watch(progress.Quiet):
        shares = []

        def step(self, share, text):
            self.shares.append(share)

    check.inspect(good, Watch())
    assert Watch.shares == sorted(Watch.shares) and Watch.shares[0] >= 0 and Watch.shares[-1] <= 1


def test_a_record_is_usable_where_a_still_has_a_mask_that_marks_something(good):
    folders.save(good / "masks/P1_1.png", np.zeros(folders.SIZE, np.uint8))
    folders.save(good / "masks/P1_2.png", folders.disc(1, (60, 80)))
    made = survey.survey(good, progress.Quiet())
    by_name = {record.image[7:11]: record for record in made.records}
    assert [by_name[name].usable for name in ("P1_1", "P1_2", "P2_1", "P2_2")] == [0, 0, 1, 1]
    assert by_name["P1_1"].fits and not by_name["P1_2"].fits and made.files == 8
    assert [p.kind for p in made.problems if p.file == "masks/P1_2.png"] == ["mask of another size"]


def test_millimetres_of_a_table_that_no_scan_has_are_not_taken(good):
    rows = [f"images/P1_{n}.png,{mm},{mm}" for n, mm in ((1, 0.2), (2, 4.9))]
    (good / "info.csv").write_text("\n".join(["image,row_mm,col_mm", *rows]))
    spacing = {r.image: r.spacing for r in survey.survey(good, progress.Quiet()).records}
    assert spacing["images/P1_1.png"] == (0.2, 0.2)
    assert spacing["images/P1_2.png"] is None  # 120 rows of 4.9 mm: 59 cm deep


def test_who_is_who_may_be_told_by_a_pattern(good):
    made = survey.survey(good, progress.Quiet(), "images/P{patient}_*")
    assert {record.image: record.patient_id for record in made.records} == {
        f"images/P{p}_{n}.png": str(p) for p in (1, 2) for n in (1, 2)
    }


def test_a_pair_that_is_turned_by_different_rules_is_said_here_and_by_the_list(good):
    exif = Image.Exif()
    exif[0x0112] = 3
    Image.fromarray(folders.disc(1)).save(good / "masks/P1_1.png", exif=exif)
    made = check.inspect(good, progress.Quiet())
    found = made.problems[made.problems["kind"] == "image and mask turned by different rules"]
    assert list(found["file"]) == ["masks/P1_1.png"]
    place = made.manifest(good.parent / "cases.csv")
    with pytest.warns(errors.CourseWarning, match="different orientations"):
        manifest.read(place)


def test_a_list_whose_pictures_would_be_too_deep_is_refused(good):
    place = check.inspect(good, progress.Quiet()).manifest(good.parent / "cases.csv")
    table = pandas.read_csv(place)
    table.assign(row_mm=3.4, col_mm=0.2).to_csv(place)
    with pytest.raises(errors.DataError, match="41 cm deep"):
        manifest.read(place)


@pytest.mark.parametrize(
    ("column", "values", "read"),
    [
        ("hospital", ["007", "012", "007", "1"], ["007", "012", "007", "1"]),
        ("empty", ["ja", "nein", "no", "yes"], [True, False, False, True]),
        ("empty", ["ja", "maybe", "no", "yes"], None),
    ],
)
def test_words_of_a_list_stay_what_they_are(good, column, values, read):
    place = check.inspect(good, progress.Quiet()).manifest(good.parent / "cases.csv")
    pandas.read_csv(place).assign(**{column: values}).to_csv(place, index=False)
    if read is None:
        with pytest.raises(errors.DataError, match="'maybe' in line 3"):
            manifest.read(place)
    else:
        assert manifest.read(place)[column].tolist() == read


@pytest.mark.parametrize(
    ("there", "listed"), [("Mu\u0308ller", "Müller"), ("scan–1", "scan-1"), ("A", "a")]
)
def test_a_list_finds_pictures_whose_names_look_alike(good, there, listed):
    (good / "images/P1_1.png").rename(good / f"images/{there}.png")
    place = good / "list.csv"
    place.write_text(f"image,mask,patient_id\nimages/{listed}.png,masks/P1_1.png,P1\n", "utf-8")
    assert manifest.read(place)["image"].tolist() == [f"images/{there}.png"]
