# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 09 · Can software coach the hand that holds the probe?
#
# A nurse holds the probe, the nearest cardiologist is hours away, and the screen says *tilt towards the head*, *hold*, and records by itself. Such products are sold. In this lesson
# you hold the probe, set the bar for 'good enough', and find out what a low bar lets through and whom a high one sends home without a scan.
#
# ![Six simulated views of one heart, each with a number for its quality; one is cut short at the apex.](attachment:09_guidance.webp)
#
# *One heart, six places of the probe. One of these views is dangerous.*
#
# **Time** 13 minutes reading, 40 minutes doing · **You need** lesson 08 · **This is a course, not a medical device: not for diagnosis.**
#
# After this lesson you can:
#
# - set the bar of a quality gate from what a useless clip costs, and stop it from flickering;
# - keep the quality of the *view* apart from that of the *picture*, and show which of them a meter measures;
# - say who is refused, with an interval;
# - say what a trial of guidance has to compare, and how many operators it needs.

# %% tags=["setup"]
import sys
sys.path[:0] = ["..", "../.."]
from importlib.util import find_spec
assert find_spec("course_utils"), "This page needs its course around it: get the whole folder, as its README says."
from course_utils.checks import guidance as check, progress
progress.begin("09_guidance")

# %% [markdown]
# The settings of this page: what it is worth to keep a usable clip, what a useless one costs, and the seed, with which this computer repeats itself.

# %% tags=["parameters"]
# In one unit of your choice: only their ratio counts.
BENEFIT, HARM = 1.0, 3.0
SEED = 1

# %% [markdown]
# ## The hand and the picture
#
# The probe stands over the apex of a heart that never existed. Move it: slide along the chest, tilt (or fan) about the skin. Sliders, buttons or the arrow keys, after a click into the panel.

# %%
# CLAIM: guidance.quality(16, -8, guidance.patient(7).heart) > guidance.quality(16, 0, guidance.patient(7).heart)
from course_utils import guidance, show

guidance.sweep()

# %% [markdown]
# **Read.** The machine advises until the view is good; then it says *hold* and records after about a second. Here it knows the truth, because this heart is a formula. Two
# things are worth feeling. A wrong slide can be half repaired by a tilt. And a view may *look* fine while the orange line in the sketch misses the apex.
#
# ## What a sonographer sees
#
# Software sees the picture, not the sketch. These are the signs by which people tell where they are.

# %% tags=["picture"]
# CLAIM: window.quality(guidance.Pose(0, 8)) < 0.8 and window.quality(guidance.Pose(34, -16.5)) < 0.8
from course_utils.guidance import pictures

window = guidance.Window(guidance.patient(7, bmi=24))
spots = {"long axis": (0, 0), "slid to the head": (13, 0), "slid to the feet": (-15, 0),
         "apex cut off": (34, -16.5), "tilted to the head": (0, 8), "beside the heart": (20, 9)}
pictures.views(window, spots)

# %% [markdown]
# **Read.** Towards the head a canal opens beside the left atrium: the aorta, the 'five-chamber view'. Towards the feet the coronary sinus crosses behind the valve. *Apex cut off* is
# the dangerous one: round, complete, pretty, and too short. It is called *foreshortened*.
#
# ### Your turn · press
#
# The same patient, another place on the chest, and no machine to help. Find the best view by eye, and press *Record*.

# %%
blind = guidance.sweep("blind", blind=True)
blind

# %% [markdown]
# Recorded? Then the check says how good your view is.

# %% tags=["exercise"]
### BEGIN SOLUTION
blind.set(slide_mm=0, tilt_deg=0)
blind.record()
### END SOLUTION
check.best_view(blind)

# %% [markdown]
# ## How good is a view? A formula
#
# The ventricle is part of an ellipsoid, so what a plane shows of it can be written down: the *share of the long axis* on show, times the *share of the valve's width*. 1 is the
# long axis itself. From 0.8 on we call a view usable. The map shows every pose of the hand.

# %%
# CLAIM: poses.quality(20, -9, heart) > poses.quality(20, 0, heart) and poses.quality(20, -9, heart) < 0.95
from course_utils.guidance import poses

heart = window.heart
pictures.landscape(heart)

# %% [markdown]
# **Read.** The usable poses form a valley. Along it a slide is undone by a tilt, and still the view gets worse: that is foreshortening with the valve kept in the middle.
#
# Is the formula right? The course's own tracing measures the length in the plane, point by point, without it. And what does a too short ventricle do to the volume? The method of
# discs of lesson 06 says.

# %%
# CLAIM: (short.length - short.traced).abs().max() < 0.015 and short.volume.iloc[-1] < 0.7
import numpy as np
import pandas as pd
from course_utils.ejection_fraction import discs
from course_utils.simulate import ventricle

rows, chamber = {}, heart.ventricle(0.0)
for tilt in (0, 10, 20):
    axis, chords = ventricle.tracing(heart, ventricle.View(tilt_deg=tilt), 0.0)
    wide, traced = np.hypot(*np.diff(chords, axis=1)[:, 0].T), np.hypot(*np.diff(axis, axis=0)[0])
    rows[f"{tilt} degrees"] = (float(poses.length_shown(np.radians(tilt), 0.0, chamber)), traced / chamber.length,
                               discs.volume(wide, wide, traced) / 1000 / chamber.volume_ml)
short = pd.DataFrame(rows, index=["length", "traced", "volume"]).T
show.table(short, caption="Share of the truth left by a tilt about the valve (synthetic)", index=True)

# %% [markdown]
# **Read.** Formula and tracing agree to about a hundredth. Twenty degrees take three tenths of the length and about four tenths of the volume, and nothing in the picture looks wrong.
#
# > **At the bedside.** A round apex is a warning. The true apex is thin and hardly moves; a cut one is thick and kicks.
#
# ## Now the machine sees only the picture
#
# A small network learns from other hearts, sliced in known poses: here, in a few seconds, on pictures of 28 x 28 pixels. It says three things: how good the view is, how far the hand
# should go, and, by a second network, how clear the picture is. Then the same chest, with the network in place of the truth.

# %%
# CLAIM: (says.says_quality - known.quality).abs().mean() < 0.2
from course_utils.guidance import coach, sweeps

network = coach.train(*coach.stored("training"), seed=SEED)
frames, known = sweeps.stored()
says = coach.ask(network, frames)
guidance.sweep(says=says)

# %% [markdown]
# **Read.** It is right most of the time, and its mistakes come with the same confidence. After each recording the panel names the true quality: look how often they differ.
#
# How good is it on patients that it never met? Each was looked at in 63 poses. Pictures of one patient resemble each other, so the interval is over patients.

# %%
# CLAIM: follows.estimate > 0.8 and follows.patients == test.patient_id.nunique()
from course_utils import evaluate

test = coach.answers(network, "test")
follows = evaluate.bootstrap(test, lambda rows: rows.quality.corr(rows.says_quality, "spearman"), resamples=500, seed=SEED)
pictures.agreement(test.says_quality, test.quality, follows)

# %% [markdown]
# **Read.** This looks splendid. Do not believe it yet: test and training come from the same simulator, as if one hospital had made both.
#
# ## The advice
#
# Advice has a sign: towards the head, or the feet. It can be read from the aorta and the coronary sinus. Now take a heart without either, the same from both sides.

# %%
from course_utils.checks.predict import predict

guess = predict("How often is the sign of the tilt right on a heart without landmarks?", "9 in 10", "7 in 10", "5 in 10")
guess

# %% [markdown]
# The share of right signs where the tilt is 8 degrees or more, by patient, in both kinds of heart.

# %%
# CLAIM: signs["usual"].estimate > 0.7 and signs["symmetric"].low < 0.5 < signs["symmetric"].high
signs = {}
for name, split in (("usual", "test"), ("symmetric", "symmetric")):
    tilted = coach.answers(network, split).query("abs(tilt_deg) >= 8 and quality > 0")
    right = np.sign(tilted.tilt_deg) == np.sign(tilted.says_tilt_deg)
    signs[name] = evaluate.proportion(right, tilted.patient_id)
show.cards(*[show.card(f"right sign of the tilt, {name} hearts", signs[name], kind="synthetic") for name in signs])

# %% [markdown]
# Open the reading by your prediction above.

# %%
guess.read("About half: a coin. The two sides look the same, so no network, however large, can tell them apart: what is not in the picture cannot be learned. "
           "With landmarks it is right in about four of five, not in all. A cleared product's advice is its weakest part, too: an area under the curve of 0.82.")

# %% [markdown]
# ## A brighter picture is not a better view
#
# Take a bad view and turn up the gain. *Grey* is what a meter of brightness would say; the others are the exact view, the network's view, and its second number, the picture.

# %%
# CLAIM: gains.grey.iloc[-1] > 1.3 * gains.grey.iloc[0] and gains.view_exact.nunique() == 1
bad = guidance.Pose(14, 0)
shots = {f"{gain:+d} dB": window.frame(bad, gain_db=gain) for gain in (-4, 0, 4, 8)}
gains = coach.ask(network, np.stack(list(shots.values())))[["says_quality", "says_picture"]].set_axis(shots)
gains.columns = ["view, network", "picture, network"]
gains.insert(0, "grey", [shot.mean() for shot in shots.values()])
gains.insert(1, "view_exact", window.quality(bad))
show.table(gains, caption="One pose, four gains (synthetic)", index=True)

# %% [markdown]
# **Read.** Nothing about the plane has changed, so a number for the view must not move; the network's hardly does, because brightness is taken out of each picture before it sees it. Brightness rises by half.
# That is why view and picture are two meters, and are never added up: a splendid picture of the wrong plane is the most dangerous clip of all. (They do travel
# together: a plane beside the heart is often dull as well.)
#
# ## The bar, from what it costs
#
# The number is no probability yet. On *validation* patients we fit how often a view is usable, given the number.

# %%
check_up = coach.answers(network, "validation")
chance = guidance.chance_usable(check_up.says_quality, check_up.quality >= poses.USABLE, check_up)
show.say(f"Half of the views are usable at a number of {chance.score_at(0.5):.2f}, nine in ten at {chance.score_at(0.9):.2f}.")

# %% [markdown]
# ### Your turn · write
#
# A usable clip is worth `BENEFIT`. A useless one costs `HARM`: a wrong volume that somebody believes. Keep a clip if its chance p of being usable gains at least as much as it risks.
# Write the least such chance, `bar`.

# %% tags=["exercise"]
benefit, harm = BENEFIT, HARM
bar = ...
### BEGIN SOLUTION
bar = harm / (benefit + harm)
### END SOLUTION
check.bar(bar, benefit=benefit, harm=harm)

# %% [markdown]
# What would every other bar have done? On the test patients, at all 63 poses:

# %%
# CLAIM: (np.diff(lost) >= 0).all() and kept[-1] > kept[0] + 0.2
usable, bars = test.quality >= poses.USABLE, np.linspace(0.3, 0.95, 27)
kept = [usable[test.says_quality >= one].mean() for one in bars]
lost = [(test.says_quality < one).mean() for one in bars]
pictures.price(bars, kept, lost, wanted=chance.score_at(HARM / (BENEFIT + HARM)))

# %% [markdown]
# **Read.** Both curves belong to one result. 'Of the accepted, 95 % were usable' can always be had: refuse more. The dotted line is the bar from your costs.
#
# ## A meter that trembles
#
# The network looks ten times a second, and in one and the same place its number wanders. Here a hand searches, finds a view, and holds it.

# %%
# CLAIM: gates.switched_on(guidance.Gate(0.8, 0.8).states(scores)) * len(scores) > 10
from course_utils.guidance import gates

climb = np.clip(np.arange(600) / 250, 0, 1) * 0.55 + 0.27
scores = np.clip(climb + 0.05 * gates.wandering(600, memory=0.9, seed=SEED), 0, 1)
pictures.trace(scores, guidance.Gate(on=0.8, off=0.8, dwell=1))

# %% [markdown]
# **Read.** One threshold and no patience: it opens and closes again and again, and records at the first lucky moment. Two thresholds mend the first fault: open at `on`, and once open,
# stay open until the score falls below `off`.
#
# ### Your turn · write
#
# Write that rule: one `True` or `False` for each score. It begins shut.

# %% tags=["exercise"]
def opened(scores, on, off):
    ...
### BEGIN SOLUTION
def opened(scores, on, off):
    state, states = False, []
    for score in scores:
        state = score >= (off if state else on)
        states.append(state)
    return states
### END SOLUTION
check.hysteresis(opened)

# %% [markdown]
# A *dwell* mends the second: record after so many looks in a row.
#
# ### Your turn · change
#
# Choose two thresholds, `off` below `on`, and a dwell, so that what is recorded has a mean number of 0.7 or more. Guess after how many seconds that is, and run.

# %% tags=["exercise"]
gate, my_guess = guidance.Gate(on=0.8, off=0.8, dwell=1), ...
### BEGIN SOLUTION
gate, my_guess = guidance.Gate(on=0.8, off=0.7, dwell=10), 26
### END SOLUTION
check.capture(my_guess, gate=gate, scores=scores)

# %% [markdown]
# Each second of dwell is a second that a novice must hold still. What it buys can be calculated. If a bad view passes by luck with chance p in each look, independent of the
# others, D in a row take (1 - p^D) / ((1 - p) p^D) looks. One threshold at the middle of a wandering score opens arccos(ρ) / 2π times a look. Formula against simulation:

# %%
# CLAIM: (forms.simulated / forms.formula - 1).abs().max() < 0.12
draws = np.random.default_rng(SEED)
lucky = [np.mean([guidance.Gate(0.7, 0.7, dwell).captured(draws.random(900)) + 1 for _ in range(400)]) for dwell in (1, 3)]
flips = [gates.switched_on(gates.wandering(40_000, memory, SEED) >= 0) for memory in (0.0, 0.9)]
forms = pd.DataFrame({"formula": [guidance.wait(0.3, 1), guidance.wait(0.3, 3), guidance.flicker(0), guidance.flicker(0.9)],
                      "simulated": lucky + flips},
                     index=["looks until 1 lucky, p 0.3", "until 3 in a row", "openings a look, ρ 0", "openings a look, ρ 0.9"])
show.table(forms, digits=3, index=True)

# %% [markdown]
# **Read.** The formulas hold, for independent looks. Real looks are not independent: neighbours resemble each other, so three in a row are *less* surprising than the formula says.
#
# **The best of many.** Products also offer 'keep the best clip'. Suppose all clips of a patient are equally good, and each score is off by chance. By how many standard deviations is
# the best one flattered?

# %%
# CLAIM: abs(luck.iloc[-1] - guidance.flattery(50)) < 0.1
luck = pd.Series({count: np.random.default_rng(SEED).standard_normal((4000, count)).max(axis=1).mean() for count in (2, 10, 50)})
table = pd.DataFrame({"clips": luck.index, "formula": [guidance.flattery(count) for count in luck.index], "simulated": luck.to_numpy()})
show.table(table, caption="Standard deviations by which the best clip is flattered", index=False)

# %% [markdown]
# **Read.** The best of fifty equal clips looks more than two standard deviations better than it is. Choose by the score, then report a *fresh* one.
#
# ## Who is refused?
#
# So far the hand was the problem. Now new patients with the probe in the *perfect* pose. A clip is accepted if the view reaches your bar and the picture is clear enough to
# trace. Heavier bodies give hazier pictures; we put that into the simulation, as it is on the ward.
# The bar on the picture, 0.65, is our choice, and everything hangs on it: at 0.5 hardly anybody is refused, at 0.72 more than half.

# %%
# CLAIM: (clinic.says_picture < 0.5).mean() < 0.05 and (clinic.says_picture < 0.72).mean() > 0.5
clinic = coach.answers(network, "clinic")
clinic["third"] = pd.qcut(clinic.bmi, 3, labels=["lightest", "middle", "heaviest"])
view_bar, picture_bar = chance.score_at(HARM / (BENEFIT + HARM)), 0.65
clinic["refused"] = (clinic.says_quality < view_bar) | (clinic.says_picture < picture_bar)
show.say(f"{clinic.refused.sum()} of {len(clinic)} patients are refused.")

# %% [markdown]
# ### Your turn · write
#
# Make `by_third`: the share refused in each `third`, with its interval. `evaluate.proportion` gives both, from the column `refused` of one third.

# %% tags=["exercise"]
by_third = ...
### BEGIN SOLUTION
by_third = {third: evaluate.proportion(rows.refused) for third, rows in clinic.groupby("third", observed=True)}
### END SOLUTION
check.refused(by_third, clinic=clinic)

# %% [markdown]
# The same as a picture.

# %%
# CLAIM: shares["heaviest"].estimate > shares["lightest"].estimate
shares = {third: evaluate.proportion(rows.refused) for third, rows in clinic.groupby("third", observed=True)}
pictures.refusals(shares)

# %% [markdown]
# **Read.** Every one of these patients had the probe in the right place, and all views pass; it is the picture that fails, more often in the heavier. With twenty people a third the
# intervals are wide, and they overlap. A table of 'accuracy among the accepted' would not show them at all. A refusal is an outcome: count it, with
# an interval, by group, before you praise the rest.
#
# ## The arm that three trials left out
#
# Three cleared products were tried in the same way: eight or nine novices *with* guidance, about 240 patients, each scanned again by an expert *without* (Narang, 2021; Mor-Avi, 2023; the registry's
# NCT05874128). None of the three had novices without guidance. Here they are: the same eight novices, unguided and guided, and eight experts. The hands are simulated, and how well a novice sees is our assumption; what the network advises is what it
# said on slices of the test patients.

# %%
# CLAIM: effect.low < 0 < effect.high and effect.patients == 8 and (trial.recorded & ~trial.usable)[trial.arm == trials.GUIDED].mean() > 0.05
from course_utils.guidance import trials

gate = guidance.Gate(view_bar, view_bar - 0.1, dwell=3)
trial = trials.run(8, test, gate=gate, seed=SEED)
clips = guidance.by_operator(trial)
effect = trials.effect(clips)
pictures.operators(clips, effect)

# %% [markdown]
# **Read.** One point is one operator, and a novice's two points are joined. What was learned about *guidance* are eight differences, however many patients were scanned; and the
# interval of eight reaches from harm to a large gain. Part of the advice
# is not followed, part of it is wrong, and some clips that the machine recorded by itself are not usable: it chose the moment at which its own number was luckiest.
#
# What would the published design have shown of the same trial, and what does it become if scans are counted as people?

# %%
# CLAIM: apart[1][1] - apart[1][0] < 1.2 and len(apart) == 3
gap, low, high = trials.against_experts(clips)
scans = {arm: rows.usable for arm, rows in trial.groupby("arm")}
rates = [scans[arm].mean() for arm in (trials.GUIDED, trials.UNGUIDED)]
half = 1.96 * sum(rate * (1 - rate) / 80 for rate in rates) ** 0.5
apart = [(effect.low, effect.high), (low, high), (rates[0] - rates[1] - half, rates[0] - rates[1] + half)]
show.table(pd.DataFrame({
    "compared": ["guided - unguided novices", "guided novices - experts", "guided - unguided, scans as n"],
    "difference": [effect.estimate, gap, rates[0] - rates[1]], "low": [one for one, _ in apart], "high": [one for _, one in apart],
    "n": ["8 novices", "8 and 8", "160 scans"]}), caption="One trial, three tables (synthetic)", index=False)

# %% [markdown]
# **Read.** The second row is what was published: novices beside experts. It holds no effect of the guidance, because nobody knows how the novices would have done alone. The third row
# pretends that 160 scans are 160 people.
#
# ### Your turn · change
#
# How many operators make the interval of the first row 0.2 wide, or somewhat less? Guess the width you will get, change `operators`, run.

# %% tags=["exercise"]
operators, my_guess = 8, ...
### BEGIN SOLUTION
operators, my_guess = 28, 0.19
### END SOLUTION
larger = guidance.by_operator(trials.run(operators, test, gate=gate, seed=SEED))
check.enough(my_guess, operators=operators, effect=trials.effect(larger))

# %% [markdown]
# > **At the bedside.** Ask a vendor three things: how many *operators* were in the trial, who scanned without guidance, and how many patients went home without a clip.
#
# ## Where this breaks
#
# - **One simulator.** Training and test hearts come from the same formulas. Real windows, ribs and breathing do not.
# - **No rotation.** This lesson slides and tilts. Turning the probe needs a right heart that follows the turn, which the simulation does not have.
# - **A GPS that is sure of the wrong street.** The network advises on any picture, also where there is no heart.
# - **An assumption inside the trial.** How well novices see was put in by us, so the size of the effect means nothing; the width of its interval does.
# - **A still heart.** Everything here is end-diastole. A cut apex shows itself when it moves.
#
# ## Quiz
#
# Three questions, with a reply for each answer.

# %%
check.quiz_1.ask()

# %% [markdown]
# The second is about the meter.

# %%
check.quiz_2.ask()

# %% [markdown]
# The third is about the best clip.

# %%
check.quiz_3.ask()

# %% [markdown]
# Your results so far, kept on this computer only, and how this page is closed to give its memory back:

# %%
progress.end("09_guidance")

# %% [markdown]
# ## Summary
#
# - A view is a plane; a picture is what the machine makes of it. Two numbers, never one.
# - A foreshortened ventricle looks complete and is too small.
# - The bar follows from costs: harm / (benefit + harm). Two thresholds and a dwell stop the flicker.
# - Whoever is refused belongs to the result.
# - The effect of guidance needs unguided novices, and n is the number of operators.
#
# ## Words
#
# | word | what it means here |
# |---|---|
# | foreshortened | cut beside the true apex, so that the ventricle looks too short |
# | five-chamber view | a plane too far towards the head: the aorta comes into the picture |
# | hysteresis | two thresholds, one to open and a lower one to close |
# | dwell | how long a view must stay good before it is recorded |
# | clustered | several scans of one operator resemble each other, and do not count as several |
#
# ## References
#
# - Narang and others, Utility of a deep-learning algorithm to guide novices to acquire echocardiograms, 2021.
#   [doi:10.1001/jamacardio.2021.0185](https://doi.org/10.1001/jamacardio.2021.0185)
# - Mor-Avi and others, Deep learning assisted echocardiography by novices, 2023.
#   [doi:10.1161/CIRCIMAGING.123.015569](https://doi.org/10.1161/CIRCIMAGING.123.015569)
# - ClinicalTrials.gov, [NCT05874128](https://clinicaltrials.gov/study/NCT05874128): the trial of HeartFocus, 8 nurses with 30 patients each; FDA 510(k) K242807, 2025.
# - FDA, 510(k) K223347, UltraSight AI Guidance, 2023: the area under the curve of 0.82.
# - Ferraz and others, Assisted probe guidance in cardiac ultrasound: a review, 2023. [doi:10.3389/fcvm.2023.1056055](https://doi.org/10.3389/fcvm.2023.1056055)
# - Echo-POSED, pose learnt by slicing volumes, 2026. [arXiv:2606.02634](https://arxiv.org/abs/2606.02634)
# - Vickers and Elkin, Decision curve analysis, 2006. [doi:10.1177/0272989X06295361](https://doi.org/10.1177/0272989X06295361)
#
# ## Next
#
# [Lesson 10](10_denoise.ipynb) asks whether a smoother image is a truer one.
