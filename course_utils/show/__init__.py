"""Pictures, widgets, pages, progress: the one look of the course."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submodules=["callipers", "figures", "pages", "progress", "source", "widgets"],
)
