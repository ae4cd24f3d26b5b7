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
# You have a number: Dice 0.98. A journal, a committee and a patient will ask the same thing about it: *for whom, how sure, and what happens when it is
# wrong?* This lesson answers with intervals, with a second scanner, and with a small experiment on yourself.
#
# **Time** 11 minutes reading, 45 minutes doing · **You need** lessons 04 and 06 · **This is a course, not a medical device: not for diagnosis.**
#
# After this lesson you can:
#
# - choose a metric for the question, and write the sentence that a journal accepts;
# - say what a number becomes on another scanner, in another group and at another prevalence;
# - read agreement, calibration and net benefit, and name what each one leaves out;
# - notice what an AI's suggestion does to your own reading.

# %% tags=["setup"]
import sys
sys.path[:0] = ["..", "../.."]
from course_utils.checks import evaluate as check

# %% [markdown]
# The settings of this page: the images, the scanner that the network knows, the table of screened patients, and the seed of all chance.

# %% tags=["parameters"]
# A sample set, or the path of a cases.csv of your own (lesson 15 shows how to make one).
DATA = "muscle_general"
HOME = "Scanner B"
SCREENING = "screening"
SEED = 1

# %% [markdown]
# ## One number, and what it hides
#
# The network of lesson 05 learned from **synthetic** scans of one machine, Scanner B.

# %%
from course_utils import segment
from course_utils.cases import samples, split
from course_utils.segment import models

network = models.load(samples.model("unet_scanner_b"))
cases = samples.table(DATA)
SYNTHETIC = cases.attrs["synthetic"]
cases = cases[~cases["empty"]]

# %% [markdown]
# Whom has it never met? Everybody except the patients of Scanner B with whom it was trained or steered.

# %%
train, steer, _ = split.by_patient(cases, seed=0)
met = {patient for part in (train, steer) for patient in part.patient_id[part.device == HOME]}
unseen = cases[~cases.patient_id.isin(met)]
print(f"{unseen.patient_id.nunique()} patients, {len(unseen)} images")

# %% [markdown]
# First its home ground. One row for each image, then one number for each patient.

# %%
from course_utils.evaluate import metrics

scores = segment.evaluate(network, unseen)
at_home = scores[scores.device == HOME] if HOME in set(scores.device) else scores
patients = metrics.per_patient(at_home)
patients.filter(["images", "dice", "hd95_mm", "surface_dice", "recall"]).round(2)

# %% [markdown]
# **Read.** Four columns, four questions. *Dice*: how much of the area is shared. *HD95*: 95 of 100 points of the outline are nearer to the truth than this. *Surface Dice*: which
# share of the outline lies within 1 mm. *Recall*: how much muscle was found. A thin structure can score well on the first and badly on the second.
#
# Which of them belong into a report depends on the question. This short version of *Metrics Reloaded* asks back.

# %%
from course_utils.evaluate import checklists

checklists.metric_choice("segmentation", structure="region", empty_possible=True)

# %% [markdown]
# **Read.** Choose before you see the results, and say what you do with images in which there is nothing to find.
#
# ### Your turn · write
#
# Images of one patient resemble each other, so the interval is over *patients*. `evaluate.bootstrap` takes one number for each patient. Give it the
# column `patients.dice`.

# %% tags=["exercise"]
from course_utils import evaluate

interval = ...
### BEGIN SOLUTION
interval = evaluate.bootstrap(patients.dice, seed=SEED)
### END SOLUTION
check.interval(interval, patients=patients)

# %% [markdown]
# Here is the sentence with all that a reader needs: metric, interval, patients, images, what kind of data, and how the interval was made.

# %%
home = evaluate.bootstrap(patients.dice, seed=SEED)
from course_utils.segment import results

results.say(evaluate.sentence("Dice", home, int(patients.images.sum()), SYNTHETIC))

# %% [markdown]
# ## The second scanner
#
# Other patients, and one who was on both machines, seen by Scanner A. They are drawn from the same simulation: nothing about their muscles is special.
#
# **Predict.** By how many points of Dice will it fall? Write the number down.

# %% tags=["exercise"]
my_guess = ...
### BEGIN SOLUTION
my_guess = 0.10
### END SOLUTION
check.guess(my_guess, scores=scores)

# %% [markdown]
# Now look. Every dot is a patient.

# %%
from course_utils.evaluate import pictures

away = scores[~scores.index.isin(at_home.index)]
away = away if len(away) else at_home  # a set from one scanner has no other
elsewhere = metrics.per_patient(away).dice
pictures.drop(patients.dice, elsewhere, (HOME, "other scanner"), synthetic=SYNTHETIC)

# %% [markdown]
# **Read.** This is the commonest surprise when a model moves house. Its home number came from a handful of patients, and it was of no use to the neighbours. The average over the other
# scanner, with its interval:

# %%
results.say(evaluate.sentence("Dice elsewhere", evaluate.bootstrap(elsewhere, seed=SEED), len(away),
                              SYNTHETIC))

# %% [markdown]
# **Read.** The widest part of the fall comes from a few patients for whom it fails completely. An average of good and lost patients describes neither.
#
# ## Does it agree?
#
# What the ward uses is a thickness in mm. The network's outline against the exact truth, every image on the other scanner:

# %%
from course_utils.evaluate import agreement

# A set of your own may not know the exact thickness; then the sample set stands in.
known = away if "thickness_error_mm" in away else segment.evaluate(
    network, samples.table("muscle_general"))
known = known.dropna(subset=["thickness_error_mm"])
exact = known.thickness_mm - known.thickness_error_mm
found = agreement.bland_altman(known.thickness_mm, exact, patients=known.patient_id)

# %% [markdown]
# The picture plots each difference against the mean of the two numbers.

# %%
pictures.bland_altman(found, unit="mm", line=False)

# %% [markdown]
# **Read.** The middle line is the *bias*. The outer ones are the *limits of agreement*, within which 95 of 100 differences should lie. That holds for one bell-shaped heap. Here
# there are many small errors and a few very large ones, nearly all in one direction. So show the dots, name the failures, and do not quote these limits.
#
# **Predict.** A correlation of 0.99: does it mean that two methods agree?

# %%
each = known.assign(exact=exact).groupby("patient_id")[["thickness_mm", "exact"]].mean()
results.say(f"Lin's concordance {agreement.lin_ccc(each.thickness_mm, each.exact)}")

# %% [markdown]
# **Read.** No. Two methods that differ by 10 mm in everyone correlate perfectly. A *concordance* counts the shift as well: 1 is agreement.
#
# ## Would it find a change?
#
# A follow-up asks something else: does the number move when the patient has not? Here twelve new synthetic patients are recorded twice on the home scanner, with the probe
# lifted off in between.

# %%
from course_utils.segment import repeats

twice = repeats.thickness(network, patients=12, seed=SEED)
results.say(f"ICC(2,1) {agreement.icc(twice, kind='ICC(2,1)')}")
results.say(f"smallest detectable change, mm {agreement.smallest_detectable_change(twice)}")

# %% [markdown]
# **Read.** The *intraclass correlation* says how well patients can be told apart in spite of the noise. The *smallest detectable change* is in millimetres: a difference between two
# visits has to exceed it before you call it a change. Both belong to this scanner, this hand and this kind of patient.
#
# ## From a picture to a decision
#
# Now a question with yes and no: is the ejection fraction 40 % or below? The next table holds hundreds of **synthetic** hearts, each filmed and measured
# with the network of lesson 06 from one view, in two hospitals. Hospital B has an old, noisy machine. Nobody drew the errors in it: the network made them.

# %%
# NBVAL_CHECK_OUTPUT
screening = samples.table(SCREENING)
answered = screening[~screening.refused]
tune, judge = (answered[answered.split == part] for part in ("VAL", "TEST"))
print(f"{len(screening)} patients, {screening.refused.sum()} refused")
print(f"{len(tune)} to choose a threshold, {len(judge)} to judge it")

# %% [markdown]
# The threshold is chosen on one group and judged on another. The course holds you to it if you give it the table: a threshold remembers its patients.

# %%
threshold = evaluate.choose_threshold(
    tune.reduced, tune.probability, rule="sensitivity", at_least=0.9, data=tune
)
print(f"call it reduced from a probability of {threshold.value:.2f}")

# %% [markdown]
# **Predict.** It was chosen for a sensitivity of 90 %. Will it have 90 % on the other patients?

# %%
positive = threshold.apply(judge.probability, data=judge)
result = evaluate.diagnostic(judge.reduced, positive)
result.table()[["estimate", "low", "high"]].round(2)

# %% [markdown]
# **Read.** These are shares of those who got an answer. On the tuning patients it had found:

# %%
print(f"sensitivity when it was chosen: {threshold.sensitivity:.2f}")

# %% [markdown]
# And the refused? They were patients too. Count a refusal as a missed one, and as one that is sent on.

# %%
asked = screening[screening.split == "TEST"]
for name, stands_for in {"missed": 0.0, "sent on": 1.0}.items():
    every = evaluate.diagnostic(asked.reduced, asked.probability.fillna(stands_for) >= threshold.value)
    results.say(f"refused are {name}: sensitivity {every.sensitivity.estimate:.2f}, "
                f"specificity {every.specificity.estimate:.2f}")

# %% [markdown]
# **Read.** Say which you mean. A method that refuses the difficult patients looks better than it is, unless somebody counts them.
#
# The curve shows what the other thresholds would have given.

# %%
pictures.curve(evaluate.roc(judge.reduced, judge.probability), threshold)

# %% [markdown]
# **Read.** It is a flattering curve: the simulation made few hearts close to 40 %, where a clinic has many.
#
# ## Who is behind the average?
#
# By how many points the ejection fraction is wrong, by group: how many patients, the mean, its interval, and how often there was no answer at all.

# %%
screening["error"] = (screening.ef - screening.ef_true).abs()
hospitals = evaluate.subgroups(screening, "hospital", "error", higher_is_better=False)
pictures.forest(hospitals, unit="points")

# %% [markdown]
# **Read.** Look at the refusals too: they are all in one hospital. The sentence says how wide the gap is, and how often chance alone makes one as wide.

# %%
results.say(hospitals.sentence())

# %% [markdown]
# Hospital B's machine is not what the network learned from. And the patients themselves? Within each hospital, so that the two are not mixed:

# %%
screening["build"] = (screening.bmi >= 30).map({True: "BMI 30 or more", False: "BMI below 30"})
for name, part in screening.groupby("hospital"):
    for group in ("build", "sex"):
        found = evaluate.subgroups(part, group, "error", higher_is_better=False)
        results.say(f"{name}: {found.sentence()}")

# %% [markdown]
# **Read.** One of these was built into the simulation: a larger body adds haze and noise. It shows where the machine is poor, and a sum over both hospitals would hide it. Men have
# larger hearts here; whether their gap is size or chance, a p value among four comparisons cannot tell. Report the groups that you chose before you looked, all of them.
#
# ## The same test, other patients
#
# A *positive predictive value* answers the patient's question: the test is positive, am I ill? It depends on how common the disease is where you work.
#
# **Predict.** In a heart failure clinic 40 in 100 have a low ejection fraction. Among people who feel well it is 2 in 100. What happens to a positive result?

# %%
from course_utils.show import widgets

sensitivity, specificity = result.sensitivity.estimate, result.specificity.estimate
thousand = widgets.explore(
    lambda prevalence_percent: pictures.prevalence(
        prevalence_percent / 100, sensitivity, specificity),
    prevalence_percent=(1, 60, 40),
)
thousand

# %% [markdown]
# ### Your turn · press
#
# Move the prevalence down until a positive result is more often wrong than right.

# %% tags=["exercise"]
### BEGIN SOLUTION
thousand.set(prevalence_percent=2)
### END SOLUTION
check.mostly_wrong(thousand, result=result)

# %% [markdown]
# > **At the bedside.** The leaflet's predictive value was measured in the leaflet's clinic. Ask for sensitivity and specificity, and work it out for yours. That holds only
# > if these two travel. Here they do not:

# %%
for name, part in judge.groupby("hospital"):
    here = evaluate.diagnostic(part.reduced, part.probability >= threshold.value)
    results.say(f"{name}: sensitivity {here.sensitivity}, specificity {here.specificity}")

# %% [markdown]
# **Read.** Another machine, another test. Among people who feel well there are also fewer borderline hearts, and the two numbers change once more.
#
# ## Does 30 % mean 30 %?
#
# The model gives probabilities. *Calibrated* means: of all patients with a 30 %, three in ten have it.

# %%
before = evaluate.calibration(judge.reduced, judge.probability, bins=4)
pictures.reliability(before)

# %% [markdown]
# **Read.** Where points leave the diagonal, it promises something else than it keeps. The expected calibration error (ECE) depends on how the bins are cut, and
# is above zero even for a perfect model, by chance. So both are printed with it.

# %%
results.say(before.sentence())

# %% [markdown]
# One number, the *temperature*, fitted on the group for tuning, makes all probabilities bolder or more careful. It cannot change their order.

# %%
cooler = evaluate.temperature(tune.reduced, tune.probability, data=tune)
softer = cooler.apply(judge.probability, data=judge)
print(f"temperature {cooler.value:.2f}")
results.say(evaluate.calibration(judge.reduced, softer, bins=4).sentence())

# %% [markdown]
# **Read.** Better on average: the slope (1 is right, below 1 too sure of itself) and the ECE. Now the same by hospital.

# %%
for name, part in judge.groupby("hospital"):
    cooled = cooler.apply(part.probability, data=part)
    results.say(f"{name}: {evaluate.calibration(part.reduced, cooled, bins=4).sentence()}")

# %% [markdown]
# **Read.** Hospital A, which was right, is now too careful. Hospital B still says too much: its intercept lies far below 0. A temperature stretches, it cannot shift. Calibrate where
# you work, and report each place.
#
# ## Is it worth acting on?
#
# *Net benefit* puts a price on a false alarm. Who would send ten patients to a scan to find one, accepts a threshold probability of 10 %.
# A test is useful where its curve lies above *both* alternatives: scan everyone, scan nobody.

# %%
import numpy as np

benefit = evaluate.net_benefit(judge.reduced, softer, np.arange(0.05, 0.75, 0.05))
pictures.decision_curve(benefit)

# %% [markdown]
# **Read.** Intervals are for each threshold by itself, and the curve holds at this prevalence and on this mix of hospitals. Hospital B alone, with fewer patients and a poorer
# machine:

# %%
in_b = judge.hospital.to_numpy() == "Hospital B"
pictures.decision_curve(evaluate.net_benefit(
    judge.reduced[in_b], softer[in_b], np.arange(0.05, 0.75, 0.05)))

# %% [markdown]
# **Read.** Where the band reaches down to one of the alternatives, the test has not been shown to be worth acting on there.
#
# ### Your turn · change
#
# A clinic sees 200 patients, 20 of whom have a low ejection fraction. The test finds 18 of them and raises 36 false alarms. What is the positive predictive value, in per
# cent?

# %% tags=["exercise"]
ppv_percent = ...
### BEGIN SOLUTION
ppv_percent = 33
### END SOLUTION
check.ppv(ppv_percent)

# %% [markdown]
# ## You, before and after the AI
#
# Twenty hearts, end-diastole beside end-systole. *Is the ejection fraction below 50 %?* First you read alone. Then you read again, with an AI's suggestion. It is
# wrong on some of them, by design. Nobody sees your answers; if you press nothing, demonstration answers are used, and say so.

# %%
from course_utils import ejection_fraction
from course_utils.evaluate import reading

pairs, truth = ejection_fraction.pictures.reading_cases(samples.table("echo"), count=20, seed=SEED)
suggestion = reading.wrong_by_design(truth, share=0.3, seed=SEED)
reader = reading.Reader(pairs, truth, suggestion, "Is the EF below 50 %? (synthetic)")
reader

# %% [markdown]
# When both rounds are done, run the next two cells again. Until then they show the demonstration.

# %%
mine = reading.result(reader.answers, truth, suggestion)
results.say(mine.sentence())

# %% [markdown]
# **Read.** How often was a right answer given up because a wrong suggestion stood beside it? It *may* be automation bias. Some people change answers on a second look without any
# suggestion: compare with how often you changed where it agreed with you. A study would mix the order, wait weeks between the rounds, and have more readers.

# %%
mine.table()[["estimate", "low", "high"]].round(2)

# %% [markdown]
# **Read.** *kappa self* is your agreement with yourself, *kappa model* that with the suggestion, both beyond chance: 1 is complete, 0 is none. Most of these hearts are easy; their
# ejection fractions run from 16 to 75 %.

# %% [markdown]
# ## Look at the failures
#
# The worst cases, one after another. Give each a reason: patterns show here that no average shows.

# %%
from course_utils.evaluate import failures
from course_utils.your_own_data import model_card

worst = model_card.failures(network, unseen, scores, count=4, synthetic=SYNTHETIC)
notes = failures.FailureGallery({f"case {number}": case for number, case in enumerate(worst, 1)})
notes

# %% [markdown]
# Your notes as a table, to keep with the results.

# %%
notes.table

# %% [markdown]
# ## What a reviewer will ask
#
# Checklists such as CLAIM (for imaging AI) and TRIPOD+AI (for prediction) list what a paper has to say. The form fills in what this lesson
# knows. The rest is yours; *no* is a respectable answer.

# %%
kind = "synthetic" if SYNTHETIC else "own"
said = {"measures": "Dice, HD95, surface Dice, thickness error", "data_source": f"{kind}, {DATA}",
        "uncertainty": "bootstrap over patients, Wilson for shares"}
form = checklists.form("CLAIM", said, source="this lesson")
form

# %% [markdown]
# It is written as a page that you can hand in with a report.

# %%
from pathlib import Path
from tempfile import mkdtemp

page = form.export(Path(mkdtemp()) / "claim.md")
print(page.read_text(encoding="utf-8")[:400])

# %% [markdown]
# ## Where this breaks
#
# - **Images counted as patients.** Ten images of one patient make a narrow interval and a false one.
# - **A threshold chosen on the test patients.** On average it looks better than it is.
# - **Correlation.** It cannot see a bias.
# - **Small groups.** 'No difference between the sexes' with five women is not a finding.
# - **Synthetic patients.** Everything here shows that the methods work. It shows nothing about any clinic.
#
# ## Quiz
#
# Three questions, with a reply for each answer.

# %%
check.quiz_1.ask()

# %% [markdown]
# The second is about a leaflet.

# %%
check.quiz_2.ask()

# %% [markdown]
# The third is about you.

# %%
check.quiz_3.ask()

# %% [markdown]
# Your results so far, kept on this computer only:

# %%
from course_utils.checks import progress

progress.table("08_evaluate")

# %% [markdown]
# ## Summary
#
# - One number for each patient first, then the interval over patients.
# - A second scanner, the groups, and the failures belong to the result.
# - Agreement is bias and limits, not correlation.
# - A predictive value belongs to a prevalence, a threshold to other patients than those it is judged on.
# - Not calibrated, or not above both alternatives on the decision curve: do not act on it. If it is: test it where you work.
# - A suggestion changes its reader.
#
# ## Words
#
# | word | what it means here |
# |---|---|
# | bootstrap | draw the patients again and again, with replacement, to see how a result varies |
# | sensitivity, specificity | the share of the ill who test positive; of the healthy who test negative |
# | predictive value | the share of the positives who are ill (of the negatives who are healthy) |
# | prevalence | how common the disease is among those who are tested |
# | concordance | agreement of two methods, shifts included; it has no unit |
# | ICC | intraclass correlation: how well patients can be told apart in spite of the noise; it has no unit |
# | smallest detectable change | the change in one patient that exceeds the noise of two readings |
# | calibration | whether a stated 30 % happens in 30 of 100 |
# | net benefit | true alarms less false ones, at the price that a threshold implies |
# | automation bias | following a wrong suggestion because it was there |
#
# ## References
#
# - Bland and Altman, Statistical methods for assessing agreement, 1986.
#   [doi:10.1016/S0140-6736(86)90837-8](https://doi.org/10.1016/S0140-6736(86)90837-8)
# - Shrout and Fleiss, Intraclass correlations, 1979. [doi:10.1037/0033-2909.86.2.420](https://doi.org/10.1037/0033-2909.86.2.420)
# - Goddard and others, Automation bias: a systematic review, 2012. [doi:10.1136/amiajnl-2011-000089](https://doi.org/10.1136/amiajnl-2011-000089)
# - Maier-Hein and others, Metrics reloaded, 2024. [doi:10.1038/s41592-023-02151-z](https://doi.org/10.1038/s41592-023-02151-z)
# - Tejani and others, CLAIM 2024 update, 2024. [doi:10.1148/ryai.240300](https://doi.org/10.1148/ryai.240300)
# - Collins and others, TRIPOD+AI, 2024. [doi:10.1136/bmj-2023-078378](https://doi.org/10.1136/bmj-2023-078378)
# - Vickers and Elkin, Decision curve analysis, 2006. [doi:10.1177/0272989X06295361](https://doi.org/10.1177/0272989X06295361)
# - Guo and others, On calibration of modern neural networks, 2017. [arXiv:1706.04599](https://arxiv.org/abs/1706.04599)
#
# ## Next
#
# [Lesson 15](15_your_own_data.ipynb) does all of this with a folder of your own. Lessons 09 to 14 are in the making.
