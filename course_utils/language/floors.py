"""What the contrastive loss is in four cases that are known in closed form.

A loss says nothing without them: 4.2 is hopeless for a batch of 64, and good for one of 1000. For
random directions: ours, checked against simulation in the tests.
"""

import math

from course_utils.core import accept


def at_random(count, dimensions, temperature):
    """What `contrastive` is near for random directions: log N + 1 / (2 d tau^2).

    Too high where tau * sqrt(d) is below about 0.6. Raises DataError for numbers below 1 or tau 0.
    """
    count = accept.whole(count, "The number of pairs", 1)
    dimensions = accept.whole(dimensions, "The number of dimensions", 1)
    temperature = accept.number(temperature, "The temperature", 1e-3)
    return math.log(count) + 1 / (2 * dimensions * temperature**2)


def perfect(count, temperature):
    """`contrastive` of perfect pairs that are orthogonal to all others: log(1 + (N - 1) e^(-1/tau))."""
    count = accept.whole(count, "The number of pairs", 1)
    return math.log1p((count - 1) * math.exp(-1 / accept.number(temperature, "tau", 1e-3)))
