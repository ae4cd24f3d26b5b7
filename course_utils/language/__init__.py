"""Can it read the report too? (lesson 14)"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submodules=["records", "rules", "taxonomy"],
)
