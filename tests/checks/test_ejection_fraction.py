"""What the desk of lesson 06 praises is the decision that was taken there."""

from types import SimpleNamespace

import pytest

from course_utils.checks import ejection_fraction as checks

NAN = float("nan")


@pytest.mark.parametrize(
    ("check", "decision", "number", "machine", "truth", "words"),
    [
        ("corrected", "edited", 74.0, 70.6, 75.2, "Corrected, with initials"),
        ("corrected", "edited", 76.1, 70.6, 75.2, "Corrected, with initials"),
        ("corrected", "edited", 70.6, 65.0, 75.2, "Corrected, with initials"),
        ("corrected", "edited", 75, 90, 75.2, "Corrected, with initials"),
        ("corrected", "accepted", 70.0, 70.0, 71.0, "Accepted as it is"),
        ("corrected", "edited", 72.0, 70.0, 71.0, "was not needed"),
        ("corrected", "edited", 72.0, 70.0, None, "Nobody knows"),
        ("corrected", "refused", None, 70.0, NAN, "Nobody knows"),
        ("accepted", "accepted", 28.0, 28.0, 27.8, "Accepted as it is"),
        ("accepted", "edited", 26.0, 28.0, 27.8, "28 % changed to 26 %"),
        ("accepted", "edited", 29.0, 40.0, 28.0, "Corrected to 29 %"),
        ("accepted", "refused", None, 40.0, 28.0, "Refused, and with reason"),
        ("accepted", "accepted", 28.0, 28.0, None, "Nobody knows"),
    ],
)
def test_a_decision_that_can_be_defended_is_named(check, decision, number, machine, truth, words):
    values = {"decision": decision, "number": number, "machine": machine, "truth": truth}
    said = getattr(checks, check)(SimpleNamespace(touched=True, values=values))
    assert (said.status, said.error) == ("right", None) and words in said.message, said.message
