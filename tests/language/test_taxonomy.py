"""The taxonomy is whole, and its gaps are real."""

from course_utils.language import taxonomy
from course_utils.simulate import findings, reports

TAGS = taxonomy.every_tag()


def test_nine_dimensions_of_the_published_sizes():
    sizes = [len(taxonomy.tags(dimension)) for dimension in taxonomy.DIMENSIONS]
    assert sizes == [9, 52, 5, 7, 2, 5, 6, 2, 5] and len(set(TAGS)) == 93
    assert {taxonomy.system_of(organ) for organ in taxonomy.tags("organ")} == set(
        taxonomy.tags("system")
    )
    spanish = [taxonomy.words("es")[tag] for tag in TAGS]
    assert len(set(spanish)) == 93 and not any(";" in word or ": " in word for word in spanish)


def test_the_simulators_tags_stand_in_the_taxonomy_with_their_systems():
    for dimension, tags in reports.phrases().items():
        if dimension != "frames":
            assert set(tags) <= set(taxonomy.tags(dimension))
    for organ, system in findings.ORGANS.items():
        assert taxonomy.system_of(organ) == system


def test_the_gaps_are_real():
    assert not any("malign" in tag or "cancer" in tag for tag in TAGS)
    assert taxonomy.tags("margins") == ("well-defined", "ill-defined")
    assert taxonomy.system_of("Lymph nodes") == "Head and Neck"
