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
# You train a network that draws the outline for you, in less than a minute, on patients. Then you ask it about patients it has never met. Most of this
# lesson is about that second step.
#
# **Time** 9 minutes reading, 30 minutes doing · **You need** lesson 03 · **This is a course, not a medical device: not for diagnosis.**
#
# After this lesson you can:
#
# - split a data set by patient, and prove that nobody stands on both sides;
# - train a U-Net, watch it learn, and read its curves;
# - report Dice for each patient with an interval, beside the floor that costs nothing;
# - show with numbers why a split by image flatters a model.

# %% tags=["setup"]
import sys
sys.path[:0] = ["..", "../.."]
from course_utils.checks import segment as check

# %% [markdown]
# The settings of this page. The seconds are a budget: the training stops when it is spent.

# %% tags=["parameters"]
# A sample set, or the path of your own cases.csv (lesson 15 makes one).
DATA = "muscle_general"
# The size of the network's images, and the seed of all chance.
SIZE = 128
SEED = 1
# Seconds for the main training, and steps for each network in the leakage lab.
SECONDS = 30
LAB_STEPS = 60

# %% [markdown]
# ## Who is in which group?
#
# Unless you changed `DATA`, the images are **synthetic** calves, 24 patients on two scanners. We set the empty ones aside, as in lesson 01, and divide the *patients* into three groups:
# some to learn from, some to steer the training by, and some whom nobody may look at until the end.
#
# **Predict.** Which of the three groups may influence the network?

# %%
from course_utils.cases import samples, split

cases = samples.table(DATA)
with_muscle = cases[~cases["empty"]]
train, validation, test = split.by_patient(with_muscle, seed=SEED)

# %% [markdown]
# The next cell counts patients and images in each group.

# %%
for name, group in {"train": train, "validation": validation, "test": test}.items():
    print(f"{name:10} {group.patient_id.nunique():2} patients, {len(group):2} images")

# %% [markdown]
# **Read.** Training changes the network. Validation does so indirectly: you will keep the epoch that does best there. Test must do neither.
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
# **Read.** The course has a stricter guard. It also looks for near-identical images and for augmented copies on two sides, and it stops with their names.

# %%
split.assert_no_leak(train, validation, test)
print("no patient, no twin image and no copy on two sides")

# %% [markdown]
# ## The network, by its shapes
#
# A U-Net looks at the picture at several sizes. On the way down it makes the picture smaller and the description of each spot richer. On the way up it makes it
# larger again, and at each size it takes a second look at what it saw on the way down.
#
# **Predict.** The picture has 16,384 pixels. How many adjustable numbers will a small network need?

# %%
from course_utils.segment import backend, models

backend.seed(SEED)
model = models.unet(size=SIZE)
print(f"{model.count_params():,} adjustable numbers")

# %% [markdown]
# Here are the sizes, from the picture down to the coarsest view, and up again.

# %%
from course_utils.segment import results

results.shapes(model)

# %% [markdown]
# **Read.** Rows and columns shrink, and the third number, the *channels*, grows: less 'where', more 'what'. At the end there is one number for each pixel
# again: the probability that it is muscle.
#
# How is it built? Open the code; the text at the top explains it by these shapes.

# %%
from course_utils.show import source

source.show(models.unet)

# %% [markdown]
# ## What it is punished for
#
# A network learns by reducing one number, the *loss*. Ours adds two. **Dice** counts the overlap of two outlines: 1 is perfect, and the loss is 1 minus that.
# **Binary cross-entropy** looks at each pixel alone and punishes confident mistakes most.
#
# **Predict.** An outline is right but lies a few pixels too low. Which of the two will complain more?

# %%
from course_utils import enhance, load
from course_utils.show import widgets

first = test.iloc[0]
truth = enhance.resize_mask(load.mask(samples.folder(DATA) / first["mask"]), SIZE)
slip = widgets.explore(
    lambda shift_px, sureness: results.slipped(truth, shift_px, sureness),
    shift_px=(0, 20, 4),
    sureness=(0.6, 0.99, 0.9, 0.01),
)
slip

# %% [markdown]
# **Read.** Both grow with the shift. Turn the sureness up: Dice hardly notices, and cross-entropy becomes furious, because wrong pixels are now wrong with
# conviction. Together they keep each other in check.
#
# ### Your turn · press
#
# How far may an outline of this muscle slip before Dice falls below 0.80? Move the first slider there.

# %% tags=["exercise"]
### BEGIN SOLUTION
slip.set(shift_px=8)
### END SOLUTION
check.slipped(slip, truth=truth)

# %% [markdown]
# ## Training, live
#
# Now it learns. After each round through the training images (an *epoch*) it draws three synthetic validation images for you: image, truth, its own outline. Blue is
# muscle that it missed, orange is muscle that it invented.
#
# **Predict.** What will the outline look like after the first epoch?

# %%
from course_utils.segment import training

run = training.train(
    model, train, validation, epochs=200, seconds=SECONDS, seed=SEED,
    batch=min(8, len(train)))

# %% [markdown]
# **Read.** Why did it stop, and how far did it get?

# %%
print(run.why)
print(f"{len(run.history)} epochs, best validation Dice {run.history.val_dice.max():.3f}")

# %% [markdown]
# You can watch it learn again. Each position of the slider is one epoch.

# %%
from course_utils.segment import pictures

pictures.replay(run.frames)

# %% [markdown]
# **Read.** First a blob where muscles usually are, then borders, then corners. A network learns the average first and the patient later.
#
# ## Reading the curves
#
# Two lines for each number: how it does on patients that it learns from, and on patients that it does not.

# %%
pictures.curves(run.history)

# %% [markdown]
# **Read.** A small gap between the lines is normal, and with five validation patients one image can make the lower line jump. If the training line goes on improving while the validation line turns, the network has begun to
# learn its patients by heart. This is called overfitting, and more epochs make it worse.
#
# ### Your turn · change
#
# Which number would you go by to choose the epoch that you keep: `"loss"`, `"dice"`, `"val_loss"` or `"val_dice"`?

# %% tags=["exercise"]
keep_by = ...
### BEGIN SOLUTION
keep_by = "val_dice"
### END SOLUTION
check.keep_by(keep_by)

# %% [markdown]
# **Read.** `training.train` has done so: `run.model` is the network of its best validation epoch, and not the last one.
#
# ## The patients it has never met
#
# Now, once, the test patients. We score each image at its original size, average by patient, and put an interval on the mean by drawing patients again and
# again (a *bootstrap*).

# %%
from course_utils import segment
from course_utils.evaluate import metrics

scores = segment.evaluate(run.model, test, size=SIZE)
by_patient = metrics.per_patient(scores)
by_patient.filter(regex="^(dice|hd95)").round(3)

# %% [markdown]
# One line for each patient. In a sentence:

# %%
dice, low, high = metrics.interval(by_patient.dice, seed=SEED)
print(metrics.sentence("Dice", dice, low, high, len(by_patient), len(scores),
                       synthetic=cases.attrs["synthetic"]))

# %% [markdown]
# **Read.** That is the sentence of lesson 00. Is it good? Ask what costs nothing: the mean of all training masks, drawn on every patient alike.

# %%
print(f"Dice of the mean training mask: {segment.floor(train, test, size=SIZE):.2f}")

# %% [markdown]
# **Read.** That is the floor. A muscle is in much the same place in every scan, so a picture that has not even looked at the patient scores this. A Dice
# without its floor says little.
#
# ## Best, median, worst
#
# A mean hides the patient for whom it failed. We look at three synthetic images: the best, the median and the worst.

# %%
results.cases(run.model, test, scores, size=SIZE)

# %% [markdown]
# **Read.** Look at the worst one as you would at a complaint. Is the image poor, the anatomy unusual, or is there no excuse?
#
# > **At the bedside.** You would not accept an assistant who is right on average. Ask to see the worst case before you see the mean.
#
# ## Where to cut
#
# The network gives a probability for each pixel. The outline is drawn where it crosses a *threshold*. Move it.

# %%
image = load.image(samples.folder(DATA) / first.image)
full_truth = load.mask(samples.folder(DATA) / first["mask"])
probability = segment.predict(run.model, image, size=SIZE)

# %% [markdown]
# On this synthetic scan, low thresholds draw generously and high ones carefully.

# %%
cut = widgets.explore(
    lambda threshold: results.thresholded(image, full_truth, probability, threshold),
    threshold=(0.05, 0.95, 0.5, 0.05),
)
cut

# %% [markdown]
# **Read.** Dice hardly moves over a wide range: this network is sure of itself. *Recall* is the share of the muscle that was found, and *precision* the
# share of the drawn area that is muscle. The one is bought with the other. If you choose a threshold, choose it on validation patients.
#
# ## And where there is no muscle?
#
# We set some images aside at the start. Here they come back. Where truth and outline are both empty, Dice counts as 1; any pixel drawn makes it 0.

# %%
empty = cases[cases["empty"]]
if len(empty):
    false_alarms = segment.evaluate(run.model, empty, size=SIZE).dice == 0
    print(f"muscle drawn in {false_alarms.sum()} of {len(empty)} images that hold none")
else:
    print("this set has no image without a muscle, so it cannot answer")

# %% [markdown]
# **Read.** It has never seen an image without a muscle, so it finds one. No Dice on images with muscle would have told you. In lesson 08 this becomes
# specificity.
#
# ## The leakage lab
#
# Many papers split by image: frames of one patient stand on both sides. To see what that does, we ask for something that *cannot* be seen. We toss a
# coin for each patient, and let a simple model foretell the coin from the scan.
#
# **Predict.** How often will it be right, if patients are split honestly? And if images are?

# %%
from course_utils.segment import leakage

by_image = leakage.coin(with_muscle, "by image", seed=SEED).mean()
by_patient_split = leakage.coin(with_muscle, "by patient", seed=SEED).mean()

# %% [markdown]
# Each number is the mean of a hundred tosses.

# %%
print(f"split by image:   right in {100 * by_image:.0f} %")
print(f"split by patient: right in {100 * by_patient_split:.0f} %")

# %% [markdown]
# **Read.** There is nothing to foretell. The model found the *patient*, in another frame, and read off the coin. Replace 'coin' by 'tendinopathy' and you
# have a paper. The honest split comes out where a coin should, near a half.
#
# ### Your turn · write
#
# By how many percentage points did the split by image flatter the model? Use the two names of the cell above, and multiply by 100.

# %% tags=["exercise"]
flattery = ...
### BEGIN SOLUTION
flattery = 100 * (by_image - by_patient_split)
### END SOLUTION
check.flattery(flattery, by_image=by_image, by_patient=by_patient_split)

# %% [markdown]
# And our outlines? The same U-Net, four patients, each image tested once: by networks that knew the patient, and by networks that did not.

# %%
few = with_muscle[with_muscle.patient_id.isin(with_muscle.patient_id.unique()[:4])]
known = leakage.lab(few, "by image", steps=LAB_STEPS, size=SIZE, seed=SEED)

# %% [markdown]
# Nothing but the split changes.

# %%
unknown = leakage.lab(few, "by patient", steps=LAB_STEPS, size=SIZE, seed=SEED)
for name, result in {"by image": known, "by patient": unknown}.items():
    print(f"split {name:11} Dice {metrics.per_patient(result).dice.mean():.3f}")

# %% [markdown]
# **Read.** A few thousandths to a few hundredths, and another seed may turn it round: these synthetic outlines are easy, so there is little to gain by
# knowing the patient. The harder the task and the fewer the patients, the closer it comes to the coin. You cannot know in advance which it is. So the rule
# has no exceptions.
#
# ## Where this breaks
#
# - **The test set was looked at twice.** Who tunes after seeing the test result has made it a validation set.
# - **One scanner in training.** The network may know scanners better than muscles. Lesson 05 takes it to a third one.
# - **Size.** At 128 x 128 a border cannot be placed better than to about half a pixel, here some 0.15 to 0.2 mm.
# - **Synthetic images.** All scores on this page are about a simulation. Real scans are harder, and `docs/measurements.md` says by how much.
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
# Your results so far, kept on this computer only:

# %%
from course_utils.checks import progress

progress.table("04_segment")

# %% [markdown]
# ## Summary
#
# - Split by patient, and let a guard prove it.
# - A U-Net trades 'where' for 'what' on the way down, and takes 'where' back on the way up.
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
# | Dice | twice the overlap, divided by the sum of both areas |
# | overfitting | learning the training patients by heart |
# | bootstrap | drawing the same patients again and again to see how a mean would vary |
# | leakage | anything about the test patients that reaches the training |
# | threshold | the probability from which on a pixel counts as muscle |
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
# [Lesson 05: I have a few better images. How do I improve the model I have?](05_fine_tune.ipynb) You take this kind of network to a third scanner.
