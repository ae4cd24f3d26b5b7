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
# The machine on the ward does it in seconds: two clips in, an ejection fraction out, with a thin line round the ventricle. Would you put your name to it?
#
# ![A synthetic heart with the network's outline, and a card: ejection fraction with its interval.](attachment:06_ejection_fraction.webp)
#
# *An outline in every frame, and a number with its interval.*
#
# **Time** 12 minutes reading, 40 minutes doing · **You need** lesson 04 · **This is a course, not a medical device: not for diagnosis.**
#
# After this lesson you can:
#
# - find end-diastole and end-systole, and turn outlines into millilitres and an ejection fraction with an interval;
# - say how sure one reader is, and measure your own eye against the machine and the truth;
# - accept, correct or refuse an automatic answer, and leave a record of it;
# - say why a clip must be refused, and what a refusal costs.

# %% tags=["setup"]
import sys
sys.path[:0] = ["..", "../.."]
from importlib.util import find_spec
assert find_spec("course_utils"), "This page needs its course around it: get the whole folder, as its README says."
from course_utils.checks import ejection_fraction as check, progress
progress.begin("06_ejection_fraction")

# %% [markdown]
# The settings of this page.

# %% tags=["parameters"]
# A sample set, or the cases.csv of a folder of apical clips. Image folders do not fit here.
DATA = "echo"
# Whom to look at, such as "E07". Empty: the first patient whom the network has never met.
PATIENT = ""
# Patients for the comparison at the end (fewer is faster), and the seed, with which this computer repeats itself.
STUDIES = 11
SEED = 0

# %% [markdown]
# ## The machine's answer
#
# One patient whom the outlining network has never met. The sample hearts are **synthetic**: they beat in a simulator, so for once the truth is known.

# %% tags=["picture"]
# CLAIM: answer.areas[answer.ed] > 0.95 * answer.areas.max() and answer.areas[answer.es] < 1.05 * answer.areas.min()
from course_utils import ejection_fraction
from course_utils.cases import clips as cines, samples
from course_utils.ejection_fraction import pictures

clips = samples.table(DATA)
SYNTHETIC = bool(clips.attrs.get("synthetic"))  # a set of your own is not
test = cines.unseen(clips)
PATIENT = PATIENT or test.patient_id.iloc[0]
four, two = cines.study(test, PATIENT)
answer = pictures.measured(ejection_fraction.auto_ef(four, two, seed=SEED))
pictures.film(four, answer.masks_4ch, answer.areas, f"patient {PATIENT}, A4C", SYNTHETIC, answer=answer)

# %% [markdown]
# **Read.** A number, an interval, a name, and a line in every frame. The curve below is the area inside that line: its highest point is **end-diastole** (ED), its
# lowest **end-systole** (ES). A curve that jumped from frame to frame would tell you that the outline does, too.
#
# A small network, trained on other patients, drew the line in both views; the rest is geometry. You will build that answer up from its parts, doubt it, and
# sign it or not.
#
# ### Your turn · press
#
# The same heart from another side, without the line. Stop it at end-systole, the frame with the smallest ventricle. Once you have clicked on it, the space bar stops and plays, and the arrow keys go frame by frame.

# %%
from course_utils import show

plain = two or four
film = show.Player(pictures.film(plain, title=f"patient {PATIENT}, {plain.view}", synthetic=SYNTHETIC))
film

# %% [markdown]
# When it stands still, run the check.

# %% tags=["exercise"]
### BEGIN SOLUTION
film.set(frame=answer.es_2ch if two else answer.es)
### END SOLUTION
check.end_systole(film, clip=plain)

# %% [markdown]
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
# CLAIM: 0 < esv < edv
kind = "synthetic" if SYNTHETIC else "real"
scale, unit = (four.spacing, "mL") if four.spacing else ((1, 1), "(no scale known)")
edv, esv = (ejection_fraction.single_plane_volume(answer.masks_4ch[frame], scale) for frame in (ed, es))
show.cards(show.card("End-diastole, one view", edv, unit, digits=0, kind=kind),
           show.card("End-systole, one view", esv, unit, digits=0, kind=kind))

# %% [markdown]
# ### Your turn · write
#
# The ejection fraction is the share of the blood that leaves: what was there, less what is left, over what was there. Give it in per cent, from `edv` and `esv`; the
# check tries your line on other hearts, too.

# %% tags=["exercise"]
ef = ...
### BEGIN SOLUTION
ef = 100 * (edv - esv) / edv
### END SOLUTION
check.fraction(ef, edv=edv, esv=esv)

# %% [markdown]
# A third way needs only the area and the length: `8 A² / (3 π L)`. It is exact for an ellipsoid *of revolution* (a stretched sphere), and for little else.
#
# **Predict.** Three ways through the same outlines: will they agree to the point?

# %%
# CLAIM: all(0 < number < 100 for number in ways.values())
by_area = [ejection_fraction.area_length_volume(answer.masks_4ch[frame], scale) for frame in (ed, es)]
ways = {"Discs, one view": ejection_fraction.ejection_fraction(edv, esv),
        "Area and length, one view": ejection_fraction.ejection_fraction(*by_area)}
if two:
    ways["Discs, two views"] = answer.ef
show.cards(*(show.card(name, number, "%", digits=1, kind=kind) for name, number in ways.items()))

# %% [markdown]
# **Read.** The outline is the same, the geometry is not. A ventricle is not round in cross-section: one view guesses the other diameter, two views measure it. The guideline asks for both.
#
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
# The interval counts three things: outlines that the network would draw just as readily, the difference between beats where a clip has several, and a
# rest that was measured on other synthetic hearts. Here it is on the scale that clinicians use, above what one expert's reading is sure to, and where a second expert's would lie.

# %%
# CLAIM: answer.interval[0] < answer.ef < answer.interval[1] and named.name in named.possible
sex = pictures.sex(test, PATIENT)
named = ejection_fraction.category(answer.ef, sex, interval=answer.interval)
show.say(named)
pictures.ruler(answer.ef, answer.interval, sex, SYNTHETIC)

# %% [markdown]
# **Read.** The name of a number near a border is decided by rounding. So it is printed with all the names that the interval touches.
#
# > **At the bedside.** 'EF 38 %' and 'EF 42 %' lie within the error of one measurement. Treatment that turns on 40 should not turn on one clip.
#
# Where does the expert's bar come from? Akil and others had 140 real patients read by two beginners, two intermediates and two experts, each pair with the method of discs and by eye:

# %%
# CLAIM: abs(readers.one_reading.iloc[0] - 9.7) < 0.05 and "intermediates" in readers.SD.idxmin() and "beginners" in readers.SD.idxmax()
from course_utils.ejection_fraction import guideline

readers = guideline.readers()
show.table(readers, "Two readers of one group, 140 real patients, in points of EF (Akil 2024)", digits=1)

# %% [markdown]
# **Read.** *Bias* and *SD* are those of the difference between the two readers, which holds the error of both. If both err alike, one reading has the SD divided by √2; 95 of 100
# single readings then lie within the last column. For experts that is 10 points to either side. Experience does not order the table: the two intermediates differ least, the beginners most.
#
# ## A clip that must be refused
#
# Some clips hold no ejection fraction. The software has to see that before you do.
#
# **Predict.** These got no number. What is wrong with each of them?

# %%
# CLAIM: DATA != "echo" or STUDIES < 11 or set(refused) == set(test.patient_id[test.must_refuse])
studies = {patient: answer if patient == PATIENT else ejection_fraction.auto_ef(*cines.study(test, patient), seed=SEED)
           for patient in test.patient_id.unique()[:STUDIES]}
refused = [patient for patient, study in studies.items() if study.refused]
pictures.refused(test, refused, synthetic=SYNTHETIC)

# %% [markdown]
# The machine's reasons, and what it remarked on those that it measured, such as an irregular rhythm:

# %%
for patient, study in studies.items():
    if study.reasons or study.notes:
        show.say(f"{patient}, {'refused' if study.refused else 'measured, with a note'}:", *study.reasons, *study.notes)

# %% [markdown]
# **Read.** Each reason says what to do about it. A refusal without one would only be a nuisance.
#
# ### A real recording
#
# The hearts above are drawn by a simulator. This one is not: a cine from a portable scanner that comes with pydicom. It looks much like an apical view; what exactly was filmed is not written in it, nor what the true number is. The network has never seen a real heart.

# %%
# CLAIM: real_answer.refused and real_answer.ef is None and len(real_answer.reasons) > 1
import pydicom
from course_utils.load import dicom

real = dicom.read(pydicom.examples.get_path("ybr_color"))
real_answer = ejection_fraction.auto_ef((real.pixels, real.fps, real.spacing), seed=SEED)
real_clip = cines.Clip(real.pixels, real.fps, real.spacing, None, "", "")
pictures.film(real_clip, real_answer.masks_4ch, title="real recording", synthetic=False, answer=real_answer)

# %% [markdown]
# **Read.** Refused, and the reasons stand beside it. The outline of a single frame may look plausible; play it, and judge the others. A number from here would look like an answer and be none.
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
# ## Beat the machine
#
# Up to ten hearts whose numbers this page has not shown you, and that the network has not learned from. Judge each by eye, as you would at the bedside, and press the button. Nobody tells you
# anything in between.

# %%
from course_utils.ejection_fraction import contest

game = contest.begin(clips, studies, without=[PATIENT], seed=SEED)
game

# %% [markdown]
# After five hearts or more, run the next cell. Then the truth is out, and the reading closed.

# %%
# CLAIM: DATA != "echo" or STUDIES < 11 or len(game.answers) == 10
game.result()

# %% [markdown]
# **Read.** Once you have read: each point is a heart, its place the estimate less the truth. The upright mark is the *bias*, the broad bar runs between the *limits* within which 95 of 100
# errors should lie. The thin lines are the intervals of the two limits: so few hearts say little about them. Grey is one expert's glance at real hearts, from the table above.
#
# The contest is not fair, in both directions. These hearts are clean, and of the kind that the machine learned from. And it gave no number for the difficult ones: they are not among the ten.
#
# ## You are the reader
#
# One view, the other, and both, for every heart that was measured; *apart* is the four-chamber number less the two-chamber one.

# %%
# CLAIM: not len(views) or views.apart.abs().max() == abs(views.apart[doubtful])
views = pictures.by_views(test, studies)
doubtful = views.apart.abs().idxmax() if len(views) else PATIENT
caption = f"Ejection fraction in per cent, {len(views)} patients ({kind})" if len(views) else "Here there is no second view, so nothing is compared."
show.table(views.drop(columns="truth"), caption, digits=1)

# %% [markdown]
# **Read.** Where the two views are far apart, look before you sign: one cut, or one outline, may be wrong. The next cell opens the heart whose views are farthest apart.
#
# You will sign two hearts. In one of them the course has drawn an outline wrong on purpose, as software does on a bad day. The other is left as the machine drew it.
#
# The line is a proposal. Drag its points; with the keyboard, Tab goes from point to point, and the arrow keys move it. The number beside it follows. *Back to automatic* undoes it.

# %%
# CLAIM: proposal.ef < studies.get(doubtful, answer).ef - 3
from course_utils.ejection_fraction import practice

seen = cines.study(test, doubtful)
proposal = practice.into_the_atrium(studies.get(doubtful, answer), *seen)
edit = pictures.editor(proposal, *seen, synthetic=SYNTHETIC)
edit

# %% [markdown]
# ### Your turn · press
#
# Play it. Does the outline follow the wall at end-systole? Correct what is wrong, type your initials and a reason, and sign. Nothing is signed by itself.

# %%
from course_utils.ejection_fraction import sign_off

truth = test.groupby("patient_id").ef.first()
desk = sign_off.Desk(edit, doubtful, truth[doubtful])
desk

# %% [markdown]
# Once it is signed, run the check.

# %% tags=["exercise"]
### BEGIN SOLUTION
if seen[0].labels is not None:
    edit.put("A4C ES", seen[0].labels[studies[doubtful].es] == 1)
desk.sign("AB", "systolic outline runs into the atrium")
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
# Look at its outlines, and decide again: sign it as it is, correct it, or refuse.

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
# All patients, the machine's number beside the truth.

# %%
# CLAIM: DATA != "echo" or (ward.inside == "no").sum() <= 2
ward = pictures.ward(test, studies)
show.table(ward.drop(columns=["why", "refused"]), f"{len(ward)} patients ({kind}), in per cent", digits=1, rows=STUDIES)

# %% [markdown]
# **Read.** Count the intervals that hold the truth (*inside*). Of 95 % intervals one in twenty may miss. Those that were refused stay in the table: who drops them reports half of the result.
#
# **Predict.** By how many points is it wrong on average? And is it wrong in one direction?

# %%
# CLAIM: DATA != "echo" or error.estimate < 4.0
from course_utils import evaluate

given = ward.dropna(subset=["ef"])
error = evaluate.bootstrap((given.ef - given.truth).abs(), seed=SEED)
show.card("Mean absolute error of the machine", error, "points of EF", kind=kind, digits=1)

# %% [markdown]
# **Read.** One expert's reading (SD 7.0 / √2) is off by about 4.0 points on average, and a large published network by 4.1 at home and by 6.0 in another hospital: all of them on real patients.
# Clean, simulated hearts like those it learned from *must* be easier, and prove nothing about a patient.
#
# The same in Bland and Altman's way: each difference against the mean of the two numbers. Solid lines: the mean difference, and the limits within which 95 in 100
# differences should lie. Bands: how uncertain these lines are. Dashed: does the error change with size? Pink: what one expert's reading is sure to. Machine against truth
# is one error, so it may not be put beside the difference of two readers.

# %%
# CLAIM: found.lower.estimate < found.bias.estimate < found.upper.estimate
from course_utils.evaluate import agreement

found = agreement.bland_altman(given.ef, given.truth, patients=given.index)
human = -guideline.ONE_READING, guideline.ONE_READING
evaluate.pictures.bland_altman(found, "points of EF", human=human, synthetic=SYNTHETIC)

# %% [markdown]
# **Read.** Look at the band of the bias. If it holds zero, so few patients cannot rule a direction out; if it does not, the machine reads these hearts too low, or too high, on the whole. A dashed line that
# falls says that large fractions are read too low or small ones too high; look where it crosses zero.
#
# ## Where this breaks
#
# - **Foreshortening.** A cut beside the apex makes the ventricle short and round, its volumes too small and, typically, its ejection fraction too high. Two views that disagree in length are the
#   sign. If both views miss the apex, their lengths agree, and nothing warns you.
# - **One beat of an irregular rhythm.** Each beat has its own ejection fraction. Average several, and say how many.
# - **The wrong frame.** One frame away from end-systole costs points. At 30 frames a second and a fast heart there are few to choose from.
# - **A good outline is not a good number.** In a large real set, networks with a Dice of 0.94 still missed the ejection fraction by 5.6 points.
# - **Borders.** No interval turns 40 into a law of nature.
# - **A simulation is kind.** Real hearts are harder.
#
# Trained on simulation, tried on eight real frames of two patients (CAMUS; four- and two-chamber view at end-diastole and end-systole):
#
# | network | learned from | mean Dice (lowest) | outline over truth, area, ED and ES | EF found (the file says 63 and 53 %) |
# |---|---|---|---|---|
# | `lv_apical`, this page's | the sample data | 0.86 (0.83) | 0.95 and 1.03 | 62 %, and a refusal that would have been 41 % |
# | `lv_any`, a second one | then hearts and machines drawn at random, both moments at once | 0.90 (0.84) | 1.07 and 1.01 | 67 % and 49 % |
#
# Neither has seen a patient. Every outline looks plausible, and of the first one's two ejection fractions the one that it withheld would have been 12 points wrong. The second sees end-diastole and end-systole together, as you do when you let a clip run: a border that a still does
# not show moves. Its fractions are 3 points too high and 5 too low. Before it could do that it drew with a Dice of 0.89, a fifth too much at end-systole, and found 54 and 25 %. Dice hardly changed; the areas did. The readers' own outlines give 63 and 53 % by the same discs. Two patients are no interval.
# `docs/measurements.md` has each frame. With CAMUS on your disk, `python tools/measure/real_hearts.py FOLDER` prints the same table for all of its patients.
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
# Your results so far, kept on this computer only, and how this page is closed to give its memory back:

# %%
progress.end("06_ejection_fraction")

# %% [markdown]
# ## Summary
#
# - Outline, two frames, 20 discs, one division: that is an automatic ejection fraction.
# - A scale that is wrong in both frames leaves the ejection fraction alone, and spoils the volumes.
# - Give the interval, and all categories that it touches.
# - Who changes a number signs it, with a reason. Who gets no number learns why.
# - Compare against what one reader is sure to, your own eye included, and count the refusals.
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
# - Akil and others, Impact of experience on visual and Simpson's biplane echocardiographic assessment of left ventricular ejection fraction, 2024 (the table of readers).
#   [doi:10.1111/cpf.12918](https://doi.org/10.1111/cpf.12918)
# - Bland and Altman, Statistical methods for assessing agreement, 1986.
#   [doi:10.1016/S0140-6736(86)90837-8](https://doi.org/10.1016/S0140-6736(86)90837-8)
#
# ## Next
#
# [Lesson 07](07_saliency.ipynb) asks where a network looked, and whether the picture that answers can be believed.
