"""Pictures, films, results, widgets, pages, progress: the one look of the course."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submodules="callipers figures films pages player progress results source tiles widgets".split(),
    submod_attrs={
        "figures": ["Picture"],
        "films": ["film"],
        "player": ["Player"],
        "results": ["card", "cards", "note", "say", "table"],
        "tiles": ["grid", "image"],
        "widgets": ["explore", "play"],
    },
)
