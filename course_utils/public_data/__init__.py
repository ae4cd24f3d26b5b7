"""Public sets that you downloaded: one function for each, one table each (lesson 15)."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submodules=["camus_files", "derived_masks", "echonet_files", "facts", "image_files"],
    submod_attrs={
        "camus_files": ["camus", "camus_check"],
        "echonet_files": ["echonet"],
        "image_files": ["busi", "dl_track", "hc18"],
        "facts": ["known", "left_out", "noted", "told"],
    },
)
