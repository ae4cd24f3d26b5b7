"""How good is it, really: intervals, diagnosis, agreement, subgroups (lesson 08)."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submodules="""agreement answers benefit calibrate checklist_items checklists columns diagnostics groups intervals
        metric_choices metrics outlines pictures reading reading_result thresholds""".split(),
    submod_attrs={
        "metrics": ["dice", "hd95", "per_patient"],
        "intervals": "Comparison Interval bootstrap compare proportion sentence verdict".split(),
        "diagnostics": """Curve Diagnostic Frequencies PredictiveValues auc compare_auc diagnostic
            frequencies predictive_values roc""".split(),
        "thresholds": ["Threshold", "choose_threshold"],
        "benefit": ["net_benefit"],
        "calibrate": ["Calibration", "calibration"],
        "groups": ["Subgroups", "subgroups"],
        "agreement": ["bland_altman", "icc", "kappa"],
    },
)
