# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 02 · What does 'enhancing' do to what I measure?
#
# Networks are fed with images that somebody has made smaller, flatter and crisper first. You take these steps one by one, and each time you ask two
# questions: does it look better, and does it say more?
#
# ![One synthetic muscle scan as scanned and through five filters.](attachment:02_enhance.webp)
#
# *One scan as it was stored, and what five filters make of it.*
#
# **Time** 10 minutes reading, 30 minutes doing · **You need** lesson 01 · **This is a course, not a medical device: not for diagnosis.**
#
# After this lesson you can:
#
# - resize an image on purpose, and carry the millimetres along;
# - use CLAHE with its two settings, and name a case in which it does harm;
# - compare two versions of an image with a number that brightness alone cannot fool;
# - choose a speckle filter, knowing what it takes away.

# %% tags=["setup"]
import sys
sys.path[:0] = ["..", "../.."]
from importlib.util import find_spec
assert find_spec("course_utils"), "This page needs its course around it: get the whole folder, as its README says."
from course_utils.checks import enhance as check, progress
progress.begin("02_enhance")

# %% [markdown]
# The next cell holds the settings of this page. A network wants all its images in one size, and 128 x 128 pixels is ours.

# %% tags=["parameters"]
# Pixels on each side of the image that a network will see.
SIZE = 128
# Where the CLAHE slider starts.
CLIP_LIMIT = 2.0

# %% [markdown]
# ## The scan as it was stored
#
# This is the real heart of lesson 00: apical, portable scanner, rather dark. We take its first frame, and beside it we count how often each grey
# level occurs. That count is called a histogram. Each step up its left edge is ten times as many pixels.

# %%
import numpy as np
from pydicom import examples
from course_utils.enhance import pictures
from course_utils.load import dicom

# CLAIM: float((heart < 0.5).mean()) > 0.95
heart = dicom.read(examples.get_path("ybr_color")).pixels[0]
pictures.with_histogram(heart, "Real scan, as stored", "real")

# %% [markdown]
# **Read.** Nearly all pixels are at the left end: dark. The white half of the scale is almost unused. Gain, window and
# CLAHE all move these pixels to the right, each in its own way.
#
# ## What your hand does: gain and window
#
# %%
from course_utils.checks.predict import predict

end = predict("Turn the gain up, and the histogram slides to the right. And at the right end?",
              "the pixels stop there, all white", "the pixels leave and come back later")
end

# %% [markdown]
# Try it with the sliders.

# %%
# CLAIM: (heart >= 1).mean() == 0 and (enhance.gain(heart, 40) >= 1).mean() > 0.01
from course_utils import enhance, show

knobs = show.explore(
    lambda gain_db, black, white: pictures.gain_and_window(heart, gain_db, black, white, "real"),
    gain_db=(-20, 40, 0),
    black=(0.0, 0.5, 0.0, 0.05),
    white=(0.2, 1.0, 1.0, 0.05),
)
knobs

# %% [markdown]
# **Read.** Go to 40 dB and look: a bar grows at the end. This is *saturation*. Two pixels that were different are both white now, and no later step can tell them apart
# again. Black and white together are the *window*: what lies below the one is black, what lies above the other is white.
#
# ### Your turn · press
#
# Use the sliders until the septum is clearly seen while fewer than 1 % of the pixels are saturated. The number stands above the picture.

# %% tags=["exercise"]
# CLAIM: np.allclose(enhance.gain(heart, 14)[100:118, 192:200] - heart[100:118, 192:200], 14 / 60, atol=0.01)
# CLAIM: np.allclose(enhance.gain(heart, 14)[90:120, 163:183] - heart[90:120, 163:183], 14 / 60, atol=0.01)
### BEGIN SOLUTION
knobs.set(gain_db=14)
### END SOLUTION
check.no_saturation(knobs, heart=heart)

# %% [markdown]
# **Read.** One setting for the whole picture. That is the limit of gain: whatever it gives the dim side wall it gives the blood beside it as well.
# On the scanner you have a slider for each depth. A stored picture has CLAHE.
#
# ## What CLAHE does
#
# CLAHE cuts the picture into tiles and stretches the grey levels in each tile until they use the whole scale. The *clip limit* says how strongly it may
# stretch, and the number of *tiles* says how local it is.
#
# %%
tile = predict("What will become of a tile that holds only blood?",
               "it stays dark: there is nothing in it", "its noise is stretched to grey texture")
tile

# %% [markdown]
# Move the two sliders, and watch the cavity.

# %%
# CLAIM: enhance.clahe(heart, clip_limit=8)[90:120, 163:183].std() > 3 * heart[90:120, 163:183].std()
# CLAIM: heart[90:120, 163:183].mean() < 0.1
lab = show.explore(
    lambda clip_limit, tiles: pictures.clahe(heart, clip_limit, tiles, "real"),
    clip_limit=(1.0, 20.0, CLIP_LIMIT, 0.5),
    tiles=(2, 24, 8),
)
lab

# %% [markdown]
# **Read.** The myocardium comes up. Now go to a clip limit of 8 and look at the cavity of the left ventricle: a grey texture, like spontaneous
# contrast or a thrombus. In the stored picture it was noise, close to black.
#
# ### Your turn · press
#
# Find a setting of CLAHE at which the blood in the ventricle looks at least three times as bright as in the stored picture.

# %% tags=["exercise", "no-claim"]
### BEGIN SOLUTION
lab.set(clip_limit=8.0, tiles=8)
### END SOLUTION
check.debris(lab, heart=heart)

# %% [markdown]
# **Read.** Nothing was added to the blood. Its noise was given more of the grey scale.
#
# And outside the sector? CLAHE does not know where tissue ends. The next cell takes the scanner's text and a black strip at the edge, before and after.

# %%
# CLAIM: sharp[text].mean() > 3 * heart[text].mean()
# CLAIM: sharp[black].mean() > heart[black].mean()
text, black = np.s_[0:40, 0:80], np.s_[60:100, 0:80]
sharp = enhance.clahe(heart, clip_limit=8)
pictures.outside(heart, sharp, text, black)

# %% [markdown]
# **Read.** The corner with the text is over three times as bright. The black, where no echo was recorded, is black no longer, and the tiles show in it. A
# network can learn such marks. So cut to the scan first. `privacy.scan_box` looks for it; always look at what it found.

# %%
# CLAIM: sure > 0.8
from course_utils import privacy

(top, bottom, left, right), sure = privacy.scan_box(heart)
scan = heart[top:bottom, left:right]
show.image(scan, kind="real", title=f"Rows {top} to {bottom}, columns {left} to {right}",
           alt="The heart cut to its sector: no text, little black.")

# %% [markdown]
# **Read.** The text is gone and so is most of the black. From here on this page works on the cut scan, and so does every network of the course.
#
# The work is done by OpenCV, a library made for pictures. What we add is the care around it. See for yourself.

# %%
from course_utils.show import source

source.show(enhance.clahe)

# %% [markdown]
# **Read.** The text at the top of each function says what goes in, what comes out, and who published it.
#
# > **At the bedside.** 'Smoke' in a ventricle makes people look for slow flow and thrombus. Nobody is anticoagulated for smoke alone, but the search
# > costs time and worry. If you read an enhanced image, you should know that it was, and the stored one should be one click away.
#
# ## Better to look at, or better to measure?
#
# We want a number for 'how well can wall and blood be told apart'. We take two rectangles of the cut frame: blood in the left ventricle, and the
# side wall, which is hard to see.

# %%
# CLAIM: wall.mean() > blood.mean()
blood, wall = scan[66:96, 75:95], scan[76:94, 104:112]
show.cards(show.card("Mean grey of the blood", blood.mean(), kind="real"),
           show.card("Mean grey of the wall", wall.mean(), kind="real"))

# %% [markdown]
# Two numbers are in use. **CNR** compares the distance of the two means with the spread inside the rectangles. **gCNR** asks how often you would be right
# if you had to say, of a single pixel, whether it is wall or blood: 0 is guessing, 1 is always right.

# %%
# CLAIM: 0.35 < quality.gcnr(blood, wall) < 0.6
from course_utils.enhance import quality

show.cards(show.card("CNR, as stored", quality.cnr(blood, wall), kind="real"),
           show.card("gCNR, as stored", quality.gcnr(blood, wall), kind="real"))

# %% [markdown]
# **Read.** About half way between guessing and certainty. There is room to become better, and room to become worse.
#
# ### Your turn · change
#
# The *gamma* curve raises every grey level to a power. It makes dark pixels darker and keeps their order: it invents nothing and loses nothing. The power
# 2 does this:

# %%
# CLAIM: abs(quality.cnr(blood**2, wall**2) - quality.cnr(blood, wall)) > 0.03
POWER = 2
show.cards(
    show.card(f"CNR, power {POWER}", quality.cnr(blood**POWER, wall**POWER), kind="real"),
    show.card(f"gCNR, power {POWER}", quality.gcnr(blood**POWER, wall**POWER), kind="real"))

# %% [markdown]
# Which number will move more at another power? Write your guess, `"CNR"` or `"gCNR"`, in place of the dots. Then change `POWER`, here, to 4 or to 0.5, run
# the cell, and compare.

# %% tags=["exercise"]
guess = ...
POWER = 2
### BEGIN SOLUTION
guess = "CNR"
POWER = 4
### END SOLUTION
check.bent(guess, power=POWER, blood=blood, wall=wall)

# %% [markdown]
# **Read.** A number that changes when only the display changes can be used to sell a display. And CLAHE? It is no single curve: each tile has its own, so
# even gCNR may move. Here it is for this wall, at five strengths.

# %%
# CLAIM: max(after.values()) > quality.gcnr(blood, wall)
# CLAIM: after[16] < max(after.values()) - 0.05
import pandas as pd

after = {}
for clip_limit in (1, 2, 4, 8, 16):
    sharp = enhance.clahe(scan, clip_limit=clip_limit, tiles=8)
    after[clip_limit] = quality.gcnr(sharp[66:96, 75:95], sharp[76:94, 104:112])
show.table(pd.Series(after, name="gCNR").rename_axis("clip limit"), "One wall, one frame, one patient")

# %% [markdown]
# **Read.** A mild CLAHE makes this wall easier to tell from the blood, and a strong one takes the gain away again. That is one wall in one frame of one
# patient, and another wall may do the opposite. Ask for more: better by which number, in how many patients?
#
# ## Smaller: 128 x 128, and what happens to the ruler
#
# The cyst of lesson 01 had 350 rows and 800 columns, with 0.26 mm to a pixel. We make it square.
#
# %%
square = predict("Will a pixel of the small picture still be as wide as it is high?",
                 "yes, it stays square", "no, it becomes wider", "no, it becomes higher")
square

# %% [markdown]
# The coloured note is the one you know from lesson 01.

# %%
# CLAIM: small_spacing[1] > 2 * small_spacing[0]
cyst = dicom.read(examples.get_path("palette_color"))
small, small_spacing = enhance.resize(cyst.pixels, SIZE, spacing=cyst.spacing)
square.read("One pixel is now %.2f mm high and %.2f mm wide." % small_spacing)

# %% [markdown]
# **Read.** Columns were squeezed more than rows. `resize` gives back the new spacing together with the new pixels, because the one without the
# other is the file from lesson 01 that is off by a factor of two.
#
# There is another way: keep the proportions and fill up with black. It is called a *letterbox*.

# %%
# CLAIM: abs(boxed_spacing[0] - boxed_spacing[1]) < 0.02 * boxed_spacing[0]
# CLAIM: (boxed == 0).all(axis=1).sum() > SIZE // 4
boxed, boxed_spacing = enhance.resize(
    cyst.pixels, SIZE, spacing=cyst.spacing, how="letterbox")
show.say("Letterbox: a pixel is %.2f mm high and %.2f mm wide." % boxed_spacing)
pictures.two_sizes(small, boxed)

# %% [markdown]
# **Read.** Stretching uses all pixels and bends angles, which matters if you mean to measure a pennation angle. Letterboxing keeps angles and
# wastes pixels on black. Neither is wrong. Not knowing which one was used is.
#
# ### Your turn · write
#
# An image has 512 rows of 0.10 mm each. It is resized to `SIZE` rows. Write the new height of a pixel in mm.

# %% tags=["exercise"]
# CLAIM: abs(new_row_mm * SIZE - 0.10 * 512) < 0.01
new_row_mm = ...
### BEGIN SOLUTION
new_row_mm = 0.10 * 512 / SIZE
### END SOLUTION
check.new_row_mm(new_row_mm, size=SIZE)

# %% [markdown]
# **Read.** The picture is as tall in millimetres as before, shared among fewer rows. Keep this number in mind when someone reports thickness to a tenth
# of a millimetre.
#
# ## Speckle, and a law that it obeys
#
# The grain of an ultrasound image is not electronic noise. It is the sum of many echoes too close together to separate. If they are many and none stands
# out, physics says exactly how the grain must look: on the *envelope*, before any compression, its mean is 1.91 times its standard deviation.
#
# We test that on **synthetic** speckle, where we have the envelope.

# %%
from course_utils import simulate

# CLAIM: abs(quality.speckle_snr(envelope) - 1.91) < 0.1
probe = simulate.Probe()
envelope = simulate.envelope(simulate.speckle(probe, seed=1), probe)
show.card("Mean / standard deviation of speckle", quality.speckle_snr(envelope),
          means="physics says 1.91", kind="synthetic")

# %% [markdown]
# **Read.** Close to 1.91. Change the seed and it stays close. Scanners then take the logarithm, to show strong and weak echoes together. After
# that the grain spreads by 5.57 dB, however strong the echo is.

# %%
# CLAIM: abs(quality.log_std_db(envelope) - 5.57) < 0.3
show.card("Spread after the logarithm", quality.log_std_db(envelope), "dB",
          means="physics says 5.57 dB", kind="synthetic")

# %% [markdown]
# **Read.** Again close. Now make the picture that a scanner would export.
#
# %%
ratio = predict("What is its mean divided by its standard deviation?", "1.91 again", "clearly more", "clearly less")
ratio

# %% [markdown]
# The picture, and its own ratio:

# %%
# CLAIM: exported.mean() / exported.std() > 3
exported = enhance.log_compress(envelope, dynamic_range_db=60)
ratio.read(f"On the exported picture it is {exported.mean() / exported.std():.1f}.")

# %% [markdown]
# And so it looks.

# %%
pictures.with_histogram(exported[:256], "Synthetic speckle, exported", "synthetic")

# %% [markdown]
# **Read.** Fine grain in the middle of the grey scale. Put 40 in place of 60, and it changes again, although the echoes are the same. A 'speckle SNR' of exported images reports the settings of a scanner.
#
# ## Smoothing it away
#
# Five filters that claim to remove speckle and keep edges, on a **synthetic** muscle. Watch the thin bright lines, which are what pennation is measured on.

# %% tags=["picture"]
# CLAIM: (pictures.kept(pictures.middle(muscle), np.s_[185:200, 10:60], np.s_[20:150, 60:190]) < 100).all().all()
from course_utils import load
from course_utils.cases import samples

cases = samples.table("muscle_hires")
muscle = load.image(samples.folder("muscle_hires") / cases.image[0])
pictures.despeckling(muscle)

# %% [markdown]
# **Read.** All are smoother, and all are softer. None of them knows a fascicle from a grain.
#
# What is gone, in numbers? *Grain* is the spread in even tissue below the aponeurosis. *Lines* is how far the brightest lines stand out. Both are in per
# cent of the stored picture.

# %%
# CLAIM: (table <= 100).all().all()
# CLAIM: (table.iloc[:, 0] <= 75).any()
grain, lines = np.s_[185:200, 10:60], np.s_[20:150, 60:190]
table = pictures.kept(pictures.middle(muscle), grain, lines)
table

# %% [markdown]
# **Read.** Each filter takes grain, and each takes something from the lines as well. You should know the price before you measure.
#
# ### Your turn · change
#
# You want to measure pennation on these lines, and at least a quarter of the grain must go. Which filter takes the least of the lines? Write its name, with
# quotation marks.

# %% tags=["exercise"]
gentlest = ...
### BEGIN SOLUTION
gentlest = "non-local means"
### END SOLUTION
check.filter_choice(gentlest, table=table)

# %% [markdown]
# **Read.** One image proves little. For a decision you would ask in many patients whether the angle itself has changed.
#
# ## Three times grey
#
# Networks that were trained on photographs expect three colours, and NASNet expects numbers from -1 to 1. So the grey image is copied three times and
# stretched. No information is added; it is a plug adapter.

# %%
# CLAIM: rgb.shape == (SIZE, SIZE, 3) and rgb.min() >= -1 and rgb.max() <= 1
# CLAIM: (rgb[..., 0] == rgb[..., 1]).all() and (rgb[..., 0] == rgb[..., 2]).all()
rgb = enhance.nasnet_input(enhance.resize(scan, SIZE)[0])
show.cards(show.card("Rows, columns, colours", " x ".join(map(str, rgb.shape)), kind="real"),
           show.card("Smallest number", rgb.min(), digits=1, kind="real"),
           show.card("Largest number", rgb.max(), digits=1, kind="real"))

# %% [markdown]
# **Read.** As many rows as columns, and three colours. If you forget this step, the network still answers, badly, and no error appears.
#
# ### Your turn · write
#
# Put the steps together as a network will need them: take the cut `scan`, apply CLAHE with a clip limit of 2, then resize it to `SIZE`. Remember that
# `resize` gives back two things; the image is the first, so its call ends in `[0]`.

# %% tags=["exercise"]
# CLAIM: abs(ready - enhance.clahe(enhance.resize(scan, SIZE)[0], clip_limit=2.0)).max() > 0.05
ready = ...
### BEGIN SOLUTION
ready = enhance.resize(enhance.clahe(scan, clip_limit=2.0), SIZE)[0]
### END SOLUTION
check.ready(ready, scan=scan, size=SIZE)

# %% [markdown]
# **Read.** The order matters: CLAHE on a small image works on other tiles than CLAHE on a large one. Whatever you choose, do the same in training and
# in use.
#
# ## Where this breaks
#
# - **Frames, text and black.** CLAHE treats a black corner and a burned-in name as tissue, and brightens them.
# - **Before against after.** Enhance either all images or none. If only the ill patients' images were enhanced, a network will learn that.
# - **Masks.** They are resized by nearest neighbour. Any other way makes pixels that are 0.4 of a muscle.
# - **Measurements of texture.** Echo intensity, used in muscle medicine, means nothing after CLAHE.
#
# ## Quiz
#
# Three questions, with a reply for each answer.

# %%
check.quiz_1.ask()

# %% [markdown]
# The second is about the ruler.

# %%
check.quiz_2.ask()

# %% [markdown]
# The third is about speckle.

# %%
check.quiz_3.ask()

# %% [markdown]
# Your results so far, kept in one small file on this computer and sent nowhere. An open lesson keeps its memory: when you are done, close it here.

# %%
progress.end("02_enhance")

# %% [markdown]
# ## Summary
#
# - Gain and window change the display; what saturates is lost.
# - CLAHE helps dark walls, and it paints texture into clean blood.
# - gCNR cannot be fooled by brightness; CNR can.
# - Whoever changes the pixels must change the spacing too.
# - Speckle obeys 1.91 on the envelope, and nothing of the kind on an exported picture.
#
# ## Words
#
# | word | what it means here |
# |---|---|
# | histogram | how often each grey level occurs |
# | saturation | different values that have all become white (or black) |
# | window | the range of grey levels that is shown between black and white |
# | CLAHE | contrast limited adaptive histogram equalisation: stretching, tile by tile |
# | gCNR | how separable two regions are, pixel by pixel, whatever the display curve |
# | envelope | the strength of the echo before the logarithm |
# | letterbox | resizing with proportions kept, filled up with black |
#
# ## References
#
# - Pizer and others, Adaptive histogram equalization and its variations, 1987.
#   [doi:10.1016/S0734-189X(87)80186-X](https://doi.org/10.1016/S0734-189X%2887%2980186-X)
# - Rodriguez-Molares and others, The generalized contrast-to-noise ratio, 2020.
#   [doi:10.1109/TUFFC.2019.2956855](https://doi.org/10.1109/TUFFC.2019.2956855)
# - Wagner and others, Statistics of speckle in ultrasound B-scans, 1983.
#   [doi:10.1109/T-SU.1983.31404](https://doi.org/10.1109/T-SU.1983.31404)
# - Yu and Acton, Speckle reducing anisotropic diffusion, 2002.
#   [doi:10.1109/TIP.2002.804276](https://doi.org/10.1109/TIP.2002.804276)
#
# ## Next
#
# [Lesson 03: Which variation would my own probe produce?](03_augment.ipynb) You make new images out of old ones, and vote on which of them a scanner could have made.
