"""Networks on the disk that lessons go on with: the learner's own, or one that came with the
course.

A lesson never waits for another one, and never tells of a result that nobody has: where the
learner's own network is missing, or a training ended before its time, a shipped one of the same
recipe stands in, and a sentence says so.
"""

import json

import pandas

from course_utils.cases import samples
from course_utils.core import files, plurals
from course_utils.core.errors import FileError
from course_utils.segment import model_files

OWN = "models/muscle_network"  # in the learner's own folder
DATA = "muscle_general"  # the set that the networks of the course learned from
SHIPPED = "unet_scanner_b"


def keep_own(model, patients, dice, data=DATA):
    """Keep the learner's network for later lessons; returns the sentence that says where.

    patients: whom it has seen in training and validation; no later lesson may test it on them.
    dice: of its test patients. data: the set it learned from.
    """
    place = files.my_work(f"{OWN}.keras")
    model_files.save(model, place)
    about = {"data": str(data), "dice": float(dice), "patients": sorted(map(str, patients))}
    text = json.dumps(about, indent=1)
    files.write_whole(
        place.with_suffix(".json"), lambda path: path.write_text(text, "utf-8"), replace=True
    )
    return f"Your network is kept as {place.parent.parent.name}/{OWN}.keras."


def own_or_shipped(shipped=SHIPPED, data=DATA):
    """The learner's own network of lesson 04 where there is one for this kind of data, else a
    shipped one: (model, a sentence that says which).

    shipped: a name of `samples.model`. data: the set that the own one must have learned from.
    `seen` says which patients it knows.
    """
    about = _about(data)
    if about is not None:
        try:
            model = model_files.load(files.my_work(f"{OWN}.keras", make=False))
        except FileError:
            about = None
    if about is None:
        return model_files.load(samples.model(shipped)), (
            f"This page uses the course's network '{shipped}', which learned to outline the medial "
            "gastrocnemius on synthetic scans: for it no network of your own is kept from lesson 04."
        )
    return model, (
        f"This page uses your own network from lesson 04 (Dice {about['dice']:.2f} on its test "
        "patients)."
    )


def seen(data=DATA):
    """The patients whom the learner's own network has seen, a set of names; empty without one."""
    about = _about(data)
    return set() if about is None else set(about["patients"])


def recipe(name):
    """A stored run: (model, history), made by `python tools/data/weights.py`."""
    model = model_files.load(samples.model(name))
    return model, pandas.read_csv(samples.model(name).with_suffix(".csv"))


def standing(name, model, history, epochs, floor, data, trained_on):
    """The run to go on with: (model, history, sentence).

    That is the learner's, if all `epochs` were done and its best validation Dice is above `floor`;
    else the stored run `name` of the same recipe, named as longer where it is, if `data` is
    `trained_on`, the set (or the set and seed) that one knows; for another one nothing stands in,
    and the sentence says what that means.
    """
    done = len(history)
    best = float(history["val_dice"].max()) if done else 0.0
    if done >= epochs and best > floor:
        return (
            model,
            history,
            (
                f"{plurals.verb(epochs, 'The one epoch is', f'All {epochs} epochs are')} done. "
                f"The best validation Dice is {best:.2f}; the floor that "
                f"needs no network is {floor:.2f}."
            ),
        )
    if done < epochs:
        said = (
            f"This training ended early, after {done} of {plurals.count(epochs, 'epoch')}, "
            f"with a best validation Dice of {best:.2f}."
        )
    else:
        said = f"The best validation Dice of this training is {best:.2f}."
    if best <= floor:
        said += f" That is not above the floor of {floor:.2f}: it has learned nothing that helps."
    if data != trained_on:
        return (
            model,
            history,
            f"{said} There is no stored run for this set and seed: what follows is about this network.",
        )
    model, history = recipe(name)
    longer = len(history) > epochs
    which = (
        "a stored, longer run of the same settings"
        if longer
        else "the stored run of the same recipe"
    )
    return (
        model,
        history,
        (
            f"{said} The page goes on with {which} "
            f"({plurals.count(len(history), 'epoch')}{f' instead of {epochs}' if longer else ''}, "
            f"best validation Dice {history['val_dice'].max():.2f})."
        ),
    )


def _about(data):
    place = files.my_work(f"{OWN}.json", make=False)
    try:
        about = json.loads(place.read_text("utf-8"))
        return about if about["data"] == str(data) and about["patients"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
