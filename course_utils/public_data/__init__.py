"""Public sets that you downloaded: one function for each, one table each (lesson 15)."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submodules="""busi_files camus_files derived_masks dl_track_files echonet_files facts hc18_files
        picture_sets""".split(),
    submod_attrs={
        "busi_files": ["busi"],
        "camus_files": ["camus", "camus_check"],
        "echonet_files": ["echonet"],
        "dl_track_files": ["dl_track"],
        "hc18_files": ["hc18"],
        "facts": ["known", "left_out", "noted", "told"],
    },
)
