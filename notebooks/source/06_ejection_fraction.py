# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 06 · Would I sign this ejection fraction?
#
# The machine on the ward does it in seconds: two clips in, an ejection fraction out, with a thin line round the ventricle. You will build that answer up
# from its parts, put an interval on it, change it by hand, and find out when it must not be given at all.
#
# **Time** 8 minutes reading, 35 minutes doing · **You need** lesson 04 · **This is a course, not a medical device: not for diagnosis.**
#
# After this lesson you can:
#
# - find end-diastole and end-systole on the curve of an outlined cine;
# - turn outlines into millilitres with the method of discs, and into an ejection fraction with an interval;
# - correct an outline, see what that does, and leave a record of it;
# - say why a clip must be refused, and what a refusal costs.

# %% tags=["setup"]
import sys
sys.path[:0] = ["..", "../.."]
from course_utils.checks import ejection_fraction as check, progress
progress.begin("06_ejection_fraction")

# %% [markdown]
# The settings of this page: the set of clips, and how many patients the last section measures.

# %% tags=["parameters"]
# A sample set, or the cases.csv of a folder of apical clips. Image folders do not fit here.
DATA = "echo"
# Whom to look at, such as "E07". Empty: the first patient whom the network has never met.
PATIENT = ""
# Patients for the comparison at the end. Fewer is faster.
STUDIES = 11

# %% [markdown]
# ## Two views of one heart
#
# These hearts are **synthetic**: three-dimensional ventricles that beat in a simulator, filmed from the apex with a simulated sector probe. So, for once, the
# true volumes are known to the millilitre.
#
# We take only the patients whom the outlining network has never met.

# %%
# NBVAL_CHECK_OUTPUT
from course_utils.cases import clips as cines, samples

clips = samples.table(DATA)
test = cines.unseen(clips)
print(f"{test.patient_id.nunique()} patients, {len(test)} clips")

# %% [markdown]
# One patient, two clips: the four-chamber and the two-chamber view.

# %%
# NBVAL_CHECK_OUTPUT
SYNTHETIC = bool(clips.attrs.get("synthetic"))  # a set of your own is not
PATIENT = PATIENT or test.patient_id.iloc[0]
mine = test[test.patient_id == PATIENT]
four, two = cines.study(test, PATIENT)
print(f"{len(four.frames)} frames, {four.fps:.0f} per second")

# %% [markdown]
# **Predict.** Play the clip and guess the ejection fraction, as you would at the bedside. Write the number down before you go on.

# %%
from course_utils.ejection_fraction import pictures, sign_off

film = pictures.film(four, title=f"patient {PATIENT}, A4C", synthetic=SYNTHETIC)
film

# %% [markdown]
# **Read.** Whatever you wrote, two experts who look at the same real clip differ too: their difference has a standard deviation of 7 points. That holds the
# error of both; one expert's reading alone has 7 / √2, about 5 points. Keep both numbers in mind for the rest of this lesson.
#
# ### Your turn · press
#
# Stop the clip at end-systole, the frame with the smallest ventricle.

# %% tags=["exercise"]
### BEGIN SOLUTION
film.set(frame=int(mine.es.fillna(0).iloc[0]))
### END SOLUTION
check.end_systole(film, clip=four)

# %% [markdown]
# ## The machine's answer
#
# The same clips go to a small network, trained on other patients. It outlines the ventricle in every frame of both views; the rest is geometry.

# %%
from course_utils import ejection_fraction

answer = pictures.measured(ejection_fraction.auto_ef(four, two))
print(answer)

# %% [markdown]
# **Read.** A number, an interval, a category, and the two frames that it rests on. Before you believe any of it, look at the outline in *every* frame.

# %%
pictures.film(four, answer.masks_4ch, answer.areas, f"patient {PATIENT}, outlined", SYNTHETIC)

# %% [markdown]
# **Read.** The curve below the picture is the area inside the outline. Its highest point is end-diastole (ED), its lowest end-systole (ES). A curve that
# jumps from frame to frame would tell you that the outline does, too.
#
# ## From outline to millilitres
#
# The **method of discs** cuts the ventricle into 20 slices between apex and mitral plane, takes each slice for a disc, and adds them up. From one view the
# discs are circles. From two views they are ellipses, with one diameter from each.

# %%
ed, es = answer.ed, answer.es
pictures.discs(four.frames[ed], answer.masks_4ch[ed], four.spacing, synthetic=SYNTHETIC)

# %% [markdown]
# One view first. `spacing` turns pixels into millimetres.

# %%
scale, unit = (four.spacing, "mL") if four.spacing else ((1, 1), "(no scale known)")
edv, esv = (ejection_fraction.single_plane_volume(answer.masks_4ch[frame], scale) for frame in (ed, es))
print(f"end-diastole {edv:.0f} {unit}, end-systole {esv:.0f} {unit}")

# %% [markdown]
# ### Your turn · write
#
# The ejection fraction is the share of the blood that leaves: what was there, less what is left, over what was there. Give it in per cent.

# %% tags=["exercise"]
ef = ...
### BEGIN SOLUTION
ef = 100 * (edv - esv) / edv
### END SOLUTION
check.fraction(ef, edv=edv, esv=esv)

# %% [markdown]
# **Predict.** A second view can only show the same ventricle from the side. Will it change the number?

# %%
print(f"one view   {ejection_fraction.ejection_fraction(edv, esv):.0f} %")
print(f"two views  {answer.ef:.0f} %" if two else "there is no second view")

# %% [markdown]
# **Read.** A ventricle is not round in cross-section. One view guesses the other diameter; two views measure it. The guideline asks for both.
#
# A third method needs only the area and the length: `8 A² / (3 π L)`. It is exact for an ellipsoid *of revolution* (a stretched sphere), and for little else.

# %%
by_area = [ejection_fraction.area_length_volume(answer.masks_4ch[frame], scale) for frame in (ed, es)]
print(f"area-length {ejection_fraction.ejection_fraction(*by_area):.0f} %")

# %% [markdown]
# ### Your turn · change
#
# A colleague's scale is wrong: all her lengths are 5 % too long, in both frames. By how many per cent is each *volume* too large, and by how many
# points is the *ejection fraction* wrong? Give two numbers; the first to the nearest whole.

# %% tags=["exercise"]
volume_percent, ef_points = ..., ...
### BEGIN SOLUTION
volume_percent, ef_points = 16, 0
### END SOLUTION
check.scale(volume_percent, ef_points)

# %% [markdown]
# ## How sure is it?
#
# The interval counts three things: outlines that the network would draw just as readily, the difference between beats where a clip has several (this one has one), and a
# rest that was measured on other synthetic hearts. Here it is on the scale that clinicians use, above what one expert's reading is sure to, and where a second expert's would lie. Synthetic, and not for diagnosis.

# %%
sex = mine.sex.iloc[0] if mine.sex.iloc[0] in ("F", "M") else None
pictures.ruler(answer.ef, answer.interval, sex, SYNTHETIC)

# %% [markdown]
# **Read.** A number near a border belongs to both sides of it: the word is decided by rounding. So the category is printed with all that the interval touches.

# %%
from course_utils import show

show.say(ejection_fraction.category(answer.ef, sex, interval=answer.interval))

# %% [markdown]
# > **At the bedside.** 'EF 38 %' and 'EF 42 %' lie within the error of one measurement. Treatment that turns on 40 should not turn on one clip.
#
# ## A clip that must be refused
#
# Some clips hold no ejection fraction. The software has to see that before you do.

# %%
studies = {patient: ejection_fraction.auto_ef(*cines.study(test, patient))
           for patient in test.patient_id.unique()[:STUDIES]}
refused = [patient for patient, study in studies.items() if study.refused]
print("refused:", ", ".join(refused) or "none")

# %% [markdown]
# **Predict.** Look at the refused clips. What is wrong with each of them?

# %%
pictures.refused(test, refused, synthetic=SYNTHETIC)

# %% [markdown]
# **Read.** The machine's reasons:

# %%
for patient in refused:
    show.say(f"{patient}:", *studies[patient].reasons)

# %% [markdown]
# And what it remarked on those that it measured, such as an irregular rhythm.

# %%
for patient, study in studies.items():
    if not study.refused and study.notes:
        show.say(f"{patient}:", *study.notes)

# %% [markdown]
# ### A real recording
#
# The hearts above are drawn by a simulator. This one is not: a cine from a portable scanner that comes with pydicom. It looks much like an apical view; what exactly was filmed is not written in it, nor what the true number is. The network has never seen a real heart.

# %%
# CLAIM: real_answer.refused and real_answer.ef is None
import pydicom
from course_utils.load import dicom

real = dicom.read(pydicom.examples.get_path("ybr_color"))
real_answer = ejection_fraction.auto_ef((real.pixels, real.fps, real.spacing))
real_clip = cines.Clip(real.pixels, real.fps, real.spacing, None, "", "")
pictures.film(real_clip, real_answer.masks_4ch, title="real recording", synthetic=False, answer=real_answer)

# %% [markdown]
# **Read.** Refused, and the reasons stand beside it. The outline of a single frame may look plausible; play it, and judge the others. When the picture is turned or brightened a little, the
# number changes far more than any interval would allow. A number from here would look like an answer and be none.
#
# ### Your turn · change
#
# A clip is *foreshortened*: the cut misses the apex. What happens to the volumes if nobody notices? Answer `"too small"`, `"too large"` or `"unchanged"`, with
# the quotes.

# %% tags=["exercise"]
foreshortened = ...
### BEGIN SOLUTION
foreshortened = "too small"
### END SOLUTION
check.foreshortened(foreshortened)

# %% [markdown]
# > **At the bedside.** A refusal is a result. It says 'scan again, and here is what to look for'. Count refusals and report them: a method that refuses every
# > difficult patient is accurate for the easy ones only.
#
# ## You are the reader
#
# One view, the other, and both, for every heart that was measured; *apart* is the four-chamber number less the two-chamber one.

# %%
views = pictures.by_views(test, studies)
views.round(1)

# %% [markdown]
# **Read.** Where the two views are far apart, look before you sign: one cut, or one outline, may be wrong. The next cell opens the heart whose views are farthest apart.
#
# The line is a proposal. Drag its points; with the keyboard, Tab goes from point to point, and the arrow keys move it. The number beside it follows. *Back to automatic* undoes it.

# %%
doubtful = views.apart.abs().idxmax() if len(views) else PATIENT
seen = cines.study(test, doubtful)
edit = pictures.editor(studies[doubtful], *seen, synthetic=SYNTHETIC)
edit

# %% [markdown]
# ### Your turn · press
#
# Play it. Does the outline follow the wall at end-systole? Correct what is wrong, type your initials and a reason, and sign. Nothing is signed by itself.

# %%
truth = test.groupby("patient_id").ef.first()
desk = sign_off.Desk(edit, doubtful, truth[doubtful])
desk

# %% [markdown]
# Once it is signed, run the check.

# %% tags=["exercise"]
### BEGIN SOLUTION
if seen[0].labels is not None:
    edit.put("A4C ES", seen[0].labels[studies[doubtful].es] == 1)
desk.sign("AB", "systolic outline wider than the cavity")
### END SOLUTION
check.corrected(desk)

# %% [markdown]
# The second heart is the one that you met first.

# %%
edit_2 = pictures.editor(answer, four, two, synthetic=SYNTHETIC)
edit_2

# %% [markdown]
# ### Your turn · press
#
# Look at its four outlines, and decide again: sign it as it is, correct it, or refuse.

# %%
desk_2 = sign_off.Desk(edit_2, PATIENT, truth[PATIENT])
desk_2

# %% [markdown]
# Once it is signed, run the check.

# %% tags=["exercise"]
### BEGIN SOLUTION
desk_2.sign("AB")
### END SOLUTION
check.accepted(desk_2)

# %% [markdown]
# **Read.** Your decisions stand in `my_work/sign_off.csv`, beside the number that the machine gave, with the reason. Such a log is how a department learns where its software fails.
# The truth was shown only afterwards; at the bedside nobody shows it.
#
# ## The whole ward
#
# All patients, the machine's number beside the truth of the simulation.

# %%
ward = pictures.ward(test, studies)
ward.drop(columns=["why", "refused"]).round(1)

# %% [markdown]
# **Read.** Count the intervals that hold the truth (*inside*). Of 95 % intervals one in twenty may miss. Synthetic, and not for diagnosis.
#
# **Predict.** By how many points is it wrong on average? And is it wrong in one direction?

# %%
from course_utils import evaluate

given = ward.dropna(subset=["ef"])
error = evaluate.bootstrap((given.ef - given.truth).abs())
show.say(evaluate.sentence("Mean absolute error", error, synthetic=SYNTHETIC, unit="points"))

# %% [markdown]
# The same in Bland and Altman's way: each difference against the mean of the two numbers. Solid lines: the mean difference, and the limits within which 95 in 100
# differences should lie. Bands: how uncertain these lines are. Dashed: does the error change with size? Pink: the limits of one expert's reading, 1.96 times 7.0 / √2 points: machine against truth
# is one error, so it may not be put beside the difference of two readers.

# %%
from course_utils.evaluate import agreement

found = agreement.bland_altman(given.ef, given.truth, patients=given.index)
evaluate.pictures.bland_altman(found, "points of EF", human=(-9.7, 9.7), synthetic=SYNTHETIC)

# %% [markdown]
# **Read.** Where the blue band holds zero, so few patients cannot rule a direction out. If the dashed line falls, large fractions are read too low. A large published network was
# wrong by 4.1 points on average at home and by 6.0 in another hospital. One expert's reading (standard deviation 7.0 / √2) is off by about 4.0 on average. Ours is measured on clean, simulated hearts like those it learned from: it must
# be better there, and that proves nothing about a patient.
#
# ## Where this breaks
#
# - **Foreshortening.** A cut beside the apex makes the ventricle short and round, its volumes too small and, typically, its ejection fraction too high. Two views that disagree in length are the
#   sign. If both views miss the apex, their lengths agree, and nothing warns you.
# - **One beat of an irregular rhythm.** Each beat has its own ejection fraction. Average several, and say how many.
# - **The wrong frame.** One frame away from end-systole costs points. At 30 frames a second and a fast heart there are few to choose from.
# - **A good outline is not a good number.** In a large real set, networks with a Dice of 0.94 still missed the ejection fraction by 5.6 points.
# - **Borders.** No interval turns 40 into a law of nature.
#
# ## Quiz
#
# Three questions, with a reply for each answer.

# %%
check.quiz_1.ask()

# %% [markdown]
# The second is about the interval.

# %%
check.quiz_2.ask()

# %% [markdown]
# The third is about refusing.

# %%
check.quiz_3.ask()

# %% [markdown]
# An open lesson keeps its memory. When you are done, close it here.

# %%
progress.end("06_ejection_fraction")

# %% [markdown]
# ## Summary
#
# - Outline, two frames, 20 discs, one division: that is an automatic ejection fraction.
# - A scale that is wrong in both frames leaves the ejection fraction alone, and spoils the volumes.
# - Give the interval, and all categories that it touches.
# - Who changes a number signs it, with a reason. Who gets no number learns why.
# - Compare against what readers differ by, and count the refusals.
#
# ## Words
#
# | word | what it means here |
# |---|---|
# | end-diastole, ED | the frame with the largest ventricle |
# | end-systole, ES | the frame with the smallest |
# | EDV, ESV | the volumes in these two frames, in mL |
# | method of discs | 20 slices of equal height between apex and mitral plane, added up (modified Simpson) |
# | biplane | with one diameter from each of two views |
# | foreshortened | cut beside the apex, so that the ventricle looks too short |
# | limits of agreement | the range in which 95 of 100 differences should lie |
# | override | a number that a reader changed, with a reason |
#
# ## References
#
# - Lang and others, Recommendations for cardiac chamber quantification (ASE/EACVI), 2015.
#   [doi:10.1016/j.echo.2014.10.003](https://doi.org/10.1016/j.echo.2014.10.003)
# - Ouyang and others, Video-based AI for beat-to-beat assessment of cardiac function (EchoNet-Dynamic), 2020.
#   [doi:10.1038/s41586-020-2145-8](https://doi.org/10.1038/s41586-020-2145-8)
# - Leclerc and others, Deep learning for segmentation using an open large-scale dataset in 2D echocardiography (CAMUS), 2019.
#   [doi:10.1109/TMI.2019.2900516](https://doi.org/10.1109/TMI.2019.2900516)
# - Akil and others, Impact of experience on visual and Simpson's biplane echocardiographic assessment of left ventricular ejection fraction, 2024 (the 7.0 points).
#   [doi:10.1111/cpf.12918](https://doi.org/10.1111/cpf.12918)
# - Bland and Altman, Statistical methods for assessing agreement, 1986.
#   [doi:10.1016/S0140-6736(86)90837-8](https://doi.org/10.1016/S0140-6736(86)90837-8)
#
# ## Next
#
# [Lesson 07](07_saliency.ipynb) asks where a network looked, and whether the picture that answers can be believed.
