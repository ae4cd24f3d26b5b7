# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 01 · What is actually in the file my scanner exports?
#
# A scan on the screen is a picture. A scan on disk is a picture, a table that says how large a pixel is, and a surprising amount about the patient.
# In this lesson you open all three.
#
# ![A synthetic muscle scan with the outline of its mask, a scale bar and the word synthetic.](attachment:01_load.webp)
#
# *An image and its mask, read from disk.*
#
# **Time** 12 minutes reading, 30 minutes doing · **You need** lesson 00 · **This is a course, not a medical device: not for diagnosis.**
#
# After this lesson you can:
#
# - read a still, a cine and a plain picture file, and say what each of them knows about itself;
# - measure in millimetres, and recognise a file that must not be measured;
# - remove a patient's identifiers from the tags and from the pixels, and prove what is left;
# - read a data set's table of images, masks and patients, and decide about its empty masks.

# %% tags=["setup"]
import sys
sys.path[:0] = ["..", "../.."]
from importlib.util import find_spec
assert find_spec("course_utils"), "This page needs its course around it: get the whole folder, as its README says."
from course_utils.checks import load as check, progress
progress.begin("01_load")

# %% [markdown]
# That cell found the course. The next one holds the setting of this page: which sample set to look at.

# %% tags=["parameters"]
# The sample set for the second half: "muscle_general" or "muscle_hires".
DATA = "muscle_general"

# %% [markdown]
# ## How big is that cyst?
#
# This file comes from a Philips CX50. Someone set two callipers, and the machine wrote a length in the corner: **1.06 cm**. You will try to get the
# same length out of the file.
#
# %%
from course_utils.checks.predict import predict

where = predict("Where in the file could the size of a pixel be written?",
                "in the pixels, beside the depth marks", "in a table that travels with them")
where

# %% [markdown]
# Read the file and see.

# %%
# CLAIM: max(row.RegionLocationMaxY1 for row in scan.dataset.SequenceOfUltrasoundRegions) >= scan.pixels.shape[0]
# CLAIM: all(scan.pixels[y - 6:y + 7, x - 6:x + 7].max() > 0.8 for x, y in ((459, 290), (498, 301)))
from course_utils import show
from course_utils.load import dicom
from pydicom import examples

scan = dicom.read(examples.get_path("palette_color"))
show.image(
    scan.pixels, title="Real scan, Philips CX50", kind="real",
    alt="A convex sector, scanner text around it, two callipers and the text 1.06 cm.",
)

# %% [markdown]
# **Read.** The note in the coloured box is a good one. Somebody cropped this picture, so the table in the file describes more rows than there are.
# `dicom.read` noticed, reasoned that a crop does not change the size of a pixel, and told you what it assumed.
#
# In the picture two crosses, joined by dots. Header, date and time, the name of the firm. You see more than that: no cyst. The probe was in the air, and the
# bright bands are reverberation. Somebody tried the callipers out. For a ruler that is good enough.
#
# There is no ruler at this picture, because the computer has only pixels so far. Ask the scan for its spacing: how many millimetres one pixel is,
# downwards and across.

# %%
# NBVAL_CHECK_OUTPUT
# CLAIM: 0.24 < row_mm < 0.27 and 0.24 < col_mm < 0.27
row_mm, col_mm = scan.spacing
show.cards(show.card("One pixel, down", row_mm, "mm", digits=3, kind="real"),
           show.card("One pixel, across", col_mm, "mm", digits=3, kind="real"))

# %% [markdown]
# **Read.** A quarter of a millimetre both ways. The depth marks are there for people; the file has a *region table*, which says: this rectangle of the
# screen is tissue, and this is what a pixel in it measures. A second row of the table describes the strip for the ECG, in seconds.
#
# ### Your turn · press
#
# These are your own callipers. Drag each orange cross onto one of the scanner's crosses, or click it and use the arrow keys (with Shift
# they take bigger steps). The length is written underneath.

# %%
from course_utils.show.callipers import Callipers

callipers = Callipers(scan.pixels, scan.distance_mm, start=[(380, 200), (620, 200)],
                      alt="The same scan, with two crosses to move.")
callipers

# %% [markdown]
# When you are happy with both ends, run the next cell. It looks at where your crosses are.

# %% tags=["exercise"]
### BEGIN SOLUTION
callipers.set((459.5, 290.5), (498.5, 301.5))
### END SOLUTION
check.calliper(callipers)

# %% [markdown]
# At the centres of the two crosses, (459.5, 290.5) and (498.5, 301.5), the file gives this:

# %%
# NBVAL_CHECK_OUTPUT
# CLAIM: abs(scan.distance_mm(left, right) - 10.6) < 0.05
left, right = (459.5, 290.5), (498.5, 301.5)
show.card("Between the crosses", scan.distance_mm(left, right), "mm", digits=1, kind="real",
          means="the scanner printed 1.06 cm")

# %% [markdown]
# **Read.** 10.6 mm: the machine's 1.06 cm, to the last digit it showed. But the crosses lie almost side by side. If the rows were 20 % off, this length
# would change by 1.6 %, and you would not notice. It speaks for the columns only.
#
# The depth scale at the right edge speaks for the rows. Its long marks, at rows 97 and 287, stand 5 cm apart.

# %%
depth = predict("What will the file say for the distance between these two marks?",
                "50 mm, as the scale does", "clearly more or less than 50 mm")
depth

# %% [markdown]
# Now measure from mark to mark, straight down.

# %%
# CLAIM: abs(scale_mm - 50) < 0.5
scale_mm = scan.distance_mm((794, 97), (794, 287))
depth.read(f"{scale_mm:.1f} mm. Rows and columns both hold, so you may believe this file's "
           "millimetres in every direction.")

# %% [markdown]
# **Read.** Two known lengths, one for each axis. A calibration is checked when both have been reproduced.
#
# Nothing is hidden here. Whenever you want to know how something was done, open the code. Click on the line that appears.

# %%
from course_utils.show import source

source.show(dicom.Scan.distance_mm)

# %% [markdown]
# **Read.** You need not understand each word. You can see that it asks for a spacing, refuses without one, and that the rest is Pythagoras.
#
# > **At the bedside.** You make this check each day without noticing it. You would not report a size from a picture that has no depth scale. A file without
# > a region table is that picture, and `distance_mm` refuses it rather than guess.
#
# ## A file that would lie to you
#
# Here is the heart of lesson 00 again, a cine of 30 frames. It has a region table too. But on its way out of the archive somebody made the picture
# smaller and left the table as it was. The depth mark on its screen says 19 cm.
#
# %%
wish = predict("What would you like the software to do when you measure in it?",
               "measure, as the table says", "measure, and mention a doubt", "refuse, and say why")
wish

# %% [markdown]
# And this is what it does.

# %%
from course_utils.core import errors

heart = dicom.read(examples.get_path("ybr_color"))
try:
    heart.distance_mm((160, 40), (160, 200))
except errors.CalibrationError as reason:
    print(reason)

# %% [markdown]
# **Read.** It refuses, and says why: the table speaks of a rectangle that does not fit into the picture. A naive program would have multiplied
# all the same, and would have shown you a wrong length, to one decimal place.
#
# ### Your turn · change
#
# The marks beside the sector reach down to 19 cm. What would a program that believed the table have shown for that depth? Give it in cm.

# %% tags=["exercise"]
# CLAIM: abs(19 / shown_cm - 2) < 0.01 and abs((shown_cm / 19) ** 3 - 1 / 8) < 0.001
shown_cm = ...
### BEGIN SOLUTION
shown_cm = 9.5
### END SOLUTION
check.scale_error(shown_cm)

# %% [markdown]
# **Read.** Every length would have been wrong by that factor. A volume, which multiplies three lengths, would have been an eighth. An ejection
# fraction would *not* have changed: in a ratio the size of a pixel cancels.
#
# ## A cine, measured all the same
#
# Refused does not mean useless. The marks beside the sector are pixels too, and they were made smaller together with the heart. Every large mark is
# 5 cm; those for 5 and 10 cm stand at rows 69.5 and 118.5. Here are two frames of the beat.

# %%
show.grid(
    {"frame 6": heart.pixels[6][20:190, 90:230], "frame 20": heart.pixels[20][20:190, 90:230]},
    kind="real", alt="Two frames of one beat: the ventricle is narrow in the first and wide in the second.",
)

# %% [markdown]
# At row 100 the ventricle reaches from column 160 to 196 in frame 6, and from 152 to 203 in frame 20, as far as an eye can tell.
#
# ### Your turn · write
#
# Three lines: the millimetres of a pixel from the two marks, then the two widths in mm.

# %% tags=["exercise"]
# CLAIM: abs(50 / (118.5 - 69.5 + 1) / mm_per_pixel - 0.98) < 0.005
mm_per_pixel = ...
small_mm = ...
large_mm = ...
### BEGIN SOLUTION
mm_per_pixel = 50 / (118.5 - 69.5)
small_mm = (196 - 160) * mm_per_pixel
large_mm = (203 - 152) * mm_per_pixel
### END SOLUTION
check.cine(mm_per_pixel, small_mm, large_mm)

# %% [markdown]
# **Read.** Frame by frame a cine is measured like a still, once you have a ruler that you trust. This one rests on two marks that you read by eye: a
# row more or less changes it by 2 %.
#
# ## A file that says nothing
#
# The third real file is a lymph node with power Doppler. Ask for its spacing.

# %%
# CLAIM: node.spacing is None
node = dicom.read(examples.get_path("jpeg2k"))
print(node.spacing)

# %% [markdown]
# **Read.** `None`: nobody wrote down the size of a pixel, so nothing in this file may be reported in millimetres. `None` is an honest answer. Most JPEG and
# PNG exports give it, because those formats have no place for a region table.
#
# ## Who is this patient?
#
# A DICOM file is also a form, with named lines called tags. This one has fifty, others have hundreds. Here are five.

# %%
import pandas as pd

tags = ["PatientName", "PatientID", "InstitutionName", "StudyDate", "Manufacturer"]
show.table(pd.Series({tag: str(node.dataset.get(tag, "(not there)")) for tag in tags}, name="what it says"))

# %% [markdown]
# **Read.** A name (here of a test patient), a number, a hospital and a date. These are the lines everybody thinks of. Now look at the picture.

# %%
show.image(
    node.rgb, title="Real scan, GE LOGIQ 700", kind="real",
    alt="A lymph node in power Doppler, twice; a hospital's name in the corner.",
)

# %% [markdown]
# **Read.** The hospital stands in the pixels too, and emptying tags does not touch pixels. PNG and JPEG copies carry it with them. In ultrasound this is the
# rule and not the exception: DICOM's own standard for removing identifiers names ultrasound as the usual offender.
#
# `audit` counts what in this file could point to a person or a place.

# %%
many = predict("How many such things will it find in this one file?", "about 5", "about 15", "more than 25")
many

# %% [markdown]
# Then let it look.

# %%
# CLAIM: len(findings) > 25
from course_utils import privacy

findings = privacy.audit(node.dataset)
many.read(f"{len(findings)} findings, in the tags and in the pixels.")

# %% [markdown]
# Here they are by kind, and below the table one of them in full: where it is, what it holds and what to do.

# %%
# CLAIM: {"tag", "date or time", "UID"} <= set(kinds.index)
# CLAIM: 5 <= kinds["text outside the sector"] <= 9
kinds = pd.Series([finding.kind for finding in findings]).value_counts()
show.say(next(finding for finding in findings if "InstitutionName" in str(finding)))
show.table(kinds)

# %% [markdown]
# **Read.** Tags, dates, identity numbers that an archive could look up, lines of text in the pixels, and echoes outside the sector that a person should look at.
#
# Now remove them. `deidentify` makes a new data set and leaves the original alone. It empties or replaces the tags that DICOM's basic profile
# names, shifts the dates, gives new identity numbers, and blanks every pixel outside the part of the screen that shows tissue, in all frames.

# %%
# CLAIM: not {"text outside the sector", "tag", "UID"} & {finding.kind for finding in privacy.audit(clean)}
# CLAIM: cleaned.rgb.shape == node.rgb.shape and (cleaned.rgb == 0).mean() > (node.rgb == 0).mean()
clean = privacy.deidentify(node.dataset)
cleaned = dicom.read(clean)
show.grid(
    {"before": node.rgb, "after": cleaned.rgb}, kind="real",
    alt="The same scan twice: after cleaning it is black outside the tissue.",
)

# %% [markdown]
# **Read.** The hospital, the time and the serial numbers are gone. Is that the end of it? Never believe the tool that cleaned; ask again. That is what an audit is for.
#
# ### Your turn · write
#
# Audit the cleaned data set, and give the list of what is left the name `remaining`. It takes one line, like the one above.

# %% tags=["exercise"]
# CLAIM: [finding.kind for finding in remaining] == ["words kept"]
remaining = ...
### BEGIN SOLUTION
remaining = privacy.audit(clean)
### END SOLUTION
check.audit(remaining, clean=clean)

# %% [markdown]
# **Read.** One finding is left: the model of the scanner, a free text that anybody could have written into. In the pixels the software found nothing that looks
# like writing. Look there yourself. The next cell cuts out the left edge and enlarges it.

# %%
show.image(
    cleaned.rgb[125:240, 0:130], title="Real scan: the left edge after cleaning", kind="real",
    alt="Grey tissue with a colour bar of the scanner, and black notches above and below it; no letters.",
)

# %% [markdown]
# **Read.** The colour bar of the power Doppler stays, and two notches show where the letters PWR stood. Neither names anybody. You could tell at a glance; the
# software went by shapes, and took the letters for writing and the bar for tissue.
#
# Software finds what it was told to look for. A name that somebody typed across the tissue, a face in a fetal scan or a rare anomaly can
# still point to one person. So the last step of de-identification is a person who looks at every frame.
#
# > **At the bedside.** Before you export for teaching, switch the scanner's patient banner off, and use its own anonymous export. What was never written need
# > not be removed.
#
# ## A plain picture file
#
# Most teaching sets come as PNG or JPEG pictures beside a table. Ours is **synthetic**: computed by a simulation of calf muscles, so its truth is
# known exactly. `samples.table` gives the table.

# %%
from course_utils.cases import samples

cases = samples.table(DATA)
cases[["image", "mask", "patient_id", "device", "row_mm", "col_mm"]].head()

# %% [markdown]
# **Read.** One row for each image: the picture, the *mask* (the outline as a second picture; usually an expert drew it, here the simulation knows it),
# whose muscle it is, which scanner, and the millimetres that the picture file itself could not carry. Such a table is called a manifest. Guard it: without it the pictures are only pictures.
#
# The next cell reads the first pair, and lays the border of the mask over the image.

# %% tags=["picture"]
# CLAIM: 0 <= image.min() and image.max() <= 1
# CLAIM: mask.shape == image.shape and set(mask.ravel()) == {0, 1}
from course_utils import load

folder, spacing = samples.folder(DATA), (cases.row_mm[0], cases.col_mm[0])
image = load.image(folder / cases.image[0])
mask = load.mask(folder / cases["mask"][0])
print(image.shape, image.dtype, "from", image.min(), "to", image.max())
show.image(
    image, mask=mask, spacing=spacing, kind="synthetic",
    title="Synthetic medial gastrocnemius",
    alt="A synthetic calf scan with the muscle outlined between two bright sheaths.",
)

# %% [markdown]
# **Read.** The line above the picture says rows, columns, and numbers between 0 and 1, whatever the format of the file was. The mask has the same shape and holds 0 or 1.
#
# The outline runs along the two bright aponeuroses. To get from the column `image` to the column `mask` is what a network has to learn in
# lesson 04. And there is burned-in text here as well: initials and dates, invented.
#
# And if there is no table? Then the names have to do. `load.pairs` matches images and masks by their names, and complains about those left over.

# %%
# CLAIM: len(pairs) == len(cases) and "patient_id" not in pairs
pairs = load.pairs(folder / "images", folder / "masks")
pairs[["height", "width", "mask_fraction"]].head(3)

# %% [markdown]
# **Read.** Sizes agree, and `mask_fraction` says how much of each picture is muscle. But no column says who the patient was, and the name of a
# file is no safe place to learn it.
#
# ### Your turn · write
#
# A count of images is not a count of patients. How many different patients are there? A column has the method `nunique()`, so the number of devices
# would be `cases.device.nunique()`.

# %% tags=["exercise"]
# CLAIM: len(cases) > 2 * patients
patients = ...
### BEGIN SOLUTION
patients = cases.patient_id.nunique()
### END SOLUTION
check.patients(patients, cases=cases)

# %% [markdown]
# **Read.** Several images for each patient, and images of one patient resemble each other. When a paper says '100 images', ask how many people. Everything
# in this course is split, counted and averaged by patient.
#
# ## Black masks
#
# Some masks are empty: the probe was on a bone or a tendon, or in the air. We count them, and look at the first.

# %%
# CLAIM: not load.mask(folder / first["mask"]).any()
# CLAIM: len(with_muscle) == len(cases) - len(empty)
empty, with_muscle = cases[cases["empty"]], cases[~cases["empty"]]
first = empty.iloc[0]
show.say(f"{len(empty)} of {len(cases)} masks are empty. Without them {len(with_muscle)} images are left.")
show.grid(
    {f"synthetic scan: {first.scene}": load.image(folder / first.image),
     "its mask": load.mask(folder / first["mask"])}, kind="synthetic",
    alt="A synthetic scan without the muscle, and its mask, which is all black.",
)

# %% [markdown]
# **Read.** On the left a scan without the muscle, on the right what an expert would draw in it: nothing, so all black.
#
# Many projects delete such cases at the start. Ours did too: an empty mask teaches a network little about borders, and some scores divide by
# zero. `with_muscle` is what they keep.
#
# What can nobody find out any more once they are gone?
#
# - **a** How well the outline follows the muscle.
# - **b** Whether the model draws a muscle where there is none.
# - **c** How many pixels a muscle has.
#
# ### Your turn · change
#
# Replace the dots by `"a"`, `"b"` or `"c"`.

# %% tags=["exercise"]
lost = ...
### BEGIN SOLUTION
lost = "b"
### END SOLUTION
check.what_is_lost(lost)

# %% [markdown]
# **Read.** So the course drops them for the first training, and asks about false alarms on empty images again when the network is judged.
#
# ## Where this breaks
#
# - **A table in seconds.** The ECG strip has a region of its own. A point inside it has no millimetres, and `distance_mm` says so.
# - **A picture enlarged before storage.** If the table still fits into the picture, nothing in the file betrays the change. Measure the depth scale once for
#   each new export route.
# - **A mask saved as JPEG.** Its black is 3 and its white 251. `load.mask` cuts at the middle and warns you; outlines lose a pixel here and there.
# - **A de-identified file with a patient's name in its file name.** No tool in this lesson looks there. You must.
# - **Text across the tissue.** `audit` can flag it; only a person can decide.
#
# ## Quiz
#
# Three questions, with a reply for each answer.

# %%
check.quiz_1.ask()

# %% [markdown]
# The next one is about millimetres.

# %%
check.quiz_2.ask()

# %% [markdown]
# And one about names.

# %%
check.quiz_3.ask()

# %% [markdown]
# Your results so far, kept in one small file on this computer and sent nowhere. An open lesson keeps its memory: when you are done, close it here.

# %%
progress.end("01_load")

# %% [markdown]
# ## Summary
#
# - A DICOM file holds pixels, sometimes a table of millimetres, and always something about the patient.
# - Trust millimetres after you have reproduced one known length. No table, no millimetres.
# - Identifiers live in tags, in pixels and in names of files. Remove, audit, look.
# - A data set is a table. Count patients, not pictures.
# - Dropping empty masks is convenient, and it makes false alarms invisible.
#
# ## Words
#
# | word | what it means here |
# |---|---|
# | DICOM | the format of medical images: pixels and dozens or hundreds of tags in one file |
# | tag | one named line of that form, such as PatientName |
# | region table | the part that says which rectangle is tissue and what a pixel in it measures |
# | spacing | millimetres for one pixel, down and across |
# | burned-in | written into the pixels, so that deleting tags does not remove it |
# | mask | a picture of 0 and 1 that says where the structure is |
# | manifest | the table of a data set: images, masks, patients, devices, millimetres |
#
# ## References
#
# - DICOM PS3.3, section C.8.5.5, US Region Calibration, and PS3.15, Annex E, Attribute Confidentiality Profiles:
#   [dicom.nema.org](https://www.dicomstandard.org/current).
# - Pixels and tags are read by [pydicom](https://pydicom.github.io), which also ships the three real files.
# - Moore and others, De-identification of medical images with retention of scientific research value, RadioGraphics 2015.
#   [doi:10.1148/rg.2015140244](https://doi.org/10.1148/rg.2015140244)
#
# ## Next
#
# [Lesson 02: What does 'enhancing' do to what I measure?](02_enhance.ipynb) You make an image look better, and ask whether it now says more.
