"""Make sample_data/screening/cases.csv anew: `python tools/data/screening.py` (about 20 minutes on
one core). --check makes the first patients again and compares.

What an automatic ejection fraction said of 300 fresh SYNTHETIC patients, for lesson 08: who has an
EF of 40 % or less? Each patient is filmed once (A4C, one beat, 16 frames) in one of two hospitals
and measured by `automatic`. Hospital A has the machine of the sample cines and steady hands;
Hospital B an older machine, with more noise, haze and blur, and views that are more often off-axis.
No pictures are kept.

The probability of a reduced EF is logistic in the automatic EF, fitted by maximum likelihood on 60
other patients of Hospital A. It is on purpose not recalibrated for Hospital B.
"""

import argparse
import sys
import time
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas
from scipy import optimize

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from course_utils.core import errors
from course_utils.ejection_fraction import automatic
from tools.data import calves as shared
from tools.data import (
    fresh_hearts,
    hearts,
)

CASES, DEVELOPMENT = (4000, 300), (3000, 60)  # first number, how many
FRAMES, BEFORE, SECONDS = 16, 0.08, 1.2  # of a clip; start and length in beats
REDUCED, PREVALENCE = 40.0, 0.27  # per cent of EF; share of patients drawn at or below it
HOSPITALS = ("Hospital A", "Hospital B")
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


def case(number, hospital=None):
    """One patient, filmed and measured: a row without the probability."""
    rng = np.random.default_rng([2025, number, 7])
    who = fresh_hearts.patient(number, drawn_ef(rng))
    drawn = HOSPITALS[int(rng.integers(2))]
    bmi = float(np.clip(rng.normal(27.0, 4.5), 18.0, 42.0))
    split = "VAL" if rng.random() < 0.4 else "TEST"
    clip = fresh_hearts.filmed(short(hearts.clips(who)[0], hospital or drawn, bmi))
    answer = automatic.auto_ef(clip, sex=who.sex)
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


def drawn_ef(rng):
    """An EF in per cent as a clinic sees it: most normal, some mildly reduced, some reduced."""
    kind = rng.random()
    if kind < PREVALENCE:
        return float(rng.uniform(20.0, 39.5))
    if kind < PREVALENCE + 0.2:
        return float(rng.uniform(40.5, 52.0))
    return float(np.clip(rng.normal(60.0, 6.0), 45.0, 74.0))


def short(clip, hospital, bmi):
    """The clip as this hospital records it: one beat in 16 frames, its machine and hands, and the
    patient's build (more haze and attenuation with a higher BMI).
    """
    rng, rr = np.random.default_rng([2025, clip.patient.number, 6]), clip.heart.rhythm[0][0]
    machine, heavy, older = clip.machine, bmi - 27.0, hospital == HOSPITALS[1]
    machine = replace(
        machine,
        haze_db=machine.haze_db + 0.35 * heavy + (14.0 if older else 0.0),
        noise_db=machine.noise_db + 0.3 * heavy + (15.0 if older else 0.0),
        clutter_db=machine.clutter_db + (9.0 if older else 0.0),
        attenuation=machine.attenuation + 0.004 * heavy + (0.1 if older else 0.0),
        frequency_mhz=2.0 if older else machine.frequency_mhz,
        dynamic_range_db=68.0 if older else machine.dynamic_range_db,
    )
    tilt, offset = rng.normal(0.0, (6.0, 5.0) if older else (3.0, 3.0))
    view = replace(
        clip.view, tilt_deg=clip.view.tilt_deg + tilt, offset_mm=clip.view.offset_mm + offset
    )
    return replace(
        clip,
        view=view,
        machine=machine,
        fps=FRAMES / (SECONDS * rr),
        start=-BEFORE * rr,
        frames=FRAMES,
    )


def cases(numbers, hospital=None):
    """Rows of these patients, as a table."""
    rows, start = [], time.perf_counter()
    for number in numbers:
        rows.append(case(number, hospital))
        if number % 20 == 19:
            print(f"{len(rows)} patients, {time.perf_counter() - start:.0f} s", flush=True)
    return pandas.DataFrame(rows)


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


def build():
    """The table, with probabilities."""
    first, count = DEVELOPMENT
    line = fitted(cases(range(first, first + count), HOSPITALS[0]))
    print(f"log odds = {line[0]:.3f} {line[1]:+.3f} x (EF - {REDUCED:g})")
    table = cases(range(CASES[0], CASES[0] + CASES[1]))
    table["probability"] = probability(table["ef"], line).round(4)
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
    choice = parser.parse_args(arguments)
    warnings.simplefilter("ignore", errors.CourseWarning)
    if choice.check:
        wrong = check()
        print("\n".join(wrong) or f"the first {CHECKED} patients are as in the table")
        return 1 if wrong else 0
    text = build().to_csv(index=False, lineterminator="\n")
    shared.save("screening", {"cases.csv": text.encode()})
    shared.write(shared.DATA / "manifest.json", shared.manifest().encode())
    print(f"wrote screening/cases.csv, {len(text)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
