"""What the folder check says of names, masks, look-alikes and the set as a whole."""

import types

import pytest

from course_utils.your_own_data import findings, patients, problems
from tests.helpers import folders
from tests.helpers.folders import inspect, said


@pytest.fixture
def good(tmp_path):
    """Four good pairs of two patients, to which a test adds one thing that is wrong."""
    return folders.good(tmp_path / "study")


@pytest.mark.parametrize(
    ("place", "level", "kind"),
    [
        ("schmidt_120463/a.png", "look", "date in a file name"),
        ("schmidt_120463/a.png", "look", "name of a person in a file name"),
        ("a/meier_anna.png", "look", "name of a person in a file name"),
        ("a/山田太郎.png", "look", "possible name in a file name"),
        ("a/иванов.png", "look", "possible name in a file name"),
        ("485 777 3456/a.png", "stop", "national number in a file name"),
        ("a/401-02-7788.png", "stop", "national number in a file name"),
        ("a/MRN 00 12 34 56.png", "stop", "patient number in a file name"),
        ("a/letter to Anna Meier.docx", "look", "name of a person in a file name"),
        ("Meier_Anna.csv", "look", "name of a person in a file name"),
        ("a/anna.meier@clinic.org.png", "look", "e-mail address in a file name"),
        ("1.2.840.113619.2.55.3_120463_meier/a.png", "look", "date in a file name"),
    ],
)
def test_what_names_give_away_is_in_the_report_and_not_in_the_list(
    good, tmp_path, place, level, kind
):
    (good / place).parent.mkdir(parents=True, exist_ok=True)
    if place.endswith(".png"):
        folders.save(good / place, folders.grey(77))
        folders.save(good / f"{place[:-4]}_mask.png", folders.disc(77))
    else:
        (good / place).write_text("x")
    report = inspect(good)
    assert (level, kind) in said(report)
    assert kind.split(" in a file")[0] in str(report)
    known = ("meier", "schmidt", "山田", "иванов", "120463", "485", "401", "MRN")
    assert not [who for who in report.images["patient_id"] if any(word in who for word in known)]


@pytest.mark.parametrize("name", ["Meier_Anna", "Schmidt_120463", "485 777 3456"])
def test_the_name_of_the_given_folder_counts_too(good, name):
    place = good.rename(good.with_name(name))
    found = {file for found in said(inspect(place)).values() for file in found}
    assert f"{name}/" in found


@pytest.mark.parametrize(
    ("name", "paths", "lists"),
    [
        ("busi", ["a/benign (1).png", "a/benign (1)_mask.png"], False),
        ("hc18", ["training_set/000_HC.png", "training_set/000_HC_Annotation.png"], False),
        ("camus", ["p/patient0001_2CH_ED.mhd", "p/patient0001_4CH_half_sequence.mhd"], False),
        ("echonet", ["Videos/0X1.avi"], True),
        (None, ["Videos/0X1.avi"], False),
        (None, ["images/P1.png", "masks/P1.png"], False),
        (None, ["benign (1).png", *(f"{n}.png" for n in range(9))], False),
        (None, [], True),
    ],
)
def test_a_public_set_is_known_by_its_names(tmp_path, name, paths, lists):
    for each in ("FileList.csv", "VolumeTracings.csv") if lists else ():
        (tmp_path / each).write_text("x")
    assert findings.known_set(tmp_path, paths) == name


class Seen:
    """As much of a record as look-alikes need."""

    def __init__(self, image, digest, patient):
        self.image, self.patient_id, self.given_split = image, patient, None
        self.seen = types.SimpleNamespace(digest=digest, prints=None)


def guessed(certain, *pairs):
    return patients.Patients(dict(pairs), "how", certain, ())


def test_look_alikes_are_joined_only_where_nobody_knows_who_is_who():
    records = [Seen("a", 1, "A"), Seen("b", 1, "B"), Seen("c", 2, "C"), Seen("d", 1, "D")]
    alike = findings.repeats(records, lambda share: None)
    assert [(how, [r.image for r in group]) for how, group in alike] == [("the same", list("abd"))]
    ids = [(record.image, record.patient_id) for record in records]
    joined, changed = findings.join(alike, guessed(False, *ids))
    assert joined.ids == {"a": "A", "b": "A", "c": "C", "d": "A"} and changed == 2
    known = guessed(True, *ids)
    assert findings.join(alike, known) == (known, 0)


def test_a_label_has_its_name_where_the_set_is_known():
    assert findings.named_label(3, findings.ORGANS["camus"]) == "3 (left atrium)"
    assert findings.named_label(3, None) == findings.named_label(3, {1: "wall"}) == "3"


def test_a_folder_without_an_image_is_one_problem_and_no_more():
    assert [each.kind for each in findings.of_the_set([], None, [])] == [
        problems.TEXTS["no image"].get("kind", "no image")
    ]


def test_what_a_picture_file_says_beside_its_pixels(tmp_path):
    from PIL import Image, PngImagePlugin

    from course_utils.load import images

    picture, told = Image.new("L", (20, 10)), PngImagePlugin.PngInfo()
    told.add_text("Comment", "Meier Anna 12.04.1963")
    picture.save(tmp_path / "a.png", pnginfo=told)
    exif = Image.Exif()
    exif[270], exif[306] = "left calf", "2021:03:04 10:00:00"
    exif.get_ifd(0x8825)[1] = "N"
    picture.save(tmp_path / "b.jpg", exif=exif)
    picture.save(tmp_path / "c.tif", description="Huber Karl")
    picture.save(tmp_path / "d.png")
    (tmp_path / "e.png").write_bytes(b"x")
    found = {
        place.name: [each.problem for each in findings.of_words(place.name, images.words(place))]
        for place in sorted(tmp_path.iterdir())
    }
    assert "in: Comment" in found["a.png"][0] and "ImageDescription" in found["c.tif"][0]
    assert "DateTime, GPS" in found["b.jpg"][0] and "ImageDescription" not in found["b.jpg"][0]
    assert found["d.png"] == found["e.png"] == []
    assert not any("Meier" in text for text in found["a.png"])
