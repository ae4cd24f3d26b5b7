"""Is a smoother image a truer one? (lesson 10)"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submodules="detection dprime methods networks pictures scenes trial".split(),
    submod_attrs={
        "scenes": ["Disc", "Scene", "ordinary", "quiet", "BIAS_DB", "FLOOR", "SPREAD_DB"],
        "methods": ["Method", "psnr_db", "tuned"],
        "detection": ["kept", "reading", "readings"],
        "trial": ["Trials"],
    },
)
