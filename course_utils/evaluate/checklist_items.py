"""What two reporting checklists ask, item by item, in the course's own short words.

Numbers, sections and topics follow the published lists; the wording does not, so that it can be
taught here. **To submit a paper, fill in the official form** (CLAIM: pubs.rsna.org/page/ai/claim;
TRIPOD+AI: www.tripod-statement.org). Numbers and topics were compared with openly stored copies of
both lists.

Sources: CLAIM 2024, Tejani et al, Radiology: Artificial Intelligence 2024, doi:10.1148/ryai.240300;
TRIPOD+AI, Collins et al, BMJ 2024, doi:10.1136/bmj-2023-078378.
"""

from collections import namedtuple

# number; section; what is asked; for: D (only who develops a model), E (only who evaluates one) or
# DE; fact: the key under which a model card knows the answer, or "".
Item = namedtuple("Item", "number section asks applies fact", defaults=("DE", ""))
Checklist = namedtuple("Checklist", "name title doi official count items")


def _section(name, *rows):
    return [Item(number, name, *rest) for number, *rest in rows]


CLAIM = [
    *_section(
        "Title and abstract",
        ("1", "Name the kind of AI in the title or abstract"),
        ("2", "Sum up design, methods, results and conclusions"),
    ),
    *_section(
        "Introduction",
        ("3", "Background, and what the model is meant to be used for", "DE", "intended_use"),
        ("4", "Aims and, where there are any, hypotheses"),
    ),
    *_section(
        "Methods: design",
        ("5", "Prospective or retrospective"),
        ("6", "Goal of the study: to build, to explore, to show it is no worse ..."),
    ),
    *_section(
        "Methods: data",
        ("7", "Where the data come from", "DE", "data_source"),
        ("8", "Who was included, and who was not"),
        ("9", "What was done to the images before the network", "DE", "preparation"),
        ("10", "Parts of the data that were chosen, and why", "DE", "left_out"),
        ("11", "How identities were removed"),
        ("12", "What was missing, and what was done about it"),
        ("13", "How the images were acquired: devices and settings", "DE", "devices"),
    ),
    *_section(
        "Methods: reference standard",
        ("14", "What counts as the truth, and how it was obtained"),
        ("15", "Why this truth and no other"),
        ("16", "Who annotated, and with which training and tool"),
        ("17", "How the test images were annotated"),
        ("18", "How far readers differ, from each other and from themselves"),
    ),
    *_section(
        "Methods: partitions",
        ("19", "How cases were shared out to training, validation and test", "DE", "split"),
        ("20", "The level that is kept apart: image, patient, centre", "DE", "split_level"),
    ),
    *_section("Methods: test data", ("21", "The sample size that was intended, and why")),
    *_section(
        "Methods: model",
        ("22", "The network: inputs, layers, outputs", "DE", "network"),
        ("23", "Software with versions", "DE", "versions"),
        ("24", "What the weights started from", "DE", "start"),
        ("25", "How it was trained: augmentation, settings, duration", "DE", "training"),
        ("26", "How the final model was chosen", "DE", "selection"),
        ("27", "Whether several models were combined, and how"),
    ),
    *_section(
        "Methods: evaluation",
        ("28", "The measures of performance", "DE", "measures"),
        ("29", "How uncertainty was expressed", "DE", "uncertainty"),
        ("30", "What happens when assumptions or inputs change"),
        ("31", "How decisions were explained, and whether the explanation was checked"),
        ("32", "Test on data of the same source", "DE", "internal_test"),
        ("33", "Test on data from elsewhere"),
        ("34", "Registration, if it is a clinical trial"),
    ),
    *_section(
        "Results: data",
        ("35", "Patients or examinations in and out, with a diagram", "DE", "numbers"),
        ("36", "Who they are, in each part", "DE", "characteristics"),
    ),
    *_section(
        "Results: performance",
        ("37", "Performance with intervals", "DE", "performance"),
        ("38", "Diagnostic accuracy and its precision"),
        ("39", "The failures, and what they have in common", "DE", "failures"),
    ),
    *_section(
        "Discussion",
        ("40", "Limits: bias, uncertainty, who it may not hold for", "DE", "limits"),
        ("41", "What it means for practice, and the role it would have", "DE", "not_intended_use"),
    ),
    *_section(
        "Other information",
        ("42", "Where the full protocol or more technical detail is"),
        ("43", "Whether software, model and data can be had", "DE", "weights"),
        ("44", "Who paid, and what part they had"),
    ),
]

TRIPOD = [
    *_section(
        "Title and abstract",
        ("1", "Say that a prediction model is built or tested, in whom, for what outcome"),
        ("2", "Abstract by its own checklist (TRIPOD+AI for Abstracts)"),
    ),
    *_section(
        "Introduction",
        ("3a", "Setting, reason for the model, and models that exist"),
        ("3b", "Target patients, place in care, and users", "DE", "intended_use"),
        ("3c", "Known inequalities of health between groups"),
        ("4", "Aims: to develop, to test, or both"),
    ),
    *_section(
        "Methods",
        ("5a", "Data sources for each part, why these, how typical they are", "DE", "data_source"),
        ("5b", "Dates of collection"),
        ("6a", "Setting: kind of care, number and place of centres"),
        ("6b", "Who was eligible"),
        ("6c", "Treatments that matter, and how they were handled"),
        ("7", "Preparation and quality checks, alike in all groups?", "DE", "preparation"),
        ("8a", "The outcome: what, when, how assessed, why"),
        ("8b", "Who judged it, if judgement was needed"),
        ("8c", "How the judges were blinded"),
        ("9a", "How predictors were first chosen", "D"),
        ("9b", "What each predictor is and when it was measured", "DE", "devices"),
        ("9c", "Who judged predictors, if judgement was needed"),
        ("10", "Sample size, and why it is enough"),
        ("11", "Missing data, and reasons for leaving any out", "DE", "left_out"),
        ("12a", "Which data served for what", "D", "split"),
        ("12b", "How predictors went into the model", "D", "preparation"),
        ("12c", "Kind of model, all steps of building, internal validation", "D", "network"),
        ("12d", "Differences between clusters, such as hospitals or scanners", "DE", "subgroups"),
        ("12e", "Measures and plots of performance, and why these", "DE", "measures"),
        ("12f", "Whether the model was updated after testing", "E"),
        ("12g", "How predictions were calculated in the test", "E", "weights"),
        ("13", "What was done about rare classes, and its cost to calibration"),
        ("14", "What was done for fairness, and why"),
        ("15", "The output, and how thresholds were chosen", "D", "threshold"),
        ("16", "How training and test data differ", "DE", "split_level"),
        ("17", "Ethics approval and consent"),
    ),
    *_section(
        "Open science",
        ("18a", "Funding, and the part of the funders"),
        ("18b", "Conflicts of interest"),
        ("18c", "Where the protocol is, or that there was none"),
        ("18d", "Registration, or that there was none"),
        ("18e", "Whether the data can be had", "DE", "licence"),
        ("18f", "Whether the code can be had"),
    ),
    *_section("Patients and public", ("19", "Their part in the study, or that they had none")),
    *_section(
        "Results",
        ("20a", "Flow of participants, with and without the outcome", "DE", "numbers"),
        ("20b", "Who they are, overall and in each source", "DE", "characteristics"),
        ("20c", "Test beside training: predictors and outcome", "E"),
        ("21", "Participants and events in each analysis", "DE", "numbers"),
        ("22", "The full model, so that others can use and test it", "D", "weights"),
        ("23a", "Performance with intervals, subgroups too", "DE", "performance"),
        ("23b", "Performance in each cluster, if it was looked at", "DE", "subgroups"),
        ("24", "Results of updating the model", "E"),
    ),
    *_section(
        "Discussion",
        ("25", "What the results mean, fairness included"),
        ("26", "Limits, and what they do to bias and reach", "DE", "limits"),
        ("27a", "What to do with poor or missing input", "D", "refusals"),
        ("27b", "What users must do and know", "D"),
        ("27c", "Next steps towards use elsewhere"),
    ),
]

ALL = {
    "CLAIM": Checklist(
        "CLAIM",
        "CLAIM 2024",
        "10.1148/ryai.240300",
        "https://pubs.rsna.org/page/ai/claim",
        44,
        CLAIM,
    ),
    "TRIPOD+AI": Checklist(
        "TRIPOD+AI",
        "TRIPOD+AI 2024",
        "10.1136/bmj-2023-078378",
        "https://www.tripod-statement.org/",
        27,
        TRIPOD,
    ),
}
