"""Batches: right pictures, right masks, and in each epoch another variation, known by the seed."""

import threading
import tracemalloc

import cv2
import numpy as np
import pandas
import pytest

from course_utils import augment, enhance, load
from course_utils.cases import samples
from course_utils.core.errors import CourseError, DataError, FileError
from course_utils.segment.backend import keras
from course_utils.segment.batches import Source, prepare, prepare_mask


def write(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".png", np.asarray(pixels, np.uint8))[1])


@pytest.fixture
def table(tmp_path):
    """Ten images of smoothed noise, 40 x 50; mask n is a bar that starts at row n."""
    rows = []
    for number in range(10):
        noise = np.random.default_rng(number).random((40, 50), dtype=np.float32)
        mask = np.zeros((40, 50))
        mask[number : number + 20, 5:45] = 255
        write(tmp_path / f"images/{number}.png", cv2.GaussianBlur(noise, (0, 0), 2) * 255)
        write(tmp_path / f"masks/{number}.png", mask)
        rows.append(
            {
                "image": f"images/{number}.png",
                "mask": f"masks/{number}.png",
                "patient_id": f"P{number // 2}",
            }
        )
    made = pandas.DataFrame(rows)
    made.attrs["folder"] = str(tmp_path)
    return made


def whole(source):
    """All images and masks of the present epoch, put back into table order."""
    parts = [source[number] for number in range(len(source))]
    images, masks = (np.concatenate([part[which] for part in parts]) for which in (0, 1))
    back = np.argsort(source._order)
    return images[back], masks[back]


def test_prepare_is_what_training_and_use_share():
    image = load.image(samples.folder("muscle_hires") / samples.table("muscle_hires")["image"][0])
    plain = prepare(image)
    assert plain.shape == (128, 128) and plain.dtype == np.float32
    assert np.array_equal(plain, enhance.resize(image, 128)[0])
    assert np.array_equal(
        prepare(image, 64, clahe=2.0), enhance.resize(enhance.clahe(image, 2.0), 64)[0]
    )
    mask = prepare_mask(np.eye(300, 200, dtype=np.uint8), 32)
    assert mask.shape == (32, 32) and mask.dtype == np.uint8 and set(np.unique(mask)) <= {0, 1}


@pytest.mark.parametrize(
    "function, wrong",
    [
        (prepare, np.zeros((9, 9, 3), np.float32)),
        (prepare, np.full((9, 9), 255, np.uint8)),
        (prepare, None),
        (prepare_mask, np.full((9, 9), 255, np.uint8)),
        (prepare_mask, np.full((9, 9), 2, np.uint8)),
        (prepare_mask, np.full((9, 9), 0.5)),
        (prepare_mask, "m.png"),
    ],
)
def test_what_cannot_be_prepared(function, wrong):
    with pytest.raises(DataError):
        function(wrong)
    for size in (0, -1, 12.5, None, True):
        with pytest.raises(DataError, match="size"):
            function(np.zeros((9, 9), np.float32 if function is prepare else np.uint8), size)


def test_batches_have_the_form_that_networks_take(table):
    source = Source(table, size=32, batch=4)
    assert isinstance(source, keras.utils.PyDataset) and len(source) == 3
    for number, count in enumerate((4, 4, 2)):
        images, masks = source[number]
        assert images.shape == masks.shape == (count, 32, 32, 1)
        assert images.dtype == masks.dtype == np.float32
        assert images.min() >= 0 and images.max() <= 1 and set(np.unique(masks)) == {0, 1}
    for beyond in (3, -4):
        with pytest.raises(IndexError):
            source[beyond]


def test_images_and_masks_in_table_order(table, tmp_path):
    source = Source(table, size=32, batch=4, augment="blog")
    images, masks = source.images(), source.masks()
    assert images.shape == masks.shape == (10, 32, 32, 1)
    for number in range(10):
        image = load.image(tmp_path / f"images/{number}.png")
        mask = load.mask(tmp_path / f"masks/{number}.png")
        assert np.array_equal(images[number, ..., 0], prepare(image, 32))
        assert np.array_equal(masks[number, ..., 0], prepare_mask(mask, 32))
    plain = whole(Source(table, size=32, batch=3))
    assert np.array_equal(plain[0], images) and np.array_equal(plain[1], masks)


def test_shuffled_for_training_and_in_order_for_use(table):
    still = Source(table, size=32, batch=10, shuffle=False)
    assert np.array_equal(still[0][0], still.images())
    source, orders = Source(table, size=32, batch=10), []
    for epoch in range(3):
        source.epoch = epoch
        assert sorted(source._order) == list(range(10))
        orders.append(tuple(source._order))
    assert len(set(orders)) == 3
    assert tuple(Source(table, batch=10, seed=1)._order) != orders[0]


@pytest.mark.parametrize("preset", augment.PRESETS)
def test_every_epoch_differs_and_comes_back(table, preset):
    source = Source(table, size=32, batch=4, augment=preset, seed=3)
    first = whole(source)
    source.epoch = 1
    second = whole(source)
    assert all((first[0][row] != second[0][row]).any() for row in range(10))
    again = Source(table, size=32, batch=4, augment=preset, seed=3)
    again.epoch = 1
    assert all(np.array_equal(a, b) for a, b in zip(whole(again), second, strict=True))
    source.epoch = 0
    assert all(np.array_equal(a, b) for a, b in zip(whole(source), first, strict=True))
    other = Source(table, size=32, batch=4, augment=preset, seed=4)
    assert (whole(other)[0] != first[0]).any()


def test_a_variation_depends_on_row_and_epoch_only(table):
    wanted = whole(Source(table, size=32, batch=4, augment="plausible"))
    for batch, shuffle, cache in ((1, True, 200), (7, False, 0), (10, True, 0.02)):
        made = whole(Source(table, 32, batch, "plausible", 0, shuffle, cache_mb=cache))
        assert all(np.array_equal(a, b) for a, b in zip(made, wanted, strict=True))


def test_threads_that_ask_in_any_order_get_the_same(table):
    source = Source(table, size=32, batch=1, augment="plausible", shuffle=False)
    wanted, found = whole(source), {}

    def ask(numbers):
        for number in numbers:
            found[number] = source[number]

    threads = [
        threading.Thread(target=ask, args=(order,))
        for order in ([9, 6, 3, 0], [8, 5, 2], [7, 1, 4])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(10))
    assert all(np.array_equal(found[n][0][0], wanted[0][n]) for n in range(10))


def test_a_pipeline_of_ones_own_is_copied(table):
    own = augment.step("rotation", 10)
    own.calls = 7
    source = Source(table, size=32, batch=4, augment=own, seed=5)
    turned, _ = augment.step("rotation", 10)(source.images()[0, ..., 0])
    assert np.allclose(whole(source)[0][0, ..., 0], turned)
    assert own.calls == 7 and own.seed == 0


def test_masks_stay_aligned_with_their_images(table, tmp_path):
    for number in range(10):
        mask = load.mask(tmp_path / f"masks/{number}.png")
        write(tmp_path / f"images/{number}.png", 40 + 160 * mask)
    images, masks = whole(Source(table, size=64, batch=5, augment=augment.pipeline("plausible")))
    inside = [images[n][masks[n] > 0].mean() - images[n][masks[n] == 0].mean() for n in range(10)]
    assert min(inside) > 0.2


def test_the_cache_is_bounded_and_files_are_read_once(table, monkeypatch):
    read = []
    real = load.image
    monkeypatch.setattr(load, "image", lambda path: read.append(path) or real(path))
    pair_mb = 32 * 32 * 5 / 1e6  # float32 and uint8
    source = Source(table, size=32, batch=5, cache_mb=4.5 * pair_mb)
    for _ in range(3):
        whole(source)
    assert len(source._cache) == 4 and len(read) == 10 + 6 + 6
    read.clear()
    source = Source(table, size=32, batch=5)
    assert source.warm() == 10
    whole(source)
    assert len(read) == 10
    assert Source(table, size=32, batch=5, cache_mb=2.2 * pair_mb).warm() == 2
    assert Source(table, size=32, batch=5, cache_mb=0).warm() == 0


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"batch": 11}, "larger than the set of 10 images"),
        ({"batch": 0}, "batch"),
        ({"batch": 2.5}, "batch"),
        ({"size": 0}, "size"),
        ({"seed": -1}, "seed"),
        ({"augment": "wild"}, "'plausible', 'blog'"),
        ({"augment": 3}, "augment"),
        ({"cache_mb": -1}, "cache_mb"),
        ({"cache_mb": None}, "cache_mb"),
        ({"workers": 0}, "workers"),
    ],
)
def test_arguments_that_make_no_sense(table, changes, words):
    with pytest.raises(DataError, match=words):
        Source(table, **{"batch": 4, **changes})


def test_tables_that_make_no_sense(table):
    with pytest.raises(DataError, match="no rows"):
        Source(table[:0])
    with pytest.raises(DataError, match="no column 'mask'"):
        Source(table.drop(columns="mask"))
    with pytest.raises(DataError, match="table"):
        Source("muscle_general")
    loose = table.copy()
    loose.attrs = {}
    with pytest.raises(DataError, match="attrs\\['folder'\\]"):
        Source(loose)
    with pytest.raises(FileError, match="1 of 10 files of column 'mask' is missing: x.png"):
        Source(table.assign(mask=["x.png", *table["mask"][1:]]))


def test_masks_that_make_no_sense(table, tmp_path):
    write(tmp_path / "masks/3.png", np.eye(40, 49) * 255)
    with pytest.raises(DataError, match=r"mask '3.png' is 40 x 49 .* image '3.png' is 40 x 50"):
        Source(table, batch=4).warm()
    write(tmp_path / "masks/3.png", np.arange(2000).reshape(40, 50) // 700)
    with pytest.raises(DataError, match="labels 0, 1, 2.*one structure"):
        Source(table, batch=4, shuffle=False).masks()
    (tmp_path / "masks/3.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(FileError, match="3.png"):
        Source(table, batch=4).images()


def test_nothing_to_learn_from(table, tmp_path):
    for number in range(9):
        write(tmp_path / f"masks/{number}.png", np.zeros((40, 50)))
    Source(table, batch=4)  # the last one is not empty
    empty = table[:9]
    with pytest.raises(DataError, match="All 9 masks are empty"):
        Source(empty, batch=4)
    assert not Source(empty, batch=4, shuffle=False).masks().any()  # fine for a test


def test_an_error_inside_a_batch_is_remembered(table, tmp_path):
    source = Source(table, batch=5, shuffle=False)
    assert source.problem is None
    (tmp_path / "images/7.png").write_bytes(b"")
    with pytest.raises(CourseError, match="7.png"):
        source[1]
    assert isinstance(source.problem, FileError) and "7.png" in str(source.problem)


def measuring_model():
    """A network that never learns: the loss of an epoch says which pictures it has seen."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((32, 32, 1)), keras.layers.Conv2D(1, 3, padding="same", activation="sigmoid")]
    )
    model.compile(keras.optimizers.SGD(0.0), "mse")
    return model


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 3])
def test_model_fit_gets_each_epoch_of_the_source(table, workers):
    model, source = measuring_model(), Source(table, 32, 4, "plausible")
    wanted = []
    for epoch in range(4):
        source.epoch = epoch
        images, masks = whole(source)
        wanted.append(float(((model.predict(images, verbose=0) - masks) ** 2).mean()))
    assert len(set(np.round(wanted, 6))) == 4
    source = Source(table, 32, 4, "plausible", workers=workers)
    validation = Source(table[:4], 32, 4, shuffle=False)
    seen = model.fit(source, validation_data=validation, epochs=2, verbose=0, shuffle=False)
    assert np.allclose(seen.history["loss"], wanted[:2], rtol=1e-4) and source.epoch == 2
    assert np.ptp(seen.history["val_loss"]) < 1e-7
    more = model.fit(source, epochs=1, verbose=0, shuffle=False)  # goes on where it stood
    assert np.allclose(more.history["loss"], wanted[2:3], rtol=1e-4)
    source.epoch = 1  # as after an interruption
    again = model.fit(source, epochs=1, verbose=0, shuffle=False)
    assert np.allclose(again.history["loss"], wanted[1:2], rtol=1e-4)


@pytest.mark.slow
def test_model_fit_leaves_the_reason_in_problem(table, tmp_path):
    write(tmp_path / "masks/9.png", np.eye(40, 49) * 255)
    source = Source(table, 32, 2, shuffle=False)
    with pytest.raises(Exception, match="40 x 49"):
        measuring_model().fit(source, verbose=0, shuffle=False)
    assert isinstance(source.problem, DataError) and "40 x 49" in str(source.problem)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_set(table):
    """A table that names each file many times, as a large folder would: nothing is kept."""
    many = pandas.concat([table] * 30, ignore_index=True)
    many.attrs = dict(table.attrs)
    source = Source(many, size=256, batch=8, cache_mb=3)
    for number in range(len(source)):
        source[number]
    kept = sum(part.nbytes for pair in source._cache.values() for part in pair)
    assert kept <= 3e6 and len(source._cache) == 9


@pytest.mark.slow
def test_a_large_set_is_read_bit_by_bit(table, monkeypatch):
    """5,000 images would need 25 MB at 32 x 32; with a cache of 0.5 MB they never take 6."""
    many = table.loc[np.arange(5000) % 10].reset_index(drop=True)
    many.attrs = dict(table.attrs)
    counts, seen = (
        {"image": 0, "mask": 0},
        {kind: getattr(load, kind) for kind in ("image", "mask")},
    )

    def _counted(kind):
        def _read(path, *rest):
            counts[kind] += 1
            return seen[kind](path, *rest)

        return _read

    for kind in counts:
        monkeypatch.setattr(load, kind, _counted(kind))
    tracemalloc.start()
    try:
        source = Source(many, size=32, batch=50, cache_mb=0.5)
        assert counts == {"image": 0, "mask": 1}  # it looked for one marked mask, and no further
        held = source.warm()
        assert held == int(5e5 / (32 * 32 * 5)) and counts["image"] == held + 1
        for number in range(8):
            source[number]
        assert source.epoch == 0 and counts["image"] <= held + 1 + 8 * 50
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8e6, peak  # of it 0.5 held, and the paths of 5,000 images
    assert len(source) == 100
