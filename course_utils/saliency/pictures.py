"""Maps on images: grey below, one accent colour above, and a sentence that says where the map lies.

Orange is for the score, blue against it; nothing is transparent. Colours say only where a map is
strong: each map is stretched to its own strongest part, so two maps compare in place, not size.
Every function takes plain arrays and returns a `figures.Picture`.
"""

import numpy as np

from course_utils import show
from course_utils.core import accept, errors
from course_utils.show import figures, tiles

STRONGEST = 99.5  # per cent of the pixels are below full colour: one bright pixel dims no map
ROWS, COLUMNS = ("top", "middle", "bottom"), ("left", "centre", "right")
FOR, AGAINST = tiles.INVENTED, tiles.MISSED  # the orange and the blue that stand out on a scan
DASHES = ("-", "--", "-.", ":")


def blend(image, saliency_map, opacity=0.7):
    """The coloured pixels alone: float32 (H, W, 3), 0..1.

    image: (H, W), 0..1. saliency_map: (H, W); negative values turn blue, positive ones orange.
    opacity: of the strongest places, 0..1. Raises DataError for another size or NaN.
    """
    image, values = _checked(image, saliency_map, opacity)
    strength = _stretched(values)
    share = (np.abs(strength) * float(opacity))[..., None]
    colour = np.where(strength[..., None] < 0, figures.rgb(AGAINST), figures.rgb(FOR))
    return (image[..., None] * (1 - share) + colour * share).astype(np.float32)


def picture(image, saliency_map, name="The map", opacity=0.7, mask=None, spacing=None, kind=""):
    """One overlay, as wide as the text.

    name: how the map is called, below the picture and in the text. mask: (H, W), the network's
    outline; the text then says how much of the map lies in it. spacing: (row_mm, col_mm) or None.
    kind: "synthetic" or "real".
    """
    mixed = blend(image, saliency_map, opacity)
    outlines = None if mask is None else {"network": accept.mask(mask, mixed.shape[:2])}
    return show.image(
        mixed,
        _told({name: saliency_map}, mask),
        f"{name} · {_key({name: saliency_map})}",
        spacing,
        outlines=outlines,
        kind=kind,
    )


def row(image, maps, opacity=0.7, mask=None, spacing=None, kind=""):
    """The image and several maps of it side by side.

    maps: name -> (H, W). The rest as in `picture`.
    """
    if not maps:
        raise errors.DataError("There is no map to show.")
    mixed = {name: blend(image, values, opacity) for name, values in maps.items()}
    shown = {"image": accept.image(image), **mixed}
    network = None if mask is None else accept.mask(mask, np.shape(image))
    return show.grid(
        shown,
        _told(maps, mask),
        title=_key(maps).capitalize(),
        spacing=spacing,
        outlines=None if mask is None else dict.fromkeys(mixed, {"network": network}),
        kind=kind,
    )


def panel(image, maps, mask=None, spacing=None, kind=""):
    """Overlays with a menu and a slider for opacity: a `widgets.Panel` with `map` and `opacity`.

    maps: name -> (H, W).
    """
    if not maps:
        raise errors.DataError("There is no map to show.")
    controls = {"map": list(maps)} if len(maps) > 1 else {}

    first = next(iter(maps))

    def _draw(opacity, map=first):
        return picture(image, maps[map], map, opacity, mask, spacing, kind)

    return show.explore(_draw, **controls, opacity=(0.0, 1.0, 0.7, 0.1))


def where(saliency_map, name="The map", mask=None):
    """One sentence: where most of a map lies, and how much of it in a mask compared with chance."""
    values = _map(saliency_map)
    if not values.any():
        return f"{name} is zero everywhere: it shows nothing."
    weight = np.abs(values) / np.abs(values).sum()
    ninths = np.array(
        [
            [part.sum() for part in np.array_split(band, 3, axis=1)]
            for band in np.array_split(weight, 3, axis=0)
        ]
    )
    down, across = np.unravel_index(ninths.argmax(), ninths.shape)
    text = (
        f"{name} is strongest in the {ROWS[down]} {COLUMNS[across]} ninth of the image, which "
        f"holds {100 * ninths.max():.0f} % of it"
    )
    if (values < 0).any():
        share = 100 * np.maximum(values, 0).sum() / np.abs(values).sum()
        text += f" ({share:.0f} % of it all speaks for the answer, the rest against)"
    if mask is None:
        return f"{text}."
    inside = accept.mask(mask, values.shape) > 0
    return (
        f"{text}; {100 * weight[inside].sum():.0f} % lies in the outlined region, which is "
        f"{100 * inside.mean():.0f} % of the image."
    )


def similarity_curves(tables, measure="spearman"):
    """How alike a map stays while the model forgets its weights, from the answer to the image.

    tables: name -> the `table` of `sanity.weight_randomisation`. measure: "spearman" or "ssim".
    A line that stays high belongs to a map that does not depend on what the model learned.
    """
    if measure not in ("spearman", "ssim"):
        raise errors.DataError(f"measure must be 'spearman' or 'ssim', not {measure!r}.")
    if not tables:
        raise errors.DataError("There is no table to draw.")
    figure, axis = figures.paper(3.8)
    ends = {name: table[measure].iloc[-1] for name, table in tables.items()}
    order = sorted(ends, key=ends.get)
    places = np.maximum.accumulate([ends[name] - 0.13 * n for n, name in enumerate(order)])
    for (name, table), colour, dash in zip(tables.items(), figures.COLOURS, DASHES, strict=False):
        axis.plot(table["layers"], table[measure], dash, marker="o", markersize=4, color=colour)
        # Names keep apart where lines end close to each other.
        y = places[order.index(name)] + 0.13 * order.index(name)
        figures.label(axis, table["layers"].iloc[-1], y, f"{name} {ends[name]:.2f}", colour)
    axis.axhline(0, color=figures.GREY, linewidth=0.8)
    axis.set(
        xlabel="layers made random, counted from the answer",
        ylim=(-0.4, 1.05),
        ylabel="rank correlation" if measure == "spearman" else "SSIM",
    )
    figures.title(axis, "How alike a map stays while the model forgets what it learned")
    told = "; ".join(f"{name} ends at {end:.2f}" for name, end in ends.items())
    return figures.save(
        figure,
        "Likeness of maps to those of the trained model while its layers "
        f"are made random: {told}. 1 is the same, 0 unlike.",
    )


def shortcut(lab):
    """The scores of a `shortcut.Lab`: both networks in the three settings, with their intervals."""
    figure, axis = figures.paper(3.8)
    settings = list(dict.fromkeys(lab.scores.index.get_level_values("setting")))
    patients = int(lab.scores["patients"].iloc[0])
    told = []
    for network, label, colour, mark, shift in (
        ("model", "trained with marks", figures.ORANGE, "o", -0.08),
        ("control", "trained without marks", figures.BLUE, "s", 0.08),
    ):
        rows = lab.scores.xs(network, level="network").loc[settings]
        reach = np.abs(rows[["low", "high"]].to_numpy().T - rows["accuracy"].to_numpy())
        places = np.arange(len(rows)) + shift
        axis.errorbar(
            places, rows["accuracy"], yerr=reach, fmt=mark, color=colour, capsize=4, markersize=8
        )
        side = "right" if shift < 0 else "left"
        for x, share in zip(places, rows["accuracy"], strict=True):
            figures.label(
                axis, x, share, f"{100 * share:.0f} %", colour, (60 * shift * 2, 0), ha=side
            )
        axis.text(
            0 if shift < 0 else 1,
            1.02,
            f"{label} ({'●' if mark == 'o' else '■'})",
            color=colour,
            transform=axis.transAxes,
            ha="left" if shift < 0 else "right",
            fontweight="bold",
        )
        told.append(
            f"{label}: "
            + ", ".join(f"{100 * rows.loc[one, 'accuracy']:.0f} % {one}" for one in settings)
        )
    axis.axhline(0.5, color=figures.GREY, linestyle=":", linewidth=1.2)
    figures.label(axis, len(settings) - 0.5, 0.5, "a coin", figures.GREY)
    axis.set(
        xticks=range(len(settings)),
        xticklabels=settings,
        ylim=(-0.03, 1.03),
        xlim=(-0.5, len(settings) - 0.5),
        ylabel="accuracy",
    )
    marked = lab.scores.xs("model", level="network").loc[settings, "accuracy"]
    figure.suptitle(
        f"With marks {100 * marked.iloc[0]:.0f} % right, {settings[-1]} "
        f"{100 * marked.iloc[-1]:.0f} %: {patients} unseen patients (synthetic)",
        fontsize=12,
        fontweight="bold",
        x=0.01,
        ha="left",
    )
    return figures.save(
        figure,
        f"Accuracy on {patients} unseen synthetic patients. Network "
        f"{'; network '.join(told)}. A coin is right in 50 %.",
    )


def _told(maps, mask):
    told = " ".join(where(values, name, mask) for name, values in maps.items())
    return told + (" Dashed: the outlined region." if mask is not None else "")


def _key(maps):
    """What the colours say, in words."""
    signed = any(np.min(values) < 0 for values in maps.values())
    return (
        "orange speaks for the answer, blue against it"
        if signed
        else "orange where it is strongest"
    )


def _stretched(values):
    """-1..1: divided by the strongest part."""
    size = np.abs(values)
    top = np.percentile(size, STRONGEST) or size.max() or 1.0
    return np.clip(values / top, -1, 1)


def _checked(image, saliency_map, opacity):
    image, values = accept.image(image), _map(saliency_map)
    if values.shape != image.shape:
        raise errors.DataError(
            f"The map is {values.shape[0]} x {values.shape[1]} but its image "
            f"{image.shape[0]} x {image.shape[1]} (rows x columns)."
        )
    accept.share(opacity, "opacity")
    return image, values


def _map(values):
    array = np.asarray(values) if not isinstance(values, str) else np.asarray(None)
    if (
        array.dtype.kind not in "buif"
        or array.ndim != 2
        or array.size == 0
        or not np.isfinite(array).all()
    ):
        raise errors.DataError(
            "A map is an array of finite numbers of the shape (rows, columns), "
            f"not {array.dtype} of the shape {array.shape}."
        )
    return array.astype(np.float64)
