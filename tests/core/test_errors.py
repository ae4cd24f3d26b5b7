import subprocess
import sys

import pytest

from course_utils.core import errors


@pytest.mark.parametrize(
    "kind", [errors.FileError, errors.CalibrationError, errors.DataError, errors.SetupError]
)
def test_one_family(kind):
    assert issubclass(kind, errors.CourseError)


def test_a_notebook_shows_the_sentence_alone():
    assert errors.FileError("No such scan.")._render_traceback_() == ["FileError: No such scan."]


def test_a_warning_points_at_the_learners_line():
    def helper():
        errors.warn("assumed something")

    with pytest.warns(errors.CourseWarning, match="assumed") as caught:
        helper()
    assert caught[0].filename == __file__


def test_importing_the_package_loads_nothing_but_the_standard_library():
    code = (
        "import sys, course_utils; "
        "print([m for m in ('numpy', 'cv2', 'tensorflow', 'IPython') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]"
