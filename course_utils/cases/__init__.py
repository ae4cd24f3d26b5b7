"""The table of cases: sample sets, lists, clips, a split by patient, near-duplicates, a cohort."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submodules=["clips", "cohort", "duplicates", "manifest", "samples", "split"],
)
