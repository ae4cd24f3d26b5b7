"""CAMUS: small folders in exactly its formats, both releases, whole and broken."""

import shutil
import warnings

import numpy as np
import pandas
import pytest
import SimpleITK

from course_utils import public_data
from course_utils.cases import clips
from course_utils.core import errors
from course_utils.public_data import camus_files, facts
from tests.public_data.test_echonet_files import read_quietly

pytestmark = pytest.mark.slow  # together they take longer than a quick run allows

# CAMUS: ventricles that are half ellipsoids, so that the volume is known in closed form

MM = (0.5, 0.8)  # down, across: not square, as in the older release
SHAPE = (240, 190)


def heart(length, across, turned=False):
    """Labels of one frame: a half ellipsoid with its base down, wall, and the atrium below it."""
    row, column = np.mgrid[: SHAPE[0], : SHAPE[1]]
    # Millimetres from the middle of the base, down and across.
    y, x = row * MM[0] - 15 - length, (column - SHAPE[1] / 2) * MM[1]

    def half(extra):
        inside = (y / (length + extra)) ** 2 + (x / (across / 2 + extra)) ** 2
        return (inside <= 1) & (y <= 0)

    labels = np.where(half(0), 1, np.where(half(8), 2, 0)).astype(np.uint8)
    labels[((y - 12) / 11) ** 2 + (x / 16) ** 2 <= 1] = 3
    return labels.T.copy() if turned else labels


def volume(length, four, two):
    """mL of half an ellipsoid."""
    return 2 / 3 * np.pi * length * four / 2 * two / 2 / 1000


ED, ES = (80, 50, 46), (70, 40, 35)  # length, width in A4C, width in A2C, all in mm
EF = 100 * (1 - volume(*ES) / volume(*ED))


def save(path, values, mm=MM):
    picture = SimpleITK.GetImageFromArray(values, isVector=False)
    picture.SetSpacing((mm[1], mm[0], *(1.0,) * (values.ndim - 2)))
    SimpleITK.WriteImage(picture, str(path), True)


def camus(root, numbers=(1, 2), ef=EF, suffix=".nii.gz", old=False):
    """Patients in one of the two layouts of CAMUS."""
    for number in numbers:
        name = f"patient{number:04d}"
        place = root / name
        place.mkdir(parents=True)
        for view, width in (("4CH", 1), ("2CH", 2)):
            labels = [
                heart(ED[0], ED[width]),
                heart(75, (ED[width] + ES[width]) / 2),
                heart(ES[0], ES[width]),
            ]
            noise = np.random.default_rng(number).integers(0, 60, SHAPE)
            pictures = [(label * 40 + noise).astype(np.uint8) for label in labels]
            for phase, at in (("ED", 0), ("ES", 2)):
                save(place / f"{name}_{view}_{phase}{suffix}", pictures[at])
                save(place / f"{name}_{view}_{phase}_gt{suffix}", labels[at])
            kind = "sequence" if old else "half_sequence"
            save(place / f"{name}_{view}_{kind}{suffix}", np.stack(pictures))
            lines = ["ED: 1", "ES: 3", "NbFrame: 3", "Sex: F", "Age: 56", "ImageQuality: Good"]
            if old:
                lines += [
                    f"LVedv: {volume(*ED):.1f}",
                    f"LVesv: {volume(*ES):.1f}",
                    f"LVef: {ef:.1f}",
                ]
            else:
                save(place / f"{name}_{view}_{kind}_gt{suffix}", np.stack(labels))
                lines += [f"EF: {ef:.0f}", "FrameRate: 48.2"]
            (place / f"Info_{view}.cfg").write_text("\n".join(lines) + "\n")
    return root


def groups(folder, **parts):
    folder.mkdir(parents=True, exist_ok=True)
    for part, names in parts.items():
        (folder / f"subgroup_{part}.txt").write_text("\n".join(names) + "\n")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    root = tmp_path_factory.mktemp("camus") / "CAMUS_public"
    camus(root / "database_nifti")
    groups(root / "database_split", training=["patient0001"], testing=["patient0002"])
    return root


@pytest.fixture
def copy(whole, tmp_path):
    """One patient that a test may spoil."""
    shutil.copytree(whole / "database_nifti" / "patient0001", tmp_path / "patient0001")
    return tmp_path


def test_camus_as_it_is_downloaded(whole):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = public_data.camus(whole)
    assert tuple(table.columns[: len(facts.CLIPS)]) == facts.CLIPS
    assert list(table["view"]) == ["A4C", "A2C"] * 2
    assert list(table["split"]) == ["TRAIN", "TRAIN", "TEST", "TEST"]
    assert (table["ed"] == 0).all() and (table["es"] == 2).all() and (table["frames"] == 3).all()
    assert (table["row_mm"] == MM[0]).all() and (table["col_mm"] == MM[1]).all()
    assert (table["ef"] == round(EF)).all() and (table["fps"] == 48.2).all()
    assert (table["sex"] == "F").all() and (table["age"] == 56).all()
    assert (table["quality"] == "good").all() and table["edv_ml"].isna().all()
    assert table.attrs["left_out"] == {} and table.attrs["noted"] == {}


@pytest.mark.parametrize("given", [".", "database_nifti", "database_nifti/patient0002", ".."])
def test_camus_from_any_of_its_folders(whole, given):
    table = public_data.camus(whole / given)
    assert "patient0002" in set(table["patient_id"]) and len(table) in (2, 4)
    clip = clips.load_clip(table.iloc[-1], table.attrs["folder"])
    assert clip.frames.shape == (3, *SHAPE) and clip.frames.dtype == np.float32
    assert clip.spacing == pytest.approx(MM) and clip.view == "A2C" and clip.fps == 48.2
    assert (clip.labels[0] == heart(ED[0], ED[2])).all()


def test_camus_rows_play_like_any_clip(whole):
    table = public_data.camus(whole)
    four, two = clips.study(table, "patient0001")
    assert four.view == "A4C" and two.view == "A2C" and four.spacing == pytest.approx(MM)
    assert four.frames.shape == two.labels.shape == (3, *SHAPE)


def test_camus_older_release(tmp_path):
    camus(tmp_path / "training", (1,), suffix=".mhd", old=True)
    camus(tmp_path / "testing", (7,), suffix=".mhd", old=True)
    table = public_data.camus(tmp_path)
    assert list(table["split"]) == ["TEST", "TEST", "TRAIN", "TRAIN"]
    assert table["masks"].isna().all() and table["cine"].str.endswith("_sequence.mhd").all()
    assert table["ef"][0] == pytest.approx(EF, abs=0.1)
    assert table["edv_ml"][0] == pytest.approx(volume(*ED), abs=0.1)
    clip = clips.load_clip(table.iloc[0], tmp_path)
    assert clip.labels is None and clip.fps is None and clip.spacing == pytest.approx(MM)
    assert public_data.camus_check(tmp_path).attrs["n"] == 2


def test_camus_check_gives_the_known_ef_back(whole):
    checked = public_data.camus_check(whole)
    assert list(checked["patient_id"]) == ["patient0001", "patient0002"]
    assert checked["ef_masks"].to_numpy() == pytest.approx(EF, abs=1)
    assert checked["edv_ml"].to_numpy() == pytest.approx(volume(*ED), rel=0.02)
    assert checked["esv_ml"].to_numpy() == pytest.approx(volume(*ES), rel=0.02)
    assert checked.attrs["n"] == 2 and checked.attrs["within"] == 1
    assert abs(checked.attrs["mean_difference"]) < 1
    assert "100% of patients within 2 points (n = 2 of 2 patients)" in checked.attrs["said"]


def test_camus_check_finds_a_wrong_ef_and_a_missing_view(tmp_path):
    camus(tmp_path, (1,), ef=EF - 9)
    camus(tmp_path, (2,))
    (tmp_path / "patient0002" / "patient0002_2CH_ES_gt.nii.gz").unlink()
    checked = public_data.camus_check(tmp_path).set_index("patient_id")
    assert checked.loc["patient0001", "difference"] == pytest.approx(9, abs=1)
    assert checked.attrs["within"] == 0 and checked.attrs["n"] == 1
    assert "A2C has no labels at ES" in checked.loc["patient0002", "why"]


def spoil_camus(place, case):
    name = place / "patient0001"
    half, info = "patient0001_4CH_half_sequence", name / "Info_4CH.cfg"
    if case == "turned labels":
        save(name / "patient0001_4CH_ED_gt.nii.gz", heart(ED[0], ED[1], turned=True), MM[::-1])
    elif case == "turned square":
        square = np.zeros((240, 240), np.uint8)
        square[:, 25:215] = heart(*ED[:2])
        for end in ("ED", "ED_gt"):
            save(name / f"patient0001_4CH_{end}.nii.gz", square.T.copy(), (0.5, 0.5))
    elif case == "upside down":
        save(name / "patient0001_4CH_ED_gt.nii.gz", heart(*ED[:2])[::-1].copy())
    elif case == "cut labels":
        path = name / "patient0001_4CH_ED_gt.nii.gz"
        path.write_bytes(path.read_bytes()[:-30])
    elif case == "label 4":
        save(name / "patient0001_4CH_ED_gt.nii.gz", heart(*ED[:2]) + np.uint8(1))
    elif case == "no cavity":
        save(name / "patient0001_4CH_ED_gt.nii.gz", np.zeros(SHAPE, np.uint8))
    elif case == "no sequence":
        (name / f"{half}.nii.gz").unlink()
        (name / f"{half}_gt.nii.gz").unlink()
    elif case == "one picture":
        save(name / f"{half}.nii.gz", heart(*ED[:2]))
    elif case == "short labels":
        save(name / f"{half}_gt.nii.gz", np.stack([heart(*ED[:2])] * 2))
    elif case == "other file":
        (name / "notes.txt").write_text("x")
    elif case == "no view":
        for path in name.glob("*4CH*"):
            path.unlink()
    elif case == "no cfg":
        info.unlink()
    else:
        old, new = {
            "no ef": ("EF: ", "E: "),
            "ef share": (f"EF: {EF:.0f}", "EF: 0.54"),
            "es beyond": ("ES: 3", "ES: 30"),
            "count": ("NbFrame: 3", "NbFrame: 9"),
            "other ef": (f"EF: {EF:.0f}", "EF: 40"),
        }[case]
        info.write_text(info.read_text().replace(old, new))


@pytest.mark.parametrize(
    ("case", "words", "rows"),
    [
        ("turned labels", "axes of one of them are swapped", 1),
        ("turned square", "so the axes of the file are swapped", 1),
        ("upside down", "so the file is upside down", 1),
        ("cut labels", "truncated", 1),
        ("label 4", "CAMUS has 0 to 3", 1),
        ("no cavity", "marks no cavity", 1),
        ("no sequence", "no sequence to play", 1),
        ("one picture", "a sequence was expected", 1),
        ("short labels", "2 frames of", 2),
        ("other file", "no file of the release", 2),
        ("no view", "The view is missing", 1),
    ],
)
def test_camus_leaves_out_with_a_reason(copy, case, words, rows):
    spoil_camus(copy, case)
    table = read_quietly(public_data.camus, copy)
    reasons = public_data.left_out(table)["why"]
    assert len(table) == rows and len(reasons) == 1 and words in reasons[0], list(reasons)


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("no ef", "EF is missing"),
        ("ef share", "given as 0.54"),
        ("es beyond", "ES is frame 30"),
        ("count", "says 9 frames"),
        ("no cfg", "Info_4CH.cfg is missing"),
        ("other ef", "views give different EF"),
    ],
)
def test_camus_keeps_with_a_remark(copy, case, words):
    spoil_camus(copy, case)
    with pytest.warns(errors.CourseWarning, match="kept with a remark"):
        table = public_data.camus(copy)
    assert len(table) == 2 and table["ed"][0] == 0 and table["es"][0] == 2
    assert public_data.noted(table)["remark"].str.contains(words, regex=False).any()
    assert pandas.isna(table["ef"][0]) == (case in ("no ef", "ef share", "no cfg"))


def test_camus_turned_sequence_is_refused_when_it_is_read(copy):
    name = copy / "patient0001" / "patient0001_4CH_half_sequence"
    square = np.zeros((3, 240, 240), np.uint8)
    square[:, :, 25:215] = heart(*ED[:2])
    for end in ("", "_gt"):
        save(f"{name}{end}.nii.gz", square.transpose(0, 2, 1).copy(), (0.5, 0.5))
    table = public_data.camus(copy)
    with pytest.raises(errors.DataError, match="axes of the file are swapped"):
        clips.load_clip(table.iloc[0], table.attrs["folder"])


def test_camus_twice_and_in_two_splits(whole, tmp_path):
    for part in ("a", "b"):
        shutil.copytree(whole / "database_nifti" / "patient0001", tmp_path / part / "patient0001")
    groups(tmp_path, training=["patient0001"], testing=["patient0001"])
    table = read_quietly(public_data.camus, tmp_path)
    assert len(table) == 2 and table["split"].nunique() == 1
    assert "is in 'a/patient0001' too" in public_data.left_out(table)["why"][0]
    assert "a leak" in public_data.noted(table)["remark"][0]


def test_camus_that_is_none(tmp_path):
    for read in (public_data.camus, public_data.camus_check):
        with pytest.raises(errors.FileError, match="holds no folder such as patient0001"):
            read(tmp_path)
    (tmp_path / "patient0001").mkdir()
    with pytest.raises(errors.FileError, match="The view is missing"):
        public_data.camus(tmp_path)
    checked = camus_files.camus_check(tmp_path)
    assert checked.attrs["n"] == 0 and "None of 1 patients" in checked.attrs["said"]


def without_sequences(root):
    for path in [*root.rglob("*sequence*"), *root.rglob("*.cfg")]:
        path.unlink()
    return root


@pytest.mark.parametrize("around", ["", "database_nifti", "a/b", "training"])
@pytest.mark.parametrize("more", ["", "CITATION.cff", "README.md"])
def test_camus_without_sequences_is_refused_with_the_true_reason_first(tmp_path, around, more):
    place = without_sequences(camus(tmp_path / around))
    if more:
        (place / "patient0001" / more).write_text("x")
    with pytest.raises(
        errors.FileError, match="is a copy of CAMUS without sequences: of 2 patients"
    ):
        public_data.camus(tmp_path)
    assert public_data.camus_check(tmp_path)["edv_ml"].to_numpy() == pytest.approx(
        volume(*ED), rel=0.02
    )


def test_what_systems_leave_beside_camus_says_nothing(whole, tmp_path):
    place = tmp_path / "CAMUS"
    shutil.copytree(whole, place)
    for left in (
        "__MACOSX/database_nifti/patient0001",
        "database_nifti/__MACOSX/patient0001",
        "__MACOSX/patient0001",
    ):
        (place / left).mkdir(parents=True)
        (place / left / "._patient0001_4CH_ED.nii.gz").write_bytes(b"Mac OS X")
        (place / left / "patient0001_4CH_ED.nii.gz").write_bytes(b"Mac OS X")
    for left in (".DS_Store", "._Info_4CH.cfg", "Thumbs.db", "desktop.ini"):
        (place / "database_nifti/patient0001" / left).write_bytes(b"x")
    table = public_data.camus(place)
    assert len(table) == 4 and table.attrs["left_out"] == {} and table.attrs["noted"] == {}


def test_camus_of_links(whole, tmp_path):
    for path in whole.rglob("*.*"):
        new = tmp_path / "study" / path.relative_to(whole)
        new.parent.mkdir(parents=True, exist_ok=True)
        new.symlink_to(path)
    table = public_data.camus(tmp_path / "study")
    assert len(table) == 4 and table["cine"][0].startswith("database_nifti/patient0001/")
    (tmp_path / "way").symlink_to(whole / "database_nifti")
    assert len(public_data.camus(tmp_path / "way")) == 4
