# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 05 · I have a few better images. How do I improve the model I have?
#
# A trained network meets another scanner, and it disappoints. Two remedies cost nothing and need no patient: look for them first. Only what they cannot mend is worth
# training for: with small steps, a loss that says which mistake you mind more, and a fair comparison.
#
# ![A scan with the scanner's frame and the same scan cut to its picture, each with the outline of the network.](attachment:05_fine_tune.webp)
#
# *The sample data: one network on the whole screen and on the scan alone.*
#
# **Time** 8 minutes reading, 30 minutes doing · **You need** lesson 04 · **This is a course, not a medical device: not for diagnosis.**
#
# After this lesson you can:
#
# - tell a change of the screen from a change of the machine;
# - fine-tune a network with a lower learning rate and the Tversky loss, with logs, backups and the best epochs kept;
# - compare each remedy with doing nothing, by patient, with an interval;
# - turn a mask into a thickness in millimetres, and say how wrong that is.

# %% tags=["setup"]
import sys
sys.path[:0] = ["..", "../.."]
from importlib.util import find_spec
assert find_spec("course_utils"), "This page needs its course around it: get the whole folder, as its README says."
from course_utils.checks import fine_tune as check, progress
progress.begin("05_fine_tune")

# %% [markdown]
# The settings of this page: the images, the epochs of the fine-tuning, and what its loss minds.

# %% tags=["parameters"]
# The other scanner's images: a sample set, or the path of your own cases.csv (lesson 15 makes one).
DATA = "muscle_hires"
SEED = 1
# Epochs of the fine-tuning, and the most seconds it may take.
EPOCHS = 25
CAP = 120
# Tversky: what a pixel drawn falsely costs (alpha) and what a missed one costs (beta).
ALPHA, BETA = 0.3, 0.7
# How many people the third machine is tried on (with DATA = "muscle_hires" only).
PEOPLE = 48
# True opens TensorBoard inside this page. It works on your own computer, not on Binder.
TENSORBOARD = False
# The encoder of the large network: "nasnet_mobile", or "nasnet_large" with a graphics card.
ENCODER = "nasnet_mobile"

# %% [markdown]
# ## One network, one scan, two outlines
#
# Your own network from lesson 04 if you kept it, else one that comes with the course. Unless you changed `DATA`, the scan is of a machine it has never seen. On the left the network was given the whole
# screen; on the right it was given the scan, cut out. Nothing else differs, and nothing was trained.

# %% tags=["picture"]
from course_utils import segment, show
from course_utils.cases import samples, split
from course_utils.segment import pictures, scans

network, told = segment.own_or_shipped()
hires = scans.located(samples.table(DATA))
SYNTHETIC = hires.attrs["synthetic"]
KIND = "synthetic" if SYNTHETIC else "real"
hires = hires[~hires["empty"]]
show.say(told, scans.told(hires), split.told(hires))
pictures.cut_or_not(network, hires, KIND)

# %% [markdown]
# **Predict.** Over all patients of this set: how much of the disappointment is the frame, and how much is the machine?

# %%
# CLAIM: DATA != "muscle_hires" or inside.dice.mean() >= max(0.95, screen.dice.mean())
from course_utils import evaluate

screen = evaluate.per_patient(segment.score(network, hires, cut=False))
cut = segment.score(network, hires)
inside = evaluate.per_patient(cut)
free = evaluate.compare(screen.dice, inside.dice)
show.say(f"Dice with the whole screen {screen.dice.mean():.2f}, cut to the scan {inside.dice.mean():.2f}.",
         evaluate.sentence("Change by cutting", free, len(hires), SYNTHETIC),
         "There was nothing to cut away in this set." if (screen.dice == inside.dice).all() else
         evaluate.verdict("Cutting", free))

# %% [markdown]
# **Read.** On the sample set hardly anything is missing after the cut: what the whole screen costs, the frame costs, and no patient and no training is needed to win it back.
# With few patients one who fails can make the interval wide. Whoever fine-tunes here
# teaches a network to ignore a frame, and calls it a new scanner. Cut first, then ask what is left.
#
# No truth is needed to ask an outline what it gives away itself. How sure good ones of this network are, scans of the machine that it knows say.

# %%
# CLAIM: DATA != "muscle_hires" or (cut.expected < sure).mean() < 0.5
from course_utils.segment import doubts

home = samples.table("muscle_general")
home = home[(home.device == "Scanner B") & ~home["empty"]].head(20)
sure = doubts.limit(segment.score(network, home))
show.say(doubts.told(cut, sure))

# %% [markdown]
# **Read.** Look at those first, and take none of them over unseen. An outline that does not doubt itself may be wrong all the same.
#
# ## A machine that really differs
#
# With the sample data, a third **synthetic** machine makes the next pictures: lower frequency, wider beam, less dynamic range, another grey map, deeper. It takes half a minute. With a set of
# your own, its own images go on.

# %%
from course_utils.show import progress as bars
from course_utils.simulate import scanner

machine = hires
if DATA == "muscle_hires":
    bar = bars.panel("New people")
    bar.open("scanning")
    machine = scanner.patients("Scanner D", PEOPLE, seed=SEED,
                               each=lambda done, count: bar.step(done / count, f"{done} of {count}"))
    bar.close(f"{len(machine)} people on Scanner D")
machine = scans.located(machine)
train, validation, test = split.by_patient(machine, (0.25, 0.1, 0.65), seed=SEED)

# %% [markdown]
# A few people to learn from, fewer to steer by, and the rest to judge. Side by side, one scan of each, cut:

# %%
sources = ({"first set": hires, "machine on this page": test} if DATA == "muscle_hires"
           else {"to learn from": train, "to judge": test})
pictures.side_by_side(sources, KIND)

# %% [markdown]
# **Predict.** Cut to the scan, without training: how well will the network do on this machine?

# %%
# CLAIM: DATA != "muscle_hires" or before_patients.dice.mean() < inside.dice.mean()
before = segment.score(network, test)
before_patients = evaluate.per_patient(before)
show.say(evaluate.sentence("Dice, no change", evaluate.bootstrap(before_patients.dice, seed=SEED),
                           len(test), SYNTHETIC),
         f"The floor, the mean mask that looks at nobody: {segment.floor(train, test):.2f}.")

# %% [markdown]
# **Read.** In the sample data no scissors mend this drop. It is machine and depth together: many of these pictures reach deeper than any that the network has learned from, and lesson 08 takes
# the two apart. A mean can hide a few patients who are lost altogether: look at the worst.

# %%
show.table(before_patients.dice.nsmallest(3), caption="No change: the worst patients, three at most")

# %% [markdown]
# ## The second remedy that costs nothing
#
# Another machine has another grey map. *Histogram matching* gives each picture the grey levels of the pictures that the network knows, darkest for darkest. It moves no border.

# %%
likeness = scans.grey_levels(home)
matched = segment.score(network, test, change=lambda image: scans.matched(image, likeness))
matched_patients = evaluate.per_patient(matched)
show.say(evaluate.sentence("Change by matching", evaluate.compare(
    before_patients.dice, matched_patients.dice), len(test), SYNTHETIC))

# %% [markdown]
# ## Which mistake do you mind?
#
# Dice treats what was missed and what was invented alike. **Tversky** lets you choose: *alpha* is the price of a pixel drawn falsely, *beta* the price of
# a missed one. With 0.5 and 0.5 it *is* Dice.
#
# **Predict.** You raise beta. Will the outline grow or shrink? What will happen to precision, and what to recall?

# %%
# CLAIM: pictures.cheapest(case.mask, probability, 0.95)[0].sum() >= pictures.cheapest(case.mask, probability, 0.05)[0].sum()
case = scans.read(test)
probability = segment.predict(network, case.image)
prices = show.explore(
    lambda beta: pictures.priced(case.image, case.mask, probability, beta, KIND),
    beta=(0.05, 0.95, 0.5, 0.05),
)
prices

# %% [markdown]
# **Read.** A high beta makes it draw generously, a low one carefully. Neither is better. For 'how much is there
# at most', and for 'where may I surely put the needle', you would choose differently.
#
# ### Your turn · press
#
# You want a generous outline. Move beta up until recall rises no further.

# %% tags=["exercise"]
### BEGIN SOLUTION
prices.set(beta=0.95)
### END SOLUTION
check.generous(prices, truth=case.mask, probability=probability)

# %% [markdown]
# ## Fine-tuning
#
# Now the network itself, on a copy. The steps are three times smaller than in lesson 04: we want to adjust what it knows, and not to shake it out.

# %%
from course_utils.segment import backend, batches, callbacks, losses, training
from course_utils.segment.backend import keras

model = keras.models.clone_model(network)
model.set_weights(network.get_weights())
learn = batches.Source(train, batch=min(4, len(train)), augment="plausible", seed=SEED)
steer = batches.Source(validation, batch=min(32, len(validation)), shuffle=False)
model.compile(
    optimizer=keras.optimizers.Adam(training.falling(0.001, EPOCHS * len(learn))),
    loss=losses.tversky(ALPHA, BETA), metrics=[losses.DiceScore()],
)

# %% [markdown]
# Five callbacks of Keras do the bookkeeping, and you will meet them by these names everywhere: the epochs as a table, the same for TensorBoard, the best network by loss, the best by Dice,
# and a backup from which a killed training goes on.
#
# **Predict.** Will the first epoch make it better or worse?

# %%
from pathlib import Path
from tempfile import mkdtemp

logs = Path(mkdtemp())
live, cap = callbacks.Live(steer, watch=2, kind=KIND), callbacks.TimeCap(CAP)
fitted = model.fit(
    learn, validation_data=steer, epochs=EPOCHS, shuffle=False, verbose=0,
    callbacks=[
        live, cap, keras.callbacks.TerminateOnNaN(),
        keras.callbacks.CSVLogger(logs / "history.csv"),
        keras.callbacks.TensorBoard(logs / "tensorboard"),
        keras.callbacks.ModelCheckpoint(
            logs / "best_loss.keras", monitor="val_loss", mode="min", save_best_only=True),
        keras.callbacks.ModelCheckpoint(
            logs / "best_dice.keras", monitor="val_dice", mode="max", save_best_only=True),
        keras.callbacks.BackupAndRestore(logs / "backup", double_checkpoint=True),
    ],
)

# %% [markdown]
# How far did it get? The folder is temporary; give it a name of your own to keep it.

# %%
# CLAIM: DATA != "muscle_hires" or history.val_dice.max() > steer_floor
from course_utils.segment import models

best = models.load(logs / "best_dice.keras")
steer_floor = segment.floor(train, validation)
tuned, history, told = segment.standing(
    "unet_lesson_05", best, training.history(logs), EPOCHS, steer_floor, DATA, "muscle_hires")
show.say(told)
pictures.curves(history)

# %% [markdown]
# Two candidates were kept on the way. Here are their epochs, side by side:

# %%
# CLAIM: kept.val_loss.iloc[0] == history.val_loss.min() and kept.val_dice.iloc[1] == history.val_dice.max()
kept = history.loc[[history.val_loss.idxmin(), history.val_dice.idxmax()], ["epoch", "val_loss", "val_dice"]]
kept.index = ["best_loss.keras", "best_dice.keras"]
show.table(kept, digits={"epoch": 0, "val_loss": 3, "val_dice": 3})

# %% [markdown]
# **Read.** The epoch of the lowest loss and that of the highest Dice need not be the same: the loss prices mistakes in your way, and Dice weighs them alike. Say which one you report;
# this page goes on with the best Dice. TensorBoard, a program for such curves, draws them from its own log. It opens here if `TENSORBOARD` is True.

# %%
if TENSORBOARD:
    from tensorboard import notebook

    notebook.start(f"--logdir {logs / 'tensorboard'}")

# %% [markdown]
# ## A fair comparison
#
# Two remedies against doing nothing and against each other, on the same patients. Each patient is their own control, so we look at the *differences*, and put the interval on those.

# %%
# CLAIM: list(remedies["mean change"]) == [one.estimate for one in changes.values()]
import pandas as pd

after = segment.score(tuned, test)
after_patients = evaluate.per_patient(after)
changes = {
    "matching": evaluate.compare(before_patients.dice, matched_patients.dice),
    "fine-tuning": evaluate.compare(before_patients.dice, after_patients.dice),
    "fine-tuning, against matching": evaluate.compare(matched_patients.dice, after_patients.dice),
}
remedies = pd.DataFrame(
    [(*change, change.patients) for change in changes.values()], index=list(changes),
    columns=["mean change", "low", "high", "patients"])
show.table(remedies, caption="Change of Dice, 95 % interval over patients (none below five, or where nobody knows them)", digits=3)

# %% [markdown]
# In words, for the fine-tuning:

# %%
# CLAIM: ("cannot tell" in told) == (not (gain.low > 0 or gain.high < 0))
gain = changes["fine-tuning"]
told = evaluate.verdict("Fine-tuning", gain)
show.say(evaluate.sentence("Change by fine-tuning", gain, len(test), SYNTHETIC), told)

# %% [markdown]
# **Read.** If an interval holds zero you cannot claim the improvement, however proud you are. And it knows how patients differ, not how trainings differ: this network was trained once, and another seed would move the gain. If the free remedy does as well, you have saved yourself a new model to validate.
#
# > **At the bedside.** A new tool that is better on average may be worse for some. Look for the patient with the smallest difference.
#
# ### Your turn · write
#
# For how many patients did the fine-tuned network do worse? `gain.differences` holds one difference for each; `(gain.differences < 0)` marks those below zero, and `.sum()`
# counts marks.

# %% tags=["exercise"]
worse = ...
### BEGIN SOLUTION
worse = (gain.differences < 0).sum()
### END SOLUTION
check.worse(worse, by_patient=gain.differences)

# %% [markdown]
# And the price? Ask the *old* scanner: the course's simulation scans twelve new **synthetic** people on Scanner B, whom neither network has met.

# %%
# CLAIM: set(old_test.patient_id).isdisjoint(machine.patient_id)
old_test = scanner.patients("Scanner B", 12, seed=SEED + 1)
price = evaluate.compare(*(evaluate.per_patient(segment.score(one, old_test)).dice
                           for one in (network, tuned)))
show.say(evaluate.sentence("Change on the old scanner", price, len(old_test), True),
         evaluate.verdict("On the old scanner, fine-tuning", price))

# %% [markdown]
# **Read.** An interval that lies below zero says that something was forgotten. One that holds zero does not say that nothing was. Report both numbers, the gain and the price.
#
# ### Your turn · change
#
# Does a higher price for missed pixels really make it draw more? Guess recall on the people to steer by after four epochs with a `beta` of your own, then change the first line, run the
# cell, and compare.

# %% tags=["exercise"]
my_beta, my_guess = BETA, ...
### BEGIN SOLUTION
my_beta, my_guess = 0.9, 0.97
### END SOLUTION
trial = keras.models.clone_model(network)
trial.set_weights(network.get_weights())
again = segment.train(trial, train, validation, epochs=4, seconds=CAP, learning_rate=0.001, seed=SEED,
                      loss=losses.tversky(1 - my_beta, my_beta), batch=min(4, len(train)), watch=0)
recall = segment.score(trial, validation).recall.mean()
check.repriced(my_guess, beta=my_beta, recall=recall, was=BETA)

# %% [markdown]
# ## From mask to millimetres
#
# A clinician does not report Dice. The thickness of a muscle is measured between its two sheaths, at right angles to its axis. The lines show where; in another organ they
# show how thick the outline is.

# %%
drawn = segment.mask(segment.predict(tuned, case.image))
found = segment.muscle.measured(drawn, case.spacing)
pictures.measured(case.image, drawn, found, case.spacing, KIND)

# %% [markdown]
# Over all test patients, how wrong was it, and how wrong is it now? Only where the exact thickness is known, as in a simulation, is there an answer.

# %%
# CLAIM: not known or thick[1].patients >= 2
known = "thickness_error_mm" in after_patients and after_patients.thickness_error_mm.count() > 1
thick = [evaluate.bootstrap(part.thickness_error_mm.dropna(), seed=SEED)
         for part in (before_patients, after_patients)] if known else []
for name, error in zip(("no change", "fine-tuned"), thick):
    show.say(evaluate.sentence(f"Thickness error, {name},", error, len(test), SYNTHETIC, "mm"))
if not known:
    show.say("No true thickness or no millimetres are known in this set, so it cannot answer.")

# %% [markdown]
# A mean of errors can be small because some are above zero and some below. So take their size, each patient against themselves:

# %%
if known:
    off = pd.DataFrame({"no change": before_patients.thickness_error_mm, "tuned": after_patients.thickness_error_mm}).abs().dropna()
    show.say(evaluate.sentence("Change of its size", evaluate.compare(off["no change"], off.tuned), len(test), SYNTHETIC, "mm"))

# %% [markdown]
# **Read.** Above zero, it was drawn too thick: a price that you set on missed pixels comes back, in millimetres. The last number is the one that a clinic would ask for, each patient
# their own control: below zero the millimetres became better, above zero worse, and Dice need not agree. For comparison: a tool for real scans reports thickness to within 1 mm of a human reader.
#
# ## The large network: NASUNet
#
# The project behind this course used a very large network, made for photographs, as the way down, and built only the way up. That is *transfer learning*: the
# encoder has already learned to see edges and textures. `weights=None` means one that has seen nothing yet; with `weights="imagenet"` the course looks for the file
# and says where to put it if there is no network.

# %%
del model, trial, again  # the large network needs their room in memory
keras.utils.clear_session()
large = models.nasunet(encoder=ENCODER, weights=None)
show.say(f"{large.count_params():,} adjustable numbers, against {network.count_params():,}")

# %% [markdown]
# An encoder of that size cannot be trained on two slow cores. So it stays *frozen*: it looks at each image once, and only the way up learns. (`ready` spares Keras from
# preparing the first step twice.)

# %%
from course_utils.core import plurals

seen = models.features(large, learn.images(), batch=2)
way_up = models.decoder(large)
way_up.compile(optimizer="adam", loss=losses.dice_bce, metrics=[losses.DiceScore()])
backend.ready(way_up)
fitted = way_up.fit(seen, learn.masks(), batch_size=4, epochs=10, verbose=0)
show.say(f"Dice on what it learns from, {plurals.count(len(train), 'image')}: {fitted.history['dice'][-1]:.2f}")

# %% [markdown]
# And on the patients whom it does not know:

# %%
# CLAIM: large.count_params() > 5 * network.count_params()
large_patients = evaluate.per_patient(segment.score(models.Reader(large), test))
show.say(evaluate.sentence("NASUNet against the fine-tuned network", evaluate.compare(
    after_patients.dice, large_patients.dice), len(test), SYNTHETIC))

# %% [markdown]
# **Read.** Far more numbers, and an encoder that has learned nothing: what it draws rests on random views of an image, at five sizes. With
# ImageNet weights and a graphics card the picture may change; try it. The clinician who began this work wrote that his validation scores were poor, and
# that the learning was the result. That is an honest sentence, and a good one.
#
# The usual second step lets the encoder learn, too: `models.unfreeze(large)`, a new `compile` with a learning rate a hundred times smaller, and `fit` again. Its batch
# normalisation stays frozen. On a processor the first step alone takes minutes and 2.5 GB, so this page stops before it; `ENCODER = "nasnet_large"` builds the project's own encoder.
#
# ## Where this breaks
#
# - **Forgetting.** What is gained on the new machine may be lost on the old one. Test both.
# - **Choosing after the fact.** Alpha and beta tried out on the test patients are a way of cheating, with the best intentions.
# - **The remedy that was never tried.** Compare with the free one, not with nothing.
# - **Millimetres of the wrong picture.** Thickness needs the spacing of the image that was measured, not of the small one that the network saw.
#
# ## Quiz
#
# Three questions, with a reply for each answer.

# %%
check.quiz_1.ask()

# %% [markdown]
# The second is about a comparison.

# %%
check.quiz_2.ask()

# %% [markdown]
# The third is about frozen encoders.

# %%
check.quiz_3.ask()

# %% [markdown]
# Your results so far, kept in one small file on this computer and sent nowhere. An open lesson keeps its memory: when you are done, close it here.

# %%
progress.end("05_fine_tune")

# %% [markdown]
# ## Summary
#
# - Cut to the scan first: a change of screen is not a change of machine.
# - Fine-tune with small steps, logs and a backup, and keep the best epoch by a rule chosen before.
# - Tversky puts a price on each kind of mistake. Say which prices you set.
# - Compare the same patients, with the free remedy too, and put the interval on the differences.
# - Millimetres, not Dice, are what the ward will use.
#
# ## Words
#
# | word | what it means here |
# |---|---|
# | fine-tuning | going on from a trained network, with new images and small steps |
# | learning rate | the size of the steps |
# | Tversky loss | Dice with two prices, for what is drawn falsely and for what is missed |
# | histogram matching | giving a picture the grey levels of other pictures |
# | paired | comparing each patient with themselves |
# | checkpoint | a network kept on the disk while training goes on |
# | encoder | the way down of a network |
# | frozen | kept as it is while the rest learns |
#
# ## References
#
# - Salehi and others, Tversky loss function for image segmentation, 2017.
#   [doi:10.1007/978-3-319-67389-9_44](https://doi.org/10.1007/978-3-319-67389-9_44)
# - Zoph and others, Learning transferable architectures (NASNet), 2018.
#   [doi:10.1109/CVPR.2018.00907](https://doi.org/10.1109/CVPR.2018.00907)
# - Jahanifar and others, NASUNet for supraspinatus tendon segmentation, 2020.
#   [arXiv:2011.11777](https://arxiv.org/abs/2011.11777)
# - Ritsche and others, DL_Track_US, 2023.
#   [doi:10.21105/joss.05206](https://doi.org/10.21105/joss.05206)
#
# ## Next
#
# [Lesson 06](06_ejection_fraction.ipynb) leaves the muscle for the heart, and measures an ejection fraction.
