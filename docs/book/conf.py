"""How Sphinx makes the web book from the sources that `python3 -m course_utils book` prepares.

Nothing is executed here and nothing is fetched: pages are the executed lessons.
"""

import os

project = "The ultrasound AI workbook"
author = "The authors of the ultrasound AI workbook"
copyright = "2026, the authors; text and code MIT, sample data CC0"
language = "en"
extensions = ["myst_nb", "sphinx_copybutton"]
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3
nb_execution_mode = "off"
nb_merge_streams = True
nb_ipywidgets_js = {}  # panels stand as pictures: no script from elsewhere
suppress_warnings = ["mystnb.unknown_mime_type"]
exclude_patterns = ["extra/**"]

html_theme = "sphinx_book_theme"
html_title = project
html_static_path = ["_static"]
html_extra_path = ["extra"]  # pictures of the lessons, the pages without code, downloads
html_css_files = ["course.css"]
html_js_files = ["a11y.js"]
html_show_sphinx = False
html_last_updated_fmt = None
html_context = {"default_mode": "auto"}  # as the reader's system; without it the theme complains
html_theme_options = {
    "announcement": "A course, not a medical device: nothing here is for diagnosis.",
    "home_page_in_toc": True,
    "navbar_persistent": [],
    "use_download_button": True,
    "use_fullscreen_button": False,
    "path_to_docs": "notebooks",
    "toc_title": "On this page",
    "show_toc_level": 1,
}
# The buttons that open a lesson where a kernel is need to know where the course lives.
REPOSITORY = os.environ.get("COURSE_REPOSITORY", "")
if REPOSITORY:
    html_theme_options |= {
        "repository_url": REPOSITORY,
        "repository_branch": os.environ.get("COURSE_BRANCH", "main"),
        "use_repository_button": True,
        "use_issues_button": True,
        "launch_buttons": {
            "binderhub_url": "https://mybinder.org",
            "notebook_interface": "jupyterlab",
        },
    }
# Branch with the pages that stand alone (tools/notebooks/alone.py), which Colab and Kaggle open.
ALONE = os.environ.get("COURSE_ALONE", "")
ELSEWHERE = {
    "Colab": "https://colab.research.google.com/github/{place}",
    "Kaggle": "https://kaggle.com/kernels/welcome?src=https://github.com/{place}",
}


def elsewhere(app, page, template, context, tree):
    """Add Colab and Kaggle to the launch buttons of a lesson."""
    place = f"{REPOSITORY.removeprefix('https://github.com/')}/blob/{ALONE}/{page}.ipynb"
    for group in context.get("header_buttons", []):
        if group.get("label") == "launch-buttons":
            group["buttons"] += [
                {"type": "link", "text": name, "url": url.format(place=place)}
                | {"tooltip": f"Open on {name}", "icon": "fas fa-cloud"}
                for name, url in ELSEWHERE.items()
            ]


def setup(app):
    """After the theme has made its buttons, add ours."""
    if REPOSITORY and ALONE:
        app.connect("html-page-context", elsewhere, priority=600)
