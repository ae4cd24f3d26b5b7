"""Ultrasound from physics: what made the sample data, with every truth known."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submodules="""apical calf calf_tissue chest findings legs physics ranges reports scanner shoulder
        thorax varied ventricle window""".split(),
    submod_attrs={
        "physics": """Probe Scatterers add_noise attenuate detect echo envelope log_compress points
            reflector scan_convert speckle tgc FULL_WIDTH SPEED""".split()
    },
)
