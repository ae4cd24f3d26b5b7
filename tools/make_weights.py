"""Train the small networks in sample_data/models anew: `python tools/make_weights.py` (about a minute).

unet_scanner_b: `models.unet()` on the Scanner B images of the training patients of muscle_general
(split.by_patient, seed 0), images with a muscle only. It knows one scanner; lesson 05 takes it to
another. On the same machine and versions the training
gives the same weights; on another one the last digits differ. The optimiser is not kept.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from course_utils import backend, metrics, models, samples, segment, split, training  # noqa: E402

EPOCHS, SEED, DEVICE = 40, 0, "Scanner B"


def unet_scanner_b():
    """Train, report on unseen patients, and save. Returns the file."""
    cases = samples.table("muscle_general")
    parts = split.by_patient(cases[~cases["empty"]], seed=SEED)
    train, validation, test = (part[part["device"] == DEVICE] for part in parts)
    backend.seed(SEED)
    run = training.train(models.unet(), train, validation, epochs=EPOCHS, seed=SEED, watch=0)
    scores = segment.evaluate(run.model, test)
    patients = metrics.per_patient(scores)
    print(metrics.sentence("Dice", *metrics.interval(patients.dice), len(patients), len(scores)))
    place = ROOT / "sample_data" / "models"
    place.mkdir(exist_ok=True)
    return models.save(run.model, place / "unet_scanner_b.keras")


if __name__ == "__main__":
    print(f"wrote {unet_scanner_b().relative_to(ROOT)}")
