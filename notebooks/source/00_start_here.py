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
# You read ultrasound every day. In this workbook you teach a computer to outline a muscle, measure an ejection fraction, and find out how far
# either may be trusted. You need no programming. You do need your clinical eye: most mistakes of a computer are caught by looking.
#
# **Time** 15 minutes reading, 15 minutes doing · **You need** nothing · **This is a course, not a medical device: not for diagnosis.**
#
# After this lesson you can:
#
# - run, change and undo a cell of a notebook;
# - change the gain of a real scan and say what that did to the information in it;
# - tell a claim that can be checked from a claim that only sounds good;
# - say what this workbook must not be used for.
#
# **How to work.** The page is made of text and of grey cells. Click on a grey cell and press **Shift + Enter**: it runs, and the next one is
# chosen. Begin with the first one. It tells Python where the course lives.

# %% tags=["setup"]
import sys
sys.path[:0] = ["..", "../.."]
from course_utils.checks import start_here as check

# %% [markdown]
# Nothing visible happened, and that is right: the number in the square brackets shows that the cell ran. The next cell holds the one
# setting of this page. Run it too.

# %% tags=["parameters"]
# The gain, in decibels, at which the slider below starts.
GAIN_DB = 0

# %% [markdown]
# ## A real scan, now
#
# The file below came out of a real scanner: a hand-held SonoSite, in 2016, an apical window. It travels inside a public software package,
# so it may be shown. `dicom.read` opens it, as your archive would.
#
# **Predict.** How many pictures will one second of a heart hold? Say a number, then run the cell.

# %%
from pydicom import examples
from course_utils import dicom

scan = dicom.read(examples.get_path("ybr_color"))
print(f"{len(scan.pixels)} pictures, {scan.fps:.0f} in a second")

# %% [markdown]
# **Read.** Thirty pictures at thirty a second: about one second, roughly one beat. To the computer each picture is a table of numbers,
# 240 rows by 320 columns, from 0 for black to 1 for white. The next cell makes a picture of the first table.

# %%
from course_utils import figures

figures.image(scan.pixels[0], title="Real scan, frame 0",
              alt="Apical view of a real heart: bright septum in the middle, dark cavities, scanner text around the sector.")

# %% [markdown]
# **Read.** You see a septum, a valve and cavities. The computer sees 76,800 numbers, and the text around the sector is as much 'image' to it as
# the septum is. Remember that; it comes back in lesson 01 (names of patients) and in lesson 07 (models that read the text instead of the heart).
#
# ## One slider
#
# **Predict.** If you turn the gain up by 15 dB after the scan was stored, will you see a wall that you could not see before?
#
# Run the cell, then move the two sliders with the mouse, or click on one and use the arrow keys.

# %%
from course_utils import views, widgets

loop = widgets.explore(
    lambda frame, gain_db: views.frame(scan.pixels, frame, gain_db),
    frame=(0, 29, 0),
    gain_db=(-30, 30, GAIN_DB),
)
loop

# %% [markdown]
# **Read.** The frame slider makes the valve move. The gain slider makes everything brighter, the noise in the cavity as well as the wall. After
# storage, gain adds nothing that the file did not hold. It can only take away: what has become white stays white.
#
# > **At the bedside.** On the scanner you would turn up the gain and *also* change the focus, the window or the breath. Only those add information.
#
# ### Your turn · press
#
# Move the gain until the blood in the cavities is no longer black but clearly grey, then run the next cell. It looks at your slider.

# %% tags=["exercise"]
### BEGIN SOLUTION
loop.set(gain_db=18)
### END SOLUTION
check.grey_blood(loop)

# %% [markdown]
# **Read.** If the line above says *not attempted yet*, nothing is broken: move the slider and run the cell again. Every exercise answers in this
# way. It never stops the page, it never marks you down, and you may ask it for help: write `check.grey_blood.hint()` in a cell and run it.
#
# ## Run, change, undo
#
# A cell may be run as often as you like, and changed as often as you like. This one turns a heart rate into the length of a beat.

# %%
heart_rate = 72
beat_seconds = 60 / heart_rate
print(f"{beat_seconds:.2f} seconds a beat")

# %% [markdown]
# **Read.** 0.83 seconds. `heart_rate` is a name for a number; it keeps its value until a cell changes it.
#
# ### Your turn · change
#
# In the next cell, replace the three dots by the heart rate at which one beat lasts exactly 1.2 seconds. Run it. Then press **Ctrl + Z** inside
# the cell (Cmd + Z on a Mac): your typing is undone, letter by letter. That is all there is to 'breaking' a notebook.

# %% tags=["exercise"]
my_heart_rate = ...
### BEGIN SOLUTION
my_heart_rate = 50
### END SOLUTION
check.heart_rate(my_heart_rate)

# %% [markdown]
# **Read.** Three ways back, from small to large: **Ctrl + Z** in a cell; *Kernel, Restart Kernel and Run All Cells* in the menu, when names hold odd
# values; and closing the page without saving. The files of the course stay as they are.
#
# ### Your turn · write
#
# Now one line of your own. The scan knows how many pictures it has, `len(scan.pixels)`, and how many there are in a second, `scan.fps`.
# Replace the dots by the length of the clip in seconds.

# %% tags=["exercise"]
clip_seconds = ...
### BEGIN SOLUTION
clip_seconds = len(scan.pixels) / scan.fps
### END SOLUTION
check.clip_seconds(clip_seconds)

# %% [markdown]
# **Read.** You have just written Python. Most lines in this course are of that size.
#
# ## Predict, do, read
#
# Each step of the course has three parts. You **predict**, because a guess that turns out wrong is what you will remember. You **do**, by running a
# cell. You **read** what came out, as you would read a scan: what is it, and what is it not?
#
# Exercises come at three depths. **Press** needs a slider or a button. **Change** needs one value. **Write** needs one to five lines. If you only
# press, you can still finish the course and be assessed; it then says so.
#
# ## Signal or hype?
#
# Here are three sentences from imaginary product leaflets. A *signal* is a claim that somebody could check and could find to be false. *Hype* is a
# claim that leaves out what you would need to check it.
#
# - **A** 'Our algorithm is 99 % accurate.'
# - **B** 'Dice 0.94 (95 % interval 0.92 to 0.95) in 9 patients whom the model had never seen; the images are synthetic.'
# - **C** 'The heat map shows that the algorithm looks at the muscle, so you can rely on it.'
#
# **Predict.** Which ones can be checked? Replace the dots by `"signal"` or `"hype"`, with the quotation marks.

# %% tags=["exercise"]
claim_a, claim_b, claim_c = ..., ..., ...
### BEGIN SOLUTION
claim_a, claim_b, claim_c = "hype", "signal", "hype"
### END SOLUTION
check.claims(claim_a, claim_b, claim_c)

# %% [markdown]
# **Read.** B is the least impressive sentence and the only useful one: it counts patients, not pictures, says that they were new, gives an
# interval, and admits what the images are. You will write that sentence about your own model.
#
# ## Where your data may not go
#
# Everything here is either public, and real, or computed, and called *synthetic*. **No patient data ever enters this workbook**, on Binder least of all:
# that is a public computer. The lessons that let you bring your own images run on your own machine, after your hospital has agreed.
#
# One question before we go on. Choose an answer; each one has a reply.

# %%
check.privacy_gate.ask()

# %% [markdown]
# **Read.** A scan carries names in more places than you would think: in the tags, in the pixels, in the file name. Lesson 01 finds them.
#
# ## Is this computer ready?
#
# The next cell checks what the lessons need. A line that says *look* will not stop you. A line that says *stop* tells you what to do.

# %%
from course_utils import environment

environment.report()

# %% [markdown]
# **Read.** No graphics card is needed anywhere in this course. The slow lessons say how slow they are on two processor cores.
#
# ## Where this breaks
#
# - **A cell shows `[*]` and stays so.** It is still working. If a minute passes, choose *Kernel, Interrupt Kernel* in the menu.
# - **Everything is forgotten.** On Binder the computer goes away when you pause. Run all cells again from the top; no lesson depends on another one
#   having been run. Download what you want to keep.
# - **A red box appears.** Read its last line: it says what is wrong, in which file, and what to do next.
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
# This is where you stand. The table is kept in one small file on this computer and is sent nowhere.

# %%
from course_utils.checks import progress

progress.table("00_start_here")

# %% [markdown]
# ## Summary
#
# - A notebook is text and cells; **Shift + Enter** runs a cell; nothing you type can damage the course.
# - To a computer a scan is a table of numbers, burned-in text included.
# - Gain after storage adds no information.
# - A claim is worth something when it names patients, says that they were new, and gives an interval.
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
