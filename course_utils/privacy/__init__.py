"""Names in tags, file names and pixels: found, removed, audited (lesson 01)."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submodules=["auditing", "deidentification", "names", "safe_tags", "sector", "writing"],
    submod_attrs={
        "deidentification": ["deidentify"],
        "auditing": ["Finding", "audit"],
        "sector": ["scan_box"],
    },
)
