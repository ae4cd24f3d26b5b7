# %% [markdown]
# # 07 · Is this lesson good?
#
# A page that keeps every rule, so that each rule can be broken by a test. It is no lesson of the course.
#
# ![Three scans of a calf in a row.](attachment:good.webp)
#
# *A line below the picture.*
#
# **Time** 5 minutes reading, 5 minutes doing · **You need** nothing · **This is a course: not for diagnosis.**
#
# After this lesson you can:
#
# - say one thing;
# - do another thing;
# - doubt a third thing.

# %% tags=["setup"]
import sys
sys.path[:0] = ["..", "../.."]
from importlib.util import find_spec
assert find_spec("course_utils"), "This page needs its course around it: get the whole folder, as its README says."
from course_utils.checks import good as check

# %% [markdown]
# The next one is the setting.

# %% tags=["parameters"]
SIZE = 128

# %% [markdown]
# ## A section
#
# **Predict.** What is the area? A picture: ![A probe](there.txt) and another one:
# <img alt="A probe" src="there.txt">. A language: [Python](https://www.python.org). A file: `there.txt`.

# %%
area = 2

# %% [markdown]
# **Read.** Two. The number means nothing, and [what breaks](#Where-this-breaks) says so.
#
# > **At the bedside.** Nothing here touches a patient, and nothing here should.
#
# ### Your turn · press
#
# Press, and ask `check.do_press.hint()` when you are stuck.

# %% tags=["exercise"]
pressed = ...
### BEGIN SOLUTION
pressed = 1
### END SOLUTION
check.do_press(pressed)

# %% [markdown]
# ### Your turn · change
#
# Change one value in the cell below, and run it.

# %% tags=["exercise"]
changed = ...
### BEGIN SOLUTION
changed = 2
### END SOLUTION
check.do_change(changed)

# %% [markdown]
# ### Your turn · write
#
# Write one line in the cell below, and run it.

# %% tags=["exercise"]
written = ...
### BEGIN SOLUTION
written = 3
### END SOLUTION
check.do_write(written)

# %% [markdown]
# ## Where this breaks
#
# It breaks as soon as somebody takes it for a lesson about ultrasound.
#
# ## Quiz
#
# Three questions follow.

# %%
check.quiz_1.ask()

# %% [markdown]
# The second one.

# %%
check.quiz_2.ask()

# %% [markdown]
# The third one.

# %%
check.quiz_3.ask()

# %% [markdown]
# ## Summary
#
# - A page has a form, and the form can be checked by a program.
#
# ## Words
#
# mask | an outline drawn by an expert, stored as zeros and ones
#
# ## References
#
# - How to report a study with AI: [doi:10.1148/ryai.240300](https://doi.org/10.1148/ryai.240300)
#
# ## Next
#
# There is no next lesson.
