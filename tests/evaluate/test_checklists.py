"""Checklists: whole, answerable, exported without harm; and the choice of a measure."""

import re

import pytest

from course_utils.core.errors import DataError, FileError
from course_utils.evaluate import checklist_items, checklists, metrics

NASTY = (
    "<script>alert(1)</script> | [x](javascript:1) ![p](http://e.org/a.png) `c` **b** \n# h \x00"
)


@pytest.mark.parametrize("name, rows", [("CLAIM", 44), ("TRIPOD+AI", 52)])
def test_every_item_once_and_in_order(name, rows):
    list_ = checklist_items.ALL[name]
    numbers = [item.number for item in list_.items]
    assert len(numbers) == len(set(numbers)) == rows
    main = [int(re.match(r"\d+", number)[0]) for number in numbers]
    assert main == sorted(main) and sorted(set(main)) == list(range(1, list_.count + 1))
    assert all(item.asks and len(item.asks) < 80 for item in list_.items)
    assert len({item.asks for item in list_.items}) == rows
    assert {item.applies for item in list_.items} <= {"D", "E", "DE"}


def test_tripod_letters_are_those_of_the_statement():
    letters = {}
    for item in checklist_items.TRIPOD:
        main, letter = re.match(r"(\d+)(\w?)", item.number).groups()
        letters[int(main)] = letters.get(int(main), "") + letter
    several = {main: found for main, found in letters.items() if found}
    assert several == {
        3: "abc",
        5: "ab",
        6: "abc",
        8: "abc",
        9: "abc",
        12: "abcdefg",
        18: "abcdef",
        20: "abc",
        23: "ab",
        27: "abc",
    }
    only = {kind: [i.number for i in checklist_items.TRIPOD if i.applies == kind] for kind in "DE"}
    assert only == {
        "D": ["9a", "12a", "12b", "12c", "15", "22", "27a", "27b"],
        "E": ["12f", "12g", "20c", "24"],
    }


def test_answers_count_and_export(tmp_path):
    form = checklists.form("CLAIM", {"versions": "keras 3.15", "unheard_of": "x"})
    assert form.counts() == {"open": 43, "yes": 1, "no": 0, "not applicable": 0}
    form.set("34", "not applicable", "no trial")
    form.set(12, "no", NASTY)
    form.set("1", "yes")
    assert form.counts() == {"open": 40, "yes": 2, "no": 1, "not applicable": 1}
    page = form.export(tmp_path / "claim.md")
    text = page.read_text(encoding="utf-8")
    assert "keras 3.15" in text and "10.1148/ryai.240300" in text and "official form" in text
    assert "Answered with no: 12." in text and "4 of 44 entries answered" in text
    assert len(re.findall(r"^\| \d+ \|", text, re.M)) == 44
    assert "<script>" not in text.replace(r"\<script\>", "")
    form.set("12", "yes", "said in the text")
    assert "said in the text" in form.export(page).read_text(encoding="utf-8")  # replaced
    assert [found.name for found in tmp_path.iterdir()] == ["claim.md"]


def test_an_exported_page_renders_what_was_typed(tmp_path):
    from markdown_it import MarkdownIt

    form = checklists.form("CLAIM")
    form.set("12", "no", NASTY)
    page = MarkdownIt("commonmark", {"html": True}).enable("table").render(form.markdown())
    row = re.search(r"<tr>\s*<td>12</td>.*?</tr>", page, re.S)[0]
    assert row.count("<td>") == 4 and "&lt;script&gt;alert(1)&lt;/script&gt; |" in row
    assert not re.search(r"<(script|a|img|strong|code|h1)\b", row)


def test_a_file_of_somebody_else_stays(tmp_path):
    (tmp_path / "thesis.md").write_text("years of work")
    with pytest.raises(FileError, match="stays"):
        checklists.form("CLAIM").export(tmp_path / "thesis.md")
    assert (tmp_path / "thesis.md").read_text() == "years of work"
    with pytest.raises(FileError, match="does not exist"):
        checklists.form("CLAIM").export(tmp_path / "no" / "claim.md")
    with pytest.raises(FileError):
        checklists.form("CLAIM").export(tmp_path)
    with pytest.raises(DataError):
        checklists.form("CLAIM").export(None)


def test_a_role_leaves_out_what_is_for_others():
    tested, built = (checklists.form("TRIPOD+AI", role=role).counts() for role in "ED")
    assert tested["not applicable"] == 8 and built["not applicable"] == 4


def test_the_form_reads_without_a_kernel_and_with_a_screen_reader():
    form = checklists.form("TRIPOD+AI")
    form.set("19", "no", "<b>none</b>")
    bundle = form._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    page = bundle["text/html"]
    assert page.count("<tr>") == 52 + page.count("<thead>") and "&lt;b&gt;none" in page
    assert page.count("<caption>") == page.count("<table>") > 5 and 'scope="col"' in page
    assert "1 of 52" in bundle["text/plain"]


@pytest.mark.parametrize(
    "call",
    [
        lambda: checklists.form("STARD"),
        lambda: checklists.form("CLAIM", role="X"),
        lambda: checklists.form("CLAIM", ["x"]),
        lambda: checklists.form("CLAIM", {"versions": 3}),
        lambda: checklists.form("CLAIM").set("45", "yes"),
        lambda: checklists.form("CLAIM").set("1", "ja"),
        lambda: checklists.form("CLAIM").set("1", "yes", 7),
    ],
)
def test_what_cannot_be_answered_is_said(call):
    with pytest.raises(DataError):
        call()


# The choice of a measure


def choice(*args, **kwargs):
    table = checklists.metric_choice(*args, **kwargs)
    return {row.measure: row.use for row in table.itertuples()}


def use(found, word):
    return {kind for name, kind in found.items() if word in name}


def test_a_region_a_thin_and_a_small_structure():
    region, thin, small = (choice("segmentation", kind) for kind in ("region", "thin", "small"))
    assert use(region, "Dice (or") == {"report"} and use(region, "surface Dice") == {"report"}
    assert use(thin, "clDice") == {"report"} and use(thin, "Dice, IoU") == {"avoid"}
    assert use(small, "found or missed") == {"report"} and use(small, "HD95") == set()
    for found in (region, thin, small):
        assert use(found, "pixel accuracy") == {"avoid"} and use(found, "empty") == {"state"}
        assert use(found, "per patient") == use(found, "interval") == {"state"}


def test_options_of_segmentation():
    assert use(choice("segmentation", boundary=False), "surface Dice") == set()
    assert use(choice("segmentation", empty_possible=True), "false alarms") == {"report"}
    assert use(choice("segmentation", mistake="missed"), "recall") == {"report"}
    assert use(choice("segmentation", mistake="false"), "precision") == {"report"}


def test_classification_follows_prevalence():
    rare = choice("classification", prevalence=0.04, target_prevalence=0.01)
    even = choice("classification", prevalence=0.5)
    assert use(rare, "accuracy") == {"avoid", "report"} and use(rare, "balanced") == {"report"}
    assert use(rare, "average precision") == {"report"} and use(even, "average precision") == set()
    assert use(rare, "predictive values at a prevalence of 1 %") == {"report"}
    assert use(even, "predictive values") == {"avoid"} and use(even, "accuracy") == set()
    assert use(choice("classification", probabilities=False), "calibration") == set()


def test_measurement_and_names_that_exist():
    assert use(choice("measurement"), "correlation") == {"avoid"}
    named = {
        name
        for kind in ("region", "thin", "small")
        for text in checklists.metric_choice("segmentation", kind)["in_the_course"]
        for name in re.findall(r"metrics\.(\w+)", text)
    }
    assert named and all(hasattr(metrics, name) for name in named)
    assert "<th scope=" in checklists.metric_choice("measurement")._repr_html_()


@pytest.mark.parametrize(
    "wrong",
    [
        {"task": "magic"},
        {"task": "segmentation", "structure": "big"},
        {"task": "classification", "prevalence": 30},
        {"task": "segmentation", "mistake": "both"},
    ],
)
def test_a_choice_that_does_not_exist(wrong):
    with pytest.raises(DataError):
        checklists.metric_choice(**wrong)
