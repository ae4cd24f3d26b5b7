"""Splitting by patient, and finding what should not be on two sides."""

import cv2
import numpy as np
import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils import augment, load
from course_utils.augment import copies
from course_utils.cases import duplicates, samples, split
from course_utils.core.errors import DataError, FileError

PARTS = ("train", "validation", "test")


def cases(patients, images=3, device=lambda number: "A"):
    """A table without files: `images` of each patient."""
    made = pandas.DataFrame(
        [
            {
                "image": f"{p}_{i}.png",
                "mask": "m.png",
                "patient_id": f"P{p:03}",
                "device": device(p),
            }
            for p in range(patients)
            for i in range(images)
        ]
    )
    made.attrs["folder"] = "somewhere"
    return made


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    patients=st.integers(3, 60),
    scanners=st.integers(1, 4),
    shares=st.tuples(*[st.floats(0.05, 1)] * 3),
    seed=st.integers(0, 99),
)
def test_every_row_once_every_patient_on_one_side(patients, scanners, shares, seed):
    fractions = tuple(share / sum(shares) for share in shares)
    table = cases(patients, device=lambda p: f"S{p % scanners}")
    parts = split.by_patient(table, fractions, seed)
    assert sorted(np.concatenate([part.index for part in parts])) == list(range(len(table)))
    who = [set(part["patient_id"]) for part in parts]
    assert all(who) and not who[0] & who[1] and not who[0] & who[2] and not who[1] & who[2]
    for part, name, share in zip(parts, PARTS, fractions, strict=True):
        assert set(part["split"]) == {name}
        assert part.attrs == table.attrs and list(part.columns) == [*table.columns, "split"]
        assert part.index.is_monotonic_increasing
        wanted = share * patients
        if wanted >= 1 and min(fractions) * patients >= 1:
            assert abs(part["patient_id"].nunique() - wanted) <= 1
    assert "split" not in table


def test_scanners_are_spread_over_the_parts():
    table = cases(40, device=lambda p: "big" if p < 30 else "small")
    for seed in range(5):
        for part, wanted in zip(split.by_patient(table, seed=seed), (6, 2, 2), strict=True):
            small = part[part["device"] == "small"]["patient_id"].nunique()
            assert abs(small - wanted) <= 1 and small >= 1


def test_a_patient_on_two_scanners_stays_together():
    table = cases(12, images=4)
    table["device"] = ["A", "A", "B", "B"] * 6 + ["A"] * 24
    parts = split.by_patient(table)
    for part in parts:
        assert (part.groupby("patient_id").size() == 4).all()
        twice = part.groupby("patient_id")["device"].nunique()
        assert (twice == 2).sum() >= 1 and (twice == 1).sum() >= 1


def test_the_seed_decides_and_the_order_of_the_rows_does_not():
    table = cases(20, device=lambda p: f"S{p % 2}")
    first = [set(part["patient_id"]) for part in split.by_patient(table, seed=1)]
    mixed = table.sample(frac=1, random_state=0)
    assert [set(part["patient_id"]) for part in split.by_patient(mixed, seed=1)] == first
    assert [set(part["patient_id"]) for part in split.by_patient(table, seed=2)] != first
    assert split.by_patient(table.drop(columns="device"))[0]["patient_id"].nunique() == 12


@pytest.mark.slow
def test_the_sample_set_splits_cleanly():
    table = samples.table("muscle_general")
    parts = split.by_patient(table)
    assert [part["patient_id"].nunique() for part in parts] == [14, 5, 5]
    for part in parts:
        assert set(part["device"]) == set(table["device"])
    assert split.assert_no_leak(*parts) == {"patients": True, "copies": True, "pictures": True}
    assert "pictures" not in split.assert_no_leak(*parts, max_distance=None)
    split.assert_no_leak(table, samples.table("muscle_hires"))  # two folders, no test part


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"fractions": (0.6, 0.2, 0.1)}, "add up to 1"),
        ({"fractions": (0.8, 0.2)}, "three numbers"),
        ({"fractions": (1.2, -0.1, -0.1)}, "above 0"),
        ({"fractions": (0.8, 0.2, 0)}, "above 0"),
        ({"fractions": None}, "three numbers"),
        ({"fractions": ("a", "b", "c")}, "three numbers"),
        ({"fractions": (float("nan"), 0.5, 0.5)}, "three numbers"),
        ({"seed": -1}, "seed"),
        ({"seed": 0.5}, "seed"),
        ({"table": cases(5).drop(columns="patient_id")}, "no column 'patient_id'"),
        ({"table": cases(5).assign(patient_id=[None] + ["P"] * 14)}, "no patient_id"),
        ({"table": cases(5).assign(patient_id=[" "] + ["P"] * 14)}, "no patient_id"),
        ({"table": cases(5)[:0]}, "no rows"),
        ({"table": cases(1, images=2)}, "at least one"),
        ({"table": cases(5).assign(source="x.png")}, "augmented copies"),
        ({"table": None}, "table"),
    ],
)
def test_what_cannot_be_split(changes, words):
    with pytest.raises(DataError, match=words):
        split.by_patient(**{"table": cases(5), **changes})


def test_too_few_patients():
    with pytest.raises(DataError, match="1 patient, and 3 parts"):
        split.by_patient(cases(1))
    with pytest.raises(DataError, match="2 patients, and 3 parts"):
        split.by_patient(cases(2))
    assert [len(part) for part in split.by_patient(cases(3))] == [3, 3, 3]


@pytest.mark.parametrize("patients", [2, 3])
def test_of_very_few_patients_all_but_one_are_to_learn_from(patients):
    parts = [split.by_patient(cases(patients), seed=seed, few=True) for seed in range(20)]
    for train, validation, test in parts:
        assert train.patient_id.nunique() == patients - 1 and test.patient_id.nunique() == 1
        assert set(train.patient_id).isdisjoint(test.patient_id)
        assert validation.image.equals(test.image) and set(validation.split) == {"validation"}
        assert len(train) + len(test) == 3 * patients and test.attrs == cases(2).attrs
        assert "pictures" not in split.assert_no_leak(train, None, test, max_distance=None)
    assert len({test.patient_id.iloc[0] for _, _, test in parts}) == patients  # the seed draws
    with pytest.raises(DataError, match="1 patient, and 3 parts"):
        split.by_patient(cases(1), few=True)
    assert [len(part) for part in split.by_patient(cases(4), few=True)] == [6, 3, 3]


def test_a_set_whose_patients_were_guessed_says_so():
    assert split.told(cases(3)) == ""
    guessed = cases(3)
    guessed.attrs["patients"] = "guessed"
    assert "Nobody knows which images" in split.told(split.by_patient(guessed)[2])


def test_a_split_by_image_is_caught_by_name():
    table = cases(10)
    order = np.random.default_rng(0).permutation(len(table))
    parts = [table.iloc[part] for part in np.split(order, [18, 24])]
    crossing = [
        p
        for p in table["patient_id"].unique()
        if sum(p in set(part["patient_id"]) for part in parts) > 1
    ]
    with pytest.raises(DataError) as caught:
        split.assert_no_leak(*parts, max_distance=None)
    assert len(crossing) > 1 and f"{len(crossing)} patients are" in str(caught.value)
    assert all(name in str(caught.value) for name in crossing[:8])


def test_one_crossing_patient_is_named_with_both_sides():
    train, validation, test = split.by_patient(cases(10))
    moved = pandas.concat([test, train[:1]])
    with pytest.raises(
        DataError,
        match=rf"1 patient is .*{train['patient_id'].iloc[0]} "
        r"\(train, test\)",
    ):
        split.assert_no_leak(train, validation, moved, max_distance=None)
    split.assert_no_leak(train, validation, test, max_distance=None)
    with pytest.raises(DataError, match="patient_id"):
        split.assert_no_leak(train, validation.assign(patient_id=None), test, max_distance=None)


@pytest.fixture
def folder(tmp_path):
    """Six sample images of six patients as PNG, and their table."""
    table = samples.table("muscle_general")
    table = table[~table["empty"]].groupby("patient_id").head(1)[:6]
    rows = []
    (tmp_path / "images").mkdir()
    for number, row in enumerate(table.itertuples()):
        image = load.image(samples.folder("muscle_general") / row.image)
        write(tmp_path / f"images/{number}.png", image)
        write(tmp_path / f"images/m{number}.png", image > 0.5)
        rows.append(
            {
                "image": f"images/{number}.png",
                "mask": f"images/m{number}.png",
                "patient_id": f"P{number}",
            }
        )
    made = pandas.DataFrame(rows)
    made.attrs["folder"] = str(tmp_path)
    return made


def write(path, image):
    path.write_bytes(cv2.imencode(path.suffix, np.rint(image * 255.0).astype(np.uint8))[1])


def repeats(image):
    """The same picture as others would save it again."""
    grey = np.rint(image * 255).astype(np.uint8)
    rows, cols = image.shape
    for quality in (90, 50, 20):
        coded = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        yield f"JPEG {quality}", cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE) / np.float32(255)
    yield "brighter", np.clip(image + np.float32(0.05), 0, 1)
    yield "gain", np.clip(image + np.float32(0.05) * (image > 0.012), 0, 1)
    yield "contrast", np.clip(image * np.float32(1.15), 0, 1)
    yield "gamma", image ** np.float32(0.8)
    yield "half size", cv2.resize(image, (cols // 2, rows // 2), interpolation=cv2.INTER_AREA)
    yield "128", cv2.resize(image, (128, 128), interpolation=cv2.INTER_AREA)
    yield "2 pixels cut", image[2:-2, 2:-2]
    yield "4 pixels cut", image[4:-4, 4:-4]
    yield "two sides cut", image[3:, :-7]
    noise = np.random.default_rng(0).normal(0, 0.02, image.shape)
    yield "noise", np.clip(image + noise, 0, 1).astype(np.float32)
    yield "mirrored", image[:, ::-1]


@pytest.mark.slow
def test_a_repeated_picture_of_another_patient_is_found(folder, tmp_path):
    image = load.image(tmp_path / "images/0.png")
    for name, other in repeats(image):
        write(tmp_path / "images/5.png", other)
        pairs = split.near_duplicates(folder)
        assert len(pairs) == 1, name
        assert (pairs["image_a"][0], pairs["image_b"][0]) == ("images/0.png", "images/5.png")
        assert pairs["mirrored"][0] == (name == "mirrored")
        assert pairs[["patient_a", "patient_b"]].values.tolist() == [["P0", "P5"]]
    with pytest.raises(
        DataError,
        match=r"'0.png' \(patient P0, train\) and '5.png' \(patient P5, "
        r"test\) show nearly the same picture, one of them mirr",
    ):
        split.assert_no_leak(folder[:3], folder[3:4], folder[4:])
    split.assert_no_leak(folder[:3], folder[3:4], folder[4:], max_distance=None)
    both = pandas.concat([folder[:3], folder[5:]])
    split.assert_no_leak(both, folder[3:4], folder[4:5])  # twice in training is no leak


@pytest.mark.slow
def test_on_the_samples_all_repeats_are_found_and_no_two_patients_are_taken_for_one():
    images, patients, muscle = [], [], []
    for name in samples.names():
        if name.startswith("muscle"):
            for row in samples.table(name).itertuples():
                images.append(load.image(samples.folder(name) / row.image))
                patients.append(row.patient_id)
                muscle.append(not row.empty)
    hashes = [duplicates.fingerprint(image) for image in images]
    plain, mirrored = (np.array([pair[way] for pair in hashes]) for way in (0, 1))
    others = np.array(patients)[:, None] != np.array(patients)[None]
    in_view = np.array(muscle)[:, None] | np.array(muscle)[None]
    for side, lowest in ((plain, 70), (mirrored, 70)):
        apart = np.bitwise_count(plain[:, None] ^ side[None]).sum(axis=2)
        assert apart[others].min() > split.MAX_DISTANCE + 8
        assert apart[others & in_view].min() > lowest
    for image, own in zip(images, hashes, strict=True):
        for name, other in repeats(image):
            again = duplicates.fingerprint(np.ascontiguousarray(other))
            nearest = min(int(np.bitwise_count(again[0] ^ way).sum()) for way in own)
            assert nearest <= split.MAX_DISTANCE, name


def test_pictures_without_contrast_are_not_duplicates(folder, tmp_path):
    for number in (1, 4):
        write(tmp_path / f"images/{number}.png", np.zeros((50, 60)))
    assert split.near_duplicates(folder).empty
    assert split.near_duplicates(folder[1:2]).empty


def test_equal_names_in_two_folders_are_two_images(folder, tmp_path):
    other = tmp_path / "other"
    (other / "images").mkdir(parents=True)
    again = folder[3:].assign(patient_id=["X1", "X2", "X3"])
    for number in (3, 4, 5):
        (tmp_path / f"images/{number}.png").rename(other / f"images/{number}.png")
        write(tmp_path / f"images/{number}.png", np.zeros((50, 60)))
    again.attrs["folder"] = str(other)
    split.assert_no_leak(folder, again)


def test_one_image_under_two_patients(folder):
    again = folder[:1].assign(patient_id="X")
    with pytest.raises(DataError, match="Image .*0.png' appears in more than one split"):
        split.assert_no_leak(folder, again)


def test_augmented_copies_on_both_sides(folder, tmp_path):
    train = folder[:4].assign(split="train")
    made = copies.write_copies(train, tmp_path, tmp_path / "copies", preset="blog")
    made["image"] = [str(tmp_path / "copies" / name) for name in made["image"]]
    made["mask"] = [str(tmp_path / "copies" / name) for name in made["mask"]]
    whole = pandas.concat([train, made], ignore_index=True)
    whole.attrs = dict(folder.attrs)
    split.assert_no_leak(whole, folder[4:5], folder[5:])
    slipped = pandas.concat([folder[5:], made[:1].assign(patient_id="X")], ignore_index=True)
    slipped.attrs = dict(folder.attrs)
    with pytest.raises(DataError, match="Image 'images/0.png' appears in more than one split"):
        split.assert_no_leak(train, folder[4:5], slipped)
    assert set(augment.PRESETS) == {"plausible", "blog"}


@pytest.mark.parametrize("distance", [-1, 256, 1.5, "40", True])
def test_an_impossible_distance(folder, distance):
    with pytest.raises(DataError, match="max_distance"):
        split.near_duplicates(folder, distance)


def test_missing_files_and_folder(folder):
    with pytest.raises(FileError, match="1 of 6"):
        split.near_duplicates(folder.assign(image=["x.png", *folder["image"][1:]]))
    loose = folder.copy()
    loose.attrs = {}
    with pytest.raises(DataError, match="folder"):
        split.near_duplicates(loose)
