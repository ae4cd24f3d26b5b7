# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 11 · Normal or tendinopathy?
#
# A swimmer's shoulder hurts. The tendon looks thick, and dark near its insertion; tilt the probe, and the darkness moves. A paper says that a network tells such tendons from healthy ones in
# 91 of 100 cases. On how many patients, against what, and would it hold in your room?
#
# ![A synthetic scan of a shoulder tendon, and its outline in white.](attachment:11_classify.webp)
#
# *A tendon and its outline, two of the four pictures that the network is given.*
#
# **Time** 10 minutes reading, 40 minutes doing · **You need** lessons 04 and 08 · **This is a course, not a medical device: not for diagnosis.**
#
# After this lesson you can:
#
# - join an outline and a classifier, and say what each adds;
# - compare two classifiers on the same patients, and against what a person would measure;
# - read a sensitivity with its interval, and turn it into a PPV for your own clinic;
# - find five ways in which such a result is too good.

# %% tags=["setup"]
import sys
sys.path[:0] = ["..", "../.."]
from importlib.util import find_spec
assert find_spec("course_utils"), "This page needs its course around it: get the whole folder, as its README says."
from course_utils.checks import classify as check, progress
progress.begin("11_classify")

# %% [markdown]
# The settings of this page: how many patients, and the seed, with which this computer repeats itself.

# %% tags=["parameters"]
PATIENTS = 100
SEED = 1

# %% [markdown]
# ## Twelve shoulders
#
# The supraspinatus in long axis, the insertion on the right. All are **synthetic**: the truth is known, because it was drawn first. Call each one. The network's call and the truth come when
# you have called them all.
#
# ### Your turn · press

# %%
from course_utils import classify
from course_utils.classify import calls

board = calls.twelve(SEED)
board

# %% [markdown]
# Twelve clicks, two minutes. Then run the next cells.

# %% tags=["exercise"]
### BEGIN SOLUTION
for number in range(12):  # a reader who does not look: normal, tendinopathy, normal, ..
    board.press("tendinopathy" if number % 2 else "normal")
### END SOLUTION
check.called(board)

# %% [markdown]
# Your calls, those of a network that has never met these patients, and the truth. The outline is that of the tendon:

# %%
# CLAIM: board.truth.sum() == 6
board.result()

# %% [markdown]
# **Read.** Six of the twelve were ill. Look at the intervals before you are proud or sorry: twelve patients hardly tell a good reader from a coin. And look at the ones that both of you missed. Some of these tendons
# are ill by so little that nobody could see it.
#
# ## A hundred of them
#
# Thirty ill, seventy normal, two pictures each, from two machines. It takes a moment the first time; then they are kept in your own folder.

# %%
# CLAIM: cohort.patients.ill.sum() == round(0.3 * PATIENTS)
# CLAIM: ((truths.loc[1] - truths.loc[0]).to_numpy() > [0.5, 2, 0.2]).all() and truths.thickness_mm[1] - truths.thickness_mm[0] < 1.5
from course_utils import show

cohort = classify.cohort(PATIENTS, SEED)
truths = cohort.patients.groupby("ill")[["thickness_mm", "drop_db", "loss"]].mean()
show.table(truths, caption="The truth, mean of the normal (0) and the ill (1): thickness in mm, darker by dB, fibrils lost")

# %% [markdown]
# **Read.** The ill tendon is about a millimetre thicker, some decibels darker at one place, and has lost part of its fibrils: on average. Single patients overlap, as they do in your clinic.
#
# ## Where, before what
#
# The idea of the paper (Jahanifar, 2020): outline the tendon first, then tell the classifier where each pixel lies. The outline comes from lesson 04's U-Net, trained on other shoulders.

# %%
# CLAIM: dice.low > 0.85
from course_utils import evaluate

drawn = classify.outline(cohort)
scored = [evaluate.dice(truth, guess) for truth, guess in zip(cohort.masks, drawn)]
dice = evaluate.bootstrap(cohort.table.assign(dice=scored).groupby("patient_id").dice.mean())
show.card("Dice of the outline", dice, kind="synthetic")

# %% [markdown]
# **Read.** Good enough to build on. What it gets wrong goes into all that follows, as it would in your room.
#
# ### Your turn · write
#
# The first map says how deep a pixel lies: its distance to the outline in mm, above 0 inside, below 0 outside. Here is one outline, and SciPy's distance to the nearest 0.

# %%
from scipy.ndimage import distance_transform_edt

mask, spacing = drawn[0] > 0, cohort.spacing

# %% [markdown]
# Make `signed` from two of these distances: that of `mask`, and that of what is not the mask, `~mask`.

# %% tags=["exercise"]
signed = ...
### BEGIN SOLUTION
signed = distance_transform_edt(mask, sampling=spacing) - distance_transform_edt(~mask, sampling=spacing)
### END SOLUTION
check.distance(signed, mask=mask, spacing=spacing)

# %% [markdown]
# With the second map, the place along the tendon, this is all that the classifier sees of one shoulder. The recipe is our own reading: the paper's abstract does not give it.

# %% tags=["picture"]
from course_utils.classify import pictures

pictures.inputs(cohort.image(0), mask, spacing)

# %% [markdown]
# ## Three ways to call it
#
# The picture alone; the picture with outline and maps; and six numbers that a person would measure (thickness, contrast with the deltoid, darkest fifth ..) with a logistic regression.

# %%
from course_utils.checks.predict import predict

wins = predict("100 patients. Which of the three has the largest area under the ROC curve?",
               "the picture alone", "picture, outline and maps", "six measured numbers")
wins

# %% [markdown]
# Each patient is judged by a model that learned from four other fifths of the *patients*, never of the pictures. First the network:

# %%
import numpy as np
from course_utils.classify import folds, maps, networks

seen = np.stack([maps.stack(cohort.image(row), drawn[row], spacing) for row in range(len(drawn))])
fold = folds.folds(cohort.table, "by patient", SEED)
learner = classify.Learner(lambda: networks.classifier(4), seen)
network = folds.judged(learner, cohort.table.ill, fold, SEED)

# %% [markdown]
# Then the six numbers, on the same outlines and the same fifths, and both beside each other:

# %%
from course_utils.classify import features

measured = features.table(cohort, drawn)
by_hand = folds.judged(folds.Regression(measured), cohort.table.ill, fold, SEED)
people = classify.per_patient(cohort.table, network).rename(columns={"score": "network"})
people["measured"] = classify.per_patient(cohort.table, by_hand).score
areas = {name: evaluate.roc(people.ill, people[name]).area for name in ("network", "measured")}
show.cards(*(show.card(f"Area, {name}", area, kind="synthetic") for name, area in areas.items()))

# %% [markdown]
# They judged the same patients, so the difference has an interval of its own, which is narrower than the two suggest:

# %%
gap = evaluate.compare_auc(people.ill, people.network, people.measured)
show.card("Area: measured minus network", gap, kind="synthetic")

# %% [markdown]
# The same was done before the lesson and stored (`tools/data/shoulders.py`), with the picture alone beside it. The title says on how many cohorts:

# %%
# CLAIM: hundreds["features"].mean() > 0.5 and hundreds["image + mask + maps"].mean() > 0.5
import pandas as pd
from course_utils.classify import runs

names = {"image": "picture alone", "image + mask + maps": "picture, outline, maps", "features": "six measured numbers"}
hundreds = runs.areas(names)
pictures.areas(hundreds, {name: runs.area(name) for name in names}, names)

# %% [markdown]
# **Read.** Each small dot is a study of 100 patients. Had we done only one, we would not know how far apart two of them lie; that is what a single study cannot know about itself. Nobody has to win: what wins here, on simulated
# tendons whose illness *is* thickness and darkness, need not win on yours. But six numbers and a ruler belong into the table of every paper.
#
# The paired differences:

# %%
# CLAIM: gains.loc["low", "maps added to the picture"] > 0
# CLAIM: gains.loc["low", "six numbers instead of the network"] < 0 < gains.loc["high", "six numbers instead of the network"]
pairs = {"maps added to the picture": ("image", "image + mask + maps"),
         "six numbers instead of the network": ("image + mask + maps", "features")}
gains = pd.DataFrame({what: runs.gain(*two) for what, two in pairs.items()}, index=["difference in area", "low", "high"])
show.table(gains.T, caption=f"95 % interval; cohorts of 100 patients: {len(hundreds)} (synthetic)", digits=3)

# %% [markdown]
# **Read.** Outline and maps help the network: that interval leaves zero out. Whether six numbers do better than the network stays open: theirs holds zero. And 'not shown to be worse' is no small praise for a ruler.
#
# ## Is 91 % much?
#
# The paper's percentages fit these counts: 26 of 30 ill and 65 of 70 normal patients called rightly. (The counts are inferred from the abstract.) What they are worth:

# %%
# CLAIM: paper["sensitivity"].low < 0.71 and paper["accuracy"].low > 0.7
counts = {"sensitivity": (26, 30), "specificity": (65, 70), "accuracy": (91, 100), "'always normal'": (70, 100)}
paper = {name: evaluate.proportion([1] * right + [0] * (of - right)) for name, (right, of) in counts.items()}
show.table(pd.DataFrame(paper, index=["share", "low", "high"]).T, caption="Wilson's interval, one case a patient")

# %% [markdown]
# **Read.** 86.67 % is a sensitivity, and it may be 70 % or 95 %. 91 % is an accuracy, and whoever calls everybody normal has 70 %.
#
# The same for the network of this page, called ill from a probability of one half on:

# %%
# CLAIM: mine.sensitivity.high - mine.sensitivity.low > 0.15
mine = evaluate.diagnostic(people.ill, people.network >= 0.5)
show.table(mine.table().loc[["sensitivity", "specificity", "ppv", "npv", "accuracy"], ["estimate", "low", "high"]],
           caption=f"The network on {len(people)} simulated patients, each judged once")

# %% [markdown]
# **Read.** The same breadth: it belongs to thirty ill patients, not to a network. Compare the accuracy with 'always normal' before you compare it with the paper, whose tendons were real.
#
# ### Your turn · change
#
# With 30 ill patients the sensitivity is known to 12 points on either side. How many *ill* patients bring that to 5? Guess, then change `ill` until it fits.

# %% tags=["exercise"]
# CLAIM: check.half_width(180) < 0.05 and check.half_width(30) > 0.11
# CLAIM: 0.45 < check.half_width(120) / check.half_width(30) < 0.55
ill, my_guess = 30, ...
### BEGIN SOLUTION
ill, my_guess = 180, 200
### END SOLUTION
check.enough(my_guess, ill=ill)

# %% [markdown]
# **Read.** The width falls with the root of the number: half of it takes four times as many, and each ill patient brings two or more normal ones.
#
# ## In your room
#
# In the paper 30 of 100 were ill. In a sports clinic it may be 40, in a general practice 5. Sensitivity and specificity as in the paper; move the slider.
#
# ### Your turn · press
#
# Find the prevalence just below which more than half of the positive answers are wrong.

# %%
from functools import partial
from course_utils.evaluate import pictures as judged

rare = show.explore(partial(judged.prevalence, sensitivity=26 / 30, specificity=65 / 70), prevalence=(0.01, 0.5, 0.3, 0.01))
rare

# %% [markdown]
# Leave the slider there and run the next cell.

# %% tags=["exercise"]
### BEGIN SOLUTION
rare.set(prevalence=0.07)
### END SOLUTION
check.rare(rare)

# %% [markdown]
# > **At the bedside.** A positive answer in a clinic for shoulders and the same answer in a check-up are two different findings.
#
# ## Is one better than the other?
#
# Back to our hundred. Called ill from a probability of one half on, who is right where the other is wrong? Only these patients count (McNemar, exact).

# %%
from course_utils.evaluate import reading_result

right = {name: (people[name] >= 0.5) == people.ill for name in ("network", "measured")}
change, p_value = reading_result.paired_shares(right["network"], right["measured"])
apart = int((right["network"] != right["measured"]).sum())
show.card("Accuracy: measured minus network", change, n=f"{apart} of {len(people)} patients apart; p = {p_value:.2f}", kind="synthetic")

# %% [markdown]
# How many patients would show a gain of 5 points, if the two disagree on one patient in ten? In one in five?

# %%
# CLAIM: planning.pairs_needed(0.05, 0.1) == 312
from course_utils.classify import planning

show.cards(*(show.card("Patients needed", planning.pairs_needed(0.05, share), n=f"5 points, disagreeing on {100 * share:.0f} in 100; power 80 %")
             for share in (0.1, 0.2)))

# %% [markdown]
# **Read.** Hundreds. With 100 patients 'no significant difference' is what one expects, whoever is better.
#
# ## Five ways to fool yourself
#
# All from the same cohorts; each line against the honest one, picture, outline and maps by patient.

# %%
# CLAIM: fooled["by image"].mean() > fooled["image + mask + maps"].mean()
# CLAIM: fooled["drawn by one who knew"].mean() > fooled["image + mask + maps"].mean()
# CLAIM: 0.35 < fooled["shuffled labels"].mean() < 0.65
wrong = {"image + mask + maps": "honest: by patient", "by image": "1 split by image", "drawn by one who knew": "2 outlines drawn knowing",
         "image": "honest: picture alone", "machine tells": "3 the machine tells", "shuffled labels": "labels dealt at random"}
fooled = runs.areas(wrong)
pictures.areas(fooled, {name: runs.area(name) for name in wrong}, wrong)

# %% [markdown]
# How much too good, on the same patients:

# %%
# CLAIM: all(change.low > 0 for change in gained.values())
gained = {wrong[trap]: runs.gain(honest, trap) for honest, trap in (
    ("image + mask + maps", "by image"), ("image + mask + maps", "drawn by one who knew"), ("image", "machine tells"))}
show.table(pd.DataFrame(gained, index=["too good by", "low", "high"]).T, "Area above the honest line of the same kind (95 % interval; synthetic)")

# %% [markdown]
# **Read.** (1) *By image*: of half the patients the network has met the other picture. (2) *The outline knows*: someone who knew the diagnosis drew the ill tendons 0.2 mm larger all round; the maps
# carry that into the network. (3) *The machine tells*: on machine B 60 % are ill, on A 10 %. The picture alone, no outline, against the honest picture alone: it reads the machine. Labels dealt at random must end near one
# half; a pipeline that does not has a leak.
#
# The third, on one machine at a time:

# %%
# CLAIM: told["A alone"].mean() < told["both machines"].mean()
told = runs.within_machines()
show.table(told.agg(["mean", "min", "max"]).T, caption=f"Area of the picture alone where B has the ill: A 6 ill of 60, B 24 of 40 ({len(told)} cohorts; synthetic)")

# %% [markdown]
# **Read.** Within one machine there is no machine to read. Six ill patients on A leave that column wide open: look at the mean, and at how far it swings. Ask a paper for its result within each.
#
# (4) *Anisotropy*. The network of all 100 patients looks at normal shoulders of ten other people, while the probe tilts. Nothing about the tendon changes.

# %%
# CLAIM: np.ptp(sure, axis=1).max() > 0.1
from course_utils.classify import anisotropy

learner.fit(np.arange(len(seen)), cohort.table.ill, SEED)
tilts, sure = anisotropy.sweep(learner, SEED)
pictures.tilting(sure, tilts)

# %% [markdown]
# **Read.** A flat line says that the tilt does not matter to the network, for whichever reason. Where a line crosses one half, the diagnosis depends on the hand. Your remedy is older than any network: tilt the probe,
# and believe only the darkness that stays.
#
# (5) *The best cut*. A score that knows nothing, 30 patients, 9 of them ill; the threshold is chosen where it looks best, on the same patients, 400 times:

# %%
# CLAIM: cuts.mean() > 0.15
cuts = planning.best_cut_of_noise(30, 9, seed=SEED)
pictures.noise(cuts)

# %% [markdown]
# The same with the choice of what to measure. Labels dealt at random, ten times; of all 63 sets of our six numbers the best is taken, once on the folds that also report it, once *nested*, within
# each training part:

# %%
# CLAIM: picked.naive.mean() > picked.nested.mean() + 0.03
numbers = measured.groupby(cohort.table.patient_id, sort=False).mean().to_numpy()
dealt = [np.random.default_rng([SEED, n]).permutation(people.ill) for n in range(10)]
picked = pd.DataFrame([planning.choices(numbers, labels, SEED) for labels in dealt])
show.table(picked.agg(["mean", "min", "max"]).T, caption="Area where there is nothing to find: 10 times 100 patients (synthetic)")

# %% [markdown]
# **Read.** Nothing was there to be found, and the first way finds it. Epochs, inputs, thresholds, seeds: whatever is chosen on the patients who also judge flatters. Choose inside, judge outside.
#
# ## Does the calf help the shoulder?
#
# A network that has outlined calves knows speckle, edges, layers. Its encoder turns a picture of a shoulder into 256 numbers, and a logistic regression learns 'normal or tendinopathy' from them, with
# 20, 50 or 100 patients; beside it the same encoder with weights drawn at random. Judged on another cohort. It is the course's calf network, whose fifteen runs are stored; yours of lesson 04 would need minutes for each.

# %%
moved = runs.transfer()
pictures.transfer(moved)

# %% [markdown]
# What the borrowed weights add, paired on the same new patients:

# %%
show.table(runs.transferred(), caption=f"95 % interval, by patients to learn from; cohorts: {moved.seed.nunique()} (synthetic)")

# %% [markdown]
# **Read.** Believe the intervals, not the idea. 'Pretrained' is a setting like others: it may help with few patients, and it has to be measured where you are.
#
# ## Where this breaks
#
# - **Who had the reference standard.** The abstract says that tendinopathy was confirmed by MRI. It does not say that the normals were.
# - **Spectrum.** Thirty clear cases against seventy healthy volunteers is an easier question than the one in your clinic.
# - **Both shoulders of one patient** are one patient, in the split and in the count.
# - **The truth of this page is ours.** Real tendons fail in ways that we did not draw: tears, calcifications, cuff muscles full of fat. None of these numbers says anything about real shoulders.
#
# ## Quiz
#
# Three questions, with a reply for each answer.

# %%
check.quiz_1.ask()

# %% [markdown]
# The second is about a split.

# %%
check.quiz_2.ask()

# %% [markdown]
# The third is about a sentence for the paper.

# %%
check.quiz_3.ask()

# %% [markdown]
# Your results so far, kept on this computer only, and how this page is closed to give its memory back:

# %%
progress.end("11_classify")

# %% [markdown]
# ## Summary
#
# - Outline first, and tell the network where; then ask whether a ruler does as well.
# - By patient, always. Two pictures of one shoulder are one patient.
# - 26 of 30 may be 70 % or 95 %; 'always normal' has 70 % accuracy.
# - PPV belongs to a clinic, not to a test.
# - Choose inside, judge outside; deal the labels at random once, and look for one half.
#
# ## Words
#
# | word | what it means here |
# |---|---|
# | tendinopathy | a tendon that is thicker, darker at a place, with fewer fibrils; no tear |
# | anisotropy | a tendon looks dark where the sound does not meet its fibres square |
# | cross-validation | everybody is judged once, by a model that learned from others |
# | nested | choices are made within the training part, too |
# | McNemar's test | compares two classifiers by the patients on whom they differ |
# | transfer | to begin with the weights of a network that learned something else |
#
# ## References
#
# - Jahanifar and others, Segmentation and classification of the supraspinatus tendon, 2020 (read: abstract). [arXiv:2011.11777](https://arxiv.org/abs/2011.11777)
# - Liu and others, CoordConv: telling a network where, 2018. [arXiv:1807.03247](https://arxiv.org/abs/1807.03247)
# - DeLong and others, Comparing areas under correlated ROC curves, 1988. [doi:10.2307/2531595](https://doi.org/10.2307/2531595)
# - Crass and others, Tendon echogenicity, 1988: as dark as muscle at 2 to 7 degrees. [doi:10.1148/radiology.167.2.3282264](https://doi.org/10.1148/radiology.167.2.3282264)
# - Connor, Sample size for testing differences in proportions for the paired-sample design, 1987. [doi:10.2307/2531961](https://doi.org/10.2307/2531961)
# - Varma and Simon, Bias in error estimation when using cross-validation for model selection, 2006. [doi:10.1186/1471-2105-7-91](https://doi.org/10.1186/1471-2105-7-91)
# - Zech and others, Variable generalization of a network across hospitals, 2018. [doi:10.1371/journal.pmed.1002683](https://doi.org/10.1371/journal.pmed.1002683)
# - Altman and Bland, Predictive values, 1994. [doi:10.1136/bmj.309.6947.102](https://doi.org/10.1136/bmj.309.6947.102)
#
# ## Next
#
# [Lesson 12](12_decide.ipynb) asks what you would do differently with such a number.
