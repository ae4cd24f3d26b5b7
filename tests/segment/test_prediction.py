"""From a model to masks and scores on the original grid: with models whose answer is known."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from PIL import Image

pytest.importorskip("keras", reason="Keras is not installed for this computer")

from course_utils import load
from course_utils.cases import samples
from course_utils.core.errors import CourseError, DataError, FileError
from course_utils.evaluate import metrics
from course_utils.segment import muscle, prediction

ROOT = Path(__file__).resolve().parents[2]
SIZE = 64


class Echo:
    """A model that answers with its own picture: what is bright is muscle."""

    input_shape = (None, SIZE, SIZE, 1)

    def __init__(self):
        self.calls = 0

    def __call__(self, batch):
        self.calls += 1
        return np.asarray(batch)


class Fixed(Echo):
    """A model that gives the same answer whatever it sees."""

    def __init__(self, answer):
        super().__init__()
        self.answer = np.asarray(answer, np.float32)

    def __call__(self, batch):
        return self.answer


def band(top, bottom, shape=(120, 160)):
    mask = np.zeros(shape, np.uint8)
    mask[top:bottom] = 1
    return mask


def written(folder, cases, **columns):
    """A table of PNG files: cases is a list of (picture 0/1, mask 0/1)."""
    rows = []
    for number, (picture, truth) in enumerate(cases):
        for name, array in ((f"i{number}.png", picture), (f"m{number}.png", truth)):
            Image.fromarray(array.astype(np.uint8) * 255).save(folder / name)
        rows.append(
            {
                "image": f"i{number}.png",
                "mask": f"m{number}.png",
                "patient_id": f"P{number // 2}",
                "row_mm": 0.2,
                "col_mm": 0.1,
            }
        )
    table = pd.DataFrame(rows, index=[10 + n for n in range(len(rows))]).assign(**columns)
    table.attrs["folder"] = str(folder)
    return table


@pytest.fixture
def table(tmp_path):
    """Five images: right, 8 rows too low, a stripe missed, empty and right, empty and wrong."""
    truth, nothing = band(40, 80), band(0, 0)
    return written(
        tmp_path,
        [
            (truth, truth),
            (band(48, 88), truth),
            (band(40, 60), truth),
            (nothing, nothing),
            (band(40, 60), nothing),
        ],
        device="A",
        thickness_mm=[8.0, 8.0, 8.0, np.nan, np.nan],
    )


# --- one image ---


def test_the_answer_is_on_the_grid_of_the_image():
    picture = np.zeros((90, 200), np.float32)
    picture[30:60, 50:150] = 1
    found = prediction.predict(Echo(), picture, SIZE)
    assert found.shape == picture.shape and found.dtype == np.float32
    assert metrics.dice(picture, prediction.mask(found)) > 0.98
    rows, cols = np.nonzero(prediction.mask(found))
    assert abs(rows.mean() - 44.5) < 0.2 and abs(cols.mean() - 99.5) < 0.2  # nothing is shifted


@pytest.mark.parametrize("shape", [(64, 64), (30, 500), (481, 77)])
def test_a_flat_answer_stays_flat(shape):
    found = prediction.predict(
        Fixed(np.full((1, SIZE, SIZE, 1), 0.3)), np.zeros(shape, np.float32), SIZE
    )
    np.testing.assert_allclose(found, 0.3, rtol=1e-6)


def test_an_image_is_prepared_as_for_training():
    from course_utils.segment import batches

    picture = np.random.default_rng(0).random((SIZE, SIZE)).astype(np.float32)
    for clahe in (None, 2.0):
        np.testing.assert_array_equal(
            prediction.predict(Echo(), picture, SIZE, clahe), batches.prepare(picture, SIZE, clahe)
        )


def test_the_threshold_and_the_largest_piece():
    probability = np.zeros((10, 12), np.float32)
    probability[1:5, 1:5], probability[7:9, 7:12], probability[9, 0] = 0.6, 0.9, 0.4
    assert prediction.mask(probability).sum() == 16
    assert prediction.mask(probability, keep_largest=False).sum() == 26
    assert prediction.mask(probability, 0.7).sum() == 10
    assert prediction.mask(probability, 0.6, keep_largest=False).sum() == 10  # above, not at
    assert prediction.mask(probability, 0.3, keep_largest=False).sum() == 27
    assert prediction.mask(probability * 0).sum() == 0
    assert prediction.mask(probability).dtype == np.uint8


def test_pixels_that_touch_at_a_corner_are_one_piece():
    found = np.eye(6, dtype=np.float32)
    assert prediction.mask(found).sum() == 6


# --- a set ---


def test_scores_are_those_of_the_masks_in_mm(table):
    scores = prediction.score(Echo(), table, SIZE)
    assert list(scores.index) == list(table.index) and scores.attrs == table.attrs
    assert scores["empty"].tolist() == [False] * 3 + [True] * 2
    dice = scores["dice"].tolist()
    assert dice == pytest.approx([1, 0.8, 2 / 3, 1, 0], abs=0.02)
    assert scores["hd95_mm"].iloc[1] == pytest.approx(8 * 0.2, abs=0.21)
    assert scores["recall"].iloc[2] == pytest.approx(0.5, abs=0.03)
    assert scores["precision"].iloc[2] == pytest.approx(1, abs=0.03)
    assert set(scores) <= {*prediction.KEPT, "empty", "expected", "smooth", *metrics.MEASURES}
    picture = load.image(Path(table.attrs["folder"]) / "i1.png")
    by_hand = metrics.score(
        band(40, 80), prediction.mask(prediction.predict(Echo(), picture, SIZE)), (0.2, 0.1)
    )
    assert scores.iloc[1][list(by_hand)].to_dict() == by_hand


def test_thickness_is_in_mm_with_its_error(table):
    scores = prediction.score(Echo(), table, SIZE)
    assert scores["thickness_mm"].tolist()[:3] == pytest.approx([8, 8, 4], abs=0.25)
    assert scores["thickness_error_mm"].tolist()[:3] == pytest.approx([0, 0, -4], abs=0.25)
    assert scores["thickness_error_mm"].isna().tolist() == [False] * 3 + [True] * 2
    found = prediction.mask(prediction.predict(Echo(), band(40, 60).astype(np.float32), SIZE))
    assert scores["thickness_mm"].iloc[2] == muscle.thickness(found, (0.2, 0.1)).mean_mm


def test_a_blob_too_small_to_measure_has_no_thickness(tmp_path):
    dot = np.zeros((120, 160), np.uint8)
    dot[60:64, 70:74] = 1
    scores = prediction.score(
        Echo(), written(tmp_path, [(dot, band(40, 80))], thickness_mm=8.0), SIZE
    )
    assert scores["thickness_mm"].isna().all() and scores["dice"].iloc[0] < 0.1


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table.drop(columns=["row_mm", "col_mm"]),
        lambda table: table.assign(row_mm=np.nan),
    ],
)
def test_without_millimetres_there_are_pixels_by_name(table, change):
    scores = prediction.score(Echo(), change(table), SIZE)
    assert scores["hd95_px"].iloc[1] == pytest.approx(8, abs=1.1)
    assert "hd95_mm" not in scores and scores["thickness_error_mm"].isna().all()


def test_threshold_and_tolerance_reach_the_scores(table):
    half = Fixed(np.full((1, SIZE, SIZE, 1), 0.4))
    assert prediction.score(half, table, SIZE)["recall"].iloc[0] == 0
    assert prediction.score(half, table, SIZE, threshold=0.3)["recall"].iloc[0] == 1
    wide = prediction.score(Echo(), table, SIZE, tolerance_mm=3)["surface_dice"].iloc[1]
    assert wide == 1 and prediction.score(Echo(), table, SIZE)["surface_dice"].iloc[1] < 0.6


def test_every_file_is_read_once_and_every_image_seen_once(table, monkeypatch):
    seen = []
    for name in ("image", "mask"):
        real = getattr(load, name)

        def counted(path, real=real):
            seen.append(Path(path).name)
            return real(path)

        monkeypatch.setattr(load, name, counted)
    model = Echo()
    prediction.score(model, table, SIZE)
    assert sorted(seen) == sorted([*table["image"], *table["mask"]]) and model.calls == 5


def test_scores_go_on_to_patients_and_a_sentence(table):
    patients = metrics.per_patient(prediction.score(Echo(), table, SIZE))
    assert patients["images"].to_dict() == {"P0": 2, "P1": 2, "P2": 1}
    assert patients["dice"].tolist() == pytest.approx([0.9, 0.833, 0], abs=0.02)


# --- the floor ---


def test_the_mean_mask_is_the_share_of_masks(tmp_path):
    table = written(tmp_path, [(band(0, 120), band(0, 60)), (band(0, 120), band(30, 90))])
    mean = prediction.mean_mask(table, SIZE)
    assert mean.dtype == np.float32
    assert [mean[row, 0] for row in (5, 25, 40, 60)] == [0.5, 1, 0.5, 0]


def test_the_floor_is_one_when_all_masks_are_alike_and_known_when_not(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    same = written(one, [(band(0, 120), band(30, 90))] * 4)
    assert prediction.floor(same, same, SIZE) == pytest.approx(1, abs=0.01)
    # Three images of P0 and P1 are matched, the fourth shares half: 2 * 30 / (60 + 60).
    other = written(two, [(band(0, 120), band(*edges)) for edges in [(30, 90)] * 3 + [(60, 120)]])
    assert prediction.floor(same, other, SIZE) == pytest.approx((1 + (1 + 0.5) / 2) / 2, abs=0.01)


@pytest.mark.slow
def test_the_floor_is_not_lower_than_a_cut_at_one_half():
    whole = samples.table("muscle_general")
    whole = whole[~whole["empty"]]
    train, test = whole.iloc[::3], whole.iloc[1:60:5]
    for part in (train, test):
        part.attrs = whole.attrs
    floor = prediction.floor(train, test)
    mean = prediction.mean_mask(train)
    plain = []
    for file in test["mask"]:
        truth = load.mask(Path(whole.attrs["folder"]) / file)
        guess = cv2.resize(mean, truth.shape[::-1]) > 0.5
        plain.append(metrics.dice(truth, guess))
    assert 0.3 < floor < 0.95
    assert floor > np.mean(plain) - 0.02


def test_the_floor_of_a_set_without_muscle_is_to_say_nothing(tmp_path):
    table = written(tmp_path, [(band(0, 9), band(0, 0))] * 2)
    assert prediction.floor(table, table, SIZE) == 1


# --- three cases ---


def scores(dice, **more):
    return pd.DataFrame(
        {"patient_id": "P", "dice": dice, **more}, index=[f"r{n}" for n in range(len(dice))]
    )


def test_best_median_and_worst_keep_their_rows():
    chosen = prediction.best_median_worst(scores([0.5, 0.9, 0.1, 0.7, 0.8]))
    assert list(chosen.index) == ["r1", "r3", "r2"]
    assert chosen["case"].tolist() == ["best", "median", "worst"]
    assert prediction.best_median_worst(scores([0.5, 0.9, 0.1, 0.7]))["dice"].tolist() == [
        0.9,
        0.7,
        0.1,
    ]
    assert prediction.best_median_worst(scores([0.5]))["dice"].tolist() == [0.5] * 3


def test_small_distances_and_small_errors_are_best():
    table = scores([0.5, 0.9, 0.1], hd95_mm=[1.0, 3, 2], thickness_error_mm=[-3, 1, np.nan])
    assert list(prediction.best_median_worst(table, "hd95_mm").index) == ["r0", "r2", "r1"]
    found = prediction.best_median_worst(table, "thickness_error_mm")
    assert list(found.index) == ["r1", "r1", "r0"]


def test_a_rightly_empty_image_is_not_shown_and_false_muscle_is():
    table = scores([1, 0.9, 0.8, 0.7, 0], empty=[True, False, False, False, True])
    assert list(prediction.best_median_worst(table).index) == ["r1", "r2", "r4"]
    alone = scores([1, 1], empty=[True, True])
    assert prediction.best_median_worst(alone)["dice"].tolist() == [1, 1, 1]


def test_rows_of_the_same_name_are_told_apart():
    table = scores([0.5, 0.9, 0.1]).set_axis([0, 0, 0])
    assert prediction.best_median_worst(table)["dice"].tolist() == [0.9, 0.5, 0.1]


# --- a Keras model ---


@pytest.fixture(scope="module")
def network():
    from course_utils.segment.backend import keras

    inputs = keras.Input((SIZE, SIZE, 1))
    outputs = keras.layers.Conv2D(1, 1, activation="sigmoid")(inputs)
    model = keras.Model(inputs, outputs)
    model.set_weights([np.full((1, 1, 1, 1), 20.0), np.array([-10.0])])  # 0.5 at grey 0.5
    return model


def test_a_keras_model_gives_what_the_sigmoid_says(network, table):
    found = prediction.predict(network, np.full((50, 70), 0.6, np.float32), SIZE)
    np.testing.assert_allclose(found, 1 / (1 + np.exp(-2)), rtol=1e-5)
    ours, known = (prediction.score(model, table, SIZE)["dice"] for model in (network, Echo()))
    assert ours.tolist() == pytest.approx(known.tolist(), abs=0.03)


def test_a_model_of_another_size_says_which(network):
    with pytest.raises(DataError, match="64 x 64 pixels, not 128 x 128"):
        prediction.predict(network, np.zeros((9, 9), np.float32))


# --- bad input ---


@pytest.mark.parametrize(
    "answer, said",
    [
        (np.full((1, SIZE, SIZE, 1), np.nan), "training has failed"),
        (np.full((1, SIZE, SIZE, 1), 3.0), "sigmoid"),
        (np.full((1, SIZE, SIZE, 1), -3.0), "logits"),
        (np.zeros((1, 10)), "outlines"),
        (np.zeros((1, SIZE, SIZE, 3)), "tells 3 classes"),
    ],
)
def test_an_answer_that_is_no_probability_is_refused(answer, said):
    with pytest.raises(DataError, match=said):
        prediction.predict(Fixed(answer), np.zeros((9, 9), np.float32), SIZE)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((9, 9, 3), np.float32),
        np.full((9, 9), np.nan),
        np.full((9, 9), 200.0),
        np.zeros((9, 9), np.uint8),
        "i.png",
    ],
)
def test_what_is_no_image_is_refused(image):
    with pytest.raises(CourseError):
        prediction.predict(Echo(), image, SIZE)


@pytest.mark.parametrize("threshold", [1, -0.1, 50, np.nan, "half", True, None])
def test_the_threshold_is_a_probability(threshold):
    with pytest.raises(DataError, match="threshold"):
        prediction.mask(np.zeros((4, 4)), threshold)


@pytest.mark.parametrize(
    "probability", [np.zeros((4, 4, 1)), np.full((4, 4), 2.0), "a", [], np.full((4, 4), np.nan)]
)
def test_a_mask_is_made_of_a_probability(probability):
    with pytest.raises(DataError, match="probability"):
        prediction.mask(probability)


def test_tables_that_cannot_be_scored_are_refused(table):
    with pytest.raises(DataError, match="no rows"):
        prediction.score(Echo(), table.iloc[:0], SIZE)
    with pytest.raises(DataError, match="patient_id"):
        prediction.score(Echo(), table.drop(columns="patient_id"), SIZE)
    with pytest.raises(DataError, match="list"):
        prediction.score(Echo(), [1], SIZE)
    with pytest.raises(DataError, match="no rows"):
        prediction.floor(table, table.iloc[:0], SIZE)
    with pytest.raises(FileError, match="i9.png"):
        prediction.score(Echo(), table.assign(image="i9.png"), SIZE)
    with pytest.raises(DataError, match="no column 'hd95_px'"):
        prediction.best_median_worst(scores([0.5]), "hd95_px")
    with pytest.raises(DataError, match="best or worst"):
        prediction.best_median_worst(scores([np.nan]))


def test_a_mask_of_another_size_is_named(table):
    folder = Path(table.attrs["folder"])
    Image.fromarray(band(0, 9, (60, 80)) * 255).save(folder / "m2.png")
    with pytest.raises(DataError, match="'i2.png' is 120 x 160 .* 'm2.png' 60 x 80"):
        prediction.score(Echo(), table, SIZE)


def stranger(shape, failing=None):
    class Model:
        input_shape = shape

        @staticmethod
        def predict_on_batch(batch):
            if failing:
                raise failing
            return np.zeros((*batch.shape[:3], 1))

    return Model()


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (
            (None, 128, 128, 3),
            r"wants \(images, 128, 128, 3\).*given one grey image.*repeats the grey 3 times",
        ),
        ((None, None, None, 3), r"\(images, any, any, 3\)"),
        ((None, 128, 128, 4), "repeats the grey 4 times"),
        ((None, 1, 128, 128), "channels first"),
        ((None, 3, 128, 128), "channels first"),
        ((None, 32, 128, 128, 1), "no network for single pictures"),
        ((None, 128, 128), "no network for single pictures"),
        ((None, 10), "no network for single pictures"),
        ([(None, 128, 128, 1), (None, 3)], "wants 2 inputs"),
        ({"a": (None, 128, 128, 1), "b": (None, 3)}, "wants 2 inputs"),
        ([(None, 128, 128, 3)], "repeats the grey 3 times"),
        ((None, 256, 256, 1), "Pass size=256"),
        ((None, 256, 192, 1), "train it on squares"),
    ],
)
def test_a_strangers_model_ends_in_one_sentence(shape, words):
    with pytest.raises(DataError, match=words) as told:
        prediction.predict(stranger(shape), np.full((60, 80), 0.5, np.float32))
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    "failing", [ValueError("bad\nmany lines"), RuntimeError("x"), TypeError("y"), KeyError("z")]
)
def test_a_network_that_fails_inside_says_so_in_one_sentence(failing):
    with pytest.raises(DataError, match="cannot answer for one grey image") as told:
        prediction.predict(stranger((None, None, None, 1), failing), np.full((60, 80), 0.5))
    assert "many lines" not in str(told.value)


ANSWERS = [
    (lambda batch: np.zeros((1, 128, 128, 3)), "tells 3 classes.*1:2"),
    (lambda batch: np.zeros((1, 64, 64, 1)), "another size than the image"),
    (lambda batch: [batch, batch], "gives 2 answers"),
    (lambda batch: {"a": batch, "b": batch}, "gives 2 answers"),
    (lambda batch: np.zeros((1, 9)), "a model that outlines"),
    (lambda batch: batch * 255, "divide them by 255"),
    (lambda batch: batch * 2 - 1, "sigmoid"),
    ("model.keras", "segment.load"),
    (None, "no network"),
    (dict, "the class dict"),
]


@pytest.mark.parametrize(("model", "words"), ANSWERS)
def test_what_a_strangers_model_answers_is_named(model, words):
    image = np.random.default_rng(0).random((60, 80), np.float32)
    with pytest.raises(DataError, match=words):
        prediction.predict(model, image)


def test_one_answer_in_a_list_or_a_dictionary_is_that_answer():
    image = np.full((60, 80), 0.5, np.float32)
    for model in (lambda batch: [batch], lambda batch: {"mask": batch}):
        assert np.allclose(prediction.predict(model, image), 0.5)


def test_the_line_of_keras_that_says_why_is_shown():
    error = ValueError("Exception encountered when calling A.call().\n\n\x1b[1mbad shape\x1b[0m\n")
    with pytest.raises(DataError, match=r"\): bad shape\. Is it a network"):
        prediction.predict(stranger((None, None, None, 1), error), np.full((60, 80), 0.5))
