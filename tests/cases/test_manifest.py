"""A cases.csv of one's own: read, completed, refused with a sentence; and the lessons run on it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pandas
import papermill
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from course_utils import public_data, segment
from course_utils.cases import manifest, samples, split
from course_utils.core import tables
from course_utils.core.errors import CourseError, CourseWarning, DataError, FileError
from course_utils.evaluate import metrics
from course_utils.setup import run
from tests.helpers import folders, kept, page, real_format
from tests.helpers.trials import trials

ROOT = Path(__file__).resolve().parents[2]
REAL = ROOT.parent / "shared" / "real" / "muscle"
SMALL = 64  # the size of a network's images where a test reads the words of a page only


@pytest.fixture
def place(tmp_path):
    return real_format.make(tmp_path / "my folder ü", patients=4)


def rewritten(place, **columns):
    """The manifest with these columns changed or added; None takes one away."""
    table = pandas.read_csv(place, dtype=str)
    for name, value in columns.items():
        table = table.drop(columns=name) if value is None else table.assign(**{name: value})
    table.to_csv(place, index=False)
    return place


def test_a_sparse_manifest_is_completed_honestly(place):
    table = samples.table(place)
    assert len(table) == 8 and list(table["patient_id"].unique()) == ["001", "002", "003", "004"]
    assert (table["device"] == "unknown").all() and not table["empty"].any()
    assert table["empty"].dtype == bool
    assert table[["row_mm", "col_mm"]].isna().all().all() and "thickness_mm" not in table
    assert table.attrs == {"folder": str(place.parent), "synthetic": False}
    assert all(path.is_file() for path in tables.paths(table, "mask"))
    assert samples.folder(place) == samples.folder(str(place.parent) + "/") == place.parent
    assert samples.table(str(place)).equals(table) and samples.table(place.parent).equals(table)


def test_a_list_may_say_that_its_patients_were_guessed(place):
    assert "patients" not in samples.table(rewritten(place, patients="P")).attrs
    table = samples.table(rewritten(place, patients="guessed"))
    assert table.attrs["patients"] == "guessed" and "no interval" in split.told(table)


def test_a_sample_set_by_name_and_by_path_is_the_same():
    by_name = samples.table("muscle_hires")
    by_path = samples.table(samples.folder("muscle_hires") / "cases.csv")
    assert by_path.equals(by_name) and by_path.attrs == by_name.attrs
    assert by_name.attrs["synthetic"]
    read = manifest.read(samples.folder("muscle_hires"))  # the same file, as a stranger's
    assert read.equals(by_name) and not read.attrs["synthetic"]


def test_what_the_manifest_knows_is_kept(place):
    table = manifest.read(
        rewritten(
            place,
            row_mm="0.12",
            col_mm="0.1",
            synthetic="TRUE",
            empty=["yes"] + ["no"] * 7,
            device=["X"] * 7 + [""],
        )
    )
    assert table["row_mm"].eq(0.12).all() and table.attrs["synthetic"]
    assert table["empty"].sum() == 1 and list(table["device"])[-2:] == ["X", "unknown"]


def test_slashes_of_windows_and_absolute_paths(place):
    table = pandas.read_csv(place, dtype=str)
    slashed = [text.replace("/", "\\") for text in table["image"]]
    full = [str(place.parent / text) for text in table["mask"]]
    read = manifest.read(rewritten(place, image=slashed, mask=full))
    assert (read["image"] == table["image"]).all()
    assert (samples.folder(place) / read["mask"][0]).is_file()


def test_a_list_of_clips_has_other_columns(tmp_path):
    (tmp_path / "a.avi").write_bytes(b"x")
    (tmp_path / "cases.csv").write_text("cine,patient_id,view,masks,ef\na.avi,7,A4C,,55\n")
    clips = manifest.read(tmp_path)
    assert clips["patient_id"][0] == "7" and clips["ef"][0] == 55 and "empty" not in clips
    assert clips["row_mm"].isna().all() and clips["masks"].isna().all()


@pytest.mark.parametrize(
    "columns, error, words",
    [
        ({"mask": None}, DataError, "lacks the column 'mask'"),
        ({"patient_id": ["1"] * 7 + [""]}, DataError, "line 9.*patients apart"),
        ({"image": ["gone.png"] * 8}, FileError, "8 files.*gone.png"),
        ({"row_mm": "0.12 mm"}, DataError, "line 2.*from 0.01 to 5"),
        ({"row_mm": ["0.1"] * 7 + ["-1"], "col_mm": "0.1"}, DataError, "line 9.*from 0.01 to 5"),
        ({"row_mm": "300", "col_mm": "300"}, DataError, "line 2.*row_mm is 300"),
        ({"row_mm": "0.00002"}, DataError, "line 2"),
        ({"col_mm": "inf"}, DataError, "must be millimetres"),
    ],
)
def test_what_is_wrong_is_said_with_the_line(place, columns, error, words):
    with pytest.raises(error, match=words):
        samples.table(rewritten(place, **columns))


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "0 bytes"),
        (b"PK\x03\x04\xff\xfe\x00sheet", "spreadsheet"),
        (b"image,mask,patient_id\n", "no rows"),
        (b'image,mask,patient_id\n"a,b,c\n', "cannot be read|lacks|no patient|missing|no rows"),
        (b"image,mask,patient_id\na,b,c,d,e\nf,g,h\nf,g,h,i,j,k\n", "cannot be read"),
    ],
)
def test_files_that_are_no_manifest(tmp_path, content, words):
    (tmp_path / "cases.csv").write_bytes(content)
    with pytest.raises((DataError, FileError), match=words):
        samples.table(tmp_path / "cases.csv")


@pytest.mark.parametrize("name", ["no/where/cases.csv", "nowhere.csv", "bad\0.csv"])
def test_a_path_that_is_not_there(name):
    with pytest.raises(FileError):
        samples.table(name)


def test_a_folder_without_a_manifest_and_a_set_that_does_not_exist(tmp_path):
    with pytest.raises(FileError, match="holds no cases.csv"):
        samples.table(tmp_path)
    with pytest.raises(FileError, match="These exist"):
        samples.table("muscle_unheard_of")


@pytest.mark.slow
def test_scores_of_such_a_set_are_in_pixels_and_know_no_thickness(place):
    class Guess:
        input_shape = (None, 64, 64, 1)

        def predict_on_batch(self, batch):
            return np.tile(np.linspace(0, 1, 64, dtype=np.float32)[:, None], (1, 1, 64))[..., None]

    scores = segment.score(Guess(), samples.table(place), size=64)
    assert "hd95_px" in scores and "hd95_mm" not in scores and "thickness_mm" not in scores
    assert len(metrics.per_patient(scores)) == 4


# The lessons, on a set that has image, mask and patient_id and nothing else


@pytest.fixture(scope="module")
def mine(tmp_path_factory):
    return real_format.make(tmp_path_factory.mktemp("mine") / "set", side=120)


def walked(lesson, place, **given):
    done = subprocess.run(
        [
            sys.executable,
            str(ROOT / "tests/helpers/walk.py"),
            str(ROOT / f"notebooks/{lesson}.ipynb"),
            f"DATA={place}",
            *(f"{name}={value}" for name, value in given.items()),
        ],
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
def test_lesson_04_runs_on_it_and_does_not_call_it_synthetic(mine):
    walk = walked("04_segment", mine, SIZE=SMALL, EAGER=1)
    line = next(line for line in walk["said"].splitlines() if line.startswith("Dice "))
    assert "patients" in line and "synthetic" not in line
    assert "cannot answer" in walk["said"] and walk["verdicts"]


@pytest.mark.slow
def test_lesson_05_runs_on_it_under_papermill(mine, tmp_path):
    ran = papermill.execute_notebook(
        ROOT / "notebooks/solutions/05_fine_tune.ipynb",
        tmp_path / "ran.ipynb",
        {"DATA": str(mine), "EPOCHS": 2},
        cwd=ROOT / "notebooks/solutions",
        progress_bar=False,
        request_save_on_cell_execute=False,
        extra_arguments=[f"--IPKernelApp.exec_lines={kept.line(os.environ[kept.VARIABLE])}"],
    )
    said = "\n".join(
        output.get("text", "") or output.get("data", {}).get("text/plain", "")
        for cell in ran.cells
        for output in cell.get("outputs", [])
    )
    change = next(line for line in said.splitlines() if line.startswith("Change by fine-tuning"))
    told = " ".join(said.split())
    assert "synthetic" not in change and "No true thickness or no millimetres are known" in told
    assert "no stored run for this set" in told or "All 2 epochs" in told


@pytest.mark.slow
@pytest.mark.parametrize("lesson", ["07_saliency", "08_evaluate"])
def test_lessons_07_and_08_run_on_it(mine, lesson):
    walk = walked(lesson, mine, **{"EPOCHS": "page"} if lesson == "07_saliency" else {})
    assert walk["verdicts"] and walk["defects"] == []
    if lesson == "08_evaluate":
        line = next(line for line in walk["said"].splitlines() if line.startswith("Dice "))
        assert "patients" in line and "synthetic" not in line


@pytest.mark.slow
def test_lesson_06_runs_on_clips_in_echonets_layout(tmp_path):
    source, place = samples.folder("echo"), tmp_path / "echonet"
    (place / "Videos").mkdir(parents=True)
    files = pandas.read_csv(source / "FileList.csv")
    chosen = files[files.FileName.str.contains("A4C") & (files.Split == "TEST")][:5]
    chosen.to_csv(place / "FileList.csv", index=False)
    rows = pandas.read_csv(source / "VolumeTracings.csv")
    names = [name.removesuffix(".avi") for name in chosen.FileName]
    rows[rows.FileName.str.removesuffix(".avi").isin(names)].to_csv(
        place / "VolumeTracings.csv", index=False
    )
    for name in names:
        shutil.copyfile(source / f"Videos/{name}.avi", place / f"Videos/{name}.avi")
    public_data.echonet(place).to_csv(place / "cases.csv", index=False)
    walk = walked("06_ejection_fraction", place / "cases.csv")
    said = " ".join(walk["said"].split())
    assert "4 patients (real)" in said and "no volumes in mL" in said
    assert "there is no second view" in said and "no interval below 5 patients" in said
    assert "synthetic" not in said.replace(
        "set on randomised synthetic hearts", ""
    )  # said of the software


@pytest.mark.slow
def test_lesson_08_says_nothing_untrue_of_an_organ_that_is_no_muscle(tmp_path):
    """One machine, no millimetres, one image of each patient: run to the end, claims and all."""
    place = real_format.organ(tmp_path / "set")
    (row,) = run.run(["08"], {"DATA": str(place)}, build=tmp_path / "build", progress=False)
    assert row.failure is None
    ran = nbformat.read(tmp_path / "build/executed/08_evaluate.ipynb", as_version=4)
    imagined = ["^A loss of 1.1 mm"]  # what the check says of the calf of the exercise
    assert list(page.untrue(ran, tuple(page.FORBIDDEN), imagined)) == []
    said = " ".join(words for _, words in page.statements(ran))
    for answer in ("names one scanner at most", "holds the structure", "This set cannot answer"):
        assert answer in said


@pytest.mark.slow
@pytest.mark.skipif(not REAL.is_dir(), reason="the real scans (../shared/real) are not here")
@pytest.mark.parametrize("lesson, given", [("04_segment", {"SIZE": SMALL}), ("08_evaluate", {})])
def test_lessons_run_on_real_scans_as_their_reader_gives_them(lesson, given, tmp_path):
    table = public_data.dl_track(REAL, target="belly", masks_to=tmp_path / "bellies")
    tables.absolute(table).to_csv(tmp_path / "cases.csv", index=False)
    walk = walked(lesson, tmp_path / "cases.csv", **given)
    line = next(line for line in walk["said"].splitlines() if line.startswith("Dice "))
    assert "patients" in line and "synthetic" not in line


def test_such_a_set_splits_by_patient(place):
    parts = split.by_patient(samples.table(place))
    split.assert_no_leak(*parts)
    assert sum(map(len, parts)) == 8 and all(part.attrs["folder"] for part in parts)


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("head", [str, str.upper, str.title, " {} ".format])
def test_one_reader_for_every_list(tmp_path, mark, coding, head):
    folders.save(tmp_path / "a.png", folders.grey(1))
    folders.save(tmp_path / "m.png", folders.disc(1))
    names = ("image", "mask", "patient_id", "row_mm", "col_mm", "device", "age")
    size = "0.125" if mark == "," else "0,125"
    rows = [
        map(head, names),
        *[("a.png", "m.png", who, size, size, "Gerät", "70") for who in ("001", "P01", "p01 ")],
    ]
    text = "\n".join(mark.join(row) for row in rows) + "\n"
    (tmp_path / "cases.csv").write_bytes(text.encode(coding))
    with pytest.warns(CourseWarning, match="'P01' = 'p01'"):
        table = manifest.read(tmp_path / "cases.csv")
    assert list(table["patient_id"]) == ["001", "P01", "P01"] and set(table["row_mm"]) == {0.125}
    assert set(table["device"]) == {"Gerät"} and table["age"].dtype == int


@settings(
    max_examples=trials(here=100, nightly=300),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.one_of(
        st.binary(min_size=1, max_size=200),
        st.lists(
            st.sampled_from(
                [
                    "image",
                    "mask",
                    "patient_id",
                    "a.png",
                    ",",
                    ";",
                    "\t",
                    "\n",
                    '"',
                    "1,5",
                    "\ufeff",
                    "é",
                ]
            ),
            min_size=1,
        )
        .map("".join)
        .map(str.encode),
    )
)
def test_any_bytes_end_in_a_sentence(tmp_path, data):
    (tmp_path / "cases.csv").write_bytes(data)
    with pytest.raises(CourseError):
        manifest.read(tmp_path / "cases.csv")
