"""Where the files of a table are, and what is said when they are not there."""

import pandas
import pytest

from course_utils.cases import samples
from course_utils.core import tables
from course_utils.core.errors import DataError, FileError


@pytest.fixture
def table(tmp_path):
    for name in ("a.png", "b.png"):
        (tmp_path / "images").mkdir(exist_ok=True)
        (tmp_path / "images" / name).write_bytes(b"x")
    made = pandas.DataFrame({"image": ["images/a.png", "images/b.png"]})
    made.attrs["folder"] = str(tmp_path)
    return made


def test_paths_start_from_the_folder_of_the_table(table, tmp_path):
    wanted = [tmp_path / "images" / "a.png", tmp_path / "images" / "b.png"]
    assert tables.paths(table) == wanted
    windows = table.assign(image=["images\\a.png", "images\\b.png"])
    assert tables.paths(windows) == wanted


def test_absolute_paths_need_no_folder(table, tmp_path):
    whole = tables.absolute(table)
    assert "folder" not in whole.attrs and table["image"][0] == "images/a.png"
    assert tables.paths(whole) == tables.paths(table)
    assert tables.paths(pandas.DataFrame(whole)) == tables.paths(table)
    assert tables.absolute(samples.table("muscle_hires"))["mask"].str.endswith(".png").all()


def test_a_copy_keeps_its_empty_cells(table, tmp_path):
    made = tables.absolute(table.assign(source=[None, "images/a.png"]))
    assert made["source"].isna().tolist() == [True, False]
    assert made["source"][1] == str(tmp_path / "images" / "a.png")


def test_what_is_missing_is_named(table, tmp_path):
    loose = table.copy()
    loose.attrs = {}
    for function in (tables.paths, tables.absolute):
        with pytest.raises(DataError, match="attrs\\['folder'\\]"):
            function(loose)
    gone = table.assign(image=["images/a.png", "images/c.png"])
    with pytest.raises(FileError, match="1 of 2 files .* missing: c.png"):
        tables.paths(gone)
    elsewhere = table.copy()
    elsewhere.attrs["folder"] = str(tmp_path / "nowhere")
    with pytest.raises(FileError, match="no folder 'nowhere'"):
        tables.paths(elsewhere)
    for nothing in (None, float("nan"), "  "):
        with pytest.raises(DataError, match="no file name"):
            tables.paths(table.assign(image=["images/a.png", nothing]))


@pytest.mark.parametrize("wrong, words", [(None, "NoneType"), ([1], "list"), ("x.csv", "str")])
def test_what_is_no_table(wrong, words):
    with pytest.raises(DataError, match=words):
        tables.checked(wrong)


def test_a_table_without_rows_or_columns(table):
    with pytest.raises(DataError, match="no rows"):
        tables.checked(table[:0])
    with pytest.raises(DataError, match="no column 'mask'"):
        tables.checked(table, ("image", "mask"))


@pytest.mark.parametrize(
    "data",
    [
        b"Image , Mask\na.png,b.png\n",
        b"\xef\xbb\xbfimage;mask\r\na.png;b.png\r\n",
        "IMAGE\tmask\na.png\tb.png\n".encode("utf-16"),
        b"\n image,MASK\na.png, b.png\n",
    ],
)
def test_one_reader_for_every_list(tmp_path, data):
    (tmp_path / "list.csv").write_bytes(data)
    table = tables.read_csv(tmp_path / "list.csv")
    assert list(table.columns) == ["image", "mask"]
    assert table.iloc[0].tolist() == ["a.png", "b.png"]


def test_decimal_commas_and_western_letters(tmp_path):
    (tmp_path / "list.csv").write_bytes("name;mm\nMüller;0,143\n".encode("cp1252"))
    row = tables.read_csv(tmp_path / "list.csv").iloc[0]
    assert row["name"] == "Müller" and tables.decimal(row["mm"]) == 0.143
    assert tables.decimal("x") != tables.decimal("x")  # NaN


@pytest.mark.parametrize(
    "name", ["0012", "007", "1e5", "0X1A05", "12.0", "1_000", "nan", "TRUE", "00", "2024-01-03"]
)
def test_the_name_of_a_clip_stays_text(tmp_path, name):
    (tmp_path / "list.csv").write_text(f"FileName,Frame\n{name},3\n")
    assert tables.read_csv(tmp_path / "list.csv")["filename"].tolist() == [name]


def test_a_spreadsheet_is_no_list(tmp_path):
    (tmp_path / "list.csv").write_bytes(b"PK\x03\x04\0\0\0\0")
    with pytest.raises(FileError, match="CSV UTF-8"):
        tables.read_csv(tmp_path / "list.csv")


@pytest.mark.parametrize(
    ("listed", "there"),
    [
        ("M\u00fcller.png", "Mu\u0308ller.png"),
        ("Mu\u0308ller.png", "M\u00fcller.png"),
        ("Scan.PNG", "scan.png"),
        ("p01.png", "P01.png"),
    ],
)
def test_a_list_finds_its_files_in_the_other_form_of_their_names(tmp_path, listed, there):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / there).write_bytes(b"x")
    table = pandas.DataFrame({"image": [f"a/{listed}"]})
    table.attrs["folder"] = str(tmp_path)
    assert tables.paths(table) == [tmp_path / "a" / there]


@pytest.mark.parametrize(
    "data",
    [
        "image,mask\na.png,b.png\n".encode("utf-16-le"),  # without a mark
        b"image|mask\na.png|b.png\n",
        b"sep=;\nimage;mask\na.png;b.png\n",
        b"# made by hand\n\nimage,mask\na.png,b.png\n",
        b"image;mask\na.png;b.png;\n",  # a separator too many, in the rows only
        "\u200bImage ,MASK\na.png,b.png\n".encode(),
        b",image,mask\n,a.png,b.png\n",
        b'"image"\t"mask"\r"a.png"\t"b.png"\r',
    ],
)
def test_lists_as_people_write_them(tmp_path, data):
    (tmp_path / "list.csv").write_bytes(data)
    table = tables.read_csv(tmp_path / "list.csv")
    assert list(table.columns) == ["image", "mask"]
    assert table.to_numpy().tolist() == [["a.png", "b.png"]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("image,row_mm\na.png,0,2\n", "line 2 has 3 values"),
        ("image,mask,mask\na.png,b.png,c.png\n", "twice"),
        ("<html><table></table></html>", "web page"),
        ('image,mask\na.png,"b.png\n', "cannot be read as a list"),
        ("\n\n", "empty"),
    ],
)
def test_what_is_no_list_says_why(tmp_path, text, words):
    (tmp_path / "list.csv").write_text(text)
    with pytest.raises(FileError, match=words):
        tables.read_csv(tmp_path / "list.csv")
