# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 10 · Is a smoother image a truer one?
#
# The scanner has a button that makes the liver look like velvet. A dark spot of a millimetre was on yesterday's scan. Is it gone, or was it smoothed away? And could the button draw one?
#
# ![Speckle with a faint dark spot between four crosses, and the same after smoothing, where the spot is hardly there.](attachment:10_denoise.webp)
#
# *Is there a spot between the crosses? And after smoothing?*
#
# **Time** 11 minutes reading, 40 minutes doing · **You need** lessons 02 and 08 · **This is a course, not a medical device: not for diagnosis.**
#
# After this lesson you can:
#
# - say how well you find a small lesion yourself, with and without smoothing, as a number with its interval;
# - compare filters and a learned denoiser by one rule, and say what PSNR does not see;
# - train a network without a single clean picture, and tell from its loss whether the pictures were honest;
# - ask of any smoother what it takes away and what it puts in.

# %% tags=["setup"]
import sys
sys.path[:0] = ["..", "../.."]
from importlib.util import find_spec
assert find_spec("course_utils"), "This page needs its course around it: get the whole folder, as its README says."
from course_utils.checks import denoise as check, progress
progress.begin("10_denoise")

# %% [markdown]
# The settings of this page: the seed, with which this computer repeats itself, how many scenes are searched for lesions, and how long the network is trained. Everything here is **synthetic**: only so is the truth known.

# %% tags=["parameters"]
SEED = 1
SEARCHED = 50
STEPS = 160

# %% [markdown]
# ## Ten trials
#
# Is there a dark spot between the four crosses? Half of the ten pictures hold one: 1.2 mm across, its echo 6 dB below the tissue. Choose in the menu what you look through, then answer.
# *Two looks* is a trained network, and takes a few seconds to come.

# %%
from course_utils import denoise, show
from course_utils.denoise import methods

trials = denoise.Trials({
    "as scanned": methods.RAW, "median": methods.method("median", 13), "SRAD": methods.method("SRAD", 30),
    "two looks": lambda: denoise.networks.stored("two looks")}, seed=SEED)
trials

# %% [markdown]
# ### Your turn · press
#
# Answer all ten through one filter. Then, if you like, ten more through another; each filter has pictures of its own.

# %% tags=["exercise"]
### BEGIN SOLUTION
while trials.left:
    dark = denoise.reading(trials.picture, trials.place) < -1
    trials.press("there" if dark else "not there")
### END SOLUTION
check.ten(trials)

# %% [markdown]
# *d'* is how far apart 'there' and 'not there' look to you, whatever your habit of saying yes: 0 is guessing, 1 is hard, 3 is easy. Your own so far:

# %% tags=["no-claim"]
mine = trials.table()
show.table(mine, "Ten trials each, one reader (synthetic)") if len(mine) else show.note(
    "Not asked yet: no ten trials are complete.")

# %% [markdown]
# **Read.** Ten trials leave the interval wide: it takes a hundred to tell two filters apart by eye. That is why the page goes on with readers that never tire. First, the reveal.
#
# ## Put in, taken away
#
# One piece of tissue and one speckle, with a spot and without. What the spot does to the raw picture it should do to the smooth one. Change the filter, the size and the contrast.

# %% tags=["picture"]
from dataclasses import replace
from course_utils.denoise import pictures, scenes

scene, discs = scenes.quiet(SEED)
ways = {name: methods.method(name, strength) for name, strength in
        (("SRAD", 30), ("median", 13), ("bilateral", 0.6), ("NLM", 0.12), ("OBNLM", 0.35), ("Lee", 13))}
show.explore(lambda through, radius_mm, contrast_db: pictures.reveal(
    scene, replace(discs[2], radius_mm=radius_mm, contrast_db=contrast_db), ways[through]),
    through=list(ways), radius_mm=(0.3, 1.5, 0.6, 0.1), contrast_db=(-12.0, 6.0, -6.0, 1.0))

# %% [markdown]
# **Read.** Follow one row: the left picture is the truth's speckle, the right one what the filter says. Look at the picture *without* the spot, too: smoothing turns the largest grains into soft
# blobs, and some of them look like spots that nobody put in.
#
# ## What speckle is, in numbers
#
# Speckle is not electronic noise. Scan again without moving, and it is the same. In the log picture its spread is 5.57 dB, bright tissue or dark. With new scatterers, which no patient offers, the simulation
# draws the same tissue again. Here are sixteen such looks of one scene.

# %%
# CLAIM: abs(gap_db - denoise.BIAS_DB) < 0.3
import numpy as np

tissue = scenes.ordinary(3000 + SEED)
stack = np.array([tissue.image(look) for look in range(16)])
averaged, clean = stack.mean(axis=0), tissue.clean()
gap_db = float((averaged - clean).mean()) * scenes.RANGE_DB
show.card("mean of sixteen looks, against the tissue", gap_db, "dB", n="one scene", means="too dark", kind="synthetic")

# %% [markdown]
# **Read.** The mean of logs is not the log of the mean. For speckle the gap is exactly -2.507 dB, and whatever averages log pictures ends there: a filter, a network, the screen's own persistence.
#
# ### Your turn · write
#
# The pictures have 60 dB from black (0) to white (1). Write `corrected`: `averaged`, lifted by the 2.507 dB that are missing.

# %% tags=["exercise"]
corrected = ...
### BEGIN SOLUTION
corrected = averaged + 2.507 / 60
### END SOLUTION
check.corrected(corrected, averaged=averaged)

# %% [markdown]
# ## Six filters, one rule
#
# *Lee* and *SRAD* know speckle by its spread; *median*, *bilateral*, *NLM* and *OBNLM* weigh neighbours, each in its own way. A filter at its default against a network at its best is no contest. So each is tried at five or six
# strengths on the same six scenes, and keeps the one of the best **PSNR**: the likeness to the tissue, in dB, over all pixels, after its own shift of grey is taken out.

# %%
# CLAIM: len(filters) == 6 and tuned[tuned.best].psnr.min() > unfiltered + 8
tuning = [scenes.ordinary(seed) for seed in range(4900, 4906)]
raw, truth = [s.image() for s in tuning], [s.clean() for s in tuning]
tuned, unfiltered = methods.tuned(raw, truth), methods.score(raw, truth)[0]
filters = methods.best(tuned)
show.table(tuned[tuned.best].set_index("filter")[["setting", "psnr"]], f"The best of each; unfiltered {unfiltered:.1f} dB")

# %% [markdown]
# To the eye, on a scene that took no part in this:

# %%
other = scenes.ordinary(5100 + SEED)
pictures.gallery(other.image(), {"as scanned": methods.RAW, **filters}, other.clean())

# %% [markdown]
# ## A network that never saw a clean picture
#
# **Noise2Noise**: show a network one look and ask it for another. It cannot guess speckle that is drawn anew. The best it can do, in least squares, is the mean of all looks. Nobody needs a clean picture.

# %%
from course_utils.checks.predict import predict

end = predict("Where will the training loss stop?", "near 0, if it trains long enough",
              "at the variance of the speckle", "somewhere above, that depends")
end

# %% [markdown]
# Thirty scenes, two looks of each, well under a minute. The first seconds build the calculation.

# %%
from course_utils.show import progress as bars

bar = bars.panel("Two looks")
bar.open("drawing thirty scenes twice")
own, losses = denoise.networks.train(*scenes.pairs(range(200, 230)), seed=SEED, steps=STEPS, bar=bar)
bar.close(f"last loss {losses[-1]:.4f}, speckle's variance {denoise.FLOOR:.4f}")

# %% [markdown]
# The floor is (5.57 / 60)² = 0.0086.

# %%
# CLAIM: 0.95 < losses[-1] / denoise.FLOOR < 1.3
pictures.floor({"two looks": losses})

# %% [markdown]
# What you predicted, and what came:

# %%
end.read("It nears speckle's own variance from above, and never passes it: that part of another look nobody can foretell. A loss far *below* the floor is no triumph. It proves that the two looks share speckle.")

# %% [markdown]
# **Read.** The number works backwards, as a test of other people's data. Read 'trained on repeated frames, loss 0.001', and you know what was learned: to copy.
#
# ### Your turn · change
#
# In a patient nobody draws scatterers anew. What a probe can do is look from another angle. How many degrees until less than a quarter of the speckle is shared? Guess, change `steer_deg` in whole degrees, run again.

# %% tags=["exercise"]
# CLAIM: abs(shared - scenes.likeness(steer_deg)) < 0.12
steer_deg, my_guess = 1, ...
### BEGIN SOLUTION
steer_deg, my_guess = 6, 5
### END SOLUTION
straight, angled = (np.abs(scenes.Scene(SEED).echo(steer_deg=angle)) ** 2 for angle in (0, steer_deg))
shared = np.corrcoef(straight.ravel(), angled.ravel())[0, 1]
show.say(f"Measured at {steer_deg} degrees: {100 * shared:.0f} % shared. By formula: {100 * scenes.likeness(steer_deg):.0f} %.")
check.steer(my_guess, steer_deg=steer_deg)

# %% [markdown]
# **Read.** Scanners do this: they call it *compounding*, and average the angles. Several degrees give looks that are only partly new, and a network trained on them keeps that part of the grain.
#
# ## The same network, other lessons
#
# The course has trained this network with more scenes, in five ways alike but for what was shown and asked. *Same speckle*: two frames that differ in electronic noise alone, as repeated frames do. *Blind spot* (Noise2Void): one frame, with single pixels
# hidden and asked for. *Clean target*: the tissue itself, which only a simulation has.

# %%
# CLAIM: schools.speckle_kept["same speckle"] > 0.5 and schools.speckle_kept["two looks"] < 0.15
# CLAIM: abs(schools.psnr["clean target"] - schools.psnr["two looks"]) < 1
# CLAIM: schools.speckle_kept["blind spot"] > 2 * schools.speckle_kept["two looks"]
import pandas as pd

tests = [scenes.ordinary(seed) for seed in range(5000, 5012)]
unseen, answers = [s.image() for s in tests], [s.clean() for s in tests]
learned = {name: denoise.networks.stored(name) for name in denoise.networks.STORED}
done = {name: [method.apply(image) for image in unseen] for name, method in learned.items()}
schools = pd.DataFrame({name: {"psnr": methods.score(smooth, answers)[0],
                               "speckle_kept": methods.speckle_kept(unseen, answers, smooth)}
                        for name, smooth in done.items()}).T
show.table(schools, "Twelve unseen scenes (speckle kept: 1 is all of it)")

# %% [markdown]
# **Read.** *Same speckle* hands most of its grain back: to it, the grain is the signal. *Blind spot* needs noise that is new in every pixel, and speckle is as wide as the beam: the hidden pixel's neighbour
# to the left knows it. Only new speckle, or the truth, teaches a network what speckle is;
# and the truth, which costs a phantom, adds little to two looks.

# %%
pictures.gallery(other.image(), {"as scanned": methods.RAW, **learned})

# %% [markdown]
# ## The hidden spot
#
# Now the question that PSNR does not ask. Into new scenes go six discs each: three radii, two contrasts. Every method sees every scene with them and without. A reader who knows the place takes the mean grey inside, minus a ring around.

# %%
cases = denoise.detection.pictures(SEARCHED)
contest = {"as scanned": methods.RAW, **filters, "two looks": learned["two looks"]}
read = {name: denoise.readings(cases, method.apply) for name, method in contest.items()}
found = {name: denoise.detection.summary(table) for name, table in read.items()}

# %% [markdown]
# ### Your turn · write
#
# Four readings of one spot, in dB, before and after *two looks*. Write `share`: how much of the change that the spot makes is left after the filter.

# %% tags=["exercise"]
row = read["two looks"].query("radius_mm == 1 and contrast_db == -6").iloc[0]
before_with, before_without = read["as scanned"].loc[row.name, ["with_disc", "without"]]
after_with, after_without = row[["with_disc", "without"]]
share = ...
### BEGIN SOLUTION
share = (after_with - after_without) / (before_with - before_without)
### END SOLUTION
check.share(share, before_with=before_with, before_without=before_without,
            after_with=after_with, after_without=after_without)

# %% [markdown]
# **Predict.** Which method will find the spot of 1.2 mm and -6 dB most often? The one whose pictures are most like the tissue?

# %%
# CLAIM: found[max(psnr, key=psnr.get)].auc[KIND].estimate < found["as scanned"].auc[KIND].estimate - 0.05
KIND = (0.6, -6.0)
psnr = {name: methods.score([method.apply(image) for image in unseen], answers)[0] for name, method in contest.items()}
table = pd.DataFrame({name: {"PSNR": psnr[name], **denoise.detection.told(found[name].loc[KIND])} for name in contest}).T
show.table(table.infer_objects(), f"A spot 1.2 mm across, -6 dB; {SEARCHED} scenes, 95 % intervals (synthetic)")

# %% [markdown]
# **Read.** *Kept* is the contrast, *AUC* the chance that a picture with the spot looks more like one than a picture without. *Darkest* is what the method makes of places with **no** spot: one in a hundred looks at least this much like a whole one.

# %%
# CLAIM: all(found[name].auc[KIND].estimate <= ideal.auc[KIND].high for name in contest)
ideal = denoise.detection.summary(denoise.detection.ideal(cases))
ranked = pd.DataFrame({"psnr": psnr, "auc": {name: found[name].auc[KIND] for name in contest}})
pictures.ranks(ranked, ideal.auc[KIND])

# %% [markdown]
# **Read.** The grey line is the **ideal observer**: it sees the raw echo and knows all about tissue, noise and spot, only not the scatterers. A filter's output is made of its input. So no filter can pass that
# line; what it can do is help a reader who is far from ideal, such as an eye. Whether it does is a measurement, not a matter of taste.
#
# All six kinds of spot, contrast kept:

# %%
# CLAIM: (kept.loc["two looks"] < 0.95).all()
kept = pd.DataFrame({name: found[name].kept.map(lambda k: k.estimate) for name in contest}).T
shown = pd.DataFrame({name: found[name].kept.map(denoise.detection.short) for name in contest}).T
shown.columns = [f"{2 * radius:g} mm, {contrast:g} dB" for radius, contrast in shown.columns]
show.table(shown, "Contrast kept, with 95 % intervals over scenes")

# %% [markdown]
# ## Had it only seen small ones
#
# The network's training scenes held nothing below 0.8 mm radius. It learned that small dark things are speckle, because they were. A second one was trained on scenes with eight discs of 0.3 to 1 mm in each.
#
# **Predict.** Will it lose fewer? And will it draw more?

# %%
# CLAIM: found["small discs"].kept[KIND].estimate > found["two looks"].kept[KIND].estimate
read["small discs"] = denoise.readings(cases, learned["two looks, small discs"].apply)
found["small discs"] = denoise.detection.summary(read["small discs"])
of = {name: table.query("radius_mm == 0.6 and contrast_db == -6") for name, table in read.items()}
pair = pd.DataFrame({name: denoise.detection.told(found[name].loc[KIND]) for name in ("as scanned", "two looks", "small discs")}).T
show.table(pair, "The same spot, with 95 % intervals")

# %% [markdown]
# The difference in AUC, scene by scene:

# %% tags=["no-claim"]
changes = {f"{name} against {other_name}": denoise.detection.change(of[other_name], of[name])
           for name, other_name in (("two looks", "as scanned"), ("small discs", "two looks"))}
for name, change in changes.items():
    show.say(f"AUC, {name}: {change.estimate:+.2f} (95 % interval {change.low:+.2f} to {change.high:+.2f}; {SEARCHED} scenes, synthetic).")

# %% [markdown]
# **Read.** It keeps a little more of the spot, and still far less than the raw picture has. *Darkest* says whether it paid with inventions. A network knows the world that it was shown. What is rare in training is noise to it, and what is everywhere in training it will find everywhere. Ask a vendor not for the size of the training set, but
# for what was in it.
#
# ## And the next machine?
#
# Smoothing is often sold as help for software. First, the outline of the calf: the same network, raw pictures and smoothed ones, the same patients. It has not been trained on smoothed ones.

# %% tags=["no-claim"]
from course_utils import evaluate, segment
from course_utils.cases import samples, split
from course_utils.segment import scans

network, told = segment.own_or_shipped()
marked = scans.located(samples.table("muscle_general")).query("not empty")
met = segment.stored.seen() or {name for part in split.by_patient(marked, seed=0)[:2]
                                for name in part.patient_id[part.device == "Scanner B"]}
one_each = marked[~marked.patient_id.isin(met)].groupby("patient_id").head(1)
helpers = {"NLM": filters["NLM"], "two looks": learned["two looks"]}
plain = 100 * segment.score(network, one_each).set_index("patient_id").dice
for name, method in helpers.items():
    smooth = 100 * segment.score(network, one_each, change=method.apply).set_index("patient_id").dice
    show.say(evaluate.sentence(f"Change of Dice by {name}", evaluate.compare(plain, smooth), len(one_each), unit="points of 100"))

# %% [markdown]
# **Read.** Whatever the sign: an interval that holds 0 says that nothing was shown. And an organ's Dice would not notice a lost spot of a millimetre anyway.
#
# Next, the ejection fraction from one view of hearts that its network has not met. The true one is known, and so are the frames of end-diastole and end-systole: only the outlines count.

# %% tags=["no-claim"]
from course_utils import ejection_fraction
from course_utils.cases import clips

hearts = samples.table("echo").query("split == 'TEST' and view == 'A4C'")
ef = pd.DataFrame({"true": hearts.set_index("patient_id").ef})
for name, method in {"as scanned": methods.RAW, **helpers}.items():
    for row in hearts.itertuples():
        clip = clips.read(row, hearts.attrs["folder"])
        smooth = np.stack([method.apply(clip.frames[frame]) for frame in (row.ed, row.es)])
        ef.loc[row.patient_id, name] = ejection_fraction.auto_ef((smooth, clip.fps, clip.spacing), ed=0, es=1).ef

# %% [markdown]
# The error is the distance to the truth, in points. A clip that one of the two refused cannot be compared.

# %%
# CLAIM: all(cost.high > 0 for cost in costs.values())
off = ef.drop(columns="true").astype(float).sub(ef.true, axis=0).abs()
costs = {}
for name in helpers:
    both = off[["as scanned", name]].dropna()
    refused = off[name].isna().sum() - off["as scanned"].isna().sum()
    costs[name] = evaluate.compare(both["as scanned"], both[name])
    show.say(evaluate.sentence(f"Change of the error of EF by {name}", costs[name], 2 * len(both), unit="points"),
             f"More refused: {refused:+d} of {len(ef)}.")

# %% [markdown]
# **Read.** Above zero is further from the truth, and an interval that holds 0 leaves it open. What helps an eye need not help a network that learned its borders with the grain in them: here nothing may be claimed where 0 is held. A refusal costs, too.
#
# Last, the fair chance: networks that learn to outline from smoothed pictures, and are tested on smoothed ones. A small one for each, alike in all else.

# %% tags=["no-claim"]
from course_utils.denoise import downstream

few = marked.groupby("patient_id").head(2)
names = sorted(few.patient_id.unique())
schooled = few[few.patient_id.isin(names[::2])], few[few.patient_id.isin(names[1::2])].groupby("patient_id").head(1)
dice = 100 * downstream.contest(*schooled, {"as scanned": methods.RAW, **helpers}, seed=SEED)
for name in helpers:
    show.say(evaluate.sentence(f"Trained on {name}: change of Dice", evaluate.compare(dice["as scanned"], dice[name]), len(schooled[1]), unit="points of 100"))

# %% [markdown]
# **Read.** One small network, one seed, two dozen pictures. What smoothing may save a network here is the work of learning the grain, when it has too few pictures to learn it from. An interval that holds 0 leaves it open.
#
# > **At the bedside.** Every modern scanner has such a setting, under names of its own: *speckle reduction*, *adaptive*, *smoothing*, in levels. It smooths where it finds no edge and sharpens along what it takes
# > for one, as SRAD does. Usually it works *before* the picture is stored, so that nobody can undo it later. Know the level. Where you look for something small and faint, turn it down and look again. And
# > never compare texture or grey levels between scans made at different levels.
#
# In one study the pictures won and the diagnosis lost. A small network cleaned 1,227 breast and lung scans, and beat median and Lee in PSNR. A second network, which had to call lesions malignant, had its best accuracy
# on the *original* scans; the cleaned ones won on sensitivity alone (and on negative predictive value). And the cleaner had learned from scans with noise *added* to their speckle: it learned to take off the added noise.
#
# ## Where this breaks
#
# - **Discs on calm tissue.** Real lesions have rims, shadows and company. The ranking here belongs to these scenes; the way to find it does not.
# - **A measured reader.** Mean grey minus ring is no eye. It gains little from smoothing; you may gain more. Your own ten trials are the only human number on this page.
# - **Looks that no patient has.** New scatterers on demand exist in a simulation. Angles and frequencies give partly new ones; how partly, in a body, is not known.
# - **A network abroad.** On muscle and heart it met another probe, other depths and other grey maps than it was trained on.
# - **PSNR after a shift.** Each method's own shift of grey was taken out. On your screen it is not.
#
# ## Quiz
#
# Three questions, with a reply for each answer.

# %%
check.quiz_1.ask()

# %% [markdown]
# The second is about a loss.

# %%
check.quiz_2.ask()

# %% [markdown]
# The third is about the button.

# %%
check.quiz_3.ask()

# %% [markdown]
# Your results so far, kept on this computer only, and how this page is closed to give its memory back:

# %%
progress.end("10_denoise")

# %% [markdown]
# ## Summary
#
# - A smoother picture is a guess about the tissue. PSNR says how near on average, over all pixels; a small lesion is hardly any of them.
# - Put lesions in, take them away, and count: contrast kept, AUC, and what appears where nothing was put.
# - No filter passes the ideal observer. It can help an eye, and it can harm one.
# - A network learns the mean of what it was shown. A loss below speckle's variance says that it was shown the same speckle twice.
# - Whether smoothing helps the next machine is measured on patients, in pairs.
#
# ## Words
#
# | word | what it means here |
# |---|---|
# | look | one picture of the tissue, with speckle of its own |
# | PSNR | likeness to the tissue in dB, over all pixels alike |
# | d' | how well somebody tells 'there' from 'not there', apart from their habit of saying yes |
# | contrast kept | the change that a spot makes after the filter, over that before it |
# | AUC | the chance that a picture with the spot looks more like one than a picture without |
# | ideal observer | who knows everything but the scatterers; nobody does better |
#
# ## References
#
# - Wagner and others, Statistics of speckle in ultrasound B-scans, 1983. [doi:10.1109/T-SU.1983.31404](https://doi.org/10.1109/T-SU.1983.31404)
# - Smith and others, Low contrast detectability and contrast/detail analysis, 1983. [doi:10.1109/T-SU.1983.31405](https://doi.org/10.1109/T-SU.1983.31405)
# - Lee, Digital image enhancement and noise filtering, 1980. [doi:10.1109/TPAMI.1980.4766994](https://doi.org/10.1109/TPAMI.1980.4766994)
# - Yu and Acton, Speckle reducing anisotropic diffusion, 2002. [doi:10.1109/TIP.2002.804276](https://doi.org/10.1109/TIP.2002.804276)
# - Coupé and others, Nonlocal means-based speckle filtering, 2009. [doi:10.1109/TIP.2009.2024064](https://doi.org/10.1109/TIP.2009.2024064)
# - Lehtinen and others, Noise2Noise, 2018. [arXiv:1803.04189](https://arxiv.org/abs/1803.04189)
# - Krull and others, Noise2Void, 2019. [arXiv:1811.10980](https://arxiv.org/abs/1811.10980)
# - Speckle2Self, on why two looks are hard to have, 2025. [doi:10.1016/j.media.2025.103755](https://doi.org/10.1016/j.media.2025.103755)
# - The study in which the pictures won, Journal of Imaging, 2023. [doi:10.3390/jimaging9100217](https://doi.org/10.3390/jimaging9100217)
# - Crawford, Bell and Bamber, on adaptive speckle reduction in scanners, 1993. [doi:10.1016/0301-5629(93)90123-6](https://doi.org/10.1016/0301-5629(93)90123-6)
#
# ## Next
#
# [Lesson 11](11_classify.ipynb) asks a network 'normal or tendinopathy?', and what its answer is worth.
