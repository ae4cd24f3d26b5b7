"""Normal or tendinopathy: outline, position maps, classifier, and what the number is worth (lesson 11)."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submodules="anisotropy calls cohorts features folds maps networks outlines pictures planning runs".split(),
    submod_attrs={
        "cohorts": ["Cohort", "cohort"],
        "folds": ["Regression", "judged", "per_patient", "shuffled"],
        "maps": ["along", "signed_distance", "stack"],
        "networks": ["Learner"],
        "outlines": ["outline"],
    },
)
