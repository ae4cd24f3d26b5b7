# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 00 · What will I be able to do, and what will I not?
#
# You read ultrasound every day. Here you teach a computer to outline a muscle and to measure an ejection fraction, and you find out how far
# either may be trusted. You need no programming. You do need your clinical eye.
#
# ![A synthetic heart, its cavity outlined; below, the ejection fraction.](attachment:00_start_here.webp)
#
# *You will measure this.*
#
# **Time** 8 minutes reading, 15 minutes doing · **You need** nothing · **This is a course, not a medical device: not for diagnosis.**
#
# After this lesson you can:
#
# - run, change and undo a cell of a notebook;
# - change the gain of a real scan and say what that did to the information in it;
# - tell a claim that can be checked from a claim that only sounds good;
# - say what this workbook must not be used for.
#
# **How to work.** Click on a grey cell and press **Shift + Enter**: it runs, and the next one is chosen. Begin with this one. It tells Python where the
# course lives.

# %% tags=["setup"]
import sys
sys.path[:0] = ["..", "../.."]
from importlib.util import find_spec
assert find_spec("course_utils"), "This page needs its course around it: get the whole folder, as its README says."
from course_utils.checks import start_here as check, progress
progress.begin("00_start_here")

# %% [markdown]
# A number in the square brackets shows that the cell ran, and the blue line says where you stand. The next cell holds the one setting of this page.

# %% tags=["parameters"]
# The gain, in decibels, at which the slider below starts.
GAIN_DB = 0

# %% [markdown]
# ## A real scan, now
#
# Run the cell below. The triangle lets the heart beat. Then move the two sliders with the mouse, or click on one and use the arrow keys. The scan is an apical window from a real
# SonoSite. It is part of a public software package, so it may be shown.

# %%
# CLAIM: abs(scan.pixels[10] - scan.pixels[0]).max() > 0.3
# CLAIM: enhance.gain(scan.pixels[0], 15).mean() > scan.pixels[0].mean()
from course_utils import enhance, show
from course_utils.load import dicom
from pydicom import examples

scan = dicom.read(examples.get_path("ybr_color"))
loop = show.explore(
    lambda frame, gain_db: enhance.pictures.frame(scan.pixels, frame, gain_db, "real"),
    frame=(0, 29, 0),
    gain_db=(-30, 30, GAIN_DB),
)
show.play(loop, "frame", again=True)

# %% [markdown]
# **Read.** The frame slider moves the valve. The gain slider brightens noise and wall alike. Before you go on, guess: click on an answer.

# %%
from course_utils.checks.predict import predict

more = predict("After 15 dB more gain, does the stored file show a wall that was not in it?",
               "yes, gain brings out new echoes", "no, it was in the file all along")
more

# %% [markdown]
# Now the gain as numbers. How bright is the cavity, before and after 15 dB, and how much do its pixels differ from each other?

# %%
# CLAIM: louder.mean() > cavity.mean()
# CLAIM: abs(louder.std() - cavity.std()) < 0.005
cavity = scan.pixels[0][90:120, 163:183]
louder = enhance.gain(cavity, 15)
more.read(f"Brightness {cavity.mean():.2f} becomes {louder.mean():.2f}, and the spread stays "
          f"{louder.std():.3f}. A wall may come into view; it was in the file, too dark for you.")

# %% [markdown]
# **Read.** After storage, gain adds nothing. It can only take away: what has become white stays white.
#
# > **At the bedside.** There you would *also* change the focus, the window or the breath. Only those add information.
#
# ### Your turn · press
#
# Move the gain until the blood in the cavities is no longer black but clearly grey, then run the next cell. It looks at your slider.

# %% tags=["exercise", "no-claim"]
### BEGIN SOLUTION
loop.set(gain_db=18)
### END SOLUTION
check.grey_blood(loop)

# %% [markdown]
# **Read.** If the line above says *not attempted yet*, nothing is broken: move the slider and run the cell again. No exercise ever stops the page.
# Each one has hints, one more each time you ask. Delete the `#` in the next cell and run it.

# %%
# check.grey_blood.hint()

# %% [markdown]
# The last hint is a solution.
#
# ## A heart to hold
#
# This is what you will be able to judge by lesson 06. The heart below is **synthetic**, and the outline of its left ventricle is exact to begin with.
# Press play, then drag a handle, or choose one and use the arrow keys.

# %% tags=["picture"]
from course_utils.ejection_fraction import pictures

heart = pictures.showpiece()
heart

# %% [markdown]
# **Read.** The ejection fraction and its interval follow your hand: a few millimetres of outline are several points. No network was asked here. Lesson 06 brings
# one, and asks whether you would sign its number.
#
# Back to the real scan, and to what the sliders moved: pictures, and how many of them a second holds.

# %%
# CLAIM: frames == 30 and round(scan.fps) == 30
# CLAIM: rows * columns == 76800
frames, rows, columns = scan.pixels.shape
show.cards(show.card("Pictures in this clip", frames, kind="real"),
           show.card("Pictures a second", scan.fps, kind="real", digits=0),
           show.card("Size of a picture", f"{rows} x {columns}", "pixels", kind="real"))

# %% [markdown]
# **Read.** Thirty pictures at thirty a second: about one second, roughly one beat. To the computer each picture is a table of numbers from 0, black, to
# 1, white. The next cell prints a small piece of the first table, where the septum meets the blood.

# %%
# CLAIM: piece[:, 0].mean() > piece[:, -1].mean()
piece = scan.pixels[0][100:106, 150:160]
print(piece.round(2))

# %% [markdown]
# **Read.** Bright on the left, dark on the right: a border, in numbers. The whole frame is 76,800 of them, and the text on the screen is as much
# 'image' to the computer as the septum is. That comes back in lesson 01, with the names of patients.
#
# ## Run, change, undo
#
# You may run and change a cell as often as you like. This one turns a heart rate into the length of a beat.

# %%
heart_rate = 72
beat_seconds = 60 / heart_rate
beats_in_clip = (frames / scan.fps) / beat_seconds
show.cards(show.card("Length of a beat", beat_seconds, "s"),
           show.card("Beats in our clip", beats_in_clip, digits=1))

# %% [markdown]
# **Read.** `heart_rate` is a name for a number. It keeps its value until a cell changes it.
#
# ### Your turn · change
#
# Replace the three dots by the heart rate at which one beat lasts exactly 1.2 seconds, and run the cell. Then press **Ctrl + Z** inside it (Cmd + Z on
# a Mac): your typing is undone.

# %% tags=["exercise"]
my_heart_rate = ...
### BEGIN SOLUTION
my_heart_rate = 50
### END SOLUTION
check.heart_rate(my_heart_rate)

# %% [markdown]
# **Read.** Three ways back: **Ctrl + Z** in a cell; *Kernel, Restart Kernel and Run All Cells* in the menu, when names hold odd values; and
# *File, Revert Notebook to Checkpoint*, which brings back the page as it was last saved.
#
# ### Your turn · write
#
# Two lines of your own. The scan knows how many pictures it has, `len(scan.pixels)`, and how many there are in a second, `scan.fps`. How long is the
# clip, in seconds? And how many beats would it hold at 60 a minute? Write with the names, not the numbers, so that your lines also work for the next clip.

# %% tags=["exercise"]
clip_seconds = ...
beats_at_60 = ...
### BEGIN SOLUTION
clip_seconds = len(scan.pixels) / scan.fps
beats_at_60 = 60 * clip_seconds / 60
### END SOLUTION
check.clip_seconds(clip_seconds, beats_at_60)

# %% [markdown]
# **Read.** The check ran your lines on a second clip, too. Here are three moments of this one, side by side.

# %%
moments = {}
for number in (0, 10, 20):
    moments[f"frame {number}"] = scan.pixels[number]

show.grid(
    moments, title="Real scan, three moments", kind="real",
    alt="Three moments of one beat in a real scan; the valve differs in each.",
)

# %% [markdown]
# **Read.** The leaflet stands elsewhere in each. To the computer these are three tables that differ in some numbers.
#
# ## Predict, do, read
#
# That was the rhythm of every step. You **predict**, with a click, because a guess that was wrong is remembered. You **do**, by running a cell. You
# **read** what came out, as you would read a scan: what is it, and what is it not? A reading stays folded until you have predicted.
#
# Exercises come at three depths: **press** a slider, **change** one value, **write** one to five lines. You can finish a lesson with presses alone.
#
# ## Signal or hype?
#
# Three sentences from imaginary leaflets. A *signal* could be checked and found false. *Hype* leaves out what you would need to check it.
#
# - **A** 'Our algorithm is 99 % accurate.'
# - **B** 'Dice 0.94 (95 % interval 0.92 to 0.95) in 9 patients whom the model had never seen; the images are synthetic.'
# - **C** 'The heat map shows that the algorithm looks at the muscle, so you can rely on it.'
#
# ### Your turn · change
#
# Replace the dots by `"signal"` or `"hype"`, with the quotation marks.

# %% tags=["exercise", "no-claim"]
claim_a = ...
claim_b = ...
claim_c = ...
### BEGIN SOLUTION
claim_a = "hype"
claim_b = "signal"
claim_c = "hype"
### END SOLUTION
check.claims(claim_a, claim_b, claim_c)

# %% [markdown]
# **Read.** The useful sentence counts patients, says that they were new, gives an interval, and admits what the images are. You will write such a
# sentence about your own model.
#
# ## Where your data may not go
#
# Everything here is either public and real, or computed and called *synthetic*. **No patient data ever enters this workbook**, on Binder least of all:
# that is a public computer. Choose an answer; each one has a reply.

# %%
check.privacy_gate.ask()

# %% [markdown]
# **Read.** A scan carries names in its tags, its pixels and its file name. Lesson 01 finds them.
#
# ## Is this computer ready?
#
# A line that says *look* will not stop you. A line that says *stop* tells you what to do.

# %%
from course_utils.setup import environment

environment.report()

# %% [markdown]
# **Read.** No graphics card is needed. Nothing is hidden either: this is how the slider's picture was made. Click on the line to open it.

# %% tags=["no-claim"]
from course_utils.show import source

source.show(enhance.pictures.frame)

# %% [markdown]
# **Read.** Brighten, count the white pixels, make a picture. You need not write such code, but you may always look.
#
# ## Where this breaks
#
# - **A cell shows `[*]` and stays so.** It is still working. After a minute, choose *Kernel, Interrupt Kernel*.
# - **Everything is forgotten.** Binder goes away when you pause. Run all cells again; no lesson needs another one.
# - **Everything becomes slow.** Four open lessons hold 2.4 GB of memory, as much as Binder has. Close one before you open the next.
# - **A slip of the keyboard.** Missing quotation marks, a unit behind a number, a comma for a point: a blue line says what to type.
# - **A red box says *No module named*.** The first cell was skipped. Choose *Run, Run All Above Selected Cell*, then run yours again.
# - **Another red box.** Read its last line: what is wrong, in which file, what to do.
# - **The numbers are right and the conclusion is wrong.** No software catches that. You do.
#
# ## Quiz
#
# Three questions. Each answer has its own reply, so try the wrong ones too.

# %%
check.quiz_1.ask()

# %% [markdown]
# The second one is about what 'new' means.

# %%
check.quiz_2.ask()

# %% [markdown]
# And the third is about this workbook.

# %%
check.quiz_3.ask()

# %% [markdown]
# Your results so far, kept in one small file on this computer and sent nowhere. An open lesson keeps its memory: when you are done, close it here.

# %%
progress.end("00_start_here")

# %% [markdown]
# ## Summary
#
# - **Shift + Enter** runs a cell, and nothing you type can damage the course.
# - To a computer a scan is a table of numbers, burned-in text included.
# - Gain after storage adds no information.
# - A useful claim counts new patients and gives an interval.
# - Nothing here is for diagnosis, and no patient data enters.
#
# ## Words
#
# | word | what it means here |
# |---|---|
# | image | a table of numbers, 0 black to 1 white, with millimetres if we are lucky |
# | label | what an expert says of an image: an outline, a grade, a diagnosis |
# | model | a recipe with adjustable numbers that turns an image into a guess |
# | training | adjusting those numbers until the guesses resemble the labels |
# | validation | asking the model about images that took no part in training |
# | patient-level | counted and separated by patient, never by picture |
# | inference | using a finished model on a new image |
#
# ## References
#
# - The scan is the file `examples_ybr_color.dcm` of [pydicom](https://pydicom.github.io), a free library that reads DICOM.
# - How to report a clinical prediction model: Collins and others, TRIPOD+AI, BMJ 2024.
#   [doi:10.1136/bmj-2023-078378](https://doi.org/10.1136/bmj-2023-078378)
# - How to report an imaging study with AI: Tejani and others, CLAIM 2024.
#   [doi:10.1148/ryai.240300](https://doi.org/10.1148/ryai.240300)
#
# ## Next
#
# [Lesson 01: What is actually in the file my scanner exports?](01_load.ipynb) You measure a cyst in millimetres, and you find a name where none should be.
