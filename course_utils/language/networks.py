"""Two small networks that meet: one reads the picture, one the report, both end on a sphere.

`Pairs` holds both, a learnt temperature, and, where wanted, a graph of the tags that is added to the
report. Trained by Keras' own `fit`. After CLIP (arXiv 2103.00020) and Ultrasound-CLIP (arXiv
2604.01749), a thousandth of their size; everything it sees is SYNTHETIC.
"""

import functools
import math
import re
from dataclasses import dataclass, replace

import numpy as np

from course_utils.core import accept, errors, files
from course_utils.language import graphs, losses, rules, similarity
from course_utils.segment import backend
from course_utils.segment.backend import keras
from course_utils.show import progress

ops, layers = keras.ops, keras.layers
DIMENSIONS, WORDS = 48, 48  # of an embedding; tokens of a report that are read
WIDTHS = (16, 32, 48)
UNKNOWN, PADDING = 1, 0
WORD = re.compile(r"[a-z]+")
LEAST_TEMPERATURE = 0.01


@dataclass(frozen=True)
class Recipe:
    """How `train` goes. lam: weight of the semantic loss. graph: add the tags' graph to reports."""

    epochs: int = 25
    batch: int = 64
    temperature: float = 0.1
    lam: float = 0.0
    graph: bool = False
    learnt: bool = True  # the temperature
    rate: float = 0.003
    seed: int = 1


class Words:
    """The words that a text network knows, each with a number; `plain` as the rules read them."""

    def __init__(self, known):
        self.known = tuple(known)
        self._number = {word: at + 2 for at, word in enumerate(self.known)}

    @classmethod
    def of(cls, texts, least=2):
        """Words that stand in at least `least` of the texts, in alphabetical order."""
        seen = {}
        for text in texts:
            for word in set(WORD.findall(rules.plain(text))):
                seen[word] = seen.get(word, 0) + 1
        return cls(sorted(word for word, count in seen.items() if count >= least))

    def numbers(self, texts):
        """(n, 48) int32: 0 is no word, 1 a word it does not know."""
        found = np.full((len(texts), WORDS), PADDING, np.int32)
        for row, text in enumerate(texts):
            words = WORD.findall(rules.plain(text))[:WORDS]
            found[row, : len(words)] = [self._number.get(word, UNKNOWN) for word in words]
        return found

    def __len__(self):
        return len(self.known) + 2


class Messages(layers.Layer):
    """One round of messages along the lines of a graph: relu(lines @ values @ weights)."""

    def __init__(self, width, **options):
        super().__init__(**options)
        self.dense = layers.Dense(width, use_bias=False)

    def build(self, shapes):
        """Make the weights."""
        self.dense.build(shapes[0])
        super().build(shapes)

    def call(self, inputs):
        """inputs: values (n, 12, d) and lines (n, 12, 12)."""
        values, lines = inputs
        return ops.relu(self.dense(ops.matmul(lines, values)))


def picture_network():
    """Pictures (n, 64, 64, 1) -> directions (n, 48) of length 1."""
    image = keras.Input((64, 64, 1), name="picture")
    conv = functools.partial(layers.Conv2D, padding="same", activation="relu")
    x = conv(WIDTHS[0], 5, strides=2)((image - 0.5) * 4)  # 32 x 32
    for width in WIDTHS[1:]:
        x = conv(width, 3)(layers.MaxPooling2D(2)(x))  # 16 x 16, 8 x 8
    x = layers.Concatenate()([layers.GlobalAveragePooling2D()(x), layers.GlobalMaxPooling2D()(x)])
    x = layers.Dense(DIMENSIONS)(x)
    return keras.Model([image], layers.UnitNormalization()(x), name="pictures")


def report_network(words, graph=False):
    """Word numbers (n, 48), and for a graph its three arrays -> directions (n, 48) of length 1."""
    text = keras.Input((WORDS,), dtype="int32", name="text")
    x = layers.Embedding(words, DIMENSIONS, name="words")(text)
    there = ops.cast(ops.not_equal(text, PADDING), "float32")[..., None]
    x = layers.Conv1D(DIMENSIONS, 3, padding="same", activation="relu")(x * there)
    x = ops.sum(x * there, axis=1) / ops.maximum(ops.sum(there, axis=1), 1)
    x, inputs = layers.Dense(DIMENSIONS)(x), [text]
    if graph:
        ids = keras.Input((graphs.MOST,), dtype="int32", name="nodes")
        kinds = keras.Input((graphs.MOST, 2), name="kinds")
        lines = keras.Input((graphs.MOST, graphs.MOST), name="lines")
        values = layers.Embedding(94, DIMENSIONS, name="tags")(ids)
        for _ in range(2):
            values = Messages(DIMENSIONS)([values, lines])
        pooled = ops.sum(ops.matmul(ops.transpose(kinds, (0, 2, 1)), values), axis=1)
        x = x + layers.Dense(DIMENSIONS, use_bias=False)(pooled)
        inputs += [ids, kinds, lines]
    return keras.Model(inputs, layers.UnitNormalization()(x), name="reports")


class Pairs(keras.Model):
    """Both networks, their temperature, and how they are trained (see `train`)."""

    def __init__(self, words, recipe):
        super().__init__()
        self.words, self.recipe = words, recipe
        self.pictures = picture_network()
        self.reports = report_network(len(words), recipe.graph)
        start = keras.initializers.Constant(math.log(recipe.temperature))
        self.log_temperature = self.add_weight(
            shape=(), initializer=start, trainable=recipe.learnt, name="log_temperature"
        )

    @property
    def temperature(self):
        """tau as it stands, a float."""
        return float(ops.exp(self.log_temperature))

    def call(self, inputs):
        """Cosines (n, n) of a batch: pictures in rows, reports in columns."""
        picture, *report = inputs
        return ops.matmul(self.pictures([picture]), ops.transpose(self.reports(report)))

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Contrastive, plus lam times semantic; y: likeness of the tags, (n, n)."""
        tau = ops.maximum(ops.exp(self.log_temperature), LEAST_TEMPERATURE)
        loss = losses.contrastive(y_pred, tau)
        if self.recipe.lam:
            loss = loss + self.recipe.lam * losses.semantic(y_pred, y)
        return loss

    def see(self, images):
        """Pictures (n, 64, 64) -> directions (n, 48)."""
        images = np.asarray(images, np.float32)
        if images.ndim != 3 or images.shape[1:] != (64, 64):
            raise errors.DataError(f"Pictures are (n, 64, 64), not {images.shape}.")
        return _in_parts(self.pictures, [images[..., None]])

    def read(self, texts, found=None):
        """Reports, a list of texts -> directions (n, 48). found: the records for the graph, which
        is empty without them."""
        inputs = [self.words.numbers(list(texts))]
        if self.recipe.graph:
            found = [{}] * len(inputs[0]) if found is None else found
            inputs += graphs.batch(found)
        return _in_parts(self.reports, inputs)


def _in_parts(network, inputs, size=128):
    """What a network makes of arrays, `size` rows at a time; `predict` would compile it first."""
    parts = []
    for at in range(0, len(inputs[0]), size):
        part = [values[at : at + size] for values in inputs]
        parts.append(np.asarray(network(part, training=False)))
    return np.concatenate(parts)


class Batches(keras.utils.PyDataset):
    """Batches of pairs in another order each epoch; what is left over at the end is left out."""

    def __init__(self, images, numbers, graph, alike, recipe):
        super().__init__()
        self.images, self.numbers, self.graph, self.alike = images, numbers, graph, alike
        self.recipe, self.epoch = recipe, 0

    def on_epoch_end(self):
        """Another order."""
        self.epoch += 1

    def __len__(self):
        return len(self.images) // self.recipe.batch

    def __getitem__(self, step):
        draws = np.random.default_rng([self.recipe.seed, self.epoch, 22])
        order = draws.permutation(len(self.images))
        rows = order[step * self.recipe.batch : (step + 1) * self.recipe.batch]
        draws = np.random.default_rng([self.recipe.seed, self.epoch, step, 23])
        images = self.images[rows]
        mirrored = draws.random(len(rows)) < 0.5
        images = np.where(mirrored[:, None, None], images[:, :, ::-1], images)
        images = images + draws.normal(0, 0.03, (len(rows), 1, 1)).astype(np.float32)
        # one of the two languages, a coin for each report
        language = draws.integers(self.numbers.shape[0], size=len(rows))
        inputs = [images[..., None], self.numbers[language, rows]]
        inputs += [part[rows] for part in self.graph]
        return tuple(inputs), self.alike[np.ix_(rows, rows)]


def train(images, texts, found, recipe=None, words=None, bar=None):
    """Train a `Pairs`: (model, losses), one loss for each epoch.

    images: (n, 64, 64), 0..1. texts: a list of reports for each language, each n long. found: n
    records, for likeness and graph; from the reports, never from the truth. words: the `Words` it
    knows, those of the texts unless told. bar: a `show.progress` panel to move. Raises DataError
    for fewer pairs than a batch, lists that do not fit, or a loss that is not a number.
    """
    recipe, images = recipe or Recipe(), np.asarray(images, np.float32)
    if any(len(part) != len(images) for part in (*texts, found)) or len(images) < recipe.batch:
        raise errors.DataError(
            f"{len(images)} pictures need as many reports in each language and as many records, and "
            f"at least a batch of {recipe.batch}."
        )
    accept.number(recipe.temperature, "The temperature", LEAST_TEMPERATURE)
    backend.seed(recipe.seed)
    words = words or Words.of([text for part in texts for text in part])
    model = Pairs(words, recipe)
    numbers = np.stack([words.numbers(part) for part in texts])
    graph = graphs.batch(found) if recipe.graph else ()
    alike = np.nan_to_num(similarity.matrix(found))
    batches = Batches(images, numbers, graph, alike, recipe)
    schedule = keras.optimizers.schedules.CosineDecay(recipe.rate, recipe.epochs * len(batches))
    # XLA is slower on a processor, and has to compile first
    model.compile(keras.optimizers.Adam(schedule), jit_compile=False)
    backend.ready(model)
    bar = bar or progress.Quiet()
    told = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: bar.step(
            (epoch + 1) / recipe.epochs,
            f"epoch {epoch + 1} of {recipe.epochs}, loss {logs['loss']:.3f}",
        )
    )
    watch = [losses.NotANumber(), told]
    run = model.fit(batches, epochs=recipe.epochs, verbose=0, shuffle=False, callbacks=watch)
    return model, run.history["loss"]


def save(model, path):
    """Write weights in half precision, and the words, into one .npz."""
    weights = {f"w{at:02}": w.astype(np.float16) for at, w in enumerate(model.get_weights())}
    np.savez_compressed(path, words=np.array(model.words.known), **weights)


@functools.lru_cache(maxsize=4)
def load(path, recipe=None):
    """The `Pairs` that `save` wrote. Raises FileError."""
    with np.load(files.find(path), allow_pickle=False) as stored:
        words = Words(str(word) for word in stored["words"])
        weights = [stored[key].astype(np.float32) for key in sorted(stored) if key != "words"]
    model = Pairs(words, replace(recipe or Recipe()))
    model.set_weights(weights)
    return model
