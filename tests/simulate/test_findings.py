"""Findings: the tags come first, the picture shows what they say, and nothing else."""

import functools

import numpy as np
import pytest
from scipy import stats

from course_utils.core import errors
from course_utils.simulate import findings


@functools.cache  # when a test asks, not when it is collected: each worker collects all tests
def cases():
    return [findings.case(seed) for seed in range(2000)]


def one(**tags):
    """A lesion in the middle with these tags, and its picture without chance in its place."""
    base = {
        "diagnosis": "nodule",
        "shape": "round",
        "margins": "well-defined",
        "echogenicity": "hypoechoic",
    }
    return findings.picture(findings.Case(7, {**base, **tags}, 0.0, 13.0, 5.0))


def part(image, x_mm, z_mm, half=2):
    row, column = round(z_mm / findings.PIXEL_MM[0]), round(32 + x_mm / findings.PIXEL_MM[1])
    return image[row - half : row + half + 1, column - half : column + half + 1].mean()


@pytest.mark.slow
def test_a_patient_is_the_same_every_time_and_a_second_look_is_another_picture():
    first, again = (findings.picture(findings.case(5)) for _ in range(2))
    assert (first == again).all() and findings.case(5) == cases()[5]
    other = findings.picture(findings.case(5), look=1)
    assert 0.02 < np.abs(first - other).mean() < 0.3
    assert (
        first.shape == (64, 64)
        and first.dtype == np.float32
        and 0 <= first.min() <= first.max() <= 1
    )


def test_organ_and_vessels_are_drawn_apart_from_what_shows():
    shows = [case.tags["diagnosis"] for case in cases()]
    for unseen in ("organ", "vascularity"):
        counts = np.zeros((5, 8))
        names = sorted(set(shows)), sorted({case.tags[unseen] for case in cases()})
        for case in cases():
            counts[names[0].index(case.tags["diagnosis"]), names[1].index(case.tags[unseen])] += 1
        counts = counts[:, : len(names[1])]
        assert stats.chi2_contingency(counts).pvalue > 0.001
    changed = findings.Case(
        7, {**cases()[7].tags, "organ": "Breast", "vascularity": "no vascularity"}
    )
    same = findings.Case(7, {**cases()[7].tags, "organ": "Axilla"})
    assert (findings.picture(changed) == findings.picture(same)).all()


def test_a_tag_is_as_frequent_as_its_odds_say():
    nodules = [case for case in cases() if case.tags["diagnosis"] == "nodule"]
    share = np.mean([case.tags["shape"] == "oval" for case in nodules])
    assert abs(share - 0.4) < 4 * np.sqrt(0.24 / len(nodules))
    normal = [case for case in cases() if case.tags["diagnosis"] == "normal appearance"]
    assert normal and all(
        not {"shape", "margins", "internal"} & case.tags.keys() for case in normal
    )


@pytest.mark.parametrize(
    ("echogenicity", "step_db"),
    [("anechoic", None), ("hypoechoic", -11), ("isoechoic", 0), ("hyperechoic", 8)],
)
def test_a_lesion_is_as_bright_as_its_level(echogenicity, step_db):
    lesion, normal = one(echogenicity=echogenicity), one(diagnosis="normal appearance")
    step = (part(lesion, 0, 13) - part(normal, 0, 13)) * findings.RANGE_DB
    if step_db is None:
        assert part(lesion, 0, 13) < 0.1
    else:
        assert step == pytest.approx(step_db, abs=3.5)  # speckle, and the tissue's own waves


def test_what_lies_behind_is_brighter_or_darker():
    plain = part(one(), 0, 24)
    assert part(one(posterior="enhancement"), 0, 24) > plain + 0.07
    assert part(one(posterior="shadowing"), 0, 24) < plain - 0.2


def test_an_edge_is_as_wide_as_its_margin():
    sharp, soft = (
        one(echogenicity="anechoic", margins=margins) for margins in ("well-defined", "ill-defined")
    )
    row = round(13 / findings.PIXEL_MM[0])
    steepest = [
        np.abs(np.diff(image[row - 2 : row + 3].mean(axis=0))).max() for image in (sharp, soft)
    ]
    assert steepest[0] > 1.5 * steepest[1]


def test_calcium_and_septa_show_inside():
    plain = one(echogenicity="anechoic")
    for internal, brighter in (("calcifications", 0.5), ("septations", 0.15)):
        assert (
            one(echogenicity="anechoic", internal=internal)[23:33, 28:36].max()
            > plain[23:33, 28:36].max() + brighter
        )


def test_a_seed_that_is_none_is_refused():
    with pytest.raises(errors.DataError, match="seed"):
        findings.case(-1)
