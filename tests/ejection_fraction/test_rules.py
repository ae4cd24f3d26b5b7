"""Each rule: silent on a good study, speaks on the fault it is made for, with the right number."""

import warnings

import numpy as np
import pytest
from scipy import ndimage

from course_utils.core.errors import DataError
from course_utils.ejection_fraction import beats, discs
from course_utils.ejection_fraction import rules as judge
from tests.ejection_fraction.test_discs import cut_ellipse

pytestmark = pytest.mark.slow  # together they take longer than a quick run allows

FPS = 40


def good(length=40.0, width=22.0, frames=64):
    """Masks of two beats, 32 frames each, apex up."""
    squeeze = (1 - np.cos(2 * np.pi * np.arange(frames) / 32)) / 2
    return np.stack(
        [
            cut_ellipse((112, 112), (1, 1), length - 4 * s, width - 7 * s, 0.6, -90, shift=(0, 6))
            for s in squeeze
        ]
    )


def picture(masks, wall=0.6, cavity=0.08, dark=None, seed=0):
    """Frames with a bright wall around a dark cavity, in a sector, with speckle. dark: (H, W),
    where the wall drops out.
    """
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:112, :112]
    sector = (np.abs(np.arctan2(x - 55.5, y + 4)) < 0.75) & (np.hypot(x - 55.5, y + 4) < 114)
    frames = []
    for mask in masks:
        near = ndimage.binary_dilation(mask, iterations=7)
        level = np.where(mask > 0, cavity, np.where(near, wall, 0.25))
        level = np.where(near & (mask == 0) & dark, cavity, level) if dark is not None else level
        speckle = ndimage.gaussian_filter(rng.rayleigh(0.8, mask.shape), 0.7)
        frames.append(np.clip(level * speckle, 0.03, 1) * sector)
    return np.stack(frames).astype(np.float32)


MASKS = good()


def rules(findings, level=None):
    return {finding.rule for finding in findings if level in (None, finding.level)}


def test_a_good_study_has_no_finding():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = judge.study(
            MASKS, FPS, good(41), picture(MASKS), picture(good(41), seed=1), (1, 1), (1, 1)
        )
    assert found == []
    assert not judge.refused(found) and judge.reasons(found) == []
    assert list(judge.table(found).columns) == ["level", "view", "rule", "number", "sentence"]


@pytest.mark.parametrize(
    "shorter, level", [(1.0, None), (0.94, None), (0.86, "note"), (0.75, "refuse")]
)
def test_axes_that_disagree(shorter, level):
    found = judge.axes(80.0, 80.0 * shorter)
    assert [finding.level for finding in found] == ([level] if level else [])
    if level:
        assert found[0].number == pytest.approx(1 - shorter)
        assert "two-chamber view is foreshortened" in found[0].sentence


def test_the_axes_are_compared_in_millimetres():
    found = judge.study(MASKS, FPS, MASKS, spacing_4ch=(1, 1), spacing_2ch=(0.7, 0.7))
    assert "axes" in rules(found, "refuse")
    assert "axes" not in rules(judge.study(MASKS, FPS, MASKS, spacing_4ch=(1, 1)))


def test_frames_without_an_outline():
    few, many = MASKS.copy(), MASKS.copy()
    few[[5, 40]] = 0
    many[::4] = 0
    assert judge.missing(few)[0].number == pytest.approx(2 / 64)
    assert judge.missing(few)[0].level == "note"
    assert judge.missing(many)[0].level == "refuse"
    empty = judge.study(np.zeros_like(MASKS), FPS, MASKS)
    assert judge.refused(empty) and "A4C" in judge.reasons(empty)[0]
    assert "no ventricle was outlined in any frame" in judge.reasons(empty)[0]


def test_two_fragments_and_holes():
    split = MASKS.copy()
    split[:, 66:70] = 0  # a gap across the cavity
    found = judge.pieces(split)
    assert found[0].level == "refuse" and found[0].number > 0.25
    speck = MASKS.copy()
    speck[:, 2:8, 2:14] = 1
    assert judge.pieces(speck)[0].level == "note"
    holed = MASKS.copy()
    holed[:, 55:67, 50:62] = 0
    assert judge.pieces(holed)[0].number == pytest.approx(144 / MASKS[16].sum(), rel=0.3)
    assert judge.refused(judge.study(split, FPS))


@pytest.mark.parametrize(
    "masks, words",
    [(MASKS[:1], "one frame"), (np.stack([MASKS[0]] * 40), "no beat"), (MASKS[:15], "no beat")],
)
def test_no_beat(masks, words):
    found = judge.area_curve(masks, FPS)
    assert [finding.rule for finding in found] == ["beat"] and found[0].level == "refuse"
    assert words in found[0].sentence
    assert judge.refused(judge.study(masks, FPS))


def test_a_jump_and_a_rough_curve():
    jumping = MASKS.copy()
    jumping[30] = ndimage.binary_erosion(jumping[30], iterations=8)
    found = judge.area_curve(jumping, FPS)
    assert rules(found, "refuse") == {"jump"}
    rng = np.random.default_rng(0)
    rough = np.stack(
        [ndimage.binary_dilation(mask, iterations=rng.integers(1, 7)) for mask in MASKS]
    )
    assert "rough curve" in rules(judge.area_curve(rough, FPS), "refuse")


def test_a_round_cavity_is_taken_for_foreshortened():
    assert judge.shape(MASKS[0]) == []
    note, refusal = (
        judge.shape(cut_ellipse((112, 112), (1, 1), 36, wide, 0.5, -90))[0] for wide in (20, 24)
    )
    assert note.level == "note" and refusal.level == "refuse"
    assert note.number == pytest.approx(1.5 * 36 / 40, abs=0.04)


def test_size_and_edge():
    scan = np.zeros((112, 112), bool)
    scan[4:108, 4:108] = True
    assert judge.size(MASKS[0], scan) == []
    assert judge.size(cut_ellipse((112, 112), (1, 1), 9, 5, 0.6), scan)[0].rule == "size"
    assert "too large" in judge.size(np.pad(np.ones((92, 92), np.uint8), 10), scan)[0].sentence
    cut_off = scan.copy()
    cut_off[:, 60:] = False
    assert rules(judge.size(MASKS[0] * cut_off, cut_off), "refuse") == {"edge"}


def test_contrast_of_cavity_and_wall():
    clear = judge.study(MASKS, FPS, frames_4ch=picture(MASKS))
    assert "contrast" not in rules(clear, "refuse") | rules(clear, "note")
    foggy = judge.study(MASKS, FPS, frames_4ch=picture(MASKS, wall=0.26, cavity=0.22))
    (found,) = [finding for finding in foggy if finding.rule == "contrast"]
    assert found.level == "refuse" and found.number < judge.LIMITS["contrast"]["refuse"]


def test_drop_out_is_the_share_of_wall_that_is_dark():
    x = np.mgrid[:112, :112][1]
    right = x > 56
    clear = judge.study(MASKS, FPS, frames_4ch=picture(MASKS))
    assert "drop-out" not in rules(clear, "refuse") | rules(clear, "note")
    study = judge.study(MASKS, FPS, frames_4ch=picture(MASKS, dark=right))
    (found,) = [finding for finding in study if finding.rule == "drop-out"]
    assert found.level == "refuse" and found.number == pytest.approx(0.5, abs=0.1)
    assert all(sentence.startswith("A4C: ") for sentence in judge.reasons(study))


def test_every_sentence_says_what_to_do():
    x = np.mgrid[:112, :112][1]
    bad = good(22, 24)
    bad[::3] = 0
    bad[:, 66:70] = 0
    found = judge.study(bad, FPS, MASKS, picture(bad, dark=x > 50))
    assert found[0].level == "refuse" and len(found) >= 4
    for finding in found:
        assert finding.sentence.endswith(".") and len(finding.sentence) > 30
        assert np.isfinite(finding.number)
    assert len(judge.table(found)) == len(found)


def test_limits_that_another_file_holds_are_the_same():
    assert judge.LIMITS["axes"]["note"] == discs.WARN_AXES
    assert judge.LIMITS["axes"]["refuse"] == discs.REFUSE_AXES
    assert judge.LIMITS["missing"]["refuse"] == beats.MISSING


def test_wrong_kinds_are_errors_and_bad_pictures_refusals():
    with pytest.raises(DataError, match="frames, rows"):
        judge.study(MASKS[0], FPS)
    found = judge.study(MASKS, FPS, frames_4ch=np.zeros((3, 4, 5), np.float32))
    assert "must be grey pictures" in judge.reasons(found)[0]
    black = judge.study(MASKS, FPS, frames_4ch=np.zeros(MASKS.shape, np.float32))
    assert judge.refused(black)


@pytest.mark.parametrize("network", judge.RANDOMISED)
def test_other_hearts_are_held_to_limits_that_were_set_on_randomised_ones(network):
    for rule, limit in judge.RANDOMISED[network].items():
        worse, better = (
            limit * share for share in ((0.9, 1.1) if rule in judge.LOW else (1.1, 0.9))
        )
        for level in (judge.NOTE, judge.REFUSE):
            found = [judge.Finding(rule, level, number, "") for number in (worse, better)]
            judged = [one.level for one in judge.of_any_heart(found, network)]
            assert judged == [judge.REFUSE, judge.NOTE]
    off_axis = judge.Finding("off-axis", judge.NOTE, -9.0, "")  # the sign only says which view
    assert judge.refused(judge.of_any_heart([off_axis], network))
    other = [
        judge.Finding("edge", judge.REFUSE, 0.4, ""),
        judge.Finding("size", judge.NOTE, 0.7, ""),
    ]
    assert judge.of_any_heart(other, network) == other


def test_a_fraction_that_no_heart_has_is_refused():
    assert judge.fraction(15.0) == []
    for ef in (0.4, -7.0):
        (found,) = judge.fraction(ef)
        assert found.level == judge.REFUSE and found.number == ef


def test_pictures_unlike_all_that_is_known_are_refused():
    assert judge.unlike(0.9) == []
    (found,) = judge.unlike(3.1)
    assert found.level == judge.REFUSE and "3.1 times" in found.sentence
    assert judge.of_any_heart([found], "lv_any") == [found]


# Rules that compare the two views and the repeats, on measured discs


def view(width, length, squeeze=0.7):
    """(`Discs` at end-diastole, at end-systole) of half an ellipse, in pixels."""
    y, x = np.mgrid[:160, :160]

    def cavity(scale):
        inside = ((x - 80) / (width * scale)) ** 2 + ((y - 120) / (length * scale**0.5)) ** 2 < 1
        return discs.measure((inside & (y <= 120)).astype(np.uint8))

    return cavity(1.0), cavity(squeeze)


def test_two_views_of_one_heart_give_no_finding():
    assert judge.measured([[view(28, 90)], [view(30, 91)]], 0.8) == []


@pytest.mark.parametrize("narrow", [0, 1])
def test_a_cut_beside_the_middle_is_refused_and_named(narrow):
    pairs = [[view(30, 90)], [view(30, 90)]]
    pairs[narrow] = [view(24, 82)]
    (found,) = judge.measured(pairs, 0.5)
    # log(24/30) + 3 log(82/90) at end-diastole, and the same at end-systole
    expected = np.log(24 / 30) + 3 * np.log(82 / 90)
    assert found.level == "refuse" and found.rule == "off-axis"
    assert abs(found.number) == pytest.approx(-expected, abs=0.06)
    assert ("four" if narrow == 0 else "two") + "-chamber view is narrower" in found.sentence


def test_a_small_difference_is_only_noted():
    pairs = [[view(25, 87)], [view(30, 87.5)]]
    assert [(f.rule, f.level) for f in judge.measured(pairs, 0.5)] == [("off-axis", "note")]


def test_views_that_squeeze_differently():
    noted = judge.measured([[view(30, 90, 0.75)], [view(30, 90, 0.68)]], 0.5)
    assert [(f.rule, f.level) for f in noted] == [("views", "note")]
    found = judge.views(view(30, 90, 0.9), view(30, 90, 0.6))
    assert found[0].level == "refuse" and found[0].number > judge.LIMITS["views"]["refuse"]
    # EF of a scaled half ellipse: 1 - s^2 s^0.5
    assert f"{100 * (1 - 0.9**2.5):.0f} %" in found[0].sentence


def test_the_spread_of_the_repeats():
    assert judge.repeats(1.0) == []
    assert judge.repeats(2.5)[0].level == "note"
    (found,) = judge.repeats(6.25)
    assert found.level == "refuse" and "6.2 points" in found.sentence and found.number == 6.25


def test_one_view_has_nothing_to_be_compared_with():
    assert judge.measured([[view(24, 82)]], 0.5) == []
