"""What the course adds to Keras' callbacks: the cap, the loss that is no number, the watched cases."""

import numpy as np
import pytest

from course_utils.core import errors
from course_utils.segment import callbacks
from course_utils.segment.backend import keras
from tests.helpers.learning import fit, make_sets, make_table, net


@pytest.fixture
def sets(tmp_path):
    return make_sets(tmp_path)


class Counted(keras.Model):
    """A network that counts how often its training step is written down as a graph."""

    traces = 0

    def train_step(self, data):
        self.traces += 1  # Python runs this only while the graph is made
        return super().train_step(data)


@pytest.mark.slow
def test_a_training_step_is_traced_once_even_with_a_smaller_last_batch(sets):
    plain = net()
    model = Counted(plain.input, plain.output)
    run = fit(sets, model, epochs=2, batch=5)  # 12 images: 5, 5 and 2
    assert len(run.history) == 2 and model.traces == 1


@pytest.mark.slow
def test_the_cap_in_seconds_stops_and_says_so(sets):
    run = fit(sets, epochs=500, seconds=4, watch=0)
    assert not run.complete and run.frames == [] and len(run.history) < 500
    assert f"Stopped early, after {len(run.history)} of 500 epochs" in run.why


@pytest.mark.slow
def test_a_loss_that_is_not_a_number_keeps_the_best_weights(sets, tmp_path):
    class Spoil(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                self.model.set_weights([w * np.nan for w in self.model.get_weights()])

    with pytest.warns(errors.CourseWarning, match="learning rate"):
        run = fit(sets, epochs=5, folder=tmp_path / "run", extra=[Spoil()])
    assert len(run.history) == 2 and "Training stopped" in run.why
    assert all(np.isfinite(w).all() for w in run.model.get_weights())


@pytest.mark.slow
def test_a_loss_that_is_never_a_number_is_an_error(sets):
    with pytest.raises(errors.DataError, match="not a number.* No epoch was finished"):
        fit(sets, loss=lambda truth, prediction: keras.ops.mean(prediction) * float("nan"))


def test_the_watched_cases_show_muscle_where_there_is_some(tmp_path):
    table = make_table(tmp_path / "t", ["P1", "P2", "P3"], empty=("P2",))
    rows = callbacks.watched(3, table)
    assert len(set(rows)) == 3 and not table["empty"].iloc[rows].any()
    assert callbacks.watched([5, 0], table) == [5, 0]
    assert callbacks.watched(0, table) == []
