"""A page takes over a training from another page only where its own would be the very same."""

import importlib
import inspect
import random
import sys
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from course_utils.segment import batches, callbacks, losses
from course_utils.segment.backend import keras, seed
from course_utils.simulate import scanner
from tests import conftest
from tests.conftest import ROOT
from tests.helpers import kept
from tests.helpers.learning import SIZE, fit, make_sets, net

trainer = importlib.import_module(kept.TRAINER)
scores = importlib.import_module(kept.SCORES)  # a test may have put its function into the door


@pytest.fixture
def shelf(tmp_path):
    with kept.within(tmp_path / "kept"):
        yield tmp_path / "kept"


def done(shelf):
    return [how for _, how in kept.told(shelf)]


@pytest.mark.slow
def test_a_training_taken_over_leaves_what_a_true_one_leaves(shelf, tmp_path):
    sets = make_sets(tmp_path)
    asked = {"epochs": 4, "augment": "plausible"}
    keras.utils.set_random_seed(3)
    true, chance = fit(sets, **asked, folder=tmp_path / "true"), (random.random(), np.random.rand())
    (tmp_path / "elsewhere").mkdir()
    other = make_sets(tmp_path / "elsewhere")  # the same pixels in another folder
    keras.utils.set_random_seed(3)
    over, after = fit(other, **asked, folder=tmp_path / "over"), (random.random(), np.random.rand())
    assert done(shelf) == ["computed", "taken over"] and chance == after
    columns = [name for name in true.history if name != "seconds"]
    assert over.history[columns].equals(true.history[columns]) and over.why == true.why
    assert [frame.png for frame in over.frames] == [frame.png for frame in true.frames]
    for one, two in ((true.model, over.model), *files(tmp_path)):
        assert all(map(np.array_equal, one.get_weights(), two.get_weights()))
    # Both go on alike: optimiser, dropout and the epoch are where a true training leaves them.
    more = [
        fit(sets, run.model, epochs=2, folder=tmp_path / f"more{n}")
        for n, run in enumerate((true, over))
    ]
    assert done(shelf)[2:] == ["computed", "taken over"]
    assert more[0].history.loss.equals(more[1].history.loss)


def files(place):
    """The stored networks of both trainings, in pairs."""
    for name in ("best_dice.keras", "best_loss.keras"):
        yield tuple(keras.models.load_model(place / run / name) for run in ("true", "over"))


def prepared(tmp_path, **changed):
    asked = {"size": SIZE, "batch": 4, "augment": "plausible", "seed": 1} | changed
    return batches.Source(make_sets(tmp_path)[0], **asked)


def compiled(start=0, width=8, loss=losses.dice_bce, rate=0.02):
    model = net(width, start)
    seed(0)
    model.compile(keras.optimizers.Adam(rate), loss, metrics=[losses.DiceScore()])
    return model


def name(source, epochs=1, callbacks=(), **recipe):
    """The name under which this training would be kept; None for one that is always computed."""
    asked = inspect.signature(trainer.TensorFlowTrainer.fit)
    given = asked.bind(
        compiled(**recipe), source, epochs=epochs, callbacks=callbacks, shuffle=False
    )
    given.apply_defaults()
    return kept._training(given.arguments)


class Watcher(keras.callbacks.Callback):
    """A callback of the page's own, which might look at anything."""


@pytest.mark.slow
def test_another_recipe_has_another_name(tmp_path):
    source = prepared(tmp_path)
    plain = name(source)
    assert plain == name(prepared(tmp_path)) is not None
    darker = prepared(tmp_path)
    darker.warm()
    darker._cache[0] = (0.9 * darker._cache[0][0], darker._cache[0][1])
    later = prepared(tmp_path)
    later.epoch = 1
    others = [
        name(source, start=1),
        name(source, width=6),
        name(source, loss="binary_crossentropy"),
        name(source, loss=losses.tversky(0.3, 0.7)),
        name(source, loss=losses.tversky(0.4, 0.6)),
        name(source, rate=0.01),
        name(source, epochs=2),
        name(source, callbacks=[keras.callbacks.TerminateOnNaN()]),
        *(name(source, callbacks=[callbacks.Reseed(number)]) for number in (1, 2)),
        *(
            name(source, callbacks=[keras.callbacks.ReduceLROnPlateau(factor=factor)])
            for factor in (0.1, 0.2)
        ),
        *(
            name(source, callbacks=[keras.callbacks.LearningRateScheduler(rule)])
            for rule in (lambda epoch: 0.1, lambda epoch: 0.2)
        ),
        *(name(source, loss=rule) for rule in (lambda y, p: y - p, lambda y, p: p - y)),
        *(
            name(prepared(tmp_path, **what))
            for what in ({"seed": 2}, {"batch": 3}, {"augment": None})
        ),
        name(darker),
        name(later),
    ]
    assert None not in others and len({plain, *others}) == 1 + len(others)
    assert name(source, callbacks=[Watcher()]) is None
    (tmp_path / "begun").mkdir()
    (tmp_path / "begun/training_metadata.json").write_text("{}")
    assert name(source, callbacks=[keras.callbacks.BackupAndRestore(tmp_path / "begun")]) is None
    assert name(source, callbacks=[keras.callbacks.BackupAndRestore(tmp_path / "new")]) is not None


@pytest.mark.slow
def test_random_numbers_of_the_process_count_where_a_training_draws_them(shelf):
    def trained(start, shuffle):
        model = net()
        model.compile("sgd", "mse")
        keras.utils.set_random_seed(start)
        x = np.linspace(0, 1, 6 * SIZE * SIZE, dtype=np.float32).reshape(6, SIZE, SIZE, 1)
        model.fit(x, x, batch_size=2, shuffle=shuffle, verbose=0)
        return model.get_weights(), np.random.rand()

    one, other, shuffled, twice, dealt = (
        trained(*how) for how in ((1, False), (2, False), (1, True), (1, True), (2, True))
    )
    assert done(shelf) == ["computed", "taken over", "computed", "taken over", "computed"]
    assert all(map(np.array_equal, one[0], other[0])) and one[1] != other[1]
    assert all(map(np.array_equal, shuffled[0], twice[0])) and shuffled[1] == twice[1]
    assert not all(map(np.array_equal, shuffled[0], dealt[0]))


@pytest.mark.slow
def test_the_callbacks_of_lesson_05_write_what_they_write_after_a_true_training(shelf, tmp_path):
    for start in (1, 2):  # the page sets no seed before it trains
        model, home = compiled(), tmp_path / str(start)
        keras.utils.set_random_seed(start)
        watch = [
            keras.callbacks.CSVLogger(tmp_path / f"{start}.csv"),
            keras.callbacks.TensorBoard(home / "tensorboard"),
            keras.callbacks.ModelCheckpoint(home / "best.keras", save_best_only=True),
            keras.callbacks.BackupAndRestore(home / "backup", double_checkpoint=True),
        ]
        steer = prepared(tmp_path, augment=None, shuffle=False)
        model.fit(
            prepared(tmp_path), validation_data=steer, epochs=3, shuffle=False, verbose=0,
            callbacks=watch,
        )  # fmt: skip
        assert steer.epoch == 3
    assert done(shelf) == ["computed", "taken over"]
    assert (tmp_path / "1.csv").read_text() == (tmp_path / "2.csv").read_text()
    assert len(list(tmp_path.glob("2/tensorboard/*/*tfevents*"))) == 2
    one, two = (keras.models.load_model(tmp_path / run / "best.keras") for run in "12")
    assert all(map(np.array_equal, one.get_weights(), two.get_weights()))


@pytest.mark.slow
def test_a_training_that_was_stopped_is_not_kept(shelf, tmp_path):
    stop = keras.callbacks.EarlyStopping(monitor="loss", min_delta=9, patience=1)
    for _ in range(2):
        compiled().fit(prepared(tmp_path), epochs=5, callbacks=[stop], verbose=0, shuffle=False)
    assert done(shelf) == ["computed", "computed"]


@pytest.mark.slow
def test_a_person_on_the_same_scanner_is_the_same(shelf, tmp_path):
    true, over = (
        scanner.patients("Scanner D", 2, seed=7, folder=tmp_path / name) for name in ("one", "two")
    )
    assert done(shelf) == ["computed"] * 2 + ["taken over"] * 2 and true.equals(over)
    for name in [*true.image, *true["mask"]]:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    scanner.twice(true)
    scanner.patients("Scanner B", 2, seed=7)
    assert done(shelf)[4:] == ["computed"] * 4


@pytest.mark.slow
def test_scores_are_those_of_the_same_pixels_wherever_they_lie(shelf, tmp_path):
    for name in ("one", "two", "dark"):
        (tmp_path / name).mkdir()
    one, two, dark = (make_sets(tmp_path / name)[1] for name in ("one", "two", "dark"))
    file = tmp_path / "dark/validation" / dark.image[0]
    cv2.imwrite(str(file), cv2.imread(str(file), cv2.IMREAD_GRAYSCALE) // 2)
    true, over = (scores.score(net(), table, size=SIZE) for table in (one, two))
    assert done(shelf) == ["computed", "taken over"] and true.equals(over)
    assert [scores.attrs["folder"] for scores in (true, over)] == [
        str(tmp_path / name / "validation") for name in ("one", "two")
    ]
    for model, table, more in (
        (net(), dark, {}),
        (net(start=1), one, {}),
        (net(), one, {"threshold": 0.4}),
        (net(), one.head(3), {}),
        (net(), one, {"change": lambda image: image / 2}),
    ):
        scores.score(model, table, size=SIZE, **more)
    assert done(shelf)[2:] == ["computed"] * 5


@pytest.mark.slow
def test_each_function_is_changed_when_it_is_there_and_changed_back(tmp_path):
    every = {**kept.PURE, kept.SCORES: ["score"]}
    before = {name: dict(vars(importlib.import_module(name))) for name in every}
    with kept.within(tmp_path):
        for module, functions in every.items():
            for name in functions:
                assert getattr(sys.modules[module], name).__wrapped__ is before[module][name]
    assert all(vars(sys.modules[module]) == held for module, held in before.items())


@pytest.mark.parametrize("lesson", ["05_fine_tune", "07_saliency", "10_denoise", "14_language"])
def test_a_solved_page_stands_before_what_takes_over_from_it(lesson):
    names = (f"tests/notebooks/test_notebooks.py::test_a[{lesson}]", f"notebooks/{lesson}.ipynb::C")
    solved, learners = (conftest._place(SimpleNamespace(nodeid=name)) for name in names)
    tests = [
        conftest._place(SimpleNamespace(nodeid=f"tests/{name}.py::test_a"))
        for name in ("saliency/test_shortcut", "simulate/test_scanner")
    ]
    assert solved < min(learners, *tests)


def test_only_what_can_be_compared_has_a_key():
    assert (
        kept.key({"a": np.zeros(3)}) == kept.key({"a": np.zeros(3)}) != kept.key({"a": np.ones(3)})
    )
    assert kept.key(lambda x: x + 1) == kept.key(lambda x: x + 1) != kept.key(lambda x: x + 2)
    assert kept.key(open) is not None and kept.key(iter([1])) != kept.key(iter([2]))
    begun = (number for number in range(3))
    assert kept.key(n for n in range(3)) is not None
    next(begun)
    assert kept.key(begun) is None and kept.key(ROOT.open) is not None


PAGE = """
import random
class Own: pass
def answer(x): return [x + shift for _ in range(2)]
names = lambda x: random.Random(answer(x))
"""


def test_a_function_of_a_page_is_what_it_reads_there():
    def page(shift):
        space = {"__name__": "__main__", "shift": shift}
        exec(PAGE, space)
        return space

    one, same, other = page(1), page(1), page(2)
    for name in ("answer", "names"):
        assert kept.key(one[name]) == kept.key(same[name]) != kept.key(other[name])
        assert kept.key(one[name]) is not None
    assert kept.key(one["Own"]()) is None
