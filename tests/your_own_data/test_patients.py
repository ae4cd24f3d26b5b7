"""Who is on which picture: the rules, their order, and what is admitted."""

from collections import Counter

import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.cases import split
from course_utils.core import errors
from course_utils.your_own_data import patients
from tests.helpers import trees
from tests.helpers.trials import trials

GROUPS = """visit session day week month timepoint follow-up exam study fold batch part set group chunk
cohort site center hospital ward rater reader observer annotator operator clip run scan frame series
acquisition device export Besuch Tag Woche Sitzung Untersuchung Messung Durchgang Befunder Untersucher
Klinik Zentrum Gruppe Teil Aufnahme Serie Geraet Gerät Kontrolle Termin visita día semana sesión examen
lector observador sitio centro hospital grupo lote parte jour semaine séance lecteur annotateur clinique
groupe lot partie série appareil Untersuchungstag Messtag timePoint VISIT ses fu acq""".split()
FORMS = ("{}1", "{}_01", "{}-1", "{} 1", "{}A", "1{}", "{}001")


@pytest.mark.parametrize(
    "images, ids",
    [
        (["P01_1.png", "P01_2.png", "P02_1.png"], ["P01", "P01", "P02"]),
        (
            ["patient_01_003.png", "patient_01_4.png", "patient_02_1.png"],
            ["patient_01", "patient_01", "patient_02"],
        ),
        (["t/1_1.tif", "t/1_2.tif", "t/10_1.tif"], ["1", "1", "10"]),
        (["sub-01 f1.png", "sub-01 f2.png", "sub-02 f1.png"], ["sub_01", "sub_01", "sub_02"]),
        (["p1/a.png", "p2/a.png"], ["p1", "p2"]),
        (["train/p1/images/1.png", "test/p2/images/1.png"], ["p1", "p2"]),
        (["benign/case 7/1.png", "malignant/case 8/1.png"], ["case_7", "case_8"]),
        (["010_HC.png", "010_2HC.png", "011_HC.png"], ["010", "010", "011"]),
        (["Meier_Anna/1.png", "Schmidt_Bo/1.png"], ["N001", "N002"]),
    ],
)
def test_rules(images, ids):
    found = patients.infer(images)
    assert [found.ids[image] for image in images] == ids and found.certain
    assert "Anna" not in found.how


@pytest.mark.parametrize(
    "images",
    [
        ["img_1.png", "img_2.png"],
        ["benign (1).png", "benign (2).png"],
        ["a.png"],
        ["benign/1.png", "malignant/1.png"],
        ["train/1.png", "test/1.png"],
        ["GE/a.png", "Philips/b.png"],
    ],
)
def test_where_nothing_tells_each_image_is_one(images):
    found = patients.infer(images)
    assert len(set(found.ids.values())) == len(images) and not found.certain
    assert f"on {len(images)} of the images" in found.how


def test_tags_and_lists_come_first_and_numbers_of_a_hospital_are_replaced():
    found = patients.infer(
        ["a.dcm", "b.dcm", "P1_1.png", "P1_2.png", "P2_1.png"],
        {"a.dcm": "99", "b.dcm": "12"},
        {"P1_1.png": "Meier_Anna"},
    )
    assert found.ids["a.dcm"] == "D002" and found.ids["b.dcm"] == "D001"
    assert found.ids["P1_1.png"] == "L001"


def test_a_few_odd_names_do_not_spoil_the_rule():
    images = [f"P{p}_{n}.png" for p in range(5) for n in range(3)] + ["overview.png"]
    found = patients.infer(images)
    assert found.ids["P3_1.png"] == "P3" and found.ids["overview.png"] == "U001"
    assert not found.certain and "on 1 of the images" in found.how


def test_images_with_masks_decide_where_the_others_are_named_otherwise():
    images = ["1_1.tif", "1_2.tif", "2_1.tif", *(f"test{n}.tif" for n in range(9))]
    assert patients.infer(images, first=images[:3]).ids["1_2.tif"] == "1"


def test_splits_devices_and_patients_in_several():
    assert patients.split_of("Training/x.png") == "train"
    assert patients.split_of("imagesTs/x") == "test"
    assert patients.split_of("x/y.png") is None and patients.split_of("contest/y.png") is None
    assert patients.device_of("Scanner B/x.png") == "Scanner B"
    assert patients.device_of("vivid_e9/x.png") == "vivid_e9"
    assert patients.device_of("gel/x.png") is None
    assert patients.in_several(
        {"a": "P1", "b": "P1", "c": "P2"}, {"a": "test", "b": "train"}.get
    ) == {"P1": ["test", "train"]}


def _held(seeds):
    """Draw trees, guess, split: a person on two sides is only allowed where the guess is unsure."""
    sure = Counter()
    for seed in seeds:
        paths, people, worded = trees.tree(seed)
        found = patients.infer(paths)
        sure[worded] += found.certain
        table = pandas.DataFrame(
            {"image": paths, "patient_id": [found.ids[path] for path in paths]}
        )
        table["person"] = people
        if not found.certain:
            assert found.asks or "nothing says" in found.how
            continue
        if table["patient_id"].nunique() < 3:
            continue
        parts = split.by_patient(table, seed=seed)
        sides = [set(part["person"]) for part in parts]
        assert not sides[0] & sides[1] | sides[0] & sides[2] | sides[1] & sides[2], (
            seed,
            found.how,
        )
    return sure


@pytest.mark.slow
def test_no_person_is_on_two_sides_of_hundreds_of_trees():
    """Three thousand in the weekly run."""
    assert _held(range(trials(250, 3000)))[True] > trials(150, 1800)


@pytest.mark.parametrize("word", GROUPS)
def test_a_grouping_that_is_no_person_is_never_one(word):
    for form in FORMS:
        folders = [
            form.format(word).replace("1", digit).replace("A", letter)
            for digit, letter in (("1", "A"), ("2", "B"), ("3", "C"))
        ]
        images = [f"{folder}/P{p:02d}_1.png" for folder in folders for p in range(8)]
        found = patients.infer(images)
        assert len(set(found.ids.values())) == 8 and found.certain, (form, found.how)
        images = [
            f"P{p:02d}/{folder}/{n}.png" for folder in folders for p in range(8) for n in (1, 2)
        ]
        assert len(set(patients.infer(images).ids.values())) == 8
        images = [f"{folder}/{n:03d}.png" for folder in folders for n in range(8)]
        assert not patients.infer(images).certain, form


@pytest.mark.parametrize(
    "folders",
    [
        ("2023-01-05", "2023-02-06"),
        ("20230105", "20230206"),
        ("05.01.2023", "06.02.2023"),
        ("2019", "2020"),
        ("230105", "230206"),
        ("2023_01", "2023_02"),
        ("Jan2020", "Feb2020"),
        ("1.2.840.113619.2.1.5", "1.2.840.113619.2.1.6"),
        ("550e8400-e29b-41d4-a716-446655440000", "550e8400-e29b-41d4-a716-446655440001"),
        ("12345678", "12345679"),
    ],
)
def test_dates_uids_and_long_numbers_are_never_certain(folders):
    found = patients.infer([f"{folder}/{n}.png" for folder in folders for n in (1, 2, 3)])
    assert not found.certain and found.asks


@pytest.mark.parametrize(
    "person",
    [
        "P01",
        "p1",
        "pat_1",
        "Patient 1",
        "sub-01",
        "Subject1",
        "case 1",
        "Volunteer-1",
        "ID1",
        "id_001",
        "PatientID1",
        "Proband1",
        "Paciente_1",
        "sujet1",
    ],
)
def test_a_word_that_means_a_person_is_certain(person):
    other = person.replace("1", "2")
    for images in (
        [f"{who}/{n}.png" for who in (person, other) for n in (1, 2)],
        [f"day{n}/{who}.png" for who in (person, other) for n in (1, 2)],
        [f"{who}_left_{n}.png" for who in (person, other) for n in (1, 2)],
    ):
        found = patients.infer(images)
        assert found.certain and len(set(found.ids.values())) == 2, found


def test_spellings_that_fall_together_are_one_and_asked_about():
    found = patients.infer(
        ["visit1/P01_1.png", "visit2/p01_1.png", "visit1/P02_1.png", "visit2/P2_1.png"]
    )
    assert found.ids["visit1/P01_1.png"] == found.ids["visit2/p01_1.png"]
    assert "'P01' = 'p01'" in found.asks[0] and "'P02' and 'P2'" in found.asks[1]


def test_the_same_names_at_several_places_are_asked_about():
    images = [f"site{site}/P{p:02d}_{n}.png" for site in (1, 2) for p in range(4) for n in (1, 2)]
    found = patients.infer(images)
    assert len(set(found.ids.values())) == 4 and "Does each place number" in found.asks[0]
    assert not patients.infer([image.replace("site", "visit") for image in images]).asks


def test_a_person_says_it():
    images = ["a/x-7-1.png", "b/x-7-2.png", "b/x-8-1.png"]
    found = patients.infer(images, told="x-{patient}-*")
    assert list(found.ids.values()) == ["7", "7", "8"] and found.certain
    assert patients.by_pattern(["v1/P1/a.png"], "*/{patient}/*") == {"v1/P1/a.png": "P1"}
    with pytest.raises(errors.DataError, match="does not fit 2 of 3 images, first 'x-7-2.png'"):
        patients.by_pattern(images, "a/x-{patient}-*")
    with pytest.raises(errors.DataError, match="must hold"):
        patients.by_pattern(images, "visit*")


def test_folders_of_persons_without_capital_letters_are_asked_about():
    found = patients.infer(["meier_anna/1.png", "meier_anna/2.png", "schmidt_karl/1.png"])
    assert list(found.ids.values()) == ["N001", "N001", "N002"]
    assert not found.certain and "names of persons" in found.asks[0] and "meier" not in found.how


_PART = st.text(
    st.one_of(st.sampled_from("PpVv0123456789_-. "), st.characters(exclude_characters="/\\\0")),
    min_size=1,
    max_size=14,
)


@pytest.mark.slow
@settings(max_examples=trials(here=100, nightly=300), deadline=None)
@given(
    st.lists(
        st.lists(_PART, min_size=1, max_size=3).map("/".join), min_size=1, max_size=12, unique=True
    )
)
def test_any_names_get_an_answer_and_no_other_error(paths):
    images = [f"{path}.png" for path in paths]
    found = patients.infer(images)
    assert set(found.ids) == set(images) and all(found.ids.values())
    assert patients.infer(images[::-1]).ids == found.ids  # the order of the files does not matter


def test_the_test_set_of_hc18_has_numbers_of_its_own():
    found = patients.infer(
        ["training_set/000_HC.png", "training_set/000_2HC.png", "test_set/000_HC.png"]
    )
    assert list(found.ids.values()) == ["000", "000", "T000"] and found.certain


@pytest.mark.parametrize(
    "folders",
    [
        ["Müller, Anna 12.04.63", "o'brien_pat_1958", "VAN DEN BERG J", "sánchez garcía maría"],
        ["schmidt", "meier", "huber"],
        ["Иванова Мария", "Петров", "Сидоров"],
        ["山田太郎", "李伟", "김민수"],
        ["meier_anna", "schmidt_karl"],
        ["Smith J", "Jones K", "Brown L"],
        ["Kowalska1963", "Nowak1958"],
        ["o'brien", "d'angelo"],
        ["anna", "maria", "jose"],
        ["Bella", "Rex", "Luna", "Max"],
        ["study/Schmidt", "study/Meier"],
        ["Projekt Schulter/Schmidt 2021-04-03", "Projekt Schulter/Meier 2021-04-05"],
    ],
)
@pytest.mark.parametrize("name", ["Leber {}.jpg", "{}.png", "scan_{:03d}.png", "US{}_left.png"])
def test_folders_that_may_be_persons_keep_each_person_on_one_side(folders, name):
    images = [f"{folder}/{name.format(n)}" for folder in folders for n in (1, 2, 3)]
    found = patients.infer(images)
    groups = [{found.ids[f"{folder}/{name.format(n)}"] for n in (1, 2, 3)} for folder in folders]
    assert all(len(group) == 1 for group in groups) and len(set.union(*groups)) == len(folders)
    words = [word for folder in folders for word in folder.casefold().split("/")]
    assert not any(word in f"{found.how} {found.ids.values()}".casefold() for word in words)


LAYOUTS = {  # a person on several groups that are none: {p} the person, {v} the group, {s} the shot
    "{p:02d}{v:02d}/{s}.png": "two numbers in one",
    "{p:02d}{v:02d}_{s}.png": "two numbers in one",
    "pt{v}/{p:02d}_{s}.png": "part",
    "pt{v}/AB{p:02d}_{s}.png": "part",
    "p{v}/{p:02d}/{s}.png": "phase",
    "sub{v}/{p:02d}_{s}.png": "subset",
    "ID{v}/{p:02d}_{s}.png": "ID of an examination",
    "cas{v}/K{p:02d}_{s}.png": "case",
    "tier{v}/{p:02d}_{s}.png": "tier",
    "donor{v}/K{p:02d}_{s}.png": "donor",
    "phase P{v}/{p:02d}_{s}.png": "phase",
    "subjects_{v}/{p:02d}_{s}.png": "persons in a bundle",
    "volunteers_202{v}/{p:02d}_{s}.png": "persons in a bundle",
    "Patienten 202{v}/{p:02d}_{s}.png": "persons in a bundle",
    "Probandentag {v}/{p:02d}_{s}.png": "day",
    "participants day{v}/{p:02d}_{s}.png": "day",
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_word_of_persons_may_stand_for_something_else(layout):
    who = {layout.format(p=p, v=v, s=s): p for p in range(1, 9) for v in (1, 2, 3) for s in (1, 2)}
    found = patients.infer(list(who))
    pairs = {(person, found.ids[path]) for path, person in who.items()}
    assert len(pairs) == 8 or (not found.certain and found.asks)


def test_readers_named_in_full_are_asked_about():
    who = ("Anna Meier", "Bob Smith", "Carl Jones")
    paths = [f"{name}/{p:03d}_{s}.png" for name in who for p in range(8) for s in (1, 2)]
    assert not patients.infer(paths).certain


@pytest.mark.parametrize("form", ["{p}/{v}/{s}.png", "{v}/{p}/{s}.png"])
def test_numbers_of_six_digits_of_which_some_could_be_dates(form):
    who = {
        form.format(p=100000 + 37 * p, v=v, s=s): p
        for p in range(1, 9)
        for v in (1, 2, 3)
        for s in (1, 2)
    }
    found = patients.infer(list(who))
    assert len({(p, found.ids[path]) for path, p in who.items()}) == 8 or not found.certain
    dates = {
        f"{day}/{p}_{s}.png": p for day in ("190412", "200103") for p in (1, 2) for s in (1, 2)
    }
    found = patients.infer(list(dates))  # and real dates stay what they are
    assert len({(p, found.ids[path]) for path, p in dates.items()}) == 2


@pytest.mark.parametrize(
    "images",
    [
        [f"{n:04d}_{s}.png" for n in range(1, 25) for s in (1, 2)],
        [f"P{p}/{n:02d}_{s}.png" for p in range(1, 9) for n in (1, 2, 3) for s in (1, 2)],
        [f"patient{p}/{n:02d}_{s}.png" for p in (1, 2) for n in range(9) for s in (1, 2)],
    ],
)
def test_numbers_in_a_row_and_clips_of_a_person_stay_certain(images):
    assert patients.infer(images).certain


VISITS = ["visit1/P01_1.png", "visit1/P02_1.png", "visit2/P01_1.png", "visit2/P02_2.png"]


@pytest.mark.parametrize(
    "pattern",
    "visit[12]/{patient}_*|{Patient}_*|{ patient id }_*|<patient>_*|{patient}_{visit}|visit{v}/{patient}_*|"
    "./{patient}_*| '{patient}_*' |**/{patient}_?".split("|"),
)
def test_patterns_as_people_spell_them(pattern):
    told = patients.infer(VISITS, told=pattern)
    assert list(told.ids.values()) == ["P01", "P02", "P01", "P02"] and not told.asks


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("*{patient}*", "begins and ends"),
        ("{patient}*", "begins and ends"),
        (r"(P\d+)_.*", "Regular expressions"),
        ("()", "once"),
        ("{patient}_1", "does not fit 1 of 4"),
    ],
)
def test_patterns_that_say_too_little_are_refused(pattern, words):
    with pytest.raises(errors.DataError, match=words):
        patients.infer(VISITS, told=pattern)


@pytest.mark.parametrize("pattern", ["{patient}", "{patient}/*"])
def test_a_pattern_that_tears_patients_apart_is_asked_about(pattern):
    assert "several names" in patients.infer(VISITS, told=pattern).asks[0]


def test_a_pattern_that_ends_in_a_slash_means_the_first_folder():
    images = ["P1/anna/a.png", "P1/bob/b.png", "P2/carl/a.png"]
    for pattern in ("{patient}/", "{patient}/**", "{patient}/*/*"):
        assert list(patients.infer(images, told=pattern).ids.values()) == ["P1", "P1", "P2"]


def test_a_name_that_returns_below_several_short_words_is_asked_about():
    images = [f"P{p}/{who}/{n}.png" for p in (1, 2) for who in ("anna", "bob") for n in (1, 2)]
    told = patients.infer(images)
    assert not told.certain and "called after a person" in told.asks[0]


def test_six_digits_that_are_dates_are_not_torn_by_the_number_of_the_image():
    images = ["630412/1.png", "630412/2.png", "590101/1.png", "610220/1.png"]
    told = patients.infer(images)
    assert told.ids[images[0]] == told.ids[images[1]] and not told.certain
    assert len(set(told.ids.values())) == 3


@pytest.mark.parametrize("where", ["listed", "tags", "told"])
def test_who_may_be_one_person_has_one_pseudonym(where):
    """A number would hide from the split that these may be the same."""
    names = ["Meier Anna", "Anna^Meier", "MRN 4711-V1", "MRN 4711-V2", "Huber Karl"]
    images = [f"{n}.png" for n in range(len(names))]
    said = dict(zip(images, names, strict=True))
    column = where == "told"
    found = (
        patients.as_listed(images, said, "nr")
        if column
        else patients.infer(images, **{where: said})
    )
    ids = [found.ids[image] for image in images]
    assert ids[0] == ids[1] and ids[2] == ids[3] and len(set(ids)) == 3 and found.asks


def test_a_column_of_images_is_no_column_of_patients():
    listed = {"a.png": "1", "b.png": "2"}
    assert "another value for each image" in patients.as_listed([*listed], listed, "nr").asks[0]
    with pytest.raises(errors.DataError, match="columns here are: nr, name"):
        patients.as_listed(["c.png"], listed, "nr", ["nr", "name"])
