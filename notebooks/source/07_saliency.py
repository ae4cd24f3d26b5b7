# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 07 · Where did the model look, and can I believe the picture?
#
# A coloured cloud over a scan is the most persuasive picture in medical AI. It can show a real error in seconds. It can also look just as good over a network
# that knows nothing. In this lesson you make such clouds, test them, and catch a cheat with one.
#
# ![A scan, what an edge detector finds in it, and a saliency map that looks much the same.](attachment:07_saliency.webp)
#
# *Two maps of one sample scan. One of them has never seen the network.*
#
# **Time** 8 minutes reading, 30 minutes doing · **You need** lesson 04 · **This is a course, not a medical device: not for diagnosis.**
#
# After this lesson you can:
#
# - make overlays in four ways, and say what question each of them answers;
# - check an attribution with a sum, and a picture with a network whose weights were shuffled;
# - find a shortcut that high accuracy hides;
# - draw where a network is unsure, and measure whether it is wrong there.

# %% tags=["setup"]
import sys
sys.path[:0] = ["..", "../.."]
from importlib.util import find_spec
assert find_spec("course_utils"), "This page needs its course around it: get the whole folder, as its README says."
from course_utils.checks import saliency as check, progress
progress.begin("07_saliency")

# %% [markdown]
# The settings of this page: the images, how long the cheat is trained, and the seed.

# %% tags=["parameters"]
# A sample set, or the path of a cases.csv of your own (lesson 15 shows how to make one).
DATA = "muscle_general"
# Passes over the images for each of the two classifiers in the shortcut lab.
EPOCHS = 20
SEED = 1

# %% [markdown]
# ## Where did it look?
#
# We take a small network that outlines: yours from lesson 04 if you kept one for this set, else the course's, which knows the gastrocnemius.

# %%
import pandas
from course_utils import segment, show

network, which = segment.own_or_shipped(data=DATA)
show.note(which)

# %% [markdown]
# And test patients, whom it has not learned from.

# %%
from course_utils.cases import samples, split
from course_utils.segment import stored

cases = samples.table(DATA)
source = "synthetic" if cases.attrs["synthetic"] else "real"
kind = "synthetic scan" if cases.attrs["synthetic"] else "your scan"
marked, seen = cases[~cases["empty"]], stored.seen(DATA)
test = marked[~marked.patient_id.isin(seen)] if seen else split.by_patient(marked, seed=0)[2]

# %% [markdown]
# The first test image in which it draws something will do. It is cut to the scan, as it was in training: the frame of the machine is not anatomy.

# %%
image = segment.first_drawn(network, test)

# %% [markdown]
# **Grad-CAM** asks one layer of the network: which of your features spoke for the answer, and where did they light up? For an outline, 'the answer' is the
# score added up over a region: here, over the outline that it drew.

# %%
from course_utils.checks.predict import predict

place = predict("Where will the cloud be?", "inside the outline", "along its border", "elsewhere")
place

# %% [markdown]
# Now ask the last layers.

# %%
from course_utils import saliency
from course_utils.saliency import pictures

# CLAIM: DATA != "muscle_general" or cloud[drawn > 0].sum() > 0.8 * cloud.sum()
drawn = segment.mask(segment.predict(network, image))
cloud = saliency.seg_grad_cam(network, image, drawn)
pictures.picture(image, cloud, f"Seg-Grad-CAM ({kind})", mask=drawn)

# %% [markdown]
# **Read.** On the course's scans the cloud fills the outline almost exactly. This layer is one of the last, so it shows the answer once more, not what
# the answer rests on.
#
# ### Your turn · press
#
# Every layer gives another picture. Choose the layer that gives the *finest* grain, and look at what that does to the story you would tell.
# Layers whose cloud is empty are left out of the menu. The coarsest one comes first.

# %%
# CLAIM: min(sizes[shown[0]]) < min(sizes[shown[-1]])
sizes = {layer.name: layer.output.shape[1:3] for layer in network.layers if "conv" in layer.name}
clouds = {name: saliency.seg_grad_cam(network, image, drawn, name) for name in sizes}
grains = {name: f"{rows} x {columns} places ({name})" for name, (rows, columns) in sizes.items()}
shown = sorted((name for name in sizes if clouds[name].any()), key=sizes.get)
choice = pictures.panel(image, {grains[name]: clouds[name] for name in shown}, mask=drawn)
choice

# %% [markdown]
# Choose in the menu, then run the check.

# %% tags=["exercise"]
### BEGIN SOLUTION
choice.set(map=grains[shown[-1]])
### END SOLUTION
check.layer(choice, sizes={grains[name]: sizes[name] for name in shown})

# %% [markdown]
# **Read.** Go through the menu once more, and compare what the layers point at. Whoever may choose the layer may choose the story.

# %% [markdown]
# ## Pixel by pixel, with a receipt
#
# **Integrated gradients** gives every pixel a share of the answer. It walks from a *baseline*, a picture that says nothing, to your picture, and adds up what
# each pixel contributes on the way. Its charm: the shares must add up to the difference between the two answers. That is a receipt you can check.

# %%
shares = saliency.integrated_gradients(network, image, baseline="blurred", target=drawn)
pictures.picture(image, shares, f"integrated gradients, blurred baseline ({kind})", mask=drawn)

# %% [markdown]
# Blue pixels spoke against, orange ones for the answer. Now the receipt, in points of score added up over the outline.

# %%
# CLAIM: DATA != "muscle_general" or abs(receipt.total - receipt.difference) < 0.1 * abs(receipt.difference)
receipt = saliency.receipt(network, image, baseline="blurred", target=drawn)
show.table(pandas.DataFrame([receipt], index=["blurred"]), "Two sums that should agree", 0)

# %% [markdown]
# ### Your turn · write
#
# By how many per cent does the receipt miss? Divide the gap between the two numbers by the difference of the answers.

# %% tags=["exercise"]
missing = ...
### BEGIN SOLUTION
missing = 100 * abs(receipt.total - receipt.difference) / abs(receipt.difference)
### END SOLUTION
check.missing(missing, receipt=receipt)

# %% [markdown]
# **Predict.** The textbook's baseline is a black picture. What does black mean in ultrasound?

# %%
black = saliency.integrated_gradients(network, image, baseline="black", target=drawn)
pictures.picture(image, black, f"integrated gradients, black baseline ({kind})", mask=drawn)

# %% [markdown]
# How alike are the two maps, pixel by pixel? 1 is the same, 0 has nothing in common.

# %%
from course_utils.saliency import sanity

# CLAIM: DATA != "muscle_general" or alike < 0.7
# CLAIM: DATA != "muscle_general" or abs(second.total - second.difference) < 0.1 * abs(second.difference)
second = saliency.receipt(network, image, baseline="black", target=drawn)
alike = sanity.spearman(shares, black)
show.card("likeness of the two maps", alike, n="one image", means="rank correlation", kind=source)

# %% [markdown]
# **Read.** On the course's scans both receipts are in order, and the two maps of one decision are far from being the same map. Black is not 'nothing' here. It is
# fluid, shadow, or outside the sector. So always name the baseline, and show a second one.
#
# ## Cover and see
#
# **Occlusion** needs no mathematics: cover a patch, ask again, note how far the answer falls.

# %% tags=["no-claim"]
fall = saliency.occlusion(network, image, target=drawn)
pictures.picture(image, fall, f"occlusion: how far the score falls ({kind})", mask=drawn)

# %% [markdown]
# **Read.** Orange: without this the score falls. Blue: it rises. It answers the question that a clinician would ask: would it have said the same without this?
# It is slow, and the size of the patch decides what it can find.
#
# ## Is the picture about the model at all?
#
# Now the test that few published overlays have been put to. We shuffle the weights of the network, layer by layer from the end. After the last step it knows nothing
# at all. A picture that explained the network must fall apart on the way. A plain edge detector, which never sees the network, goes with them for comparison.

# %%
change = predict("Which picture will fall apart as the network forgets?", "Grad-CAM",
                 "integrated gradients", "both", "neither")
change

# %% [markdown]
# The three ways to make a picture:

# %%
ways = {
    "Seg-Grad-CAM": lambda net, picture: saliency.seg_grad_cam(net, picture, drawn),
    "integrated gradients": lambda net, picture: saliency.integrated_gradients(
        net, picture, steps=16, target=drawn),
    "edge detector": lambda net, picture: sanity.edges(picture),
}

# %% [markdown]
# Each of the three is asked again and again while the network forgets.

# %%
# CLAIM: forgetting["edge detector"].spearman.min() > 0.99
# CLAIM: DATA != "muscle_general" or forgetting["Seg-Grad-CAM"].spearman.iloc[-1] < 0.5
# CLAIM: DATA != "muscle_general" or forgetting["integrated gradients"].spearman.iloc[-1] > forgetting["Seg-Grad-CAM"].spearman.iloc[-1]
forgetting = {name: sanity.weight_randomisation(network, image, way, runs=2, seed=SEED).table
              for name, way in ways.items()}
pictures.similarity_curves(forgetting)

# %% [markdown]
# **Read.** The edge detector does not change, because it never asked the network. On the course's scans Grad-CAM loses its likeness as the network forgets: good. Integrated gradients
# keep more of theirs. They are multiplied by the picture, so the picture's own lines stay in them, whatever the network knows. And to the eye?

# %% tags=["picture"]
pictures.row(image, {"edge detector": sanity.edges(image), "integrated gradients": abs(shares)})

# %% [markdown]
# > **At the bedside.** When a vendor shows you a heat map, ask for the same map from a network with shuffled weights. If you cannot tell them apart, the
# > map shows you the picture, not the model.
#
# ## A classifier that does very well
#
# We train a classifier for *thin or thick muscle* on the **synthetic** scans of one archive, **split by patient**, and ask it about patients whom it has never met.

# %%
from course_utils.saliency import shortcut

# CLAIM: lab.scores.accuracy.iloc[0] > 0.8
lab = shortcut.lab(seed=SEED, epochs=EPOCHS)
first = lab.scores.iloc[0]
show.card("right, the mean of unseen patients", 100 * first.accuracy, "%",
          n=f"{first.patients:.0f} patients", kind="synthetic", digits=0)

# %% [markdown]
# **Predict.** Has it learned to see a thin muscle? Look where it looked. This is the clearest of eight examples.

# %%
looked = shortcut.exposed(lab, saliency.grad_cam)
case = looked.image[looked.share.idxmax()]
pictures.picture(
    lab.validation.marked[case],
    saliency.grad_cam(lab.model, lab.validation.marked[case]),
    "what 'thin' rests on (synthetic)", mask=lab.validation.marks[case],
)

# %% [markdown]
# **Read.** In that archive someone had measured the thin muscles before saving them, and left the callipers in the picture. A number for what you see: how much of the cloud lies on the
# marks, the mean of eight examples, against the share of the picture that the marks cover.

# %%
# CLAIM: looked.share.mean() > 3 * looked.chance.mean()
on_marks = 100 * looked[["share", "chance"]].mean().to_frame("on the marks, %").T
show.table(on_marks.set_axis(["of the cloud", "of the picture"], axis=1), "Eight synthetic examples", 0)

# %% [markdown]
# **Read.** Several times more of the cloud than chance would put there.
#
# Suspicion is not proof. So the same patients again, without the marks, and with the marks in the wrong class. The *control* is a second network, trained on the same
# images without any mark.

# %%
# CLAIM: scores["marks removed"].accuracy < scores["marks as in training"].accuracy - 0.2
# CLAIM: scores["marks swapped"].high < 0.5
scores = {name: row for (name, who), row in lab.scores.iterrows() if who == "model"}
pictures.shortcut(lab)

# %% [markdown]
# **Read.** Without the marks most of its success is gone. With the marks on the archive's thick muscles it is wrong far more often than right. It had read the marks. Compare the
# control: whatever it can do, the marks are not what it does it with.

# %% [markdown]
# The classifier allows the second sanity check: train the same network on the same pictures with the *labels dealt at random*. A map that looks alike for both does not show
# what was learned. 1 is the same map, 0 has nothing in common.

# %%
nonsense = shortcut.shuffled_control(lab, epochs=EPOCHS)
marked = [lab.validation.marked[number] for number in looked.image]
classifier_ways = {"Grad-CAM": saliency.grad_cam, "edge detector": ways["edge detector"]}

# %% [markdown]
# The mean likeness over the same eight examples:

# %%
# CLAIM: both["Grad-CAM"] < 0.6 and both["edge detector"] > 0.99
both = {name: sanity.label_randomisation(lab.model, nonsense, marked, way).spearman.mean()
        for name, way in classifier_ways.items()}
show.table(pandas.DataFrame(both, index=["same map for both"]), "Trained on labels, and on chance")

# %% [markdown]
# **Read.** Grad-CAM of the two networks has less in common than their edges have, as it should. The edge detector has everything.
#
# ### Your turn · change
#
# The validation patients were split off correctly, and the accuracy on them was high. Which check would have found the shortcut before the overlay did? Answer
# `"more patients"`, `"another hospital"` or `"a longer training"`.

# %% tags=["exercise"]
found_by = ...
### BEGIN SOLUTION
found_by = "another hospital"
### END SOLUTION
check.found_by(found_by)

# %% [markdown]
# > **At the bedside.** Callipers, rulers, a portable machine's logo, a biopsy clip: whatever goes with the diagnosis and is not the disease can be learned in
# > its place.
#
# ## Where is it unsure?
#
# Show the network slightly different versions of the same scan: a little brighter, a little turned, half of them mirrored. Where its answers differ, it is unsure.

# %%
from course_utils.saliency import uncertainty

unsure = uncertainty.test_time_augmentation(network, image, measure="sd", seed=SEED)
pictures.picture(image, unsure.map, f"where answers differ ({kind})", mask=drawn)

# %% [markdown]
# A map of doubt is of use only if the network is wrong where it doubts. Take one wrong and one right pixel: how often is the wrong one more doubtful? 0.5 is chance, 1.0
# perfect. Two measures are compared: how *undecided* the mean answer is (entropy), and how much the answers *differ* (SD).

# %%
worth = predict("How often will the wrong pixel be the more doubtful one?",
                "about half the time", "about three times in four", "nine times in ten or more")
worth

# %% [markdown]
# Every test image is prepared as above and asked twelve times.

# %%
doubts = uncertainty.evaluate(network, test, measures=("entropy", "sd"), seed=SEED)
found = doubts.pivot(columns="measure", values="auroc")
people = found.groupby([test.device, test.patient_id]).mean().dropna()

# %% [markdown]
# One number for each patient first; then their mean, for each scanner.

# %%
# CLAIM: DATA != "muscle_general" or people.to_numpy().min() > 0.75
by_scanner = people.groupby("device").mean().assign(patients=people.groupby("device").size())
by_scanner = by_scanner.rename({"unknown": "not named"})
show.table(by_scanner, "How well doubt finds wrong pixels (no interval below five patients)")

# %% [markdown]
# What does that say of these images?

# %%
well = len(people) and people.to_numpy().min() > 0.75
show.note("Doubt finds the wrong pixels well in every patient here." if well
          else "In at least one patient here a measure of doubt is a poor guide to the wrong pixels." if len(people)
          else "No pixel is wrong in these patients, so they cannot answer.")

# %% [markdown]
# **Read.** On the course's scans doubt points at the wrong pixels on both scanners, whichever of them the network learned from. That was not so while the grey frame of the machine
# was in the picture: there the network was undecided nearly everywhere, and entropy found little. A few patients for each: the direction counts, not the second digit.
#
# And a confident outline of the wrong structure is wrong without any doubt. No such map will show it.
#
# ## Where this breaks
#
# - **A map of the picture.** Edges are bright in many maps, whether or not the network uses them. Shuffle the weights.
# - **Choosing the prettiest.** Ten methods, ten layers, five baselines: something will agree with you. Decide before you look.
# - **Where is not why.** A cloud on the mitral valve does not say what about the valve.
# - **No cloud, no excuse.** A map that looks right does not make a wrong answer right.
#
# ## Quiz
#
# Three questions, with a reply for each answer.

# %%
check.quiz_1.ask()

# %% [markdown]
# The second is about the receipt.

# %%
check.quiz_2.ask()

# %% [markdown]
# The third is about a leaflet.

# %%
check.quiz_3.ask()

# %% [markdown]
# Your results so far, kept in one small file on this computer and sent nowhere. An open lesson keeps its memory: when you are done, close it here.

# %%
progress.end("07_saliency")

# %% [markdown]
# ## Summary
#
# - Grad-CAM asks a layer, integrated gradients asks each pixel, occlusion asks 'what if it were gone'.
# - The shares of integrated gradients must add up. Name the baseline.
# - Shuffle the weights: a map that stays was never about the network.
# - High accuracy on a proper split does not exclude a shortcut. The overlay found it; removing the mark proved it.
# - Doubt is highest at the border. Confident mistakes are not doubtful.
#
# ## Words
#
# | word | what it means here |
# |---|---|
# | saliency, attribution | how much each place contributed to the answer |
# | Grad-CAM | a coarse map from one layer of the network |
# | integrated gradients | a share for each pixel, on the way from a baseline |
# | baseline | the picture that stands for 'nothing to see' |
# | occlusion | covering a patch and asking again |
# | sanity check | does the map change when the network is destroyed? |
# | shortcut | something that goes with the label in these images only |
# | test-time augmentation | several slightly different versions of one image at the time of use |
#
# ## References
#
# - Selvaraju and others, Grad-CAM, 2017. [doi:10.1109/ICCV.2017.74](https://doi.org/10.1109/ICCV.2017.74)
# - Vinogradova and others, Towards interpretable semantic segmentation via gradient-weighted class activation mapping, 2020.
#   [doi:10.1609/aaai.v34i10.7244](https://doi.org/10.1609/aaai.v34i10.7244)
# - Sundararajan and others, Axiomatic attribution for deep networks, 2017. [arXiv:1703.01365](https://arxiv.org/abs/1703.01365)
# - Adebayo and others, Sanity checks for saliency maps, 2018. [arXiv:1810.03292](https://arxiv.org/abs/1810.03292)
# - DeGrave and others, AI for radiographic COVID-19 detection selects shortcuts over signal, 2021.
#   [doi:10.1038/s42256-021-00338-7](https://doi.org/10.1038/s42256-021-00338-7)
#
# ## Next
#
# [Lesson 08](08_evaluate.ipynb) asks how good a model really is, for your patients.
