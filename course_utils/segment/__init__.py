"""A network that outlines: data, training, prediction, millimetres (lessons 04 and 05)."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submodules="""backend batches callbacks doubts leakage losses model_files models muscle nasnet novelty
        pictures prediction scans stored training""".split(),
    submod_attrs={
        "doubts": ["doubt"],
        "prediction": """best_median_worst blind farthest first_drawn floor mask mean_mask predict score KEPT
            LOWER_IS_BETTER""".split(),
        "models": ["load", "nasunet", "save", "unet", "unfreeze"],
        "scans": ["located", "read"],
        "stored": ["keep_own", "own_or_shipped", "standing"],
        "training": ["train"],
    },
)
