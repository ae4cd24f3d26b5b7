"""A hundred shoulders, two pictures each: made once from a seed, kept in the learner's own folder.

Every truth is kept for each patient. All of them are SYNTHETIC (`simulate.shoulder`).
"""

import io
import zipfile
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from course_utils.core import accept, errors, files
from course_utils.show import progress
from course_utils.simulate import shoulder

FIRST = 10_000  # seed of a cohort's first patient, for each seed of the cohort
IMAGES = 2  # of one patient
PREVALENCE = 0.3
STEP_DB, LOWEST_DB = 0.4, -90.0  # levels are kept as bytes
VERSION = 1  # of the pictures; a cache of another one is made anew
EXACT = ["thickness_mm", "drop_db", "loss", "cortex_mm"]


@dataclass(frozen=True)
class Cohort:
    """Pictures and what is known of them, one row an image.

    table: patient_id, image (1, 2), ill, machine, gain_db, tilt_deg, slide_mm, anisotropy_db, and
    the truth of the patient: thickness_mm, drop_db, loss, cortex_mm. levels: uint8 (N, 256, 256),
    echo levels before any grey. masks: uint8 (N, 256, 256), the tendon, exact.
    """

    table: pd.DataFrame
    levels: np.ndarray
    masks: np.ndarray

    @property
    def spacing(self):
        """(row_mm, col_mm) of a pixel."""
        return shoulder.SPACING

    @property
    def patients(self):
        """One row a patient, in the order of the table: ill, machine and the exact values."""
        return self.table.groupby("patient_id", sort=False)[["ill", "machine", *EXACT]].first()

    def image(self, row):
        """The picture of a row as its machine and user made it: float32 (256, 256), 0..1."""
        case = self.table.iloc[row]
        return shoulder.grey(self.decibels(row), case.machine, case.gain_db)

    def decibels(self, row):
        """Echo levels of a row in dB, float32 (256, 256)."""
        return self.levels[row] * np.float32(STEP_DB) + np.float32(LOWEST_DB)

    def on(self, machines):
        """The same patients and echoes on other machines: a Cohort. machines: patient_id -> name."""
        chosen = self.table.patient_id.map(machines)
        if chosen.isna().any() or not set(chosen) <= set(shoulder.MACHINES):
            raise errors.DataError("machines must name A or B for every patient.")
        return Cohort(self.table.assign(machine=chosen.to_numpy()), self.levels, self.masks)

    def of(self, patients):
        """The part of these patients: a Cohort, in its own order."""
        rows = np.flatnonzero(self.table.patient_id.isin(list(patients)))
        return Cohort(
            self.table.iloc[rows].reset_index(drop=True), self.levels[rows], self.masks[rows]
        )


def people(count=100, seed=1, prevalence=PREVALENCE):
    """Who is in a cohort: a table of patient_id, number (their own seed), ill and machine.

    A share `prevalence` is ill, rounded to whole people; half of the patients, ill or not, were
    scanned on each machine. Raises DataError for fewer than two patients.
    """
    count, seed = accept.whole(count, "count", 2, 5000), accept.seed(seed)
    rng, sick = (
        np.random.default_rng([seed, 81]),
        round(count * accept.share(prevalence, "prevalence")),
    )
    ill = (rng.permutation(count) < sick).astype(int)
    machine = np.empty(count, object)
    for kind in (0, 1):
        rows = rng.permutation(np.flatnonzero(ill == kind))
        machine[rows] = np.array(["A", "B"])[np.arange(len(rows)) % 2]
    numbers = FIRST * seed + np.arange(count)
    names = [f"T{number}" for number in numbers]
    return pd.DataFrame({"patient_id": names, "number": numbers, "ill": ill, "machine": machine})


def cohort(count=100, seed=1, prevalence=PREVALENCE, keep=True, watch=None):
    """A `Cohort` of `count` patients with two pictures each, about 0.12 CPU-seconds a patient.

    keep: read it from the learner's own folder where it was made before, and leave it there.
    watch: progress as in `show.progress`; a bar of its own where None.
    """
    table = people(count, seed, prevalence)
    place = files.my_work(f"shoulders/{count}_{seed}_{prevalence:g}_{VERSION}.npz", make=keep)
    found = _read(place, table) if keep else None
    if found is None:
        found = _made(table, watch or progress.panel("Scanning shoulders"))
        if keep:
            _write(place, found)
    return found


def first(patients):
    """Pictures of a few people alone, without a bar: a Cohort. patients: rows of `people`."""
    return _made(patients, progress.Quiet())


def of_views(person, body, views):
    """One person in several views: a Cohort. person: a row of `people`; body: their Shoulder."""
    gain = float(np.random.default_rng([person.number, 82]).normal(0.0, 3.0))
    exact = {name: value for name, value in asdict(body).items() if name in EXACT}
    rows = [
        {"patient_id": person.patient_id, "image": number, "ill": body.ill,
         "machine": person.machine, "gain_db": gain, "tilt_deg": seen.tilt_deg,
         "slide_mm": seen.slide_mm, "anisotropy_db": seen.anisotropy_db, **exact}
        for number, seen in enumerate(views, start=1)
    ]  # fmt: skip
    levels = np.stack([_bytes(shoulder.levels(body, seen)) for seen in views])
    return Cohort(
        pd.DataFrame(rows), levels, np.stack([shoulder.mask(body, seen) for seen in views])
    )


def joined(parts):
    """Cohorts one after the other: a Cohort."""
    return Cohort(
        pd.concat([part.table for part in parts], ignore_index=True),
        np.concatenate([part.levels for part in parts]),
        np.concatenate([part.masks for part in parts]),
    )


def _made(patients, watch):
    parts = []
    watch.open("0 patients")
    for done, person in enumerate(patients.itertuples(), start=1):
        views = [shoulder.view(person.number, image) for image in range(1, IMAGES + 1)]
        parts.append(of_views(person, shoulder.draw(person.number, person.ill), views))
        watch.step(done / len(patients), f"{done} of {len(patients)} patients")
    watch.close(f"{len(parts)} patients, {IMAGES * len(parts)} pictures (synthetic)")
    return joined(parts)


def _bytes(levels):
    return np.clip(np.rint((levels - LOWEST_DB) / STEP_DB), 0, 255).astype(np.uint8)


def _read(place, patients):
    """The kept cohort, or None where there is none that can be read whole."""
    if not place.is_file():
        return None
    try:
        with np.load(place, allow_pickle=False) as kept:
            table = pd.read_json(io.StringIO(str(kept["table"])), orient="split")
            masks = np.unpackbits(kept["masks"]).reshape(kept["levels"].shape)
            found = Cohort(table, kept["levels"], masks)
    except (
        OSError,
        ValueError,
        KeyError,
        zipfile.BadZipFile,
    ):  # cut off while it was written, or another program's
        return None
    return found if list(found.patients.index) == list(patients.patient_id) else None


def _write(place, made):
    table = made.table.to_json(orient="split", double_precision=12)
    packed = np.packbits(made.masks)
    files.write_whole(
        place,
        lambda path: np.savez(path, table=np.array(table), levels=made.levels, masks=packed),
        replace=True,
    )
