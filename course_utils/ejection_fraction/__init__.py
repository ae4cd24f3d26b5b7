"""The heart in numbers: discs, beats, names, an automatic EF that may refuse (lesson 06)."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submodules="""automatic beats contest contours discs guideline pictures practice rules shape sign_off
        tracer tracings""".split(),
    submod_attrs={
        "discs": """area_length_volume biplane_volume ef_from_masks ejection_fraction long_axis
            single_plane_volume""".split(),
        "guideline": ["category"],
        "automatic": ["auto_ef"],
    },
)
