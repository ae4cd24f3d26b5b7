"""From a number to a decision: risk, calibration, refusals, early warnings, what is normal (lesson 12)."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submodules=["abstain", "bands", "clinic", "early", "pictures", "readings", "risk"],
    submod_attrs={
        "abstain": ["accepting", "augrc", "conformal"],
        "bands": ["Band", "band"],
        "clinic": ["cohort", "healthy", "shrink"],
        "early": ["ringing"],
        "risk": ["Model", "fit", "patients_needed", "shifted"],
    },
)
