# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 12 · What would I do differently with this number?
#
# A machine gives you an ejection fraction, a risk, a warning. The number is only as good as what you do with it.
#
# ![Share of synthetic cases read rightly alone and with a machine; where the machine errs, it falls steeply with it.](attachment:12_decide.webp)
#
# *Made-up readers, alone and with a machine that is wrong on some.*
#
# **Time** 10 minutes reading, 45 minutes doing · **You need** lesson 08 · **This is a course, not a medical device: not for diagnosis.**
#
# After this lesson you can:
#
# - say what a suggestion does to your own reading, in numbers;
# - tell a predictor that helps from one that sounds as if it did;
# - repair a risk that is too high in your hospital, say when it is worth acting on, and count whom a model refuses;
# - put one patient's change into the range of healthy people, and say whether it is a change.

# %% tags=["setup"]
import sys
sys.path[:0] = ["..", "../.."]
from importlib.util import find_spec
assert find_spec("course_utils"), "This page needs its course around it: get the whole folder, as its README says."
from course_utils.checks import decide as check, progress
progress.begin("12_decide")

# %% [markdown]
# The settings of this page: how many patients the clinic has followed, and the seed, with which this computer repeats itself.

# %% tags=["parameters"]
PEOPLE = 300
SEED = 1

# %% [markdown]
# ## Twenty hearts, and a machine that errs
#
# Read twenty hearts by eye: is the ejection fraction below 50 %? Then read them once more with a machine beside you. It is wrong on some of them, **by design**. Nobody sees your
# answers; they stay on this page.

# %%
from course_utils.decide import readings
from course_utils.evaluate import reading

hearts, truth, machine, names = readings.hearts(SEED)
reader = reading.Reader(hearts, truth, machine, "Is the ejection fraction below 50 % (synthetic)?",
                        demo=False, seed=SEED)
reader

# %% [markdown]
# ### Your turn · press
#
# Twice twenty clicks, about five minutes. Then run the next cells.

# %% tags=["exercise"]
### BEGIN SOLUTION
for number in range(40):  # a reader who does not look at all: yes, no, yes, no
    reader.press("yes" if number % 2 else "no")
### END SOLUTION
check.read(reader)

# %% [markdown]
# Your own page, to print and to keep:

# %%
shown, printed = readings.own(reader, truth, machine)
shown

# %% [markdown]
# What it looks like for twenty **made-up** readers together, 400 readings. Each is right on four of five hearts, and follows the machine in three of five quarrels:

# %% tags=["picture"]
# CLAIM: (truth != machine).sum() == 6
# CLAIM: made_up.where_wrong[1].estimate < made_up.where_wrong[0].estimate - 0.2
# CLAIM: abs(made_up.change.estimate) < 0.1
import numpy as np
from course_utils.decide import pictures
from course_utils.evaluate import reading_result

all_truth, all_machine = np.tile(truth, 20), np.tile(machine, 20)
made_up = reading_result.result(reading.demo_answers(all_truth, all_machine, SEED), all_truth, all_machine)
pictures.read(made_up)

# %% [markdown]
# **Read.** The two upper lines say that little has changed. The two lower ones say what has: where the machine errs, it took right answers away. That is *automation bias*, and the average
# hides it. Radiologists of all grades fell for it in a trial with mammograms (Dratsch, 2023). On your own page the intervals are wide, since the machine errs on six of your twenty hearts.
#
# > **At the bedside.** Read first, then look at the machine's number. Once you have seen it, you cannot un-see it.
#
# ## Who will get worse?
#
# A clinic follows the ejection fraction for three years. Who will have an event in the next one? Here are three of its patients: **synthetic**, so the truth is known.

# %%
from course_utils import decide

clinic = decide.cohort(PEOPLE, SEED)
pictures.trend(clinic, list(clinic.patient_id[:3]))

# %% [markdown]
# **Read.** The dots are readings, the dashed line runs through them, the dotted one is the heart. A reading errs by about four points, so a line through three readings errs by about
# two points a year. That is as much as patients differ.
#
# Age, BNP, the last ejection fraction, its trend: which of them would you want?

# %%
from course_utils.checks.predict import predict

helps = predict("The last EF, age and BNP are known. What does the trend add to the area under the ROC curve?",
                "hardly anything", "about 0.05", "0.10 or more")
helps

# %% [markdown]
# Five models learn from the clinic's patients. Each is judged on 4000 new ones. *Shrunken* is the trend, pulled towards the mean as far as it is noise.

# %%
# CLAIM: areas["last EF"].estimate > areas["age, BNP"].estimate
import pandas as pd
from course_utils import evaluate, show

fresh = decide.cohort(4000, SEED + 1000)
three = ["last_ef", "age", "bnp"]
known = {"age, BNP": ["age", "bnp"], "last EF": ["last_ef"], "last EF, age, BNP": three,
         "and the trend": [*three, "slope"], "and the shrunken trend": [*three, "shrunken"]}
models = {name: decide.fit(clinic, columns) for name, columns in known.items()}
risks = {name: model.risk(fresh) for name, model in models.items()}
areas = {name: evaluate.roc(fresh.event, risk).area for name, risk in risks.items()}
show.table(pd.DataFrame(areas, index=["area", "low", "high"]).T,
           caption=f"Learned on {PEOPLE} patients, judged on {len(fresh)} new ones (synthetic)")

# %% [markdown]
# Is that the luck of this clinic? Thirty other clinics of the same size, each with and without the trend, judged on the same new patients; then on eight other groups of 4000.

# %%
# CLAIM: others.abs().max() < 0.005 and (SEED != 1 or others.min() < 0 < others.max())
# CLAIM: abs(gained.mean()) < 0.003 and gained.abs().max() < 0.015 and gained.min() < 0 < gained.max()
without, trend = known["last EF, age, BNP"], known["and the shrunken trend"]
clinics = [decide.cohort(PEOPLE, SEED + number) for number in range(1, 31)]
fits = [(decide.fit(one, trend), decide.fit(one, without)) for one in clinics]
groups = [fresh, *(decide.cohort(4000, SEED + 1000 + number) for number in range(1, 9))]
gains = pd.DataFrame([[evaluate.auc(new.event, much.risk(new)) - evaluate.auc(new.event, little.risk(new))
                       for much, little in fits] for new in groups])
gained, others = gains.loc[0], gains.loc[1:].mean(axis=1)
show.card("Area gained by the trend", gained.mean(), n=f"range of 30 clinics of {PEOPLE} patients: {gained.min():.3f} to {gained.max():.3f}; "
          f"{(gained > 0).sum()} of 30 gain. The mean, judged by eight other groups: {others.min():.4f} to {others.max():.4f}", kind="synthetic", digits=4)

# %% [markdown]
# **Read.** A thousandth or so on average, about a hundredth in the clinic with the most, up or down. All thirty share the patients who judge, and with others the sign of the mean can turn (the last two numbers of the card). The last ejection fraction already carries most of what the trend knows, and the rest of it is mostly reading error.
# 'It falls by five points a year', from three visits, is no finding.
#
# ## How many patients does a model need?
#
# Too few patients make a model too sure of itself. Riley's rule says how many keep its predictions from being more than a tenth too extreme.
#
# ### Your turn · change
#
# Five predictors need 425 patients when the model is expected to explain a tenth (`r_squared`). How many need eight? Guess first, change `predictors`, run.

# %% tags=["exercise"]
# CLAIM: round(decide.patients_needed(100, 0.1) / 100) == 85
predictors, my_guess = 5, ...
### BEGIN SOLUTION
predictors, my_guess = 8, 700
### END SOLUTION
check.sample(my_guess, predictors=predictors, needed=decide.patients_needed(predictors, r_squared=0.1))

# %% [markdown]
# **Read.** Each predictor costs 85 patients here. That is why forty 'AI features' from a hundred patients foretell nothing.
#
# ## The same risk, another hospital
#
# Now a table of real errors: what an automatic ejection fraction said of simulated hearts in two hospitals. Its probability of 'EF 40 % or less' was made in Hospital A.

# %%
# CLAIM: abs(before["Hospital B"].intercept.estimate) > abs(before["Hospital A"].intercept.estimate)
from course_utils.cases import samples
from course_utils.evaluate import pictures as judged

screened = samples.table("screening")
test = screened.query("split == 'TEST' and not refused")
before = {name: evaluate.calibration(part.reduced, part.probability, bins=5)
          for name, part in test.groupby("hospital")}
judged.reliability(before["Hospital B"])

# %% [markdown]
# Both hospitals beside each other:

# %%
# CLAIM: before["Hospital B"].intercept.high < 0 and 0.9 < order["Hospital B"].estimate < order["Hospital A"].estimate
order = {name: evaluate.roc(part.reduced, part.probability).area for name, part in test.groupby("hospital")}
show.cards(*(show.card(f"Intercept, {name}", found.intercept, kind="synthetic") for name, found in before.items()),
           *(show.card(f"Area, {name}", area, kind="synthetic") for name, area in order.items()))

# %% [markdown]
# **Read.** An intercept below 0 says: too high. Hospital B's older machine reads ejection fractions too low, so the same model sees disease where there is less. The *order* of the
# patients is somewhat worse there too, and still so good that the area alone, above 0.9, would have been praised. It says nothing about the size of the risks.
#
# ### Your turn · write
#
# `shift` is Hospital B's intercept, measured on patients of its own whom nobody tests on; `risk` holds what the model says of its test patients.

# %%
from scipy.special import expit, logit

tuning = screened.query("split == 'VAL' and hospital == 'Hospital B' and not refused")
shift = evaluate.calibration(tuning.reduced, tuning.probability, bins=5).intercept.estimate
there = test[test.hospital == "Hospital B"]
risk = there.probability.clip(1e-6, 1 - 1e-6)

# %% [markdown]
# Make `updated`: the risks in `risk` moved by `shift` on the scale of log odds. `logit` goes there, `expit` comes back.

# %% tags=["exercise"]
updated = ...
### BEGIN SOLUTION
updated = expit(logit(risk) + shift)
### END SOLUTION
check.update(updated, risk=risk, shift=shift)

# %% [markdown]
# The course's own update, judged on the test patients of Hospital B:

# %%
# CLAIM: abs(after.intercept.estimate) < abs(before["Hospital B"].intercept.estimate)
repaired = decide.shifted(there.probability, shift)
after = evaluate.calibration(there.reduced, repaired, bins=5)
show.cards(show.card("Intercept before", before["Hospital B"].intercept, kind="synthetic"),
           show.card("Intercept after", after.intercept, kind="synthetic"))

# %% [markdown]
# **Read.** One number, learned from patients of your own, repairs the mean. It does not repair the slope: a model that is too sure stays so.
#
# ## When is it worth acting?
#
# To act at a risk of 20 % says that one patient found is worth four false alarms. *Net benefit* counts hits, minus false alarms at that price.
#
# ### Your turn · write
#
# At 20 %, `acted` says who is called in Hospital B, and `ill` who is.

# %%
threshold = 0.2
ill, acted = there.reduced.to_numpy(bool), there.probability.to_numpy() >= threshold

# %% [markdown]
# Make `worth`: hits per patient, minus false alarms per patient times `threshold / (1 - threshold)`.

# %% tags=["exercise"]
worth = ...
### BEGIN SOLUTION
worth = (ill & acted).mean() - (~ill & acted).mean() * threshold / (1 - threshold)
### END SOLUTION
check.benefit(worth, ill=ill, acted=acted, threshold=threshold)

# %% [markdown]
# The same at every threshold, with its interval, beside the two that need no model. First the risks as they were delivered:

# %%
# CLAIM: ((curve.ppv > curve.threshold) == (curve.model > 0)).all()
curve = evaluate.net_benefit(there.reduced, there.probability, [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
curve["ppv"] = [there.reduced[there.probability >= cut].mean() for cut in curve.threshold]
judged.decision_curve(curve)

# %% [markdown]
# **Read.** Take the threshold that you would act on, not the one where the curve looks best. There is a bedside way to read it: acting on the model is worth more than nothing if its *positive
# predictive value* is above the threshold, and worth more than acting on all if fewer of those it clears are ill than the threshold says.
#
# These were the risks that are too high. What is the repair worth, on the same patients?

# %%
# CLAIM: (worths["repaired"] > worths["as delivered"]).all() and repair.low > 0
mended = evaluate.net_benefit(there.reduced, repaired, curve.threshold)
worths = pd.DataFrame({"act on all": curve.treat_all, "as delivered": curve.model, "repaired": mended.model}).set_axis(curve.threshold)
price = np.where(ill, 1, -threshold / (1 - threshold))  # of acting on each patient, at 20 %
repair = evaluate.bootstrap(price * ((repaired >= threshold).astype(int) - acted), seed=SEED)
show.table(worths, caption="Net benefit per patient at each threshold, Hospital B (synthetic)", digits=3)

# %% [markdown]
# The gain at 20 %, patient by patient:

# %%
show.card("Net benefit gained by the repair, at 20 %", repair, kind="synthetic", digits=3)

# %% [markdown]
# **Read.** One number, learned from patients of your own, is worth something at every threshold here: at 20 % as much as four more patients found in a hundred, at no more false alarms.
# That is why calibration comes before the decision.
#
# The machine refused some patients. They are patients all the same. Three ways to count them, at 20 %, with the risks as delivered:

# %%
# CLAIM: counted["left out"] >= counted["refused means wait"]
everyone = screened.query("split == 'TEST' and hospital == 'Hospital B'")
ways = {"left out": everyone.dropna(subset=["probability"]),
        "refused means look again": everyone.fillna({"probability": 1.0}),
        "refused means wait": everyone.fillna({"probability": 0.0})}
counted = {name: evaluate.net_benefit(part.reduced, part.probability, [0.2]).model.iloc[0]
           for name, part in ways.items()}
people = {name: len(part) for name, part in ways.items()}
show.table(pd.DataFrame({"patients": people, "net benefit": counted}),
           caption="Hospital B, acting at 20 % (synthetic)", digits=3)

# %% [markdown]
# **Read.** A paper that leaves refusals out reports the first row. What your clinic gets is one of the other two, and which one depends on what you do with a refused patient.
#
# ## May it say 'I do not know'?
#
# Back to the clinic, and to its three predictors. Call an event from a risk of one half on, and refuse those whose risk lies nearest to it.

# %%
# CLAIM: 0 < left < useless
risk_now = risks["last EF, age, BNP"]
wrong = (risk_now >= 0.5) != fresh.event
steps = decide.accepting(wrong, abs(risk_now - 0.5))
left, useless, perfect = decide.augrc(wrong, abs(risk_now - 0.5)), wrong.mean() / 2, wrong.mean() ** 2 / 2
pictures.abstaining(steps, chosen=0.8)

# %% [markdown]
# One number for the whole curve, the area under it, beside the two ends that are known in closed form:

# %%
show.table(pd.DataFrame({"AUGRC": {"confidence that says nothing (e / 2)": useless, "this model": left,
                                   "confidence that is perfect (e² / 2)": perfect}}),
           caption=f"e = {wrong.mean():.3f} wrong of all answers; {len(fresh)} patients (synthetic)", digits=3)

# %% [markdown]
# **Read.** Refusing helps, and it is not free: somebody reads the refused ones. Never compare two models at different coverage. And ask who is refused:

# %%
# CLAIM: asked["age 75 and over"] > asked["below 65"]
unsure = decide.abstain.unsure(risk_now, 0.5, 0.2)
ages = pd.cut(fresh.age, [0, 65, 75, 120], labels=["below 65", "65 to 74", "age 75 and over"], right=False)
asked = pd.Series(unsure, fresh.index).groupby(ages, observed=True).mean()
show.table(pd.DataFrame({"share refused": asked, "patients": ages.value_counts()}), caption="Whom this model refuses (synthetic)")

# %% [markdown]
# **Read.** Refusals fall more on the old here. Count them as an outcome, by group.
#
# ## An interval that holds for the next patient
#
# *Conformal* prediction takes the errors on some patients and makes an interval that holds for nine in ten new ones, whatever the model. On average, that is. Per hospital:

# %%
# CLAIM: held["Hospital B"] < held["Hospital A"]
calibrating = screened[screened.split == "VAL"].dropna(subset=["ef"])
interval = decide.conformal(calibrating.ef - calibrating.ef_true, level=0.9)
held = pd.Series(interval.holds(test.ef - test.ef_true)).groupby(test.hospital.to_numpy()).mean()
show.table(pd.DataFrame({"covered": held, "patients": test.hospital.value_counts()}),
           caption=f"EF plus or minus {interval.half:.1f} points, from {interval.cases} patients; nominal 0.90 (synthetic)")

# %% [markdown]
# **Read.** The promise is about the average patient, and it is kept by covering one hospital too often and the other too rarely. Ask for your own.
#
# ## What 'early' costs
#
# 'Ring when the ejection fraction falls by so many points below the first reading.' Each visit is one more chance for noise to look like a fall. Move both sliders.
#
# ### Your turn · press
#
# With four visits, find the smallest `drop` at which fewer than 50 of 1000 *unchanged* patients ring. Look at what is left for the others.

# %%
rule = show.explore(pictures.alarms, drop=(4, 24, 8), visits=(1, 12, 4))
rule

# %% [markdown]
# Leave the sliders there and run the next cell.

# %% tags=["exercise"]
# CLAIM: decide.ringing(14, 4) < 0.05 <= decide.ringing(13, 4)
# CLAIM: decide.ringing(14, 4, 10) < decide.ringing(8, 4, 10)
### BEGIN SOLUTION
rule.set(drop=14)
### END SOLUTION
check.quiet(rule)

# %% [markdown]
# **Read.** Earlier means more alarms for nothing, or later for those who fall. No rule escapes it; only a better reading does. This is the smallest detectable change of lesson 08, with
# several looks.
#
# ## What does normal look like?
#
# A number means something beside others. Here are 600 healthy people (**synthetic**), the band in which 95 of 100 lie, and the calf of one woman, followed for six years. Each visit has another
# reader; that they scatter by 0.6 mm is an assumption.

# %%
# CLAIM: abs(visits.value.iloc[-1] - visits.value.iloc[0]) > limit
normal = decide.healthy(600, SEED)
band = decide.band(normal, "calf_mm")
noise = 0.6  # mm, the spread of one reading by another reader: assumed
visits = pd.DataFrame({"age": [58, 60, 62, 64], "value": [18.4, 17.3, 16.6, 15.2]})
limit = 1.96 * 2**0.5 * noise
pictures.followed(band, "F", visits, noise, "mm", "calf thickness")

# %% [markdown]
# Where she stands, and how far she came:

# %%
# CLAIM: places[0] > 0.5 > places[1] > 0.025
places = [band.centile(row.value, row.age, "F") for row in visits.iloc[[0, -1]].itertuples()]
show.cards(show.card("Centile at 58", 100 * places[0], kind="synthetic", digits=0),
           show.card("Centile at 64", 100 * places[1], kind="synthetic", digits=0),
           show.card("Smallest detectable change", limit, "mm", kind="synthetic", digits=1))

# %% [markdown]
# **Read.** Two questions, two answers. *Is she normal?* Yes, at every visit. *Has she changed?* Yes, by more than two readings differ by chance. A reference band alone would have said
# 'normal' four times and missed it.
#
# Lesson 08 finds about 0.7 mm with the course's network where 1.7 mm stands here, and calls a loss of 1.1 mm a change; on 217 people it was 0.8 mm (0.6 to 1.3). There one network measured twice; here readers change over years. The limit
# belongs to who measures, so measure your own. Detectable does not yet mean that it matters to her.
#
# The same for the ejection fraction, beside the limits of the guideline, which have no age (Lang, 2015):

# %%
# CLAIM: ((bounds["low, F"] - 54).abs() < 2).all() and ((bounds["low, M"] - 52).abs() < 2).all()
heart_band = decide.band(normal, "ef")
ends = {age: [*heart_band.limits(age, "F")[::2], *heart_band.limits(age, "M")[::2]] for age in (30, 50, 70, 90)}
bounds = pd.DataFrame(ends, index=["low, F", "high, F", "low, M", "high, M"]).T
bounds.loc["guideline"] = [54, 74, 52, 72]
show.table(bounds.rename_axis("age"), caption="EF in per cent, 95 of 100 healthy people (synthetic; its mean and spread are the guideline's)", digits=0)

# %% [markdown]
# **Read.** The band returns what was put in: in this simulation a healthy heart does not age. Where your patients' hearts do, only a band of your own shows it. And the question of this course has its answer: the calf has become thinner; whether you act on it is the next conversation, with her.
#
# ## Where this breaks
#
# - **The outcome among the predictors.** A BNP drawn because she collapsed foretells the collapse. So does the number of visits, if the ill come more often.
# - **Gaps filled with everybody.** Means that include the test patients carry them into training.
# - **The best threshold.** Chosen where the curve looks best, it is best for that curve only.
# - **A repair tested on its own patients.** Shift on some, judge on others.
# - **Accurate and useless.** A sepsis alert was right often, and in a randomised trial nothing changed for the patients (Downing, 2019).
#
# ## Quiz
#
# Three questions, with a reply for each answer.

# %%
check.quiz_1.ask()

# %% [markdown]
# The second is about another hospital.

# %%
check.quiz_2.ask()

# %% [markdown]
# The third is about a rule that rings.

# %%
check.quiz_3.ask()

# %% [markdown]
# Your results so far, kept on this computer only, and how this page is closed to give its memory back:

# %%
progress.end("12_decide")

# %% [markdown]
# ## Summary
#
# - Read first, then look at the machine; count what it takes from you where it errs.
# - A noisy trend adds too little to the last reading to act on.
# - Calibrate where you work: one number repairs the mean, nothing repairs a missing patient.
# - Net benefit at *your* threshold, with the refused counted.
# - 'Normal' and 'changed' are two questions.
#
# ## Words
#
# | word | what it means here |
# |---|---|
# | automation bias | following a machine against one's own right answer |
# | calibration | of all with a risk of 20 %, one in five has the event |
# | intercept | how far all risks are too high or too low, in log odds |
# | net benefit | hits per patient, minus false alarms at the price that the threshold sets |
# | coverage | the share of patients who get an answer, or whose truth lies in the interval |
# | centile | the share of healthy people of this age and sex with a smaller value |
#
# ## References
#
# - Dratsch and others, Automation bias in mammography, 2023. [doi:10.1148/radiol.222176](https://doi.org/10.1148/radiol.222176)
# - Riley and others, Minimum sample size for a prediction model, 2019. [doi:10.1002/sim.7992](https://doi.org/10.1002/sim.7992)
# - Van Calster and others, Calibration: the Achilles heel, 2019. [doi:10.1186/s12916-019-1466-7](https://doi.org/10.1186/s12916-019-1466-7)
# - Vickers and others, Interpreting decision curves, 2019. [doi:10.1186/s41512-019-0064-7](https://doi.org/10.1186/s41512-019-0064-7)
# - Traub and others, Selective classification and the AUGRC, 2024. [arXiv:2407.01032](https://arxiv.org/abs/2407.01032)
# - Angelopoulos and Bates, Conformal prediction, 2021. [arXiv:2107.07511](https://arxiv.org/abs/2107.07511)
# - Downing and others, A randomised sepsis alert, 2019. [doi:10.1136/bmjqs-2018-008765](https://doi.org/10.1136/bmjqs-2018-008765)
# - Lang and others, Recommendations for cardiac chamber quantification, 2015. [doi:10.1016/j.echo.2014.10.003](https://doi.org/10.1016/j.echo.2014.10.003)
# - Altman and Chitty, Charts of fetal size, 1994: how reference bands are made.
#   [doi:10.1111/j.1471-0528.1994.tb13006.x](https://doi.org/10.1111/j.1471-0528.1994.tb13006.x)
#
# ## Next
#
# [Lesson 13](13_monitor.ipynb) lets a machine run beside you, and asks how often it cries and who notices when it goes wrong.
