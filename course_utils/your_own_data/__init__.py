"""Your own folder, checked before anything is learned from it (lesson 15)."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submodules="""check export failures findings intended judged listing model_card naming pairs patients
        practice problems records report side_tables stop_rules survey""".split(),
    submod_attrs={"check": ["inspect", "panel"], "judged": ["judge"]},
)
