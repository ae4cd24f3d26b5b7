# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 08 · How good is it, really, for my patients?
#
# You have a number: Dice 0.98. A journal, a committee and a patient ask the same about it: *for whom, how sure, and would it notice a change?*
#
# ![Dice of the same people on two scanners, joined by lines; many fall on the second.](attachment:08_evaluate.webp)
#
# *The sample data: the same people on two scanners, one network.*
#
# **Time** 8 minutes reading, 35 minutes doing · **You need** lessons 04 and 05 · **This is a course, not a medical device: not for diagnosis.**
#
# After this lesson you can:
#
# - choose a measure for the question, and write the sentence that a journal accepts;
# - say what a number becomes on another machine, and in images that hold nothing;
# - tell how many patients an interval needs;
# - say whether a calf has become thinner since March, or whether the difference is noise.

# %% tags=["setup"]
import sys
sys.path[:0] = ["..", "../.."]
from importlib.util import find_spec
assert find_spec("course_utils"), "This page needs its course around it: get the whole folder, as its README says."
from course_utils.checks import evaluate as check, progress
progress.begin("08_evaluate")

# %% [markdown]
# The settings of this page: the images, the scanner that the network knows, how many new people are scanned, and the seed, with which this computer repeats itself.

# %% tags=["parameters"]
# A sample set, or the path of a cases.csv of your own (lesson 15 shows how to make one).
DATA = "muscle_general"
HOME = "Scanner B"
PEOPLE = 31
SEED = 1

# %% [markdown]
# ## The best, the middle, the worst
#
# One network, and patients whom it has never met, cut to the scan. Before any number: look.

# %%
# CLAIM: scores.dice.min() <= scores.dice.median() <= scores.dice.max() and unseen.patient_id.nunique() >= 1
# CLAIM: not met or set(unseen.patient_id).isdisjoint(met)
from course_utils import evaluate, segment, show
from course_utils.cases import samples, split
from course_utils.segment import pictures as scan_pictures, scans, stored

network, told = segment.own_or_shipped(data=DATA)
cases = scans.located(samples.table(DATA))
SYNTHETIC, KIND = cases.attrs["synthetic"], "synthetic" if cases.attrs["synthetic"] else "real"
marked, met = cases[~cases["empty"]], stored.seen(DATA)
if DATA == "muscle_general" and not met:  # the shipped network has met these, on its own scanner
    known = split.by_patient(marked, seed=0)[:2]
    met = {name for part in known for name in part.patient_id[part.device == HOME]}
machines = sorted(set(cases.device[cases.patient_id.isin(met)])) or [HOME]  # those that it learned from
unseen = marked[~marked.patient_id.isin(met)]
scores = segment.score(network, unseen)
show.say(told, split.told(cases))
scan_pictures.cases(network, unseen, scores, kind=KIND)

# %% [markdown]
# **Read.** Look at the worst one first: an average would have hidden it.
#
# ### Your turn · press
#
# Up to eight of these images, one after another; the slider begins at the best. Find the one that it outlines worst, by eye.

# %%
def look(image):
    case = scans.read(unseen, image)
    drawn = segment.mask(segment.predict(network, case.image))
    return scan_pictures.error_map(case.image, case.mask, drawn, case.spacing, KIND)


eight = scores.dice.head(8).to_numpy()
tour = show.explore(look, image=(0, len(eight) - 1, int(eight.argmax())))
tour

# %% [markdown]
# When you have found it, leave the slider there and run the next cell.

# %% tags=["exercise"]
### BEGIN SOLUTION
tour.set(image=int(scores.dice.head(8).to_numpy().argmin()))
### END SOLUTION
check.worst(tour, dice=scores.dice.head(8))

# %% [markdown]
# ## One number for each patient
#
# Now the average, properly. Images of one patient resemble each other, so each patient gets one number first.
#
# ### Your turn · write
#
# `scores` has one row for each image. Make `dice_by_patient`: the mean of the column `dice` for each `patient_id`.

# %% tags=["exercise"]
dice_by_patient = ...
### BEGIN SOLUTION
dice_by_patient = scores.groupby("patient_id").dice.mean()
### END SOLUTION
check.by_patient(dice_by_patient, scores=scores)

# %% [markdown]
# The course does the same for every measure:

# %%
# CLAIM: len(patients) == unseen.patient_id.nunique() and patients.images.sum() == len(scores)
# CLAIM: "surface_dice" not in patients or patients.surface_dice.between(0, 1).all()
patients = evaluate.per_patient(scores)
show.table(patients.filter(["images", "dice", "hd95_mm", "hd95_px", "surface_dice", "recall"]),
           caption=f"One row for each {'group of images' if split.told(cases) else 'patient'}", index=True)

# %% [markdown]
# **Read.** Four columns, four questions. *Dice*: how much of the area is shared. *HD95*: 95 of 100 points of the outline are nearer to the truth than this, in mm, or in pixels where millimetres are not known. *Surface Dice*: which
# share of the outline lies within 1 mm, or within 5 pixels. *Recall*: how much was found. A thin structure can do well on the first and badly on the second.
#
# Which of them belong into a report depends on the question. This short version of *Metrics Reloaded* asks back.

# %%
from course_utils.evaluate import checklists

checklists.metric_choice("segmentation", structure="region", empty_possible=True)

# %% [markdown]
# **Read.** Choose before you see the results, and say what you do with images in which there is nothing to find.
#
# ## The sentence
#
# `evaluate.bootstrap` takes one number for each patient and gives a mean with its interval. `evaluate.sentence` says what a reader needs.

# %%
# CLAIM: result.patients == len(patients)
result = evaluate.bootstrap(patients.dice, seed=SEED)
show.say(evaluate.sentence("Dice", result, len(scores), SYNTHETIC))

# %% [markdown]
# ### Your turn · write
#
# Write that result as *you* would write it in a paper, in one sentence of your own. It has to say how many patients, how sure, and what kind of data.

# %% tags=["exercise"]
my_sentence = ...
### BEGIN SOLUTION
who = f"{len(scores)} {KIND} images, patients unknown," if split.told(cases) else f"{result.patients} unseen patients ({len(scores)} {KIND} images)"
how_sure = f"95 % interval {result.low:.2f} to {result.high:.2f}" if result.low == result.low else result.method
my_sentence = f"In {who} the mean Dice was {result.estimate:.2f} ({how_sure})."
### END SOLUTION
check.sentence(my_sentence, result=result, synthetic=SYNTHETIC, images=len(scores))

# %% [markdown]
# ## Another machine, before and after the cut
#
# Lesson 05 showed that a frame can pass for a new machine. Here is the whole screen against the cut, for every scanner that the network did not learn from.
#
# **Predict.** How much of the fall is left after the cut?

# %%
# CLAIM: DATA != "muscle_general" or not len(others) or (framed.dice.mean() < inside.dice.mean() and inside.dice.mean() > 0.9)
others = unseen[~unseen.device.isin(machines)]
if cases.device.nunique() < 2 or not len(others):
    show.say("This set names one scanner at most, or the network learned from all of them. It cannot tell what another one does.")
else:
    framed = evaluate.per_patient(segment.score(network, others, cut=False))
    inside = evaluate.per_patient(scores[~scores.device.isin(machines)])
    free = evaluate.compare(framed.dice, inside.dice)
    show.say(evaluate.sentence("Dice, whole screen", evaluate.bootstrap(framed.dice), len(others), SYNTHETIC),
             evaluate.sentence("Dice, cut to the scan", evaluate.bootstrap(inside.dice), len(others), SYNTHETIC),
             evaluate.sentence("Change by cutting", free, len(others), SYNTHETIC),
             "There was nothing to cut away in this set." if (framed.dice == inside.dice).all() else "")

# %% [markdown]
# **Read.** What a pair of scissors mends is no property of a machine. Cut first; what is left is the finding.
#
# ## A machine that differs
#
# With the sample set, the course's simulation now scans new people twice: on the home scanner, and on Scanner D, with a lower frequency, a wider beam, less dynamic range and
# other depths. **Synthetic**, and the same people on both, so each is their own control. It takes about a minute. A set of your own cannot be scanned anew here.

# %% tags=["picture"]
# CLAIM: DATA != "muscle_general" or (change.high < 0 and change.patients == PEOPLE)
from course_utils.evaluate import pictures
from course_utils.show import progress as bars
from course_utils.simulate import scanner

picture = None
if DATA == "muscle_general":
    bar = bars.panel("The same people on two scanners")
    bar.open("scanning")
    people = {name: scanner.patients(name, PEOPLE, seed=SEED, each=lambda done, count, part=part: bar.step(
        (part + done / count) / 2, f"{done} of {count}")) for part, name in enumerate((HOME, "Scanner D"))}
    bar.close(f"{PEOPLE} people on both")
    there = {name: segment.score(network, table) for name, table in people.items()}
    dice = {name: table.set_index("patient_id").dice for name, table in there.items()}
    change = evaluate.compare(dice[HOME], dice["Scanner D"])
    show.say(evaluate.sentence("Change of Dice", change, 2 * PEOPLE))
    picture = pictures.drop(dice[HOME], dice["Scanner D"], (HOME, "Scanner D"), difference=change)
picture

# %% [markdown]
# **Read.** In the sample data these are the same calves, another machine, and no frame to blame. But is it the *machine*? Before you write that, look for the duller explanation. People set another depth on
# another machine, and depth is zoom:

# %%
# CLAIM: DATA != "muscle_general" or deep["Scanner D"].max() - deep["Scanner D"].min() > 0.02
import pandas as pd

depths = None
if DATA == "muscle_general":
    steps = {"up to 40 mm": 40, "41 to 60 mm": 60, "over 60 mm": 90}
    deep = pd.DataFrame({name: table.dice.groupby(pd.cut(
        people[name].depth_mm.to_numpy(), [0, *steps.values()], labels=list(steps)), observed=True).mean()
        for name, table in there.items()}).reindex(list(steps))
    depths = show.table(deep, caption=f"Mean Dice by depth, {PEOPLE} people on each (synthetic)", index=True)
depths

# %% [markdown]
# **Read.** With the sample data, look at the row where Scanner D falls most: the fall is not the same at every depth, and the two scanners are not set to the same depths. So 'the machine did it' is not shown. The
# honest sentence names depth and machine together, and the next study keeps the depth the same.
#
# ## How many patients are enough?
#
# ### Your turn · change
#
# How wide is the interval from the first five patients? And from twenty? Guess the width, change `count`, run, and compare.

# %% tags=["exercise"]
# CLAIM: len(pool) < 2 or evaluate.bootstrap(pool.head(4)).method.startswith("no interval")
# CLAIM: len(pool) < 30 or 2 < sum(x.high - x.low for x in (evaluate.bootstrap(pool.sample(5, random_state=k)) for k in range(40))) / sum(x.high - x.low for x in (evaluate.bootstrap(pool.sample(20, random_state=k)) for k in range(40))) < 4
count, my_guess = 5, ...
### BEGIN SOLUTION
count, my_guess = 20, 0.05
### END SOLUTION
pool = dice["Scanner D"] if DATA == "muscle_general" else patients.dice
check.width(my_guess, count=count, interval=evaluate.bootstrap(pool.head(count)), pool=len(pool))

# %% [markdown]
# **Read.** Four times as many patients halve the width. From as few as five it falls further, because five patients hardly know their own spread. Below five the course gives no interval at all. And where one patient in ten fails outright, even thirty
# are few: the failure is often not among them.
#
# ## Where there is nothing
#
# Lesson 04 asked what the network draws where there is nothing to outline. The share of empty images that it leaves empty is its *specificity*.

# %%
# CLAIM: DATA != "muscle_general" or kept.estimate < 0.5
from course_utils.core import plurals

empty, picture = cases[cases["empty"] & ~cases.patient_id.isin(met)], None
if not len(empty):
    show.say("Every image of the patients it does not know holds the structure. They cannot say what is drawn where there is none.")
else:
    left_empty = segment.score(network, empty).dice == 1
    kept = evaluate.proportion(left_empty, empty.patient_id)
    show.say(f"Left empty: {left_empty.sum()} of {plurals.count(len(empty), 'empty image')}.",
             evaluate.sentence("Specificity", kept, len(empty), SYNTHETIC))
    picture = scan_pictures.false_alarms(network, empty, kind=KIND)
picture

# %% [markdown]
# **Read.** It was never shown an image without the structure, so it never learned to say 'nothing'. No Dice would have told you. A report that leaves such images out hides this.
#
# ## Who is behind the average?
#
# A mean can hide a group. Choose the groups *before* you look, and report all of them. With the sample data: body mass, on the new people of Scanner D.

# %%
groups = None
if DATA != "muscle_general":
    show.say("This page knows no groups of this set. With a column of yours: evaluate.subgroups(scores, ..).")
if DATA == "muscle_general":
    build = people["Scanner D"].bmi.ge(25).map({True: "BMI 25 or more", False: "BMI below 25"}).to_numpy()
    found = evaluate.subgroups(there["Scanner D"].assign(build=build), "build", "dice")
    show.say(found.sentence())
    groups = pictures.forest(found)
groups

# %% [markdown]
# **Read.** Where there are groups: two intervals that overlap prove nothing, and neither does a gap in one small study. The sentence says how often chance alone makes a gap as wide.
#
# ## Has this calf become thinner since March?
#
# What the ward uses is a thickness in mm. Two questions: is it *right*, and does it *repeat*? First the network's thickness against the exact one; with the sample data on the home scanner:

# %%
# CLAIM: agreed is None or abs(agreed.bias[0]) < 2
from course_utils.evaluate import agreement

table = there[HOME] if DATA == "muscle_general" else scores
measured = table.dropna(subset=["thickness_error_mm"]) if "thickness_error_mm" in table else table.head(0)
agreed = picture = None
if len(measured) < 5 or split.told(cases):
    show.say("This set cannot answer: it has no millimetres, no exact thickness to compare with, or nobody knows its patients.")
else:
    exact = measured.thickness_mm - measured.thickness_error_mm
    agreed = agreement.bland_altman(measured.thickness_mm, exact, patients=measured.patient_id)
    picture = pictures.bland_altman(agreed, unit="mm", line=False, synthetic=SYNTHETIC)
picture

# %% [markdown]
# **Read.** Where this page could draw it, the middle line is the *bias*, the outer ones the *limits of agreement*: 95 of 100 differences should lie between them, if they form one bell-shaped heap. Look at the dots
# before you quote the limits. A correlation would be high even if every thickness were 10 mm too large; that is why nobody should report it here.
#
# Does it repeat? With the sample data these people are recorded once more, the probe lifted off in between. Nothing about them has changed, so every difference is noise.

# %%
# CLAIM: DATA != "muscle_general" or 0 < smallest.limit.low <= smallest.limit.estimate < 5
# CLAIM: DATA != "muscle_general" or (SEED, PEOPLE) != (1, 31) or "your own" in told or round(smallest.limit.estimate, 1) == 0.7
# CLAIM: DATA != "muscle_general" or (smallest.limit.high == float("inf")) == (len(pairs) < 72)
repeated = None
if DATA == "muscle_general":
    again = segment.score(network, scanner.twice(people[HOME]))
    pairs = pd.DataFrame({"first": there[HOME].set_index("patient_id").thickness_mm,
                          "second": again.set_index("patient_id").thickness_mm}).dropna()
    smallest = agreement.smallest_detectable_change(pairs["first"], pairs["second"])
    show.say(evaluate.sentence("Smallest detectable change", smallest.limit, 2 * len(pairs), unit="mm"), smallest.sentence(),
             f"ICC(2,1) {agreement.icc(pairs.to_numpy()).estimate:.2f} (no interval: it would take a bell for granted): how well these people can be told apart.")
    repeated = pictures.repeats(smallest)
else:
    show.say("Nobody of this set can be recorded again here, so it cannot answer.")
repeated

# %% [markdown]
# **Read.** The *smallest detectable change* is what two recordings of somebody who did *not* change stay below, 95 times in 100. The usual recipe, 1.96 times the spread (SD) of the differences, takes them to form a bell. Where now
# and then an outline slips, the largest dots alone rule it, and whether one is among your patients is luck. So this page counts: the limit that 95 of 100 dots stay below. The interval says what this many people
# can tell. Below 72 people it has a lower end alone: at least so much, and how much more nobody knows. (On 217 people, recorded before this lesson, the course's network has 0.79 mm, 0.57 to 1.32; six other lists of 31 gave 0.5 to 1.4.)
#
# It belongs to one scanner, one hand, one network and these people; with the sample data they are synthetic. Before you believe in a change, look at both outlines: a slip can be seen.
#
# ### Your turn · write
#
# Imagine a calf that measured 18.0 mm in March and 16.9 mm today. Compute `thinner`: `True` only if the loss is more than the smallest detectable change, `limit`.
# Where this page could not measure it, 1.5 mm is an example and no result.

# %% tags=["exercise"]
march_mm, today_mm = 18.0, 16.9
limit = smallest.limit.estimate if DATA == "muscle_general" else 1.5
thinner = ...
### BEGIN SOLUTION
thinner = march_mm - today_mm > limit
### END SOLUTION
check.thinner(thinner, march_mm=march_mm, today_mm=today_mm, limit=limit)

# %% [markdown]
# > **At the bedside.** Below the limit you have not shown that nothing happened. You have shown that this measurement cannot tell. Measure again, or measure better.
#
# ## What a reviewer will ask
#
# CLAIM is the checklist for papers on imaging AI. The form fills in what this page knows; the rest is yours, and *no* is a respectable answer.
# Open a section and answer. Each change is saved in your own folder at once, comes back when you run this page again, and stands in `claim_08.md` there, to be read or sent on.

# %%
measures = [name for name in patients if name != "images"]
said = {"measures": ", ".join(measures).replace("_", " "), "data_source": f"{KIND}, {DATA}",
        "uncertainty": result.method}
checklists.form("CLAIM", said, source="this lesson", keep="claim_08", about=DATA)

# %% [markdown]
# ## Where this breaks
#
# - **Images counted as patients.** Ten images of one patient make a narrow interval and a false one.
# - **One explanation tried.** A new machine came with another frame, another depth and other people. Rule out the dull ones first.
# - **Correlation.** It cannot see a bias.
# - **Small groups.** 'No difference between the sexes' with five women is not a finding.
# - **Synthetic patients.** The course's own scans show that the methods work. They show nothing about any clinic.
#
# ## Quiz
#
# Three questions, with a reply for each answer.

# %%
check.quiz_1.ask()

# %% [markdown]
# The second is about a new machine.

# %%
check.quiz_2.ask()

# %% [markdown]
# The third is about the calf.

# %%
check.quiz_3.ask()

# %% [markdown]
# Your results so far, kept on this computer only, and how this page is closed to give its memory back:

# %%
progress.end("08_evaluate")

# %% [markdown]
# ## Summary
#
# - One number for each patient first, then the interval over patients.
# - Cut to the scan, then compare machines; look for depth before you blame physics.
# - Images without the structure, the groups and the worst patients belong to the result.
# - Agreement is bias and limits, not correlation.
# - A change smaller than the smallest detectable one is noise until shown otherwise; a larger one may be a slip, so look at both outlines.
#
# ## Words
#
# | word | what it means here |
# |---|---|
# | interval | the range that, made in this way, holds the true mean 95 times in 100 |
# | specificity | the share of images without the structure that are left empty |
# | limits of agreement | the range of differences between two methods for 95 in 100 |
# | ICC | intraclass correlation: how well patients can be told apart in spite of the noise; it has no unit |
# | smallest detectable change | what two measurements of an unchanged patient stay below, 95 times in 100 |
#
# ## References
#
# - Bland and Altman, Statistical methods for assessing agreement, 1986.
#   [doi:10.1016/S0140-6736(86)90837-8](https://doi.org/10.1016/S0140-6736(86)90837-8)
# - Shrout and Fleiss, Intraclass correlations, 1979. [doi:10.1037/0033-2909.86.2.420](https://doi.org/10.1037/0033-2909.86.2.420)
# - de Vet and others, When to use agreement versus reliability measures, 2006. [doi:10.1016/j.jclinepi.2005.10.015](https://doi.org/10.1016/j.jclinepi.2005.10.015)
# - Maier-Hein and others, Metrics reloaded, 2024. [doi:10.1038/s41592-023-02151-z](https://doi.org/10.1038/s41592-023-02151-z)
# - Tejani and others, CLAIM 2024 update, 2024. [doi:10.1148/ryai.240300](https://doi.org/10.1148/ryai.240300)
#
# ## Next
#
# [Lesson 09](09_guidance.ipynb) asks whether software can coach the hand that holds the probe, and who is sent home without a scan.
