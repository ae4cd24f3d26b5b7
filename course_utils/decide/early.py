"""What 'early' costs: the false alarms of a rule that rings at a drop below the first reading.

A patient whose heart does not change is read again and again. Each visit is one more chance for
noise alone to look like a fall.
"""

import numpy as np
from scipy import integrate, stats

from course_utils.core import accept
from course_utils.decide import clinic

SD = float(np.hypot(clinic.VISIT_SD, clinic.READING_SD))  # points of EF, of one reading


def ringing(drop, visits, loss=0.0, sd=SD):
    """The share of patients for whom the rule rings at least once, 0..1.

    The rule: any of `visits` later readings lies `drop` points or more below the first. loss: what
    the heart truly lost right after the first visit, points; 0 for false alarms. sd: the spread of
    one reading, points. All later readings are compared with the same first one, so they are not
    independent: 1 - integral of phi(z) Phi((drop - loss) / sd - z)^visits.
    """
    drop, loss = accept.number(drop, "drop", 0, 100), accept.number(loss, "loss", 0, 100)
    count, sd = accept.whole(visits, "visits", 1, 1000), accept.number(sd, "sd", 1e-6, 100)

    def _stays_quiet(z):
        return stats.norm.pdf(z) * stats.norm.cdf((drop - loss) / sd - z) ** count

    return float(1 - integrate.quad(_stays_quiet, -8, 8, epsabs=1e-10)[0])
