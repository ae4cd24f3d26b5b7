"""Make sample_data/screening/cases.csv anew: `python tools/data/screening.py` (about 40 minutes on
one core). --check makes the first patients again and compares; --rows FILE keeps every patient in
FILE as soon as it is made, so that a build that was interrupted goes on.

What an automatic ejection fraction said of 1000 fresh SYNTHETIC patients, for the lessons on
decisions: who has an EF of 40 % or less? Each patient is scanned once with a pocket device in one of
two hospitals: two stills of the A4C view, end-diastole and end-systole, measured by `automatic`. The
hands are hurried, so a reading near 40 % is uncertain, as it is in a clinic. Hospital B has an older
machine with more noise, haze and blur, and views that are more often off-axis. No pictures are kept.

The probability of a reduced EF is logistic in the automatic EF, fitted by maximum likelihood on 100
other patients of Hospital A. It is on purpose not recalibrated for Hospital B.
"""

import argparse
import json
import sys
import warnings
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
import pandas
from scipy import optimize

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from course_utils.core import errors
from course_utils.ejection_fraction import automatic
from course_utils.simulate import ventricle
from tools.data import calves as shared
from tools.data import fresh_hearts, hearts

CASES, DEVELOPMENT = (20000, 1000), (30000, 100)  # first number, how many
REDUCED = 40.0  # per cent of EF
USUAL, SPREAD, RANGE = 47.0, 13.0, (15.0, 75.0)  # EF of who is screened: mean, SD, ends, per cent
HOSPITALS = ("Hospital A", "Hospital B")
HANDS = {"Hospital A": (7.0, 6.0), "Hospital B": (9.0, 7.0)}  # SD of a cut: degrees, mm
POCKET = 4.0  # dB of haze and noise that a pocket device has more than the sample cines
CHECKED, CLOSE = 3, 0.3  # patients that --check makes, and points of EF that they may differ by
COLUMNS = (
    "patient_id",
    "split",
    "hospital",
    "sex",
    "age",
    "bmi",
    "heart_rate",
    "ef_true",
    "ef",
    "refused",
    "reduced",
    "probability",
    "seed",
)


@dataclass(frozen=True)
class Stills(hearts.Clip):
    """Two frames of one beat: end-diastole, end-systole."""

    @property
    def times(self):
        """(2,) seconds."""
        moments = np.linspace(0, self.heart.rhythm[0][0], 400)
        least = int(np.argmin([self.heart.volume(moment) for moment in moments]))
        return np.array([0.5 * ventricle.ISOVOLUMIC, moments[least]])


def case(number, hospital=None):
    """One patient, scanned and measured: a row without the probability."""
    rng = np.random.default_rng([2025, number, 7])
    who = fresh_hearts.patient(number, float(np.clip(rng.normal(USUAL, SPREAD), *RANGE)))
    drawn = HOSPITALS[int(rng.integers(2))]
    bmi = float(np.clip(rng.normal(27.0, 4.5), 18.0, 42.0))
    split = "VAL" if rng.random() < 0.4 else "TEST"
    clip = fresh_hearts.filmed(stills(hearts.clips(who)[0], hospital or drawn, bmi))
    answer = automatic.auto_ef(clip, sex=who.sex, ed=0, es=1)
    truth = who.heart.ef
    return {
        "patient_id": f"S{number}",
        "split": split,
        "hospital": hospital or drawn,
        "sex": who.sex,
        "age": who.age,
        "bmi": round(bmi, 1),
        "heart_rate": who.heart.heart_rate,
        "ef_true": round(truth, 2),
        "ef": np.nan if answer.refused else round(answer.ef, 1),
        "refused": answer.refused,
        "reduced": truth <= REDUCED,
        "seed": number,
    }


def stills(clip, hospital, bmi):
    """The clip as this hospital records it: two stills, its machine and hands, and the patient's
    build (more haze and attenuation with a higher BMI).
    """
    rng = np.random.default_rng([2025, clip.patient.number, 6])
    machine, heavy, older = clip.machine, bmi - 27.0, hospital == HOSPITALS[1]
    machine = replace(
        machine,
        haze_db=machine.haze_db + 0.35 * heavy + (14.0 if older else POCKET),
        noise_db=machine.noise_db + 0.3 * heavy + (15.0 if older else POCKET),
        clutter_db=machine.clutter_db + (9.0 if older else 0.6 * POCKET),
        attenuation=machine.attenuation + 0.004 * heavy + (0.1 if older else 0.0),
        frequency_mhz=2.0 if older else machine.frequency_mhz,
        dynamic_range_db=68.0 if older else machine.dynamic_range_db,
    )
    tilt, offset = rng.normal(0.0, HANDS[hospital])
    view = replace(
        clip.view, tilt_deg=clip.view.tilt_deg + tilt, offset_mm=clip.view.offset_mm + offset
    )
    kept = {part.name: getattr(clip, part.name) for part in fields(clip)}
    return Stills(**(kept | {"view": view, "machine": machine, "frames": 2}))


def cases(numbers, hospital=None, rows=None):
    """Rows of these patients, as a table. rows: a file of JSON lines that holds those made before."""
    kept = [json.loads(line) for line in rows.read_text().splitlines()] if rows else []
    kept = {row["seed"]: row for row in kept}
    for number in numbers:
        if number not in kept:
            kept[number] = case(number, hospital)
            if rows:
                with open(rows, "a", encoding="utf-8") as file:
                    file.write(json.dumps(kept[number], default=lambda value: value.item()) + "\n")
    return pandas.DataFrame([kept[number] for number in numbers])


def fitted(table):
    """(intercept, slope) of the log odds of a reduced EF against the automatic EF: maximum
    likelihood.
    """
    used = table[~table["refused"]]
    ef, reduced = used["ef"].to_numpy() - REDUCED, used["reduced"].to_numpy(float)

    def misfit(line):
        score = line[0] + line[1] * ef
        # a little ridge keeps the slope finite where the two groups do not overlap
        return np.sum(np.logaddexp(0, score) - reduced * score) + 0.5 * line[1] ** 2

    return tuple(optimize.minimize(misfit, [0.0, -0.3], method="BFGS").x)


def probability(ef, line):
    """That the EF is 40 % or less, for automatic EFs in per cent."""
    return 1 / (1 + np.exp(-(line[0] + line[1] * (ef - REDUCED))))


def build(rows=None):
    """The table, with probabilities. rows: see `cases`."""
    first, count = DEVELOPMENT
    line = fitted(cases(range(first, first + count), HOSPITALS[0], rows))
    print(f"log odds = {line[0]:.3f} {line[1]:+.3f} x (EF - {REDUCED:g})")
    table = cases(range(CASES[0], CASES[0] + CASES[1]), rows=rows)
    table["probability"] = probability(table["ef"], line).round(4)
    for name, part in table.groupby("hospital"):
        error = (part["ef"] - part["ef_true"]).dropna()
        print(
            f"{name}: {len(part)} patients, {part['reduced'].mean():.0%} reduced, "
            f"{part['refused'].sum()} refused; error {error.abs().mean():.1f} points, bias "
            f"{error.mean():+.1f}; probability 0.05 to 0.95 in {part['probability'].between(0.05, 0.95).sum()}"
        )
    return table[list(COLUMNS)]


def check():
    """Sentences about patients who, made again, are not as the table says."""
    table = pandas.read_csv(shared.DATA / "screening" / "cases.csv", dtype={"patient_id": str})
    wrong = []
    for number in range(CASES[0], CASES[0] + CHECKED):
        row, made = table[table["seed"] == number].iloc[0], case(number)
        exact = [name for name in made if name != "ef" and row[name] != made[name]]
        if (
            row["refused"] == made["refused"]
            and not row["refused"]
            and abs(row["ef"] - made["ef"]) > CLOSE
        ):
            exact.append("ef")
        wrong += [
            f"{made['patient_id']}: {name} is {row[name]} in the table and {made[name]} now"
            for name in exact
        ]
    return wrong


def main(arguments=None):
    """Run the command; returns 0, or 1 if --check found a difference."""
    parser = argparse.ArgumentParser(description="Make the screening table anew.")
    parser.add_argument("--check", action="store_true", help="compare a few, write nothing")
    parser.add_argument("--rows", type=Path, help="keep patients here as they are made")
    choice = parser.parse_args(arguments)
    if choice.rows:
        choice.rows.touch()
    warnings.simplefilter("ignore", errors.CourseWarning)
    if choice.check:
        wrong = check()
        print("\n".join(wrong) or f"the first {CHECKED} patients are as in the table")
        return 1 if wrong else 0
    text = build(choice.rows).to_csv(index=False, lineterminator="\n")
    shared.save("screening", {"cases.csv": text.encode()})
    shared.write(shared.DATA / "manifest.json", shared.manifest().encode())
    print(f"wrote screening/cases.csv, {len(text)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
