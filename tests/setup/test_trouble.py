"""What pip, venv and the system say becomes one sentence that says what to do."""

import errno
import os
import re

import pytest

from course_utils.setup import trouble


@pytest.mark.parametrize(
    "said, word",
    [
        (
            "ERROR: Could not install packages due to OSError: [Errno 28] No space left on device",
            "full",
        ),
        (
            "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]'))",
            "certificate",
        ),
        ("ProxyError('Cannot connect to proxy.', NewConnectionError('x'))", "proxy"),
        ("Retrying (Retry(total=4)) after connection broken by 'NewConnectionError'", "No network"),
        ("Failed to resolve 'x' ([Errno 11001] getaddrinfo failed)", "No network"),
        (
            "HINT: This error might have occurred since Windows Long Path support is not enabled",
            "short path",
        ),
        ("PermissionError: [WinError 5] Access is denied: 'numpy.pyd'", "close JupyterLab"),
        (
            "ERROR: No matching distribution found for tensorflow==2.21.0",
            "no tensorflow==2.21.0 for this",
        ),
        ("ERROR: something else.\nmore", "something else"),
        ("", "no reason"),
    ],
)
def test_what_pip_says_becomes_one_sentence(said, word):
    sentence = trouble.pip_sentence(said)
    assert word in sentence and "\n" not in sentence and sentence.endswith(".")


@pytest.mark.parametrize(
    "number, word",
    [(errno.ENOSPC, "full"), (errno.EROFS, "cannot be written"), (errno.EIO, "again")],
)
def test_what_the_system_says_becomes_one_sentence(number, word):
    assert word in trouble.file_sentence(OSError(number, os.strerror(number), "a/b"), "a")


@pytest.mark.parametrize(
    "said, word",
    [
        ("Error: No module named ensurepip", "sudo apt install python3"),
        ("OSError: [Errno 28] No space left on device", "full"),
        ("first\nlast words", "last words"),
        ("", "no reason"),
    ],
)
def test_what_venv_says_becomes_one_sentence(said, word):
    sentence = trouble.venv_sentence(said)
    assert word in sentence and "\n" not in sentence and sentence.endswith(".")


def test_every_sentence_is_filled_by_the_words_that_its_place_has():
    for known in trouble.SAYS["said"]:
        assert re.compile(known["pattern"])
        assert known["means"].endswith("{again}")
    assert "3 GB and 0.5 GB" in trouble.sentence("room", need=3.0, free=0.5)
