# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 15 · Now mine: what is in my folder, and what may I claim?
#
# A folder of your own images and outlines, from the first look to a model card. The code is the code of the earlier lessons. What is new is the folder: it will
# contain things that you do not expect, and the first half of this lesson is about finding them.
#
# **Time** 30 minutes reading, 60 minutes doing · **You need** lessons 04 and 08, and a folder if you have one · **This is a course, not a medical device: not for diagnosis.**
#
# After this lesson you can:
#
# - check a folder for wrong pairs, twins, identifiers and missing patients, without changing a file in it;
# - run the lessons of this course on it by one parameter;
# - train, judge by patient, and say when the honest answer is *stop*;
# - write a model card that hides nothing.

# %% tags=["setup"]
import sys
sys.path[:0] = ["..", "../.."]
from course_utils.checks import your_own_data as check

# %% [markdown]
# The settings of this page. Without a folder of your own, a practice folder is made, with the usual faults in it.

# %% tags=["parameters"]
# Your folder, such as "/home/anna/nerve_images" or r"C:\Users\anna\nerve_images".
FOLDER = ""
# Set this to False only if every image came from a real scanner.
SYNTHETIC = True
# Where the results go, such as "my_results". Empty: a temporary folder.
RESULTS = ""
# Limits, written down before you look: the Dice that would be of use, and the worst that could be borne.
NEEDED, WORST_ALLOWED = 0.90, 0.70
SECONDS = 20
SEED = 1
# "all" trains on all graphics cards of this computer; None on one device.
DEVICES = None

# %% [markdown]
# ## Before anything is opened
#
# On Binder nothing of yours may be uploaded: those servers are public. On your own computer the images stay where they are. Whether you *may* use them is a question
# for your hospital, and no program can answer it.

# %%
check.gate.ask()

# %% [markdown]
# ## What is in the folder?
#
# The practice folder holds **synthetic** muscle scans, saved the way people save things.

# %%
# NBVAL_CHECK_OUTPUT
from course_utils.segment import results
from course_utils.your_own_data import practice

folder = FOLDER or practice.folder(seed=SEED)
for line in practice.listing(folder, 8):
    print(line)

# %% [markdown]
# **Predict.** Eight names. How would you tell which file belongs to which, and who is the patient?

# %%
from course_utils.your_own_data import check as your_data

report = your_data.inspect(folder)
report

# %% [markdown]
# **Read.** Nothing in the folder was moved or changed. The report says which files are pairs, which are left over, and what looks wrong. *Stop* comes first: with one
# of these nobody can promise an honest test.
#
# Read the line about patients again. For one image nothing says who is on it. And one picture stands there under three names, two of them with a mask: split by name, it
# could be on both sides.

# %% [markdown]
# ### Your turn · press
#
# The same checker as a form: put the folder in (it is already there), and press *Check*.

# %%
form = your_data.panel(folder)
form

# %% [markdown]
# Then run this.

# %% tags=["exercise"]
### BEGIN SOLUTION
form.check()
### END SOLUTION
check.inspected(form)

# %% [markdown]
# ## Put it right, outside the course
#
# Files are put right by a person, in a *copy*. For the practice folder this has been done: the doubles, the halves and the broken file are gone. With a folder of your
# own, do it by hand, put the new folder into the first cell, and start again.

# %%
if not FOLDER:
    folder = practice.tidied(folder)
report = your_data.inspect(folder)
results.say(*report.summary.splitlines())

# %% [markdown]
# No *stop* is left. What still needs your eye:

# %%
report.problems[["level", "kind", "file"]].head(12)

# %% [markdown]
# **Read.** Writing in the picture can be a name or a date, and a picture travels with every report. Here it is invented. In yours it may not be: lesson 01 removes it.

# %% [markdown]
# ## Who is a patient?
#
# The most important column is the one that your folder does not have. The checker guesses it from folders, from names, from DICOM, and says how it guessed.

# %%
print(report.patients.how)
report.table.groupby("patient_id").size()

# %% [markdown]
# ### Your turn · change
#
# A colleague's folder has 60 images, named `img_001` to `img_060`. Each patient gave a left and a right sweep of ten frames. How many patients stand in the results
# sentence?

# %% tags=["exercise"]
how_many = ...
### BEGIN SOLUTION
how_many = 3
### END SOLUTION
check.how_many(how_many)

# %% [markdown]
# ## The manifest
#
# Everything that can be used goes into one table, `cases.csv`: the *manifest*. Lessons 04, 05, 07 and 08 take its path as `DATA`, and run on it. Lesson 06 needs clips.

# %%
from pathlib import Path
from tempfile import mkdtemp

place = Path(RESULTS or mkdtemp(prefix="results-")).absolute()
place.mkdir(exist_ok=True)
manifest = report.manifest(place / "cases.csv", converted=place / "masks")
print(manifest)

# %% [markdown]
# Read it back, as any lesson would.

# %%
# NBVAL_CHECK_OUTPUT
from course_utils.cases import samples

cases = samples.table(manifest)
print(f"{cases.patient_id.nunique()} patients, {len(cases)} images")

# %% [markdown]
# ## Split, and prove it
#
# By patient, as always, and with the guard that looks for twins. Images without any muscle are set aside: they would need a test of their own.

# %%
from course_utils.cases import split

usable = cases[~cases["empty"]]
train, validation, test = split.by_patient(usable, (0.4, 0.2, 0.4), seed=SEED)
clean = split.assert_no_leak(train, validation, test)
print(f"{len(cases) - len(usable)} images without muscle set aside")

# %% [markdown]
# **Read.** No complaint is good news. In the folder as it was, the guard would have stopped here: one picture stood under two names, on two sides.
#
# ## Train, from what is there
#
# A few dozen images cannot teach a network from nothing. So we go on from a small one that knows muscle, as in lesson 05. For another organ, start with
# `models.unet()` and more images.

# %%
from course_utils import segment
from course_utils.evaluate import metrics
from course_utils.segment import models, training

network = models.load(samples.model("unet_scanner_b"))
before = metrics.per_patient(segment.evaluate(network, validation)).dice.mean()

# %% [markdown]
# What it scores before, on validation patients and a scanner that it does not know, is what the training has to beat. Nobody looks at the test patients yet.

# %%
run = training.train(
    network, train, validation, seconds=SECONDS, learning_rate=1e-3, seed=SEED,
    batch=4, folder=place / "training", devices=DEVICES,
)

# %% [markdown]
# Why it stopped, and how far it came:

# %%
print(run.why)
print(f"validation Dice {before:.2f} before, {run.history.val_dice.max():.2f} at best")

# %% [markdown]
# ## Judge it
#
# **Predict.** With so few test patients: how wide will the interval be?

# %%
from course_utils import evaluate

scores = segment.evaluate(run.model, test)
patients = metrics.per_patient(scores)
dice = evaluate.bootstrap(patients.dice, seed=SEED)
floor = segment.floor(train, test)

# %% [markdown]
# The sentence, and the floor: the mean mask, which looks at nobody.

# %%
results.say(evaluate.sentence("Dice", dice, len(scores), synthetic=SYNTHETIC))
print(f"floor {floor:.2f}")

# %% [markdown]
# **Read.** Look at the number of patients before you look at the interval. A narrow one from a handful of patients is the trap: they cannot show how patients differ.
#
# The best, the median and the worst case. The worst one is the one to remember.

# %%
results.cases(run.model, test, scores)

# %% [markdown]
# ## When to stop
#
# Some results mean that the model should not be used, whatever the average says. The limits stand in the first cell, where they were written down before anyone looked.

# %%
from course_utils.your_own_data import model_card, stop_rules

groups = model_card.subgroups(scores, by=("device",))
stop = stop_rules.check(
    len(patients), SYNTHETIC, dice, needed=NEEDED, floor=floor, worst=patients.dice.min(),
    worst_allowed=WORST_ALLOWED, groups=groups, leaks=clean, refused=(0, len(patients)),
    slope=False, ece=False, looks=1, elsewhere=False,
)
results.say(stop_rules.verdict(stop))

# %% [markdown]
# Three things the program cannot know, so they are written there by hand: the network always gives an answer (`refused`), it was tested in one place (`elsewhere`), and
# the test patients were looked at once (`looks`). If you run this page a second time with other settings, write 2.
#
# Rule by rule:

# %%
stop[["rule", "found", "limit", "verdict"]]

# %% [markdown]
# **Read.** Synthetic images, or too few patients, are reason enough to stop, and an interval from fewer than five counts for nothing. If nobody fails among 30 patients, up to one in
# ten may still fail.
#
# > **At the bedside.** 'Not yet' is the commonest honest result in this field, and the one least often published.
#
# ## The model card
#
# One page that travels with the weights: what it is for, what it is not for, whom it was tested on, how sure that is, and where it fails.
#
# ### Your turn · write
#
# Write one sentence, ten words or more, that says what your model is for, in whom, and for whom. Put it between quotes, and claim no more than you have tested.

# %% tags=["exercise"]
intended_use = ...
### BEGIN SOLUTION
intended_use = "Outlining the calf muscle in synthetic training images, by learners of this course."
### END SOLUTION
check.intended_use(intended_use)

# %% [markdown]
# The rest is filled in from what was measured, and not from memory.

# %%
card = model_card.Card(
    name="my first model", intended_use="" if intended_use is ... else intended_use,
    parts={"train": train, "validation": validation, "test": test}, synthetic=SYNTHETIC,
    patients_from=report.patients.how, results=model_card.results(scores),
    weights=run.best_dice, stop=stop,
)
results.say("still missing: " + "; ".join(card.missing()))

# %% [markdown]
# **Read.** It will not let you forget. Some of it only you can say; fill in the rest in the same way.

# %%
card.not_intended_use = "Any decision about a patient; other muscles; other scanners."
card.limits = [f"tested on {len(patients)} patients of one folder"]
card.groups = groups

# %% [markdown]
# The pictures of failures go with the card. Writing in them is made black where it is found. With scans of your own, look at every one for a name, a date or a number
# first.

# %%
card.failures = model_card.failures(run.model, test, scores, synthetic=SYNTHETIC)
card

# %% [markdown]
# It is written twice, as Markdown and as a web page that needs nothing else, beside the weights.

# %%
print(*card.write(place), run.best_dice, sep="\n")

# %% [markdown]
# And the checklist for a report, TRIPOD+AI, with what this page knows filled in. To fill in the rest, put `audit` alone into a cell.

# %%
from course_utils.evaluate import checklists

audit = checklists.form("TRIPOD+AI", card.facts())
print(audit.counts())
print(audit.export(place / "tripod_ai.md"))

# %% [markdown]
# ## Other people's folders
#
# Five public sets can be read from a folder that you have downloaded under their licence. Each has a trap. This is what the course says about them.

# %%
from course_utils import public_data

public_data.known()

# %% [markdown]
# **Read.** `public.busi("folder")` and its sisters give the same kind of table, with the traps handled and everything left out listed in
# `table.attrs["left_out"]`.
#
# ## Where this breaks
#
# - **Nobody knows the patient.** Without that column, every interval in this lesson is a guess.
# - **Your own outlines.** They are one reader's. Have twenty images outlined twice, and report what you differ by.
# - **Names in the pixels.** The checker finds text that it can find. Look at the pictures yourself.
# - **One hospital.** A model that was made and tested in one place has been tested in one place.
#
# ## Quiz
#
# Three questions, with a reply for each answer.

# %%
check.quiz_1.ask()

# %% [markdown]
# The second is about twins.

# %%
check.quiz_2.ask()

# %% [markdown]
# The third is about stopping.

# %%
check.quiz_3.ask()

# %% [markdown]
# Your results so far, kept on this computer only:

# %%
from course_utils.checks import progress

progress.table("15_your_own_data")

# %% [markdown]
# ## Summary
#
# - Check the folder before you train. The checker changes nothing in it.
# - The patient column decides what every later number is worth.
# - One manifest, and every lesson runs on your images.
# - A stop rule that you wrote down before is worth more than a good average.
# - The model card travels with the weights.
#
# ## Words
#
# | word | what it means here |
# |---|---|
# | manifest | a table with one row for each image: where it is, its mask, whose it is |
# | orphan | an image without a mask, or a mask without an image |
# | near-duplicate | two files that show nearly the same picture |
# | model card | one page that says what a model is for, how it was tested, and where it fails |
# | hash | a fingerprint of a file: change one bit, and it is another one |
#
# ## References
#
# - Mitchell and others, Model cards for model reporting, 2019. [doi:10.1145/3287560.3287596](https://doi.org/10.1145/3287560.3287596)
# - Collins and others, TRIPOD+AI, 2024. [doi:10.1136/bmj-2023-078378](https://doi.org/10.1136/bmj-2023-078378)
# - Pawlowska and others, Curated benchmark dataset for ultrasound based breast lesion analysis, 2024.
#   [doi:10.1038/s41597-024-02984-z](https://doi.org/10.1038/s41597-024-02984-z)
# - Heuvel and others, Automated measurement of fetal head circumference (HC18), 2018.
#   [doi:10.1371/journal.pone.0200412](https://doi.org/10.1371/journal.pone.0200412)
#
# ## Next
#
# This is the last lesson so far. Go back to [lesson 04](04_segment.ipynb) and put the path of your `cases.csv` into its first cell.
