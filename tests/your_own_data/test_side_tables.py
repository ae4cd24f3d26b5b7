"""Tables beside images: read where they help, passed over where they do not."""

import pytest

from course_utils.your_own_data import side_tables

IMAGES = ["a/x.png", "a/y.png", "b/x.png", "z.png"]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("filename,patient_id\nz.png,P1\n", {"z.png": ("P1", None, None)}),
        ("\ufeffImage;Patient;pixel_size\nZ.PNG;P1;0,1\n", {"z.png": ("P1", None, (0.1, 0.1))}),
        ("image,row_mm,col_mm,device\na\\y.png,0.1,0.2,S\n", {"a/y.png": (None, "S", (0.1, 0.2))}),
        ("image,patient\nx.png,P1\n", {}),  # two images have this name
        ("image,pixel size(mm)\nz.png,900\n", {"z.png": (None, None, (900, 900))}),
        ("image,pixel size(mm)\nz.png,\n", {}),
        ("a,b\n1,2\n", {}),
        ("", {}),
        ("\0\0\xff", {}),
    ],
)
def test_tables(tmp_path, text, expected):
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    facts, used, *_ = side_tables.read(tmp_path, ["t.csv"], IMAGES)
    assert {path: tuple(about) for path, about in facts.items()} == expected
    assert used == (["t.csv"] if expected else [])


def test_paths_start_from_the_table_and_rubbish_is_passed_over(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/t.csv").write_text("image,patient\nx.png,P7\n")
    (tmp_path / "u.csv").write_bytes(b"\xff\xfe\x00rubbish")
    facts, used, unused, *_ = side_tables.read(tmp_path, ["a/t.csv", "u.csv", "gone.csv"], IMAGES)
    assert facts["a/x.png"].patient == "P7" and used == ["a/t.csv"]
    assert unused == ["u.csv", "gone.csv"]


def test_a_table_is_about_the_folder_that_it_is_named_after(tmp_path):
    (tmp_path / "training_set_pixel_size.csv").write_text(
        "filename,pixel size(mm)\n000_HC.png,0.2\n"
    )
    (tmp_path / "test_set_pixel_size.csv").write_text("filename;pixel size(mm)\n000_HC.png;0,3\n")
    images = ["training_set/000_HC.png", "test_set/000_HC.png"]
    facts, used, *_ = side_tables.read(
        tmp_path, ["training_set_pixel_size.csv", "test_set_pixel_size.csv"], images
    )
    assert [facts[image].spacing[0] for image in images] == [0.2, 0.3] and len(used) == 2


@pytest.mark.parametrize(
    "title",
    [
        "Patienten-ID",
        "Patient ID",
        "PATIENT.NR",
        "Pat-Nr",
        "MRN",
        "pid",
        "Subject No.",
        "Participant_ID",
    ]
    + ["ID"],
)
def test_titles_as_people_write_them(tmp_path, title):
    rows = "".join(f"{path};{who}\n" for path, who in zip(IMAGES, "PPQR", strict=True))
    (tmp_path / "t.csv").write_text(f"File Name;{title}\n{rows}")
    facts = side_tables.read(tmp_path, ["t.csv"], IMAGES).facts
    assert [facts[path].patient for path in IMAGES] == list("PPQR")
    named = side_tables.read(tmp_path, ["t.csv"], IMAGES, title.upper().replace(" ", "_")).facts
    assert facts == named


def test_an_id_of_each_image_is_no_patient(tmp_path):
    rows = "".join(f"{path},{n}\n" for n, path in enumerate(IMAGES))
    (tmp_path / "t.csv").write_text(f"image,ID\n{rows}")
    assert not side_tables.read(tmp_path, ["t.csv"], IMAGES).facts


def test_an_image_of_two_patients_and_another_ending_are_noticed(tmp_path):
    (tmp_path / "t.csv").write_text("image,patient\nz.jpg,P1\nz.jpg,p1\na/y.png,P1\na/y.png,P2\n")
    told = side_tables.read(tmp_path, ["t.csv"], IMAGES)
    assert told.facts["z.png"].patient.lower() == "p1" and told.torn == ["a/y.png"]
    assert told.columns == ["image", "patient"]
