"""Maps on images: grey below, one accent colour above, and a sentence that says where the map lies.

Orange is for the score, blue against it; nothing is transparent. Colours say only where a map is
strong: each map is stretched to its own strongest part, so two maps compare in place, not size.
Every function takes plain arrays and returns a `figures.Picture`.
"""

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from course_utils.core import accept, errors, masks
from course_utils.show import figures, widgets

HEIGHT = 3.6  # inches of one image
STRONGEST = 99.5  # per cent of the pixels are below full colour: one bright pixel dims no map
ROWS, COLUMNS = ("top", "middle", "bottom"), ("left", "centre", "right")


def blend(image, saliency_map, opacity=0.7):
    """The coloured pixels alone: float32 (H, W, 3), 0..1.

    image: (H, W), 0..1. saliency_map: (H, W); negative values turn blue, positive ones orange.
    opacity: of the strongest places, 0..1. Raises DataError for another size or NaN.
    """
    image, values = _checked(image, saliency_map, opacity)
    strength = _stretched(values)
    share = (np.abs(strength) * float(opacity))[..., None]
    colour = np.where(strength[..., None] < 0, _rgb(figures.BLUE), _rgb(figures.ORANGE))
    return (image[..., None] * (1 - share) + colour * share).astype(np.float32)


def picture(image, saliency_map, name="The map", opacity=0.7, mask=None, spacing=None):
    """One overlay with its colour bar.

    name: how the map is called, as title and in the text. mask: (H, W), outlined; the text then
    says how much of the map lies in it. spacing: (row_mm, col_mm) or None.
    """
    return row(image, {name: saliency_map}, opacity, mask, spacing)


def row(image, maps, opacity=0.7, mask=None, spacing=None):
    """The image and several maps of it side by side, with one colour bar.

    maps: name -> (H, W). The rest as in `picture`. A single map is shown without the bare image.
    """
    if not maps:
        raise errors.DataError("There is no map to show.")
    mixed = {name: blend(image, values, opacity) for name, values in maps.items()}
    image = accept.image(image)
    if mask is not None:
        mask = accept.mask(mask, image.shape)
    tiles = mixed if len(mixed) == 1 else {"image": image, **mixed}
    row_mm, col_mm = spacing or (1, 1)
    wide = float(np.clip(image.shape[1] * col_mm / (image.shape[0] * row_mm), 0.4, 3))
    figure = Figure(
        figsize=(min(14, (HEIGHT * wide + 0.2) * len(tiles) + 1.1), HEIGHT + 0.4),
        layout="constrained",
    )
    axes = figure.subplots(1, len(tiles), squeeze=False)[0]
    for axis, (name, tile) in zip(axes, tiles.items(), strict=True):
        axis.imshow(tile, cmap="gray", vmin=0, vmax=1, aspect=row_mm / col_mm)
        axis.set_title(name)
        axis.set_axis_off()
        for line in masks.outline(mask) if mask is not None else []:
            axis.plot(line[:, 0], line[:, 1], color="white", linewidth=1, linestyle="--")
    _bar(figure, axes, any(np.min(values) < 0 for values in maps.values()), opacity)
    told = " ".join(where(values, name, mask) for name, values in maps.items())
    outlined = " Dashed white: the outlined region." if mask is not None else ""
    return figures.save(figure, told + outlined, trim=True)


def panel(image, maps, mask=None, spacing=None):
    """Overlays with a menu and a slider for opacity: a `widgets.Panel` with `map` and `opacity`.

    maps: name -> (H, W).
    """
    if not maps:
        raise errors.DataError("There is no map to show.")
    controls = {"map": list(maps)} if len(maps) > 1 else {}

    def _draw(opacity, map=next(iter(maps))):
        return picture(image, maps[map], map, opacity, mask, spacing)

    return widgets.explore(_draw, **controls, opacity=(0.0, 1.0, 0.7, 0.1))


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
    figure = Figure(figsize=(7.5, 3.6), layout="constrained")
    axis = figure.subplots()
    ends = []
    for (name, table), style in zip(tables.items(), _styles()):
        axis.plot(table["layers"], table[measure], label=name, **style)
        ends.append(f"{name} ends at {table[measure].iloc[-1]:.2f}")
    axis.axhline(0, color="0.7", linewidth=0.8)
    axis.set(
        xlabel="layers made random, counted from the answer",
        ylim=(-0.4, 1.05),
        ylabel="rank correlation" if measure == "spearman" else "SSIM",
        title="Likeness to the map of the trained model",
    )
    axis.legend(frameon=False)
    return figures.save(
        figure,
        "Likeness of maps to those of the trained model while its layers "
        f"are made random: {'; '.join(ends)}. 1 is the same, 0 unlike.",
    )


def covering_curves(curves, title="The strongest pixels are covered first"):
    """Curves of `sanity.deletion` or `sanity.insertion`: name -> Curve. Areas are in the text."""
    if not curves:
        raise errors.DataError("There is no curve to draw.")
    figure = Figure(figsize=(7.5, 3.6), layout="constrained")
    axis = figure.subplots()
    for (name, curve), style in zip(curves.items(), _styles()):
        axis.plot(
            100 * curve.fractions, curve.scores, label=f"{name}, area {curve.auc:.2f}", **style
        )
    axis.set(xlabel="pixels (%)", ylabel="score (1 = whole image)", title=title)
    axis.legend(frameon=False)
    areas = ", ".join(f"{name} {curve.auc:.2f}" for name, curve in curves.items())
    return figures.save(figure, f"{title}. Area below the curves: {areas}.")


def shortcut(lab):
    """The scores of a `shortcut.Lab`: both networks in the three settings, with their intervals."""
    figure = Figure(figsize=(8, 3.6), layout="constrained")
    axis = figure.subplots()
    settings = list(dict.fromkeys(lab.scores.index.get_level_values("setting")))
    names = {"model": "trained with marks", "control": "trained without marks"}
    told = []
    for (network, label), style, shift in zip(names.items(), _styles(), (-0.08, 0.08)):
        rows = lab.scores.xs(network, level="network").loc[settings]
        reach = np.abs(rows[["low", "high"]].to_numpy().T - rows["accuracy"].to_numpy())
        style = {**style, "linestyle": "none", "markersize": 8}
        axis.errorbar(
            np.arange(len(rows)) + shift,
            rows["accuracy"],
            yerr=reach,
            label=label,
            capsize=4,
            **style,
        )
        told.append(
            f"{label}: "
            + ", ".join(f"{100 * rows.loc[one, 'accuracy']:.0f} % {one}" for one in settings)
        )
    axis.axhline(0.5, color="0.4", linestyle=":", linewidth=1.2)
    axis.text(len(settings) - 0.52, 0.52, "a coin", color="0.4", ha="right")
    patients = int(lab.scores["patients"].iloc[0])
    axis.set(
        xticks=range(len(settings)),
        xticklabels=settings,
        ylim=(-0.03, 1.03),
        xlim=(-0.5, len(settings) - 0.5),
        ylabel="accuracy",
        title=f"Thin or thick? {patients} unseen patients (synthetic)",
    )
    axis.legend(frameon=False, loc="lower left")
    return figures.save(
        figure,
        f"Accuracy on {patients} unseen synthetic patients. Network "
        f"{'; network '.join(told)}. A coin is right in 50 %.",
    )


def _bar(figure, axes, signed, opacity):
    """A colour bar on the same grey-to-colour scale as the overlay, without numbers."""
    middle = (0.35, 0.35, 0.35)
    ends = [_rgb(figures.BLUE), _rgb(figures.ORANGE)]
    mixed = [tuple(np.multiply(middle, 1 - opacity) + end * opacity) for end in ends]
    colours = [mixed[0], middle, mixed[1]] if signed else [middle, mixed[1]]
    scale = matplotlib.cm.ScalarMappable(
        matplotlib.colors.Normalize(-1 if signed else 0, 1),
        matplotlib.colors.LinearSegmentedColormap.from_list("accent", colours),
    )
    bar = figure.colorbar(
        scale,
        ax=list(axes),
        shrink=0.8,
        pad=0.01,
        aspect=18,
        ticks=[-1, 0, 1] if signed else [0, 1],
    )
    bar.ax.set_yticklabels(["against", "nothing", "for"] if signed else ["nothing", "strongest"])
    bar.outline.set_visible(False)


def _styles():
    """Lines told apart by colour, mark and dash."""
    looks = zip(figures.COLOURS, "osD^", ("-", "--", "-.", ":"), strict=True)
    return [
        {"color": colour, "marker": mark, "linestyle": dash, "markersize": 4}
        for colour, mark, dash in looks
    ]


def _stretched(values):
    """-1..1: divided by the strongest part."""
    size = np.abs(values)
    top = np.percentile(size, STRONGEST) or size.max() or 1.0
    return np.clip(values / top, -1, 1)


def _rgb(colour):
    return np.array(matplotlib.colors.to_rgb(colour))


def _checked(image, saliency_map, opacity):
    image, values = accept.image(image), _map(saliency_map)
    if values.shape != image.shape:
        raise errors.DataError(
            f"The map is {values.shape[0]} x {values.shape[1]} but its image "
            f"{image.shape[0]} x {image.shape[1]} (rows x columns)."
        )
    if isinstance(opacity, bool) or not isinstance(opacity, (int, float)) or not 0 <= opacity <= 1:
        raise errors.DataError(f"opacity must be from 0 to 1, not {opacity!r}.")
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
