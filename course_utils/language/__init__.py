"""Can it read the report too? (lesson 14)"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submodules="""archive desk extraction floors graphs losses networks own_reports pictures records
        retrieval rules runs similarity taxonomy zero_shot""".split(),
    submod_attrs={
        "desk": ["Desk"],
        "own_reports": ["tag_table"],
        "records": ["parse", "render"],
        "similarity": ["likeness"],
    },
)
