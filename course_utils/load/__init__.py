"""From a file on disk to pixels with millimetres (lesson 01)."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submodules="""decoders dicom frame_rate images regions sanity tags videos volume_headers
        volumes""".split(),
    submod_attrs={
        "images": """image levels mask pairs DEEP_MODES FOREIGN FORMATS LARGEST_LABEL LARGEST_PIXELS
            SUFFIXES""".split(),
        "videos": ["Cine", "cine"],
    },
)
