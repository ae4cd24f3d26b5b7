"""A machine that runs beside you: live loop, alarms, drift, and the plan for its changes (lesson 13)."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submodules=["alarms", "beside", "drifts", "loops", "pictures", "plans"],
    submod_attrs={
        "alarms": ["Alarm", "Rule", "an_hour", "rings"],
        "beside": ["Beside", "Watcher"],
        "drifts": ["cusum", "run_length"],
        "loops": ["Loop", "slowed"],
        "plans": ["Plan"],
    },
)
