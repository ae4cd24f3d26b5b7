# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 03 · Which variation would my own probe produce?
#
# A network that has seen one image a hundred times knows that image by heart, and nothing else. So we show it the image a little turned, a little
# brighter, a little noisier. This is called augmentation. It costs nothing, and done without thought it teaches things that no probe can do.
#
# ![A turned scan twice: its outline turned with it, and an outline that stayed behind.](attachment:03_augment.webp)
#
# *The same turn twice. On the right somebody forgot the mask.*
#
# **Time** 8 minutes reading, 25 minutes doing · **You need** lessons 01 and 02 · **This is a course, not a medical device: not for diagnosis.**
#
# After this lesson you can:
#
# - apply nine common augmentations, and three that belong to ultrasound, one by one and together;
# - prove that image and mask have stayed aligned, on a mask and on a landmark;
# - reject a variation that your scanner could not produce;
# - say why augmented copies must stay on their patient's side of a split.

# %% tags=["setup"]
import sys
sys.path[:0] = ["..", "../.."]
from importlib.util import find_spec
assert find_spec("course_utils"), "This page needs its course around it: get the whole folder, as its README says."
from course_utils.checks import augment as check, progress
progress.begin("03_augment")

# %% [markdown]
# The settings of this page: which sample set, and the seed. A seed makes chance repeatable: the same seed gives the same 'random' images, here and on
# your colleague's computer.

# %% tags=["parameters"]
# The sample set: "muscle_general" or "muscle_hires".
DATA = "muscle_general"
# The seed of everything random on this page.
SEED = 1

# %% [markdown]
# ## One image, one mask, one landmark
#
# We take a **synthetic** calf with its mask. Four columns of the table say where on the screen the scan itself is, so we cut away the frame of the
# machine: no probe turns that.

# %%
from course_utils import enhance, load
from course_utils.cases import samples

cases = samples.table(DATA)
folder, case = samples.folder(DATA), cases[~cases["empty"]].iloc[4]
scan_area = (slice(case.scan_top, case.scan_bottom),
             slice(case.scan_left, case.scan_right))
image = enhance.resize(load.image(folder / case.image)[scan_area], 128)[0]
mask = enhance.resize_mask(load.mask(folder / case["mask"])[scan_area], 128)

# %% [markdown]
# Both are 128 x 128 now. We add a landmark, a point that you could put your finger on: the middle of the muscle, as pixels to the right and pixels down.

# %%
from course_utils import show
from course_utils.core import masks

landmark = masks.centre(mask)
show.image(
    image, mask=mask, points=[landmark], kind="synthetic",
    title="Synthetic muscle, mask and landmark",
    alt="A synthetic calf scan, the muscle outlined, a cross in its middle.",
)

# %% [markdown]
# **Read.** Three things that must move together from now on: pixels, outline, cross.
#
# ## One by one
#
# Nine steps stand in most recipes: horizontal and vertical flip, rotation, scaling, elastic, Gaussian noise, blur, contrast, brightness. Three more belong
# to ultrasound.

# %%
from course_utils.checks.predict import predict

never = predict("Which of these will no probe ever do to you?",
                "the rotation", "the vertical flip", "the shadow", "the blur")
never

# %% [markdown]
# Here are all twelve at once.

# %%
from course_utils import augment
from course_utils.augment import pictures

# CLAIM: all((augment.step(name, seed=SEED)(image, mask)[1] != mask).any() == kind.moves for name, kind in augment.steps.STEPS.items())
pictures.every_step(image, mask, SEED)

# %% [markdown]
# **Read.** Steps that move tissue take the outline along. Steps that only change grey levels leave it where it was. Three are ultrasound's own: acoustic
# shadow, depth gain and speckle.
#
# Now one at a time. Choose a step, then move its strength: 0 is nothing, 0.5 is the amount of the gallery, 1 is twice that. A flip has no strength. The
# seed moves what is left to chance, such as the place of a shadow.

# %%
one = show.explore(
    lambda step, strength, seed: pictures.augmented(
        image, mask, landmark, step, strength, seed),
    step=pictures.MENU,
    strength=(0.0, 1.0, 0.5, 0.1),
    seed=(0, 20, SEED),
)
one

# %% [markdown]
# **Read.** Outline and cross go with the tissue. At full strength some steps leave what you would accept from a colleague.
#
# > **At the bedside.** Each plausible step has a hand behind it. Rotation is a probe rocked heel to toe. Depth gain is the row of sliders. A shadow is a
# > lost contact or a calcification. Ask for the hand: if there is none, be suspicious.
#
# ## Proof of alignment
#
# Looking is good, a number is better. We draw a small disc around the landmark and give it to the step as a mask. Image, disc and landmark are turned
# together. Then we measure how far the landmark is from the middle of the turned disc.

# %%
import math

rotate = augment.step("rotation", 10, seed=SEED)
disc = masks.disc(mask.shape, landmark)
turned, turned_disc, turned_points = rotate(image, disc, points=[landmark])
apart = math.dist(turned_points[0], masks.centre(turned_disc))
# CLAIM: apart < 1
show.card("Landmark to middle of the disc", apart, "pixels", n="one image", kind="synthetic")

# %% [markdown]
# **Read.** Less than a pixel: mask and landmark went the same way. Why not the middle of the whole muscle? Because a part of the muscle was turned out of
# the picture, and that moves its middle without any mistake.
#
# Now a common bug: the image is turned by ten degrees, and the mask is forgotten.

# %%
bug = predict("What will happen when a network is trained on such pairs?",
              "an error message, at once", "no message, and a worse network", "nothing at all")
bug

# %% [markdown]
# This is one of the pairs, right and wrong.

# %% tags=["picture"]
# CLAIM: 2 * (turned_mask * mask).sum() / (turned_mask.sum() + mask.sum()) < 0.97
turned, turned_mask = rotate(image, mask)
pictures.forgotten_mask(turned, turned_mask, mask)

# %% [markdown]
# **Read.** On the right the outline belongs to another image. Nothing crashes, training runs, and the network learns to be wrong by ten degrees. Dice above
# the picture is the overlap between the two outlines: 1 is perfect.
#
# ### Your turn · write
#
# Prove it for the elastic step. Make `wobble` with `augment.step`, by 3 per cent and with the seed `SEED`. It is one line, like `rotate` above.

# %% tags=["exercise"]
wobble = ...
### BEGIN SOLUTION
wobble = augment.step("elastic", 3, seed=SEED)
### END SOLUTION
check.aligned(wobble, image=image, mask=mask)

# %% [markdown]
# **Read.** The check drew a disc into an image and into its mask, sent both through your `wobble`, and compared where they came out.
#
# ## A mask is not a photograph
#
# When an image is turned, new pixels fall between old ones, and their grey is a mixture. A mask must not be mixed: half a muscle does not exist. Here is
# what happens when it is treated like a photograph.

# %%
import cv2
import numpy as np

grown = cv2.resize(mask.astype("float32"), (200, 200), interpolation=cv2.INTER_LINEAR)
# CLAIM: len(np.unique(mask)) == 2
# CLAIM: len(np.unique(grown.round(3))) > 2
print(len(np.unique(mask)), "values before")
print(len(np.unique(grown.round(3))), "values after")

# %% [markdown]
# **Read.** Two values have become many. The pipelines of this course use the nearest neighbour for masks, so 0 and 1 go in and 0 and 1 come out.
#
# ## Together: two recipes
#
# `"blog"` is a recipe as tutorials have it, vertical flips included. `"plausible"` keeps what a probe can do.

# %%
blog = augment.pipeline(preset="blog", seed=SEED)
plausible = augment.pipeline(preset="plausible", seed=SEED)
pictures.recipes(image, mask, blog=blog, plausible=plausible)

# %% [markdown]
# **Read.** Look at the upper row for skin at the bottom of the picture. A network can learn it. But it spends its effort on a world in which people are
# scanned from the inside, and it unlearns that skin is on top, which is the best anatomical hint in the picture.
#
# ### Could my machine have made this?
#
# Vote. The gallery holds eight versions of the image, with letters. Tick those that a scanner and a hand could have produced. Judge the tissue: a black
# corner is only where the computer ran out of picture.

# %%
vote = show.explore(
    lambda **ticks: pictures.ballot(image, mask, ticks),
    a=False, b=False, c=False, d=False, e=False, f=False, g=False, h=False,
)
vote

# %% [markdown]
# ### Your turn · press
#
# When you have voted, run the next cell. It agrees with you or asks you to look again at one picture.

# %% tags=["exercise"]
### BEGIN SOLUTION
vote.set(a=True, c=True, d=True, f=True, g=True)
### END SOLUTION
check.vote(vote)

# %% [markdown]
# **Read.** Reasonable people differ about some of these. The point is to ask before a network is taught, and to write the answer down. This is what the
# course has written down.

# %%
pictures.reasons()

# %% [markdown]
# **Read.** One sentence for each step. You may disagree with any of them, and that is what they are for. And how were the eight versions made?

# %%
from course_utils.show import source

source.show(pictures.candidates)

# %% [markdown]
# **Read.** Each letter has the name of a step and an amount.
#
# **Why is the vertical flip in many recipes and on no scanner?** Because the recipes come from photographs of cats and satellites, where it is harmless. The
# *horizontal* flip is a real choice: probes are turned round by mistake each day. Ask what it swaps **in this view**:
#
# | view | the horizontal flip swaps |
# |---|---|
# | longitudinal calf (here) | proximal and distal, and with them the direction in which the fascicles run |
# | transverse calf | medial and lateral |
# | apical four chamber | septum and side wall, so left heart and right |
#
# On this calf a network that only outlines may see both directions. One that measures pennation with a sign must not.
#
# ### Your turn · change
#
# For a longitudinal calf scan, how many degrees of rocking, heel to toe, would you let a pipeline apply at most? First look: go back to the panel of
# 'One by one', choose *rotation*, and find the strength at which one end of the skin leaves the picture. Then give one number that you could defend at the
# bedside.

# %% tags=["exercise"]
max_rocking_deg = ...
### BEGIN SOLUTION
max_rocking_deg = 10
### END SOLUTION
check.rocking(max_rocking_deg)

# %% [markdown]
# **Read.** There is no single right number, but there is a wrong way to get one: to take what the tutorial had.
#
# ## Same seed, same images
#
# If you cannot repeat your own training data, you cannot find your own mistakes. We make the plausible pipeline twice with one seed and compare
# the images that come out.

# %%
# NBVAL_CHECK_OUTPUT
# CLAIM: same
first = augment.pipeline(preset="plausible", seed=SEED)
again = augment.pipeline(preset="plausible", seed=SEED)
same = np.array_equal(first(image, mask)[0], again(image, mask)[0])
print("same seed, same image:", same)

# %% [markdown]
# **Read.** `True`. Ask the same pipeline a second time, and it gives the next image of its series, not the same one again. That is what a training needs.
#
# ## Copies stay with their patient
#
# %%
seen = predict("You make five copies of each image, and *then* draw images at random for validation. "
               "What will the model have seen?",
               "nothing of the validation patients", "nearly every validation image, a little turned")
seen

# %% [markdown]
# The next cell writes two copies of each of three training images to disk.

# %%
from pathlib import Path
from tempfile import mkdtemp

from course_utils.augment import copies

training = cases.head(3).assign(split="train")
written = copies.write_copies(training, folder, Path(mkdtemp()) / "copies", copies=2)
written[["image", "source", "patient_id", "split"]]

# %% [markdown]
# **Read.** The model would have seen the validation images already, a little turned. So the course augments after the split, on the training side only.
#
# Each copy in the table knows its source, its patient and its side. A table without a `split` column is refused, and so is one that has a patient on both
# sides. Lesson 04 measures what happens to a score when this rule is broken.
#
# ## Where this breaks
#
# - **Too much.** When every image is strongly distorted, the network learns distortions. If you hesitate in the vote, halve the strength.
# - **The wrong physics.** Adding the same noise everywhere is what a camera does. In ultrasound the grain multiplies the echo, and noise grows with depth.
# - **Measured quantities.** Scaling changes millimetres. If a copy goes into a measurement, its spacing must be scaled too.
# - **Sides.** A horizontal flip swaps what lies left and right in the picture. Where that has a meaning, leave it out.
#
# ## Quiz
#
# Three questions, with a reply for each answer.

# %%
check.quiz_1.ask()

# %% [markdown]
# The second is about masks.

# %%
check.quiz_2.ask()

# %% [markdown]
# The third is about patients.

# %%
check.quiz_3.ask()

# %% [markdown]
# Your results so far, kept in one small file on this computer and sent nowhere. An open lesson keeps its memory: when you are done, close it here.

# %%
progress.end("03_augment")

# %% [markdown]
# ## Summary
#
# - Augmentation shows a network the variation that it will meet. You decide which that is.
# - Image, mask and landmarks go through the same transform, and masks use the nearest neighbour.
# - Prove alignment with a number, once for each pipeline.
# - No vertical flips: skin is on top.
# - Augment after the split, on the training side only.
#
# ## Words
#
# | word | what it means here |
# |---|---|
# | augmentation | making plausible variations of the training images |
# | pipeline | several steps, applied one after another with chosen probabilities |
# | landmark | a point that can be recognised in every image |
# | elastic | a smooth, uneven deformation, like tissue under a pressing probe |
# | nearest neighbour | each new pixel takes the value of the closest old one |
# | seed | the number that makes chance repeatable |
# | split | the division of patients into training, validation and test |
#
# ## References
#
# - Buslaev and others, Albumentations: fast and flexible image augmentations, 2020.
#   [doi:10.3390/info11020125](https://doi.org/10.3390/info11020125)
# - Simard and others, Best practices for convolutional neural networks, 2003 (elastic deformation).
#   [doi:10.1109/ICDAR.2003.1227801](https://doi.org/10.1109/ICDAR.2003.1227801)
# - Ronneberger and others, U-Net, 2015 (few images, strong augmentation).
#   [doi:10.1007/978-3-319-24574-4_28](https://doi.org/10.1007/978-3-319-24574-4_28)
#
# ## Next
#
# [Lesson 04: Can a computer outline the medial gastrocnemius?](04_segment.ipynb) You train a network on these images, split by patient.
