"""A TensorBoard log of a training: loss and Dice per epoch, training and validation in one chart.

Optional, because TensorBoard is a program of its own: `tensorboard --logdir <folder>/tensorboard`
shows the curves in a browser. history.csv holds the same numbers without it.
"""

import importlib.util

from course_utils.core.errors import SetupError
from course_utils.segment.backend import tensorflow


class TensorBoard:
    """Writes two series, `train` and `validation`, below `<folder>/tensorboard`.

    Raises SetupError when the package tensorboard is not installed.
    """

    def __init__(self, folder):
        if importlib.util.find_spec("tensorboard") is None:
            raise SetupError(
                "The package tensorboard is not installed, so tensorboard=True cannot be done. "
                "Leave it out: history.csv and the learning curves hold the same numbers."
            )
        self._writers = {
            name: tensorflow.summary.create_file_writer(str(folder / "tensorboard" / name))
            for name in ("train", "validation")
        }

    def write(self, row):
        """Add one epoch. row: a dict as in history.csv."""
        for series, start in (("train", ""), ("validation", "val_")):
            with self._writers[series].as_default(step=row["epoch"]):
                for name in ("loss", "dice"):
                    tensorflow.summary.scalar(name, row[start + name])
                if series == "train":
                    tensorflow.summary.scalar("learning_rate", row["learning_rate"])
            self._writers[series].flush()

    def close(self):
        """Finish the files."""
        for writer in self._writers.values():
            writer.close()
