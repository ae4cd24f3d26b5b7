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
# ![The best case of a test: the scan, and truth and network as outlines.](attachment:15_your_own_data.webp)
#
# *The practice folder, at the end: a split, a network, a judged outline.*
#
# **Time** 8 minutes reading, 60 minutes doing · **You need** lessons 04 and 08, and a folder if you have one · **This is a course, not a medical device: not for diagnosis.**
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
from importlib.util import find_spec
assert find_spec("course_utils"), "This page needs its course around it: get the whole folder, as its README says."
from course_utils.checks import your_own_data as check, progress
progress.begin("15_your_own_data")

# %% [markdown]
# The settings of this page. Without a folder of your own, a practice folder is made, with the usual faults in it.

# %% tags=["parameters"]
# Your folder, such as "/home/anna/nerve_images" or r"C:\Users\anna\nerve_images".
FOLDER = ""
# Who is the patient, where the guess is wrong: a pattern such as "visit*/{patient}_*", or a column.
PATIENTS = ""
# Set this to False only if every image came from a real scanner.
SYNTHETIC = True
# Limits, written down before you look: the Dice that would be of use, and the worst that could be borne.
NEEDED, WORST_ALLOWED = 0.90, 0.70
# How often every training image is seen, and the seed, with which this computer repeats itself.
EPOCHS = 12
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
# Without a folder of your own, a practice folder is made now: **synthetic** scans, saved the way people save things.

# %%
from course_utils import show
from course_utils.your_own_data import practice

folder = FOLDER or practice.folder(seed=SEED)
print(*practice.listing(folder, 8), sep="\n")

# %% [markdown]
# **Predict.** How would you tell which file belongs to which, and who is the patient?

# %%
from course_utils.checks.predict import predict

who = predict("Will the checker be sure of every patient in this folder?",
              "yes, the names say it", "no, at least one image stays open")
who

# %% [markdown]
# Now the checker. It opens every file once.

# %%
# CLAIM: bool(FOLDER) or not report.ok
# CLAIM: bool(FOLDER) or not report.patients.certain
from course_utils import your_own_data

report = your_own_data.inspect(folder, patients=PATIENTS)
report

# %% [markdown]
# Was your guess right?

# %%
who.read("It was sure of all of them." if report.patients.certain else
         "It was not. What it cannot tell, it asks: the line about patients says how to answer.")

# %% [markdown]
# **Read.** Nothing in the folder was moved or changed. The report says which files are pairs, which are left over, and what looks wrong. *Stop* comes first: with one
# of these nobody can promise an honest test. A visit, a day, a reader or a site is never taken for a patient; a date is never certain.
#
# ### Your turn · press
#
# The same checker as a form: put the folder in (it is already there), and press *Check*. The second field says who is the patient, where the guess is wrong.

# %%
form = your_own_data.panel(folder)
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
# own, do it by hand, put the new folder into the second cell, and start again.

# %%
# CLAIM: bool(FOLDER) or report.ok
if not FOLDER:
    folder = practice.tidied(folder)
report = your_own_data.inspect(folder, patients=PATIENTS)
show.say(*report.summary.splitlines())

# %% [markdown]
# What still needs your eye, the gravest first:

# %%
report.problems[["level", "kind", "file"]].head(8)

# %% [markdown]
# **Read.** Writing in a picture can be a name or a date, and a picture travels with every report. In the practice folder it is invented. In yours it may not be: lesson 01 removes it.
#
# ## Who is a patient?
#
# The most important column is the one that your folder does not have. Here is what the checker took for it, and how many images each patient has.

# %%
print(report.patients.how)
report.table.groupby("patient_id").size().rename("images").to_frame().T

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
# It is written into your own folder for this course, and never over an older one.

# %%
# CLAIM: len(cases) == len(report.table)
from datetime import datetime
from course_utils.cases import samples
from course_utils.core import files, plurals

place = files.my_work(f"my_folder/{datetime.now():%Y-%m-%d %H.%M.%S}/cases.csv").parent
manifest = report.manifest(place / "cases.csv", converted=place / "copies")
cases = samples.table(manifest)
show.say(f"{plurals.count(cases.patient_id.nunique(), 'patient')}, {plurals.count(len(cases), 'image')}.")

# %% [markdown]
# ## Split, and train from what is there
#
# By patient, as always. Images in which nothing is marked are set aside: they would need a test of their own. A few dozen images cannot teach a network from nothing, so we go
# on from one that knows muscle, as in lesson 05. For another organ, start with `models.unet()` and more images.

# %%
# CLAIM: len(usable) == len(train) + len(validation) + len(test)
from course_utils.cases import split

usable = cases[~cases["empty"]]
train, validation, test = split.by_patient(usable, (0.3, 0.2, 0.5), seed=SEED)
network, whose = practice.start(bool(FOLDER))
show.say(whose, f"Set aside: {plurals.count(len(cases) - len(usable), 'image')} without a mark.")

# %% [markdown]
# What it scores before, on validation patients, and the floor that needs no network, are what the training has to beat. Nobody looks at the test patients yet.

# %%
from course_utils import segment
from course_utils.segment import training

before = segment.score(network, validation).groupby("patient_id").dice.mean().mean()
floor = segment.floor(train, validation)
run = training.train(network, train, validation, epochs=EPOCHS, learning_rate=1e-3,
                     seed=SEED, batch=min(4, len(train)), devices=DEVICES)

# %% [markdown]
# How far did it come? If it was stopped early, or does not beat the floor, the next line says so, and the rest of the page is about that network.

# %%
# CLAIM: len(run.history) <= EPOCHS
network, history, said = segment.standing("", run.model, run.history, EPOCHS, floor, manifest, "")
show.say(said.replace(" There is no stored run for this set and seed: what follows is about this network.", ""),
          f"Before the training it was {before:.2f} ({plurals.count(validation.patient_id.nunique(), 'validation patient')}).",
          "" if history.val_dice.max() > before else "The training has not made it better.")

# %% [markdown]
# **Read.** `training.train` is Keras' own `compile` and `fit` with a few callbacks. Open it, and you can read everybody else's code.

# %%
from course_utils.show import source

source.show(training.train)

# %% [markdown]
# ## Judge it, once
#
# **Predict.** With so few test patients: how wide will the interval be?

# %%
wide = predict("How far apart will the ends of the interval be?",
               "less than 0.02", "between 0.02 and 0.10", "more than 0.10")
wide

# %% [markdown]
# `judge` lets the guard look for twins and shared patients, opens the test patients, counts that it did, and scores them.

# %%
# CLAIM: 0 <= result.interval().estimate <= 1
# CLAIM: result.looks is None or result.looks >= 1
result = your_own_data.judge(network, train, validation, test, synthetic=SYNTHETIC)
show.say(result.sentence(seed=SEED), f"The floor on the same patients is {result.floor:.2f}.",
          "" if report.patients.certain or split.told(cases) else "Who is who is a guess, so the number of patients is one, too.",
          split.told(cases))

# %% [markdown]
# And the width that you guessed:

# %%
dice = result.interval(seed=SEED)
wide.read(f"Its ends are {dice.high - dice.low:.2f} apart." if dice.low == dice.low else
          f"There is none. {dice.method.capitalize()}.")

# %% [markdown]
# **Read.** Look at the number of patients before you look at the interval. A narrow one from a handful of patients is the trap: they cannot show how patients differ.
#
# Which outlines should nobody take over unseen? Each is asked what it gives away itself, without the truth; how sure good ones of this network are, its validation patients say.

# %%
# CLAIM: result.scores.expected.between(0, 1).all() and 0 < sure < 1
from course_utils.segment import doubts

sure = doubts.limit(segment.score(network, validation))
show.say(doubts.told(result.scores, sure))

# %% [markdown]
# **Read.** Look at those first. Where nearly all doubt themselves, the limit, which rests on a handful of validation patients, sorts nothing: then look at all. An outline that does not doubt itself may be wrong all the same.
#
# The best, the median and the worst case. The worst one is the one to remember.

# %% tags=["picture"]
segment.pictures.cases(network, test, result.scores, kind="synthetic" if SYNTHETIC else "real")

# %% [markdown]
# ## When to stop
#
# Some results mean that the model should not be used, whatever the average says. The limits stand in the second cell, where they were written down before anyone looked.
# Everything else comes from `result`: nobody types a number into this list.

# %%
# CLAIM: len(result.patients) >= 30 or "stop" in set(stop.verdict)
# CLAIM: stop.verdict[stop.rule == "calibration slope"].item() == "not asked"
from course_utils.your_own_data import stop_rules

stop = stop_rules.check(result, needed=NEEDED, worst_allowed=WORST_ALLOWED)
show.say(stop_rules.verdict(stop))

# %% [markdown]
# Rule by rule:

# %%
stop[["rule", "found", "limit", "verdict"]]

# %% [markdown]
# **Read.** Three words are not *pass*. 'Not known' is what nobody looked at. 'Not asked' is a question that did not arise: an outline states no probability that anyone acts on. And a test set that was opened
# more than once (run this page twice, and the count goes up) has become a validation set. If nobody fails among 30 patients, up to one in ten may still fail.
#
# > **At the bedside.** 'Not yet' is the commonest honest result in this field, and the one least often published.
#
# ## The model card
#
# One page that travels with the weights: what it is for, what it is not for, whom it was tested on, how sure that is, and where it fails.
#
# ### Your turn · write
#
# Say in three short texts, between quotes, what your model does, in whom, and who uses it. Claim no more than you have tested: a claim that begins with 'not' is still a claim.

# %% tags=["exercise"]
what, in_whom, by_whom = ..., ..., ...
### BEGIN SOLUTION
what = "Outlining what the masks of this folder mark" if FOLDER else "Outlining the calf muscle"
in_whom = "synthetic scans of this course" if SYNTHETIC else "scans of one folder"
by_whom = "learners of this course"
### END SOLUTION
check.intended_use(what, in_whom, by_whom, synthetic=SYNTHETIC, folder=FOLDER)

# %% [markdown]
# The rest is filled in from what was measured, and not from memory.

# %%
# CLAIM: len(card.missing()) > 0
from course_utils.your_own_data import model_card

card = model_card.Card("my first model", result, patients_from=report.patients.how,
                       weights=run.best_dice, stop=stop)
if ... not in (what, in_whom, by_whom):
    card.intended_use = model_card.IntendedUse(what, in_whom, by_whom)
show.say("still missing: " + "; ".join(card.missing()))

# %% [markdown]
# **Read.** It will not let you forget. Some of it only you can say; fill in the rest in the same way. The pictures of failures go with the card. Writing in them is made black where it is found; with
# scans of your own, look at every one for a name, a date or a number first.

# %%
card.not_intended_use = "Any decision about a patient; other organs; other scanners."
card.limits = [f"tested on {plurals.count(len(result.patients), 'patient')} of one folder"]
card.failures = result.failures()
card

# %% [markdown]
# It is written twice, as Markdown and as a web page that needs nothing else. Beside it goes `claim.md`, the checklist for a report on an imaging model, CLAIM, with what this page knows filled in.
# The rest is yours: open a section and answer. Each change is saved at once, stands in `claim.md`, and comes back when you run this page again on the same folder.

# %%
# CLAIM: audit.counts()["yes"] >= 5
from course_utils.evaluate import checklists

audit = checklists.form("CLAIM", card.facts(), keep="claim_15", about=FOLDER)
print(*card.write(place), audit.export(place / "claim.md"), sep="\n")
audit

# %% [markdown]
# ## Other people's folders
#
# Five public sets can be read from a folder that you have downloaded under their licence. Each has a trap. This is what the course says about them.

# %%
from course_utils import public_data

public_data.known()

# %% [markdown]
# **Read.** `public_data.busi("folder")` and its sisters give the same kind of table, with the traps handled and everything left out listed in
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
check.quiz_2.ask()
check.quiz_3.ask()

# %% [markdown]
# Your results so far, kept in one small file on this computer and sent nowhere. An open lesson keeps its memory: when you are done, close it here.

# %%
progress.end("15_your_own_data")

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
# - Tejani and others, Checklist for Artificial Intelligence in Medical Imaging (CLAIM): 2024 update, 2024. [doi:10.1148/ryai.240300](https://doi.org/10.1148/ryai.240300)
# - Pawlowska and others, Curated benchmark dataset for ultrasound based breast lesion analysis, 2024.
#   [doi:10.1038/s41597-024-02984-z](https://doi.org/10.1038/s41597-024-02984-z)
# - Heuvel and others, Automated measurement of fetal head circumference (HC18), 2018.
#   [doi:10.1371/journal.pone.0200412](https://doi.org/10.1371/journal.pone.0200412)
#
# ## Next
#
# This was the last lesson. Go back to [lesson 04](04_segment.ipynb) and put the path of your `cases.csv` into its first cell.
