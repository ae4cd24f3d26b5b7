"""How simulated muscle scans differ from real ones: `python tools/measure/look_alike.py FOLDER`.

FOLDER: real scans as for `real_muscle.py`; they are read, and nothing of them is kept but a sheet in
build/, which is not committed. Prints, as Markdown, for real scans, for the sample data and for the
randomised stills: the grey histogram, the size of the speckle along and across the beam near the
skin and deep, and how the edges run; then the AUC of a classifier that tells patches of real scans
from simulated ones (random forest on these numbers, five folds split by source image; 0.5 would be
no difference at all), the same for real scans of one make of screen against the other real ones, and
what it leans on.

build/look_blind.png is for a reader: parts of 20 real and 20 randomised scans, mixed, of one size.
build/look_blind.csv is the key; open it afterwards.
"""

import argparse
import itertools
import sys
import tempfile
import warnings
from pathlib import Path

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from course_utils import load
from course_utils.cases import samples
from course_utils.core import tables
from course_utils.segment import scans
from course_utils.simulate import ranges, varied
from tools.measure import real_muscle

SIZE, PATCH, COUNT = 256, 64, 12  # pixels of a scan and a patch, patches of a scan
WIDE = 150  # columns of a part for the blind sheet
LAGS = (1, 2, 3, 5, 8)
BINS = np.array([0.0, 0.02, 0.06, 0.12, 0.2, 0.3, 0.45, 0.65, 1.01])


def real(folder):
    """The real scans, cut: a list of float32 (256, 256), and the size of each one's file, which
    tells the makes of screen apart: a list of (rows, columns).
    """
    with tempfile.TemporaryDirectory() as scratch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cases = real_muscle.table(folder, scratch)
        sizes = [load.image(path).shape for path in tables.paths(cases)]
        return [_square(scans.read(cases, row).image) for row in range(len(cases))], sizes


def sampled(count):
    """Scans of the sample data with a muscle, evenly taken, cut: a list like `real`."""
    cases = samples.table("muscle_general")
    cases = cases[~cases["empty"]]
    cases = cases.iloc[:: max(1, len(cases) // count)].head(count)
    pairs = zip(tables.paths(cases), cases.to_dict("records"), strict=True)
    found = []
    for path, case in pairs:
        image = load.image(path)
        found.append(_square(scans.cut(image, scans.box(image, case)[0])))
    return found


def randomised(count, first=900_000):
    """Randomised stills of all families in turn: a list like `real`."""
    families = (None, *ranges.families())
    pictures = (varied.still(first + k, families[k % len(families)]).image for k in range(count))
    return [_square(picture.astype(np.float32) / 255) for picture in pictures]


def features(patch):
    """(F,) numbers of a patch: grey histogram, autocorrelation along and across, edge directions."""
    grey = np.histogram(patch, BINS)[0] / patch.size
    fine = patch - gaussian_filter(patch, 6)
    power = (fine**2).mean() + 1e-9
    along = [(fine[lag:] * fine[:-lag]).mean() / power for lag in LAGS]
    across = [(fine[:, lag:] * fine[:, :-lag]).mean() / power for lag in LAGS]
    down, right = np.gradient(gaussian_filter(patch, 1.0))
    angle = np.degrees(np.arctan2(down, right)) % 180.0
    edges = np.histogram(angle, np.linspace(0, 180, 10), weights=np.hypot(down, right))[0]
    edges = edges / max(edges.sum(), 1e-9)
    skew = ((patch - patch.mean()) ** 3).mean() / (patch.std() ** 3 + 1e-9)
    return np.concatenate([grey, [patch.mean(), patch.std(), skew], along, across, edges])


def names():
    """What the numbers of `features` are called, in their order."""
    grey = [f"grey {a:g} to {b:g}" for a, b in itertools.pairwise(BINS)]
    lags = [f"speckle {way}, lag {lag}" for way in ("along", "across") for lag in LAGS]
    edges = [f"edges at {low} to {low + 20} degrees" for low in range(0, 180, 20)]
    return [*grey, "mean", "SD", "skew", *lags, *edges]


def giveaways(first, second, count=5):
    """The numbers of a patch that differ most, as AUC each alone: [(name, AUC from 0.5)]."""
    rows, truth, _ = _patches(first, second, seed=0)
    found = [roc_auc_score(truth, column) for column in rows.T]
    found = [(name, max(value, 1 - value)) for name, value in zip(names(), found, strict=True)]
    return sorted(found, key=lambda pair: -pair[1])[:count]


def auc(first, second, seed=0):
    """How well a forest tells patches of `first` from `second`, split by source image: AUC."""
    rows, truth, source = _patches(first, second, seed)
    forest = RandomForestClassifier(150, min_samples_leaf=3, class_weight="balanced",
                                    random_state=seed)  # fmt: skip
    folds = GroupKFold(5, shuffle=True, random_state=seed)
    said = cross_val_predict(forest, rows, truth, groups=source, cv=folds, method="predict_proba")
    return roc_auc_score(truth, said[:, 1])


def _patches(first, second, seed):
    """(N, F) numbers of patches, whether each is of `first`, and its source image."""
    rng = np.random.default_rng(seed)
    rows, truth, source = [], [], []
    for number, image in enumerate([*first, *second]):
        for _ in range(COUNT):
            top, left = rng.integers(0, SIZE - PATCH, 2)
            rows.append(features(image[top : top + PATCH, left : left + PATCH]))
            truth.append(int(number < len(first)))
            source.append(number)
    return np.array(rows), np.array(truth), np.array(source)


def blind(real_ones, made, seed=0, count=20):
    """Parts of real and made scans, mixed: (a picture, which of them are real (2 * count,))."""
    rng, cells = np.random.default_rng(seed), []
    for images in (real_ones, made):
        for number in range(count):
            image = images[number % len(images)]
            left = int(rng.integers(0, SIZE - WIDE + 1))
            part = image[:, left : left + WIDE]
            cells.append(part[:, ::-1] if rng.random() < 0.5 else part)
    order = rng.permutation(2 * count)
    mixed = [cv2.resize(cells[k], (200, 340), interpolation=cv2.INTER_CUBIC) for k in order]
    shown = [np.round(255 * np.clip(one, 0, 1)).astype(np.uint8) for one in mixed]
    for number, one in enumerate(shown):
        cv2.putText(one, str(number), (4, 334), cv2.FONT_HERSHEY_PLAIN, 1.4, 255, 2)
    rows = [np.hstack(shown[start : start + 10]) for start in range(0, 2 * count, 10)]
    return np.vstack(rows), order < count


def texture(images):
    """The numbers of a set that are printed: {what: median over images}."""
    found = {"median grey": [], "black, share": [], "white, share": []}
    for image in images:
        found["median grey"].append(np.median(image))
        found["black, share"].append((image < 0.02).mean())
        found["white, share"].append((image > 0.95).mean())
        for name, part in (("near", image[32:128]), ("deep", image[160:])):
            fine = part - gaussian_filter(part, 6)
            for way, axis in (("along", 0), ("across", 1)):
                found.setdefault(f"speckle {way} the beam, {name}, px", []).append(
                    _width(fine, axis)
                )
        down, right = np.gradient(gaussian_filter(image, 1.0))
        weight = np.hypot(down, right)
        lying = np.abs(np.degrees(np.arctan2(down, right)) % 180.0 - 90.0) < 20.0
        found.setdefault("edges within 20 degrees of the skin, share", []).append(
            weight[lying].sum() / max(weight.sum(), 1e-9)
        )
    return {name: np.percentile(values, (25, 50, 75)) for name, values in found.items()}


def sheet(images):
    """Pictures in rows of five."""
    cells = [np.round(255 * image).astype(np.uint8) for image in images]
    cells += [np.zeros_like(cells[0])] * (-len(cells) % 5)
    return np.vstack([np.hstack(cells[start : start + 5]) for start in range(0, len(cells), 5)])


def _square(image):
    return cv2.resize(image, (SIZE, SIZE), interpolation=cv2.INTER_AREA)


def _width(fine, axis):
    """Full width at half maximum of the autocorrelation, in pixels."""
    moved = np.moveaxis(fine, axis, 0)
    values = [1.0] + [(moved[k:] * moved[:-k]).mean() / (fine**2).mean() for k in range(1, 25)]
    below = int(np.argmax(np.array(values) < 0.5)) or 24
    share = (values[below - 1] - 0.5) / (values[below - 1] - values[below])
    return 2.0 * (below - 1 + share)


def main(arguments=None):
    """Run the command; returns 0."""
    parser = argparse.ArgumentParser(description="Compare simulated muscle scans with real ones.")
    parser.add_argument("folder", type=Path, help="a folder with images and masks")
    parser.add_argument("--count", type=int, default=20, help="pictures of each simulated kind")
    choice = parser.parse_args(arguments)
    found, sizes = real(choice.folder)
    kinds = {
        "real": found,
        "sample data": sampled(choice.count),
        "randomised": randomised(choice.count),
    }
    (ROOT / "build").mkdir(exist_ok=True)
    for name, images in kinds.items():
        cv2.imwrite(str(ROOT / "build" / f"look_{name.replace(' ', '_')}.png"), sheet(images))
    mixed, truth = blind(found, kinds["randomised"])
    cv2.imwrite(str(ROOT / "build" / "look_blind.png"), mixed)
    np.savetxt(ROOT / "build" / "look_blind.csv", np.column_stack([np.arange(len(truth)), truth]),
               "%d", ",", header="number,real", comments="")  # fmt: skip
    told = {name: texture(images) for name, images in kinds.items()}
    print(f"| median (quartiles) | {' | '.join(kinds)} |\n|---|{'---:|' * len(kinds)}")
    for what in told["real"]:
        cells = (f"{m:.2f} ({a:.2f} to {b:.2f})" for a, m, b in (told[k][what] for k in kinds))
        print(f"| {what} | {' | '.join(cells)} |")
    for name in ("sample data", "randomised"):
        _print_auc("Real", kinds["real"], name, kinds[name])
        told = ", ".join(
            f"{what} {value:.2f}" for what, value in giveaways(kinds["real"], kinds[name])
        )
        print(f"each number alone: {told}")
    for size in sorted(set(sizes)):
        own = [image for image, other in zip(kinds["real"], sizes, strict=True) if other == size]
        rest = [image for image, other in zip(kinds["real"], sizes, strict=True) if other != size]
        if min(len(own), len(rest)) >= 4:
            _print_auc(f"Real of {size[1]} x {size[0]} pixels", own, "other real", rest)
    return 0


def _print_auc(one, first, other, second):
    values = [auc(first, second, seed) for seed in range(3)]
    print(f"\n{one} against {other}: AUC {np.mean(values):.3f} (three seeds: "
          f"{', '.join(f'{value:.3f}' for value in values)}; {len(first)} and "
          f"{len(second)} images)")  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
