"""Where did the model look, and can the picture be believed? (lesson 07)"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submodules=["layers", "maps", "pictures", "sanity", "shortcut", "uncertainty"],
    submod_attrs={
        "maps": """baseline_image completeness grad_cam gradient integrated_gradients occlusion receipt
            seg_grad_cam BASELINES STEPS""".split()
    },
)
