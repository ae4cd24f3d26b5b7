# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 04 · Can a computer outline the medial gastrocnemius?
#
# You train a network that draws the outline for you, on patients whose outlines are known. Then you ask it about patients it has never met. Most of this
# lesson is about that second step.
#
# ![A scan; a guess that looks at nobody; the outline of a trained network, which lies on the truth.](attachment:04_segment.webp)
#
# *The sample data: left a scan, in the middle the guess to beat, right a network that trained longer than yours will here.*
#
# **Time** 10 minutes reading, 30 minutes doing · **You need** lesson 03 · **This is a course, not a medical device: not for diagnosis.**
#
# After this lesson you can:
#
# - split a data set by patient, and prove that nobody stands on both sides;
# - train a U-Net with Keras' `compile` and `fit`, watch it learn, and read its curves;
# - report Dice for each patient with an interval, beside the floor that costs nothing;
# - say what it draws where there is nothing to draw, and why a split by image flatters.

# %% tags=["setup"]
import sys
sys.path[:0] = ["..", "../.."]
from importlib.util import find_spec
assert find_spec("course_utils"), "This page needs its course around it: get the whole folder, as its README says."
from course_utils.checks import segment as check, progress
progress.begin("04_segment")

# %% [markdown]
# The settings of this page. The budget is in epochs: rounds through all training images. The seconds only keep a slow computer from taking for ever.

# %% tags=["parameters"]
# A sample set, or the path of your own cases.csv (lesson 15 makes one).
DATA = "muscle_general"
# The size of the network's images, and the seed, with which this computer repeats itself.
SIZE = 128
SEED = 1
# Rounds through the training images, and the most seconds that a training may take.
EPOCHS = 16
CAP = 150

# %% [markdown]
# ## What we are after
#
# On the left a scan. Beside it the outline of somebody who never looked at it: the average of all other masks. Unless you changed `DATA`, the scans are **synthetic** calves,
# the outlined structure is the medial gastrocnemius, and on the right stands the outline of a network that this course trained before, for 40 epochs.

# %% tags=["picture"]
# CLAIM: ready is None or pictures.dice(first.mask, right) > pictures.dice(first.mask, guess) + 0.03
from course_utils import segment, show
from course_utils.cases import samples, split
from course_utils.segment import pictures, scans, stored

cases = scans.located(samples.table(DATA))
KIND = "synthetic" if cases.attrs["synthetic"] else "real"
with_muscle = cases[~cases["empty"]]
train, validation, test = split.by_patient(with_muscle, seed=SEED, few=True)
FEW = validation.patient_id.isin(test.patient_id).any()  # two or three patients: nobody is left to steer by
first = scans.read(test, segment.farthest(train, test, SIZE))
guess = segment.blind(train, first.mask.shape, SIZE)
ready = stored.recipe("unet_lesson_04")[0] if (DATA, SEED) == ("muscle_general", 1) else None  # it knows others' test patients
right = ready and segment.mask(segment.predict(ready, first.image))
pictures.opening(first.image, first.mask, guess, right, KIND)

# %% [markdown]
# **Read.** This is the image that the blind guess fits worst. In the sample data every scan looks roughly alike, so it is not far off in the others. A network is worth something only as far as it is better than that.
#
# ## What the network may see
#
# A scanner draws a frame round its picture. A network that sees the frame learns to lean on it, and lesson 05 shows what that costs. So every picture is cut to its
# scan first. The line shows where.

# %%
# CLAIM: (cases.scan_bottom > cases.scan_top).all() and (cases.scan_right > cases.scan_left).all()
show.say(scans.told(cases))
scans.shown(cases, kind=KIND)

# %% [markdown]
# **Read.** Look for scan that was cut away, and for frame that was left. What the network never sees it cannot use.
#
# ## Who is in which group?
#
# We set the images aside in which there is nothing to outline, and divided the *patients* into three groups: some to learn from, some to steer the training by, and some
# whom nobody may look at until the end. That needs four patients at least.
#
# **Predict.** Which of the three groups may influence the network?

# %%
import pandas as pd

groups = {"train": train, **({} if FEW else {"validation": validation}), "test": test}
show.say("This set holds very few patients: all but one are to learn from, one to judge. Nobody is left to steer by, so no epoch "
         "is chosen and the last is kept. Where this page says validation, it means the patient who judges." if FEW else "",
         split.told(cases))
show.table(pd.DataFrame(
    {name: [part.patient_id.nunique(), len(part)] for name, part in groups.items()},
    index=["groups of images, patients unknown" if split.told(cases) else "patients", "images"]))

# %% [markdown]
# **Read.** Training changes the network. Validation, where there is one, does so indirectly: you will keep the epoch that does best there. Test must do neither.
#
# ### Your turn · write
#
# Prove that nobody is in two groups. `set(train.patient_id)` is the set of the training patients, and `&` gives what two sets share. Which patients
# do train and test share?

# %% tags=["exercise"]
shared = ...
### BEGIN SOLUTION
shared = set(train.patient_id) & set(test.patient_id)
### END SOLUTION
check.shared(shared, train=train, test=test)

# %% [markdown]
# The course has a stricter guard. It also looks for near-identical images and for augmented copies on two sides, and it stops with their names.

# %%
split.assert_no_leak(train, None if FEW else validation, test)

# %% [markdown]
# ## The network, drawn with this image
#
# A U-Net looks at the picture at several sizes. On the way down it makes the picture smaller and the description of each spot richer. On the way up it makes it
# larger again, and at each size it takes a second look at what it saw on the way down.
#
# **Predict.** A picture of 128 x 128 has 16,384 pixels. How many adjustable numbers will a small network need?

# %%
# CLAIM: min(layer.output.shape[1] for layer in model.layers) * 16 <= SIZE
from course_utils.segment import backend, batches, models

backend.seed(SEED)
model = models.unet(size=SIZE)
pictures.levels(model, batches.prepare(first.image, SIZE), kind=KIND)

# %% [markdown]
# **Read.** The first row is the way down, the second the way up. Each tile is the mean of many *views* of the image, one for each channel: less 'where', more
# 'what'. Nothing is trained yet, so the mask at the end means nothing yet.
#
# How is it built? Open the code; the text at its top explains it by these sizes.

# %%
from course_utils.show import source

show.say(f"{model.count_params():,} adjustable numbers")
source.show(models.unet)

# %% [markdown]
# ## What it is punished for
#
# A network learns by reducing one number, the *loss*. Ours adds two. **Dice** counts the overlap of two outlines: 1 is perfect, and the loss is 1 minus that.
# **Binary cross-entropy** looks at each pixel alone and punishes confident mistakes most.
#
# **Predict.** An outline is right but lies a few pixels too low. Which of the two will complain more?

# %%
# CLAIM: pictures.dice(truth, pictures.slip(truth, 4, 0.6)) == pictures.dice(truth, pictures.slip(truth, 4, 0.99))
truth = batches.prepare_mask(first.mask, SIZE)
slip = show.explore(
    lambda shift_px, sureness: pictures.slipped(truth, shift_px, sureness),
    shift_px=(0, 48, 4),
    sureness=(0.6, 0.99, 0.9, 0.01),
)
slip

# %% [markdown]
# **Read.** Both grow with the shift. Turn the sureness up: Dice stays where it was, and cross-entropy rises, because wrong pixels are now wrong with
# conviction. Together they keep each other in check.
#
# ### Your turn · press
#
# How far may this outline slip before Dice falls below 0.80? Move the first slider there.

# %% tags=["exercise"]
### BEGIN SOLUTION
slip.set(shift_px=check.first_slip(truth))
### END SOLUTION
check.slipped(slip, truth=truth)

# %% [markdown]
# ## Training, live
#
# Two `Source`s hand the network its images, a few at a time: `learn` varies each one anew in every epoch, as in lesson 03, and `steer` shows them as they are.

# %%
from course_utils.core import plurals

learn = batches.Source(train, SIZE, min(8, len(train)), augment="plausible", seed=SEED)
steer = batches.Source(validation, SIZE, min(32, len(validation)), shuffle=False)
show.say(f"{plurals.count(learn.warm(), 'image')} to learn from, {plurals.count(len(learn), 'step')} "
         f"in each epoch; {plurals.count(steer.warm(), 'image')} to steer by.")

# %% [markdown]
# Keras, the library that does the calculating, wants to know three things: how to take a step (the *optimiser*, with a step size that falls to nothing at the end), what to
# reduce (the *loss*), and what to report (the *metric*). You will find this `compile` in everybody's code.

# %%
from course_utils.segment import callbacks, losses, training
from course_utils.segment.backend import keras

model.compile(
    optimizer=keras.optimizers.Adam(training.falling(0.003, EPOCHS * len(learn))),
    loss=losses.dice_bce,
    metrics=[losses.DiceScore()],
)

# %% [markdown]
# And `fit` trains. What is to happen on the way stands in *callbacks*. Two are ours: one draws two validation images after each epoch, one ends a training that takes too long.
# Two are Keras' own: one brings back the weights of the best epoch at the end, one stops where the loss is no longer a number.
#
# **Predict.** What will the outline look like after the first epoch?

# %%
live, cap = callbacks.Live(steer, watch=2, kind=KIND), callbacks.TimeCap(CAP)
best = keras.callbacks.EarlyStopping(
    monitor="val_dice", mode="max", patience=EPOCHS, restore_best_weights=True
)
fitted = model.fit(
    learn, validation_data=steer, epochs=EPOCHS, shuffle=False, verbose=0,
    callbacks=[live, cap, *([] if FEW else [best]), keras.callbacks.TerminateOnNaN()],
)

# %% [markdown]
# How far did it get? A training that ended early, or that is no better than the blind guess, is not talked up. With the sample data and their seed of 1 the page then goes on with a
# stored, longer run of the same settings, and says so; otherwise with what there is.

# %%
# CLAIM: DATA != "muscle_general" or history.val_dice.max() > steer_floor
steer_floor = segment.floor(train, validation, size=SIZE)
network, history, told = segment.standing(
    "unet_lesson_04", model, live.history, EPOCHS, steer_floor, (DATA, SEED), ("muscle_general", 1))
show.say(told)

# %% [markdown]
# You can watch it learn again, as far as it was trained on this page.

# %%
pictures.replay(live.frames)

# %% [markdown]
# **Read.** A network learns the average first and the patient later: compare the first pictures with the blind guess at the top of the page.
#
# ## Reading the curves
#
# Two lines for each number: how it does on patients that it learns from, and on patients that it does not.

# %%
# CLAIM: history.val_dice.max() >= history.val_dice.iloc[-1]
pictures.curves(history, chosen=not FEW)

# %% [markdown]
# **Read.** A small gap between the lines is normal, and with few validation patients one image can make their line jump. If the training line goes on improving while
# the validation line turns, the network has begun to learn its patients by heart. This is called overfitting, and more epochs make it worse. The dotted line, where
# there is one, is the epoch that was kept: the best on patients from whom nothing was learned.
#
# ## The patients it has never met
#
# Now, once, the test patients. We score each image at its original size and average by patient. But first: what *is* Dice?
#
# ### Your turn · write
#
# Write it yourself, as a function: `def my_dice(truth, drawn):` and below it, indented, what it returns. `truth` and `drawn` hold 0 and 1. `(truth * drawn).sum()` counts the pixels that are in both. Dice is twice that, divided by the pixels of the
# one plus the pixels of the other.

# %% tags=["exercise"]
my_dice = ...
### BEGIN SOLUTION
def my_dice(truth, drawn):
    both = (truth * drawn).sum()
    return 2 * both / (truth.sum() + drawn.sum())
### END SOLUTION
check.own_dice(my_dice)

# %% [markdown]
# The course's own gives 1 where both are empty; the rest is the same. Now the result, as a journal would want it, and the floor beside it.

# %%
# CLAIM: DATA != "muscle_general" or dice.estimate > floor
from course_utils import evaluate

scores = segment.score(network, test, size=SIZE)
patients = evaluate.per_patient(scores)
dice = evaluate.bootstrap(patients.dice, seed=SEED)
floor = segment.floor(train, test, size=SIZE)
show.say(evaluate.sentence("Dice", dice, len(scores), cases.attrs["synthetic"]),
         f"The floor, the mean training mask for everybody: {floor:.2f}.",
         "One patient was judged. How the next one will do, nobody can say from that." if len(patients) == 1 else "")

# %% [markdown]
# **Read.** The distance from the floor is what the network has learned; a Dice without its floor says little. This network goes with you: later lessons use it where it is kept.

# %%
known = [*train.patient_id.unique(), *([] if FEW else validation.patient_id.unique())]
kept = network is model and history.val_dice.max() > steer_floor
show.say("The stored run is not yours, so it is not kept." if network is not model else
         segment.keep_own(network, known, dice.estimate, DATA) if kept else
         "A network that is not above its floor is not kept.")

# %% [markdown]
# ## Best, median, worst
#
# A mean hides the patient for whom it failed. We look at the best image, the median and the worst.

# %%
pictures.cases(network, test, scores, size=SIZE, kind=KIND)

# %% [markdown]
# **Read.** Look at the worst one as you would at a complaint. Is the image poor, the anatomy unusual, or is there no excuse?
#
# > **At the bedside.** You would not accept an assistant who is right on average. Ask to see the worst case before you see the mean.
#
# The ward does not report Dice. Where millimetres are known, here is the thickness of the drawn outline against the exact one:

# %%
# CLAIM: wrong_by is None or wrong_by.low <= wrong_by.estimate <= wrong_by.high
wrong = patients.get("thickness_error_mm")
wrong_by = None if wrong is None or wrong.count() < 2 else evaluate.bootstrap(wrong.dropna(), seed=SEED)
show.say("This set does not know millimetres or the true thickness, so it cannot answer."
         if wrong_by is None else
         evaluate.sentence("Thickness error", wrong_by, len(scores), cases.attrs["synthetic"], "mm"))

# %% [markdown]
# **Read.** A number above zero says: drawn too thick. Beside this *bias* a single scan also varies; lesson 08 says what change could be seen.
#
# ## And where there is nothing to outline?
#
# Images with nothing to outline were set aside at the start. If this set has some, they come back here.
#
# **Predict.** In how many of them will it draw something?

# %%
# CLAIM: alarms is None or 0 <= alarms.estimate <= 1
# CLAIM: set(empty.patient_id).isdisjoint(known)
empty = cases[cases["empty"] & ~cases.patient_id.isin(known)]
alarms, told, picture = None, "This set has no such image of a patient whom the network does not know, so it cannot answer.", None
if len(empty):
    drawn = segment.score(network, empty, size=SIZE).dice == 0
    alarms = evaluate.proportion(drawn, empty.patient_id)
    told = f"Something is drawn in {drawn.sum()} of {plurals.count(len(empty), 'image')} of unknown patients with nothing to outline."
    picture = pictures.false_alarms(network, empty, SIZE, KIND)
show.say(told)
picture

# %% [markdown]
# **Read.** The network was only ever shown images *with* the structure, so 'nothing' was never an answer it could learn. No Dice on images that hold it would have told you.
# The share of empty images left empty is *specificity*; lesson 08 gives it an interval.
#
# ## Does CLAHE help it?
#
# Lesson 02 promised an answer. The same network, patients, seed and epochs, once more, with CLAHE before the picture shrinks. `segment.train` is `compile` and
# `fit` as above, in one call.

# %%
difference = None
if train.patient_id.nunique() > 1:  # `train` refuses to learn from one patient
    with_clahe = segment.train(
        models.unet(size=SIZE), train, validation, epochs=EPOCHS, seconds=CAP, seed=SEED,
        batch=min(8, len(train)), clahe=2.0, watch=0)
    enhanced = evaluate.per_patient(segment.score(with_clahe.model, test, size=SIZE, clahe=2.0))
    difference = evaluate.compare(patients.dice, enhanced.dice)

# %% [markdown]
# Each patient is their own control, so the difference is what counts.

# %%
# CLAIM: difference is None or difference.patients == len(patients) and "helped" not in told and "harmed" not in told
if difference is None:
    told = "With one patient to learn from nothing was trained a second time: this set cannot answer."
elif FEW:
    told = "One patient judges, and chose the epoch of the second network: this is no fair comparison."
elif not (with_clahe.complete and kept):
    told = "One of the two trainings ended early or did not beat the floor, so this is no fair comparison."
elif max(abs(difference.low), abs(difference.high)) < 0.005:
    told = "The difference is below half a hundredth either way: nobody will notice it at the bedside."
else:
    told = "Each side was trained once, and a second training would move both: this decides nothing."
show.say("" if difference is None else
         evaluate.sentence("Change of Dice with CLAHE", difference, len(test), cases.attrs["synthetic"]), told)

# %% [markdown]
# **Read.** The interval knows how patients differ. It does not know how trainings differ, and on two computers, or with another seed, its sign may turn. Who claims a gain
# this small trains each side several times. What is pleasant to the eye need not be information to a network, and the other way round. Ask for the paired difference.
#
# ## Where to cut
#
# The network gives a probability for each pixel. The outline is drawn where it crosses a *threshold*.

# %%
probability = segment.predict(network, first.image, size=SIZE)
cut = show.explore(
    lambda threshold: pictures.thresholded(first.image, first.mask, probability, threshold, KIND),
    threshold=(0.05, 0.95, 0.5, 0.05),
)
cut

# %% [markdown]
# **Read.** *Recall* is the share of the structure that was found, and *precision* the share of the drawn area that is right. A low threshold buys the first with the second.
#
# ### Your turn · change
#
# 0.5 is only a habit. Guess what recall will be on the validation patients at a threshold of 0.2, then change the number in the first line, run the cell, and compare.

# %% tags=["exercise"]
my_threshold, my_guess = 0.5, ...
### BEGIN SOLUTION
my_threshold, my_guess = 0.2, 0.97
### END SOLUTION
recall = segment.score(network, validation, size=SIZE, threshold=my_threshold).recall.mean()
check.bolder(my_guess, threshold=my_threshold, recall=recall)

# %% [markdown]
# ## The leakage lab
#
# Many papers split by image: frames of one patient stand on both sides. To see what that does, we ask for something that *cannot* be seen. We toss a
# coin for each patient, and let a simple model guess the coin from the scan: it takes the answer of the training image that looks most alike.
#
# **Predict.** How often will it be right, if patients are split honestly? And if images are?

# %%
# CLAIM: not many or abs(by_patient - 0.5) < 0.15
# CLAIM: DATA != "muscle_general" or by_image > 0.75
from course_utils.segment import leakage

many = (with_muscle.groupby("patient_id").size().max() > 1 and with_muscle.patient_id.nunique() >= 10
        and not split.told(cases))
by_image, by_patient = 0.9, 0.5
if many:
    by_image, by_patient = (leakage.coin(with_muscle, way, seed=SEED).mean() for way in leakage.WAYS)
show.say(f"Right by image in {by_image:.0%}, by patient in {by_patient:.0%} (mean of 100 tosses)." if many
         else "This set has one image of each patient, fewer than ten patients, or nobody knows who they are: it cannot answer.",
         *([] if many else ["For the exercise below take 90 % by image and 50 % by patient: an example, no result."]))

# %% [markdown]
# How can anyone know a coin? Here is an image, and beside it the training image that the split by image let the model find.

# %%
pictures.recognised(with_muscle, leakage.recognised(with_muscle, seed=SEED), KIND) if many else None

# %% [markdown]
# **Read.** With several frames of each patient, as in the sample data, it finds the *patient* in another frame, and reads off the coin. Replace 'coin' by 'tendinopathy' and you
# have a paper. The honest split comes out where a coin should, near a half.
#
# ### Your turn · write
#
# By how many percentage points did the split by image flatter the model? Use the two names of the cell above, and multiply by 100.

# %% tags=["exercise"]
flattery = ...
### BEGIN SOLUTION
flattery = 100 * (by_image - by_patient)
### END SOLUTION
check.flattery(flattery, by_image=by_image, by_patient=by_patient)

# %% [markdown]
# ## Where this breaks
#
# - **The test set was looked at twice.** Who tunes after seeing the test result has made it a validation set.
# - **The same machines in training and test.** The network may know scanners better than anatomy. Lesson 05 takes it to another one.
# - **Never shown 'nothing'.** A network that saw only images with the structure draws it everywhere.
# - **A simulation is kind.** Real scans are harder.
#
# Trained on simulation, tried on 12 real scans of leg muscles from several machines:
#
# | network | learned from | mean Dice (95 % interval over scans) | scans below 0.6 |
# |---|---|---|---|
# | the stored, longer run of this lesson (40 epochs) | the sample data | 0.83 (0.58 to 0.94) | 1 |
# | `muscle_varied` | simulated people and machines of many kinds | 0.90 (0.77 to 0.96) | 1 |
#
# Neither has seen a patient. Whose scans they are is not known, so these intervals count scans and are too narrow if some share a patient; of two scans the makers' own readers drew three bands, so that nobody can say which muscle is meant. The intervals overlap, and the gain is not proven: most of it is one scan, and on another one the second network is the worse. Where they fail, they outline another layer. `segment.doubt(probability)` asks an outline what it gives away itself: on 160 simulated scans of wider variety than it learned from it doubted 12 of 24 failures and 16 of 123 good outlines of `muscle_varied`, and of the 12 real scans the four lowest, some of which were looked at before the rule was made. A quiet answer proves nothing.
# `docs/measurements.md` has each scan. With such scans of your own, or those of DL_Track, `python tools/measure/real_muscle.py FOLDER` prints the same table.
#
# ## Quiz
#
# Three questions, with a reply for each answer.

# %%
check.quiz_1.ask()

# %% [markdown]
# The second is about the curves.

# %%
check.quiz_2.ask()

# %% [markdown]
# The third is about patients.

# %%
check.quiz_3.ask()

# %% [markdown]
# Your results so far, kept in one small file on this computer and sent nowhere. An open lesson keeps its memory: when you are done, close it here.

# %%
progress.end("04_segment")

# %% [markdown]
# ## Summary
#
# - Cut to the scan; split by patient, and let a guard prove it.
# - `compile` says how and what for, `fit` trains, callbacks watch.
# - Keep the epoch of the best validation score; open the test set once.
# - Report Dice by patient, with an interval, beside the floor and the worst case.
# - A split by image measures memory.
#
# ## Words
#
# | word | what it means here |
# |---|---|
# | U-Net | a network that looks at several sizes and comes back to the full one |
# | loss | the one number that training makes smaller |
# | epoch | one round through all training images |
# | callback | what is to happen at certain moments of a training |
# | Dice | twice the overlap, divided by the sum of both areas |
# | overfitting | learning the training patients by heart |
# | leakage | anything about the test patients that reaches the training |
# | threshold | the probability from which on a pixel counts |
#
# ## References
#
# - Ronneberger and others, U-Net, 2015.
#   [doi:10.1007/978-3-319-24574-4_28](https://doi.org/10.1007/978-3-319-24574-4_28)
# - Milletari and others, V-Net (the Dice loss), 2016.
#   [doi:10.1109/3DV.2016.79](https://doi.org/10.1109/3DV.2016.79)
# - Maier-Hein and others, Metrics reloaded, 2024.
#   [doi:10.1038/s41592-023-02151-z](https://doi.org/10.1038/s41592-023-02151-z)
#
# ## Next
#
# [Lesson 05: I have a few better images. How do I improve the model I have?](05_fine_tune.ipynb) You take this kind of network to another machine.
