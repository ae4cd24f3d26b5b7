"""What a training leaves in its folder, so that nothing is lost when it is stopped or killed.

    state.npz          everything needed to go on: weights, optimiser, epoch, history, settings
    best_loss.keras    the network of the epoch with the lowest validation loss
    best_dice.keras    the network of the epoch with the highest validation Dice
    history.csv        one row per epoch, for reading
    frames/            one picture per epoch

Each file is written under another name first and renamed when it is whole. The state comes last,
so a computer that dies in between loses the epoch but never leaves a state without its files.
"""

import io
import json
import os
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pandas

from course_utils.core.errors import DataError, FileError
from course_utils.segment import models
from course_utils.show import figures

STATE, HISTORY, FRAMES = "state.npz", "history.csv", "frames"
BEST_LOSS, BEST_DICE = "best_loss.keras", "best_dice.keras"
OURS = (STATE, BEST_LOSS, BEST_DICE, HISTORY)


class Folder:
    """The folder of one training.

    Parameters: `place`, a path; it is made when missing. Raises FileError when it cannot be made
    or nothing can be written into it.
    """

    def __init__(self, place):
        self.place = Path(place).expanduser()
        self.best_loss, self.best_dice = self.place / BEST_LOSS, self.place / BEST_DICE
        try:
            (self.place / FRAMES).mkdir(parents=True, exist_ok=True)
            _whole(self.place / ".probe", lambda path: path.write_bytes(b"x"))
            (self.place / ".probe").unlink()
        except OSError as problem:
            raise FileError(
                f"Nothing can be written into the folder '{self.place.name}' "
                f"({problem.strerror or problem}). Choose another folder=."
            ) from problem

    def clear(self):
        """Remove what an earlier training left: only the files that a training writes."""
        for name in OURS:
            (self.place / name).unlink(missing_ok=True)
        for path in (self.place / FRAMES).glob("epoch_*.png"):
            path.unlink()
        shutil.rmtree(self.place / "tensorboard", ignore_errors=True)

    def save_state(self, model, optimizer, history, settings):
        """Keep a training as it stands after an epoch.

        history: list of dicts, one per epoch. settings: a dict of plain values, compared on
        resuming.
        """
        values = {name: variable.numpy() for name, variable in _named(model, optimizer).items()}
        about = json.dumps(
            {"history": history, "settings": settings}, default=lambda number: number.item()
        )  # a number of NumPy's
        self._write(STATE, lambda path: _save_arrays(path, about=np.array(about), **values))

    def load_state(self, model, optimizer, settings):
        """Give model and optimiser the kept values; returns the history, a list of dicts.

        Returns None when no training was kept here. Raises DataError when what was kept belongs
        to another architecture or was begun with other settings, FileError when it is damaged.
        """
        if not (self.place / STATE).exists():
            return None
        try:
            with np.load(self.place / STATE) as kept:
                values = {name: kept[name] for name in kept.files}
            about = json.loads(str(values.pop("about")))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as problem:
            raise FileError(
                f"'{STATE}' in the folder '{self.place.name}' is damaged. Delete the folder, or "
                "start anew with resume=False."
            ) from problem
        self._compare(about["settings"], settings)
        wanted = _named(model, optimizer)
        if {name: value.shape for name, value in values.items()} != {
            name: tuple(variable.shape) for name, variable in wanted.items()
        }:
            raise DataError(
                f"The training kept in the folder '{self.place.name}' is of another architecture "
                f"than this network ('{model.name}'). Build the same network, choose another "
                "folder=, or start anew with resume=False."
            )
        for name, variable in wanted.items():
            variable.assign(values[name])
        return about["history"]

    def save_best(self, model, loss=False, dice=False):
        """Keep the network as it stands as the best by loss, by Dice, or by both."""
        names = [name for name, best in ((BEST_DICE, dice), (BEST_LOSS, loss)) if best]
        if names:
            self._write(names[0], lambda path: models.save(model, path))
        if len(names) == 2:
            self._write(names[1], lambda path: shutil.copyfile(self.place / names[0], path))

    def save_history(self, history):
        """Write history.csv: one row per epoch, complete after every epoch."""
        table = pandas.DataFrame(history)
        self._write(HISTORY, lambda path: table.to_csv(path, index=False, float_format="%.6g"))

    def save_frame(self, epoch, picture):
        """Keep the picture of an epoch (1, 2, ...)."""
        self._write(f"{FRAMES}/epoch_{epoch:04d}.png", lambda path: path.write_bytes(picture.png))

    def load_frames(self, alts):
        """The kept pictures of epochs 1, 2, ..., with these alternative texts; those there are."""
        places = [
            self.place / FRAMES / f"epoch_{epoch:04d}.png" for epoch in range(1, len(alts) + 1)
        ]
        return [
            figures.Picture(place.read_bytes(), alt)
            for place, alt in zip(places, alts)
            if place.exists()
        ]

    def _write(self, name, write):
        try:
            _whole(self.place / name, write)
        except OSError as problem:
            raise FileError(
                f"'{name}' cannot be written into the folder '{self.place.name}' "
                f"({problem.strerror or problem}). Is the disk full?"
            ) from problem

    def _compare(self, before, now):
        for name in before:
            if before[name] != now.get(name):
                raise DataError(
                    f"The training kept in the folder '{self.place.name}' was begun with "
                    f"{name}={before[name]}, not {now.get(name)}. Give the same to go on with it, "
                    "choose another folder=, or start anew with resume=False."
                )


def _named(model, optimizer):
    # By number, because Keras counts the layers of a session on: conv2d, conv2d_1, ...
    parts = {"model": model.variables, "optimizer": optimizer.variables}
    return {
        f"{part}_{number}": variable
        for part, variables in parts.items()
        for number, variable in enumerate(variables)
    }


def _whole(place, write):
    # The ending stays, because Keras and NumPy choose the format by it.
    partial = place.with_name(f".part-{os.getpid()}-{place.name}")
    try:
        write(partial)
        os.replace(partial, place)
    finally:
        partial.unlink(missing_ok=True)


def _save_arrays(path, **values):
    memory = io.BytesIO()
    np.savez(memory, **values)
    path.write_bytes(memory.getbuffer())
