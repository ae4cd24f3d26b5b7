"""Where did the model look, and can the picture be believed? (lesson 07)"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submodules=["layers", "maps", "pictures", "sanity", "shortcut", "uncertainty"],
    submod_attrs={
        "maps": """baseline_image completeness grad_cam grad_cam_plus_plus gradient integrated_gradients
            occlusion receipt seg_grad_cam smooth_grad BASELINES STEPS""".split()
    },
)
