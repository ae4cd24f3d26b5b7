"""What enhancing does to a picture, and to what is measured in it (lesson 02)."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submodules=["adjust", "filters", "pictures", "quality"],
    submod_attrs={
        "adjust": """clahe field_of_view gain log_compress log_expand nasnet_input resize resize_mask tgc
            to_rgb window DYNAMIC_RANGE_DB""".split(),
        "quality": ["cnr", "gcnr", "log_std_db", "speckle_snr"],
    },
)
