"""What is normal: reference bands by age and sex, and where one patient stands in them.

A mean that changes with age in a straight line, and a spread that does not, for each sex; 95 of 100
healthy people lie in the band. Sources: Royston, Stat Med 1991, doi:10.1002/sim.4780100502; Altman
and Chitty, BJOG 1994, doi:10.1111/j.1471-0528.1994.tb13006.x.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from course_utils.core import accept, errors

LEAST = 40  # healthy people of a sex: below it the edge of a band is a guess


@dataclass(frozen=True)
class Band:
    """A reference band. `.name`: the column it is of. `.level`: the share inside. `.lines`: for each
    sex (start at age 0, change a year, SD, people, mean age, sum of squares of age).
    """

    name: str
    level: float
    lines: dict
    ages: tuple

    def limits(self, age, sex):
        """(low, middle, high) of the band at an age in years: floats, or arrays for several ages."""
        start, change, spread, *_ = self._line(sex)
        middle = start + change * np.asarray(age, float)
        half = stats.norm.ppf((1 + self.level) / 2) * spread
        return middle - half, middle, middle + half

    def centile(self, value, age, sex):
        """The share of healthy people of this age and sex with a smaller value, 0..1.

        Raises DataError for an age outside those that the band was made from.
        """
        self._inside(age)
        start, change, spread, *_ = self._line(sex)
        return float(stats.norm.cdf((value - start - change * age) / spread))

    def edge_error(self, age, sex):
        """The standard error of either edge of the band at this age: so unsure is the limit itself."""
        *_, spread, people, middle, squares = self._line(sex)
        z = stats.norm.ppf((1 + self.level) / 2)
        line = 1 / people + (np.asarray(age, float) - middle) ** 2 / squares
        return spread * np.sqrt(line + z**2 / (2 * (people - 2)))

    def _line(self, sex):
        if sex not in self.lines:
            raise errors.DataError(f"The band knows {', '.join(self.lines)}, not {sex!r}.")
        return self.lines[sex]

    def _inside(self, age):
        low, high = self.ages
        if not low <= accept.number(age, "age") <= high:
            raise errors.DataError(
                f"The band was made from people of {low:.0f} to {high:.0f} years and says nothing "
                f"about {age:g}."
            )


def band(table, name, level=0.95):
    """The reference band of column `name` over age, for each sex: a Band.

    table: healthy people, columns sex, age (years) and `name`, one row each. Raises DataError for a
    missing column or fewer than 40 people of a sex.
    """
    level = accept.number(level, "level", 0.5, 0.999)
    lacking = [column for column in ("sex", "age", name) if column not in table]
    if lacking:
        raise errors.DataError(f"The table has no column {', '.join(lacking)}.")
    lines = {}
    for sex, part in table.dropna(subset=["sex", "age", name]).groupby("sex"):
        if len(part) < LEAST:
            raise errors.DataError(
                f"{len(part)} people of sex {sex!r}: a band needs at least {LEAST}."
            )
        fitted = stats.linregress(part.age, part[name])
        left = part[name] - fitted.intercept - fitted.slope * part.age
        spread = float(np.sqrt((left**2).sum() / (len(part) - 2)))
        apart = float(((part.age - part.age.mean()) ** 2).sum())
        line = fitted.intercept, fitted.slope, spread, len(part), part.age.mean(), apart
        lines[str(sex)] = line
    return Band(name, level, lines, (float(table.age.min()), float(table.age.max())))
