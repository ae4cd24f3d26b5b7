"""Measure patient after patient: here, on all cores of this computer, or on a cluster.

def ef(rows):                               # the rows of one patient
    found = auto_ef(*clips.study(rows, rows.patient_id.iloc[0]))
    return {"ef": found.ef, "refused": found.refused}

cohort.each(table, ef)                      # one after another
with dask.distributed.Client() as client:   # one process for each core, or a cluster's address
    cohort.each(table, ef, client)
"""

import pandas

from course_utils.core import errors

AT_ONCE = 4  # patients that wait for each process: enough to keep it busy, few enough for memory


def each(table, measure, client=None, watch=None):
    """One row for each patient: what `measure` says, as a table in the order of `table`.

    table: with a column patient_id; its folder travels along (`table.attrs`). measure: gets the
    rows of one patient and returns a dict of plain values; on a cluster it must be a function that
    can be sent there, and the files must be found there under the same paths. client: a
    `dask.distributed.Client`, or None. watch: called with the share done, 0 to 1.

    A `CourseError` of one patient is that patient's column `problem` (else ''), and the others go
    on. Any other error is a defect and stops the whole. Raises DataError for a table without
    patients, or where `measure` returns no dict.
    """
    if "patient_id" not in table or table.empty:
        raise errors.DataError("A cohort needs a table with patients (a column patient_id).")
    names = list(dict.fromkeys(table["patient_id"]))
    groups = [table[table["patient_id"] == name] for name in names]
    found = _here(groups, measure) if client is None else _there(groups, measure, client)
    rows = []
    for number, row in enumerate(found, 1):
        rows.append(row)
        if watch:
            watch(number / len(groups))
    made = pandas.DataFrame(rows, index=pandas.Index(names, name="patient_id"))
    return made[[*(name for name in made if name != "problem"), "problem"]]


def _here(groups, measure):
    return (_one(rows, measure) for rows in groups)


def _there(groups, measure, client):
    """The rows in order; only so many patients wait as the processes can take."""
    import dask.distributed

    waiting = dask.distributed.as_completed()
    most = AT_ONCE * max(1, sum(client.nthreads().values()))
    place, done, sent = {}, {}, 0
    for turn in range(len(groups)):
        while turn not in done:
            while sent < len(groups) and len(place) < most:
                # pure=False: the same question asked again is measured again
                future = client.submit(_one, groups[sent], measure, pure=False)
                place[future], sent = sent, sent + 1
                waiting.add(future)
            future = next(waiting)
            done[place.pop(future)] = future.result()
        yield done.pop(turn)


def _one(rows, measure):
    """What `measure` says of one patient, with its problem."""
    try:
        said = measure(rows)
    except errors.CourseError as error:
        return {"problem": str(error)}
    if not isinstance(said, dict) or "problem" in said:
        raise errors.DataError(
            "`measure` returns a dict of values, such as {'ef': 55.0}, and no 'problem'."
        )
    return {**said, "problem": ""}
