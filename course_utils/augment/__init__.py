"""Which variation would my own probe produce? Images and masks changed together (lesson 03)."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submodules=["copies", "pictures", "steps"],
    submod_attrs={
        "steps": ["Pipeline", "Step", "pipeline", "step", "PRESETS", "SPECKLE_DB", "STEPS"]
    },
)
