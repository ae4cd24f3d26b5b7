"""Folder trees drawn at random from (person, visit, rater, site, fold, clip, side), in any order and
spelling: what people call things, in four languages. No files are made; a tree is a list of paths."""

import itertools
import random

WORDS = {
    "person": """P p pat Patient patient_ PATIENT- sub- Subject subj case_ Volunteer_ participant-
        Proband Paciente sujeto_ Sujet ID id_ PatientID Teilnehmer pt""",
    "visit": """visit Visit_ VISIT- ses- session Session_ day Day_ tag Tag_ Besuch jour día visita week
        Woche_ semana semaine timepoint TP exam Untersuchung_ Sitzung séance sesión month Monat follow-up
        FU baseline t_ Termin_ Examination- Kontrolle year study""",
    "rater": """rater Rater_ reader observer Observer- annotator expert_ Untersucher Leser_ lecteur
        observador operator sonographer dr_ reviewer Befunder""",
    "site": """site Site_ center Centre_ hospital Klinik_ clinic Zentrum hôpital sitio centro ward
        Krankenhaus_ room""",
    "fold": """fold Fold_ batch Batch- part set group Gruppe_ grupo partie Teil lot chunk cohort split
        block export task""",
    "clip": """clip Clip_ frame img_ image run run- scan acq- series Serie_ loop cine sweep Aufnahme_
        slice view bild rep video rec_""",
    "side": """left,right L,R links,rechts izquierda,derecha gauche,droite Left,Right LEFT,RIGHT li,re
        side1,side2 l,r""",
}
BARE = ("", "", "0", "00")  # what a person may be called without a word: 1, 01, 001


def tree(seed):
    """(paths, the person on each, whether a word says who): drawn from this seed."""
    draw = random.Random(seed)
    others = draw.sample(["visit", "rater", "site", "fold", "clip", "side"], draw.randint(1, 4))
    order = draw.sample(["person", *others], len(others) + 1)
    worded = draw.random() < 0.75
    names = {kind: _names(draw, kind, worded) for kind in order}
    numbers = {kind: range(len(names[kind])) for kind in order}
    cells = list(itertools.product(*numbers.values()))
    kept = [cell for cell in cells if draw.random() < draw.choice((1, 1, 0.8))] or cells
    kept = draw.sample(kept, min(len(kept), 300))
    cut = draw.randint(0, len(order) - 1)  # levels before it are folders, the rest is the name
    together = draw.random() < 0.2  # two levels in one folder: visit1_P01
    glue, counter = draw.choice("_- _"), draw.random() < 0.5
    paths, people = [], []
    for cell in kept:
        parts = [names[kind][at] for kind, at in zip(order, cell, strict=True)]
        folders = [glue.join(parts[:cut])] if together and cut else parts[:cut]
        for shot in range(draw.randint(1, 3) if counter else 1):
            stem = glue.join(parts[cut:]) + (f"{glue}{shot + 1}" if counter else "")
            paths.append("/".join([*folders, f"{stem}.png"]))
            people.append(cell[order.index("person")])
    unique = dict(zip(paths, people, strict=True))
    return list(unique), list(unique.values()), worded


def _names(draw, kind, worded):
    count = {"person": draw.randint(4, 9), "side": 2}.get(kind, draw.randint(2, 4))
    if kind == "side":
        return draw.choice(WORDS["side"].split()).split(",")
    word = draw.choice(WORDS[kind].split())
    zeros = draw.choice((1, 2, 3))
    start = draw.choice((0, 1, 1, 1))
    if kind == "person" and not worded:
        word = draw.choice(("", "", "", "A", "K", "calf", "S", "NRV"))
        zeros = draw.choice((1, 2, 3))
    if kind == "rater" and draw.random() < 0.4:
        return [f"{word}{name}" for name in ("A", "B", "C", "D")[:count]]
    if kind == "visit" and draw.random() < 0.15:
        return draw.choice(
            (
                ["baseline", "followup"],
                ["pre", "post"],
                ["2023-01-05", "2023-02-11"],
                ["20230105", "20230211"],
                ["first visit", "second visit"],
                ["1.2.840.113619.2.1", "1.2.840.113619.2.2"],
            )
        )
    return [f"{word}{number:0{zeros}d}" for number in range(start, start + count)]
