"""Can software coach the hand that holds the probe: poses, pictures, a coach, a gate, a trial (lesson 09)."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submodules=["chests", "coach", "gates", "pictures", "poses", "sweeps", "trials"],
    submod_attrs={
        "chests": ["Patient", "Window", "patient"],
        "gates": ["Chance", "Gate", "bar", "chance_usable", "flattery", "flicker", "wait"],
        "poses": ["Pose", "advice", "quality"],
        "sweeps": ["Sweep", "sweep"],
        "trials": ["by_operator"],
    },
)
