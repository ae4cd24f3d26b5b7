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
# A general model meets a new scanner, and it disappoints. You have a handful of better images. You do not start again: you go on from what the model
# knows, with smaller steps and a loss that says which mistake you mind more. And then you compare fairly.
#
# **Time** 7 minutes reading, 30 minutes doing · **You need** lesson 04 · **This is a course, not a medical device: not for diagnosis.**
#
# After this lesson you can:
#
# - load a trained network, and test it on patients of a new scanner;
# - fine-tune it with a lower learning rate and the Tversky loss, with logs and the best epochs kept;
# - compare before and after by patient, with an interval;
# - turn a mask into a thickness in millimetres, and say how wrong that is.

# %% tags=["setup"]
import sys
sys.path[:0] = ["..", "../.."]
from course_utils.checks import fine_tune as check

# %% [markdown]
# The settings of this page: seconds for the fine-tuning and for the large network, what the loss minds, and the seed.

# %% tags=["parameters"]
# The better images: a sample set, or the path of your own cases.csv (lesson 15 makes one).
DATA = "muscle_hires"
SEED = 1
SECONDS = 25
# Tversky: what false muscle costs (alpha) and what missed muscle costs (beta).
ALPHA, BETA = 0.3, 0.7
# True opens TensorBoard inside this page. It works on your own computer, not on Binder.
TENSORBOARD = False
# The encoder of the large network: "nasnet_mobile", or "nasnet_large" with a graphics card.
ENCODER = "nasnet_mobile"

# %% [markdown]
# ## The model we have
#
# This small network was trained on **synthetic** scans of one scanner, Scanner B, by the command `python tools/data/weights.py`. Loading it runs nothing
# hidden: `models.load` refuses files that carry code.

# %%
from course_utils.cases import samples
from course_utils.segment import models

general = models.load(samples.model("unet_scanner_b"))
print(f"{general.count_params():,} adjustable numbers")

# %% [markdown]
# And these are the better images. Unless you changed `DATA`: ten other synthetic patients, another scanner, sharper, stored as PNG. A few to learn from, one to steer by, five to
# judge.

# %%
from course_utils.cases import split

hires = samples.table(DATA)
hires = hires[~hires["empty"]]
train, validation, test = split.by_patient(hires, (0.4, 0.1, 0.5), seed=SEED)
for name, group in {"learn": train, "steer": validation, "judge": test}.items():
    print(f"{name}: {group.patient_id.nunique()} patients, {len(group)} images")

# %% [markdown]
# **Predict.** On unseen patients of its own scanner this network reached a Dice of 0.98. How well will it do on the new scanner?

# %%
from course_utils import segment
from course_utils.evaluate import metrics

before = segment.evaluate(general, test)
before_patients = metrics.per_patient(before)
before_patients[["dice", "precision", "recall"]].round(3)

# %% [markdown]
# **Read.** This is the drop that a new machine brings, on patients of the same kind. And the floor, the mean mask that looks at nobody:

# %%
print(f"floor: Dice {segment.floor(train, test):.2f}")

# %% [markdown]
# ## Which mistake do you mind?
#
# Dice treats muscle that was missed and muscle that was invented alike. **Tversky** lets you choose: *alpha* is the price of false muscle, *beta* the price of
# missed muscle. With 0.5 and 0.5 it *is* Dice.
#
# **Predict.** You raise beta. Will the outline grow or shrink? What will happen to precision, and what to recall?

# %%
from course_utils import load
from course_utils.segment import results
from course_utils.show import widgets

folder, case = samples.folder(DATA), test.iloc[0]
image, truth = load.image(folder / case.image), load.mask(folder / case["mask"])
probability = segment.predict(general, image)

# %% [markdown]
# Move beta. The picture, a synthetic scan unless you changed `DATA`, shows the outline that this price would choose, out of all outlines that the model's probabilities offer.

# %%
prices = widgets.explore(
    lambda beta: results.priced(image, truth, probability, beta),
    beta=(0.05, 0.95, 0.5, 0.05),
)
prices

# %% [markdown]
# **Read.** A high beta makes it draw generously: recall rises, precision falls. A low one makes it careful. Neither is better. For 'how much muscle is there
# at most', and for 'where may I surely put the needle', you would choose differently.
#
# ### Your turn · press
#
# You want a generous outline. Move beta until recall is at least 0.97.

# %% tags=["exercise"]
### BEGIN SOLUTION
prices.set(beta=0.9)
### END SOLUTION
check.generous(prices, truth=truth, probability=probability)

# %% [markdown]
# ## Fine-tuning
#
# Now the network itself. The learning rate is six times lower than in lesson 04: we want to adjust what it knows, and not to shake it out. Logs and the
# best epochs go to a folder.
#
# **Predict.** Will the first epoch make it better or worse?

# %%
from pathlib import Path
from tempfile import mkdtemp

from course_utils.segment import losses, training

logs = Path(mkdtemp())
model = models.load(samples.model("unet_scanner_b"))

# %% [markdown]
# The folder is temporary. Give it a name of your own if you want to keep it.

# %%
run = training.train(
    model, train, validation, epochs=100, seconds=SECONDS, learning_rate=5e-4,
    loss=losses.tversky(ALPHA, BETA), batch=min(4, len(train)), seed=SEED, folder=logs,
)

# %% [markdown]
# **Read.** Here is why it stopped, and the curves, read from the log file `history.csv`.

# %%
import pandas as pd

from course_utils.segment import pictures

print(run.why)
pictures.curves(pd.read_csv(logs / "history.csv"))

# %% [markdown]
# TensorBoard, a program for such curves, draws the same from its own log. It opens here if `TENSORBOARD` is True.

# %%
if TENSORBOARD:
    from tensorboard import notebook

    notebook.start(f"--logdir {logs}")

# %% [markdown]
# Two networks were kept: the epoch with the lowest validation loss, and the one with the highest validation Dice.

# %%
print(run.best_loss.name, "and", run.best_dice.name)

# %% [markdown]
# **Read.** They need not be the same epoch: the loss now prices mistakes in your way, and Dice still weighs them alike. Say which one you report.
#
# ### Your turn · change
#
# A colleague fine-tunes with a learning rate of 0.05, a hundred times ours. What is the likely result: `"faster"`, `"forgets"` or `"same"`?

# %% tags=["exercise"]
too_fast = ...
### BEGIN SOLUTION
too_fast = "forgets"
### END SOLUTION
check.too_fast(too_fast)

# %% [markdown]
# ## A fair comparison
#
# The same patients, before and after. Each patient is their own control, so we look at the *differences*, and put the interval on those.

# %%
after = segment.evaluate(run.model, test)
after_patients = metrics.per_patient(after)
change, low, high, by_patient = metrics.paired(before_patients.dice, after_patients.dice)

# %% [markdown]
# One line for each patient.

# %%
by_patient.round(3)

# %% [markdown]
# And the mean, with its interval.

# %%
kind = "; synthetic" if hires.attrs["synthetic"] else ""
print(f"Dice changed by {change:+.3f} (95 % interval {low:+.3f} to {high:+.3f}; "
      f"{len(by_patient)} patients, {len(after)} images{kind})")

# %% [markdown]
# **Read.** If the interval held zero, you could not tell the improvement from chance, however proud you were. With so few patients it is wide, and in truth
# wider still: five people cannot show how people vary.
#
# And the price? Ask the *old* scanner, Scanner B, on patients whom neither network has learned from.

# %%
old = samples.table("muscle_general")
old_test = split.by_patient(old[~old["empty"]], seed=0)[2]
old_test = old_test[old_test.device == "Scanner B"]
for name, network in {"before": general, "after": run.model}.items():
    dice = metrics.per_patient(segment.evaluate(network, old_test)).dice.mean()
    print(f"{name:6} Dice {dice:.3f} on the old scanner")

# %% [markdown]
# **Read.** A little was forgotten. Report both numbers, the gain and the loss.
#
# > **At the bedside.** A new tool that is better on average may be worse for some. Look for the patient with the smallest difference.
#
# ### Your turn · write
#
# For how many patients did the fine-tuned network do worse? `by_patient` holds the differences; `(by_patient < 0)` marks those below zero, and `.sum()`
# counts marks.

# %% tags=["exercise"]
worse = ...
### BEGIN SOLUTION
worse = (by_patient < 0).sum()
### END SOLUTION
check.worse(worse, by_patient=by_patient)

# %% [markdown]
# ## From mask to millimetres
#
# A clinician does not report Dice. The thickness of the muscle is measured between its two sheaths, at right angles to its axis.

# %%
spacing = (case.row_mm, case.col_mm)
drawn = segment.mask(segment.predict(run.model, image))
found = results.thickness(drawn, spacing)
if found:
    truth_mm = case.get("thickness_mm", "not known")
    print(f"measured {found.mean_mm:.1f} mm, exact truth in mm: {truth_mm}")

# %% [markdown]
# The lines show where it was measured, on the scan (synthetic unless you changed `DATA`).

# %%
results.measured(image, drawn, found, spacing)

# %% [markdown]
# **Read.** A simulation knows the exact answer, so for once we can say how wrong we are. Over all test patients:

# %%
wrong_by = after_patients.get("thickness_error_mm", pd.Series(dtype=float)).dropna()
if len(wrong_by) > 1:
    error, error_low, error_high = metrics.interval(wrong_by)
    print(f"thickness error {error:+.2f} mm (95 % interval {error_low:+.2f} to {error_high:+.2f})")
else:
    print("no true thickness is known in this set, so nobody can say how wrong it is")

# %% [markdown]
# **Read.** Mostly too thick: a network that was taught to fear missed muscle draws a little outside. The price that you set comes back in millimetres. For
# comparison: a tool for real scans reports thickness to within 1 mm of a human reader.
#
# ## The large network: NASUNet
#
# The project behind this course used a very large network, made for photographs, as the way down, and built only the way up. That is *transfer learning*: the
# encoder has already learned to see edges and textures.

# %%
large = models.nasunet(encoder=ENCODER, weights=None)
print(f"{large.count_params():,} adjustable numbers, against {general.count_params():,}")

# %% [markdown]
# `weights=None` means an encoder that has seen nothing yet, because the weights from ImageNet must be downloaded once. With `weights="imagenet"` the
# course looks for the file, checks it, and says where to put it if there is no network.
#
# An encoder of that size cannot be trained on two slow cores. So it stays *frozen*: it looks at each image once, and only the way up learns.

# %%
from course_utils.segment import backend, batches

source_images = batches.Source(train, batch=1, shuffle=False)
seen = models.features(large, source_images.images())
print([tuple(part.shape[1:]) for part in seen])

# %% [markdown]
# **Read.** Five views of each image, from fine to coarse: the bridges of this U-Net. Now the way up learns from them.

# %%
backend.seed(SEED)
way_up = models.decoder(large)
way_up.compile(optimizer="adam", loss=losses.dice_bce, metrics=[losses.DiceScore()])
history = way_up.fit(seen, source_images.masks(), batch_size=4, epochs=10, verbose=0)
print(f"Dice on the images it learns from: {history.history['dice'][-1]:.2f}")

# %% [markdown]
# And on the patients whom it does not know:

# %%
large_scores = metrics.per_patient(segment.evaluate(large, test))
print(f"NASUNet {large_scores.dice.mean():.2f}, fine-tuned U-Net {after_patients.dice.mean():.2f}")

# %% [markdown]
# **Read.** Ten times as many numbers, and an encoder that has learned nothing: even random views of an image, at five sizes, are of some use. With
# ImageNet weights and a graphics card the picture may change; try it. The clinician who began this work wrote that his validation scores were poor, and
# that the learning was the result. That is an honest sentence, and a good one.
#
# ## Where this breaks
#
# - **Forgetting.** What is gained on the new scanner may be lost on the old one. Test both.
# - **Choosing after the fact.** Alpha and beta tried out on the test patients are a way of cheating, with the best intentions.
# - **Too few to judge.** Five patients can show a large effect, and no small one.
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
# Your results so far, kept on this computer only:

# %%
from course_utils.checks import progress

progress.table("05_fine_tune")

# %% [markdown]
# ## Summary
#
# - A new scanner costs points; a few of its patients buy them back.
# - Fine-tune with small steps, and keep the best epoch by a rule chosen before.
# - Tversky puts a price on each kind of mistake. Say which prices you set.
# - Compare the same patients, and put the interval on the differences.
# - Millimetres, not Dice, are what the ward will use.
#
# ## Words
#
# | word | what it means here |
# |---|---|
# | fine-tuning | going on from a trained network, with new images and small steps |
# | learning rate | the size of the steps |
# | Tversky loss | Dice with two prices, for false and for missed muscle |
# | precision | the share of the drawn area that is muscle |
# | recall | the share of the muscle that was drawn |
# | paired | comparing each patient with themselves |
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
