"""A structured report can be read back without loss."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils.core import errors
from course_utils.language import records, taxonomy

TAGS = taxonomy.every_tag()


@pytest.mark.parametrize("language", taxonomy.LANGUAGES)
def test_every_pair_of_tags_comes_back(language):
    states = itertools.cycle(itertools.product(records.STATES, records.STATES))
    for (first, second), pair in zip(itertools.combinations(TAGS, 2), states, strict=False):
        record = records.checked(dict(zip((first, second), pair, strict=True)))
        assert records.parse(records.render(record, language), language) == record
        assert records.unpacked(records.packed(record)) == record


@given(
    st.dictionaries(st.sampled_from(TAGS), st.sampled_from(records.STATES)),
    st.sampled_from(["en", "es"]),
)
def test_any_record_comes_back_and_silence_is_never_normal(record, language):
    text = records.render(record, language)
    assert records.parse(text, language) == records.checked(record)
    for dimension, line in zip(taxonomy.DIMENSIONS, text.splitlines(), strict=True):
        silent = not records.by_dimension(record)[dimension]
        assert line.endswith(records.SAYS[language]["none"]) == silent
        assert not (silent and "normal" in line.lower())


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: records.checked({"blob": "present"}),
        lambda: records.checked({"cyst": "normal"}),
        lambda: records.checked(["cyst"]),
        lambda: records.parse("Colour: blue"),
        lambda: records.parse("Shape: blue"),
        lambda: records.render({}, "de"),
        lambda: taxonomy.tags("colour"),
        lambda: taxonomy.system_of("cyst"),
        lambda: taxonomy.dimension_of(["cyst"]),
    ],
)
def test_what_is_no_record_is_refused(wrong):
    with pytest.raises(errors.DataError):
        wrong()
