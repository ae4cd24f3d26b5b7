"""From a table of files to batches for a network: prepared once, varied anew in every epoch.

`prepare` is the one preparation of an image, in training and in use: a network that meets a picture
prepared in another way has not been trained for it.
"""

import copy
import threading

import numpy as np

from course_utils import enhance, load
from course_utils.augment import steps as variation
from course_utils.core import accept, errors, files, plurals, tables
from course_utils.segment import scans
from course_utils.segment.backend import keras


def prepare(image, size=128, clahe=None):
    """The picture that a network gets: float32 (size, size), 0..1.

    image: (H, W), 0..1, as load.image gives it. size: pixels a side. clahe: a clip limit to apply
    CLAHE with before the image shrinks (`enhance.clahe`), or None for none. Each axis is stretched
    to `size` by its own factor, so measure nothing on the result. Raises DataError for an image
    that is not of this form.
    """
    clear = image if clahe is None else enhance.clahe(image, clip_limit=clahe)
    # Rounding in the resize may leave 0..1 by a millionth.
    return np.clip(enhance.resize(clear, accept.whole(size, "size", 1))[0], 0, 1)


def prepare_mask(mask, size=128):
    """The mask on the grid of `prepare`: uint8 (size, size), 0 or 1, by nearest neighbour.

    mask: (H, W) of 0 and 1. Raises DataError for other labels (0/255 too) or another shape.
    """
    array = accept.mask(mask)
    if array.max() > 1:
        raise errors.DataError(
            f"The mask holds values up to {array.max()}; the course trains on one structure, 0 and "
            "1. Choose it with mask == label, or load.mask(path, label=...)."
        )
    return enhance.resize_mask(array, accept.whole(size, "size", 1))


class Source(keras.utils.PyDataset):
    """Batches of prepared, varied images and masks from the files of a table.

    `source[n]` is batch n of the present epoch: (images, masks), both float32 (N, size, size, 1),
    images 0..1 and masks 0 or 1. The last batch may hold fewer. `model.fit(source, shuffle=False)`
    trains on it: the source shuffles by itself, and Keras would shuffle the batches once more by a
    seed that is not ours.

    table: one row per image with image and mask, as samples.table gives it; any folder will do.
    size, clahe: as in `prepare`. batch: images in a batch, at most as many as the table has.
    augment: None, a preset of augment.pipeline, or a `Pipeline` (a copy of it is used, with this
    seed). seed: a whole number from 0. shuffle: another order in every epoch; True is for training,
    and then at least one mask must not be empty. cache_mb: decoded images are kept up to this many
    megabytes; the rest is read again in every epoch, so a set of any size needs no more memory.
    cut: each picture is cut to its scan (`scans.box`); False shows the network the whole screen.
    workers: 1 prepares batches beside the training; above 1, so many threads read files at once.

    `epoch` counts from 0 and moves on after each pass. What row n of the table looks like in epoch
    m depends on the seed, n and m only, whatever the batch size or the workers; setting `epoch`
    brings an epoch back, so that an interrupted training goes on as it would have. `problem` is
    None, or the CourseError that stopped a batch: Keras reads batches in another thread, and
    TensorFlow buries the sentence there in its own error. `warm()` before the training avoids that.
    Raises DataError for a table without rows, folder, or marked masks (all empty), masks of another
    size than their image or with labels other than 0 and 1, or a batch larger than the set;
    FileError for missing or damaged files. All but sizes and labels are seen at once, those when
    the image is first read.
    """

    def __init__(
        self,
        table,
        size=128,
        batch=8,
        augment=None,
        seed=0,
        shuffle=True,
        clahe=None,
        cache_mb=200,
        workers=1,
        cut=True,
    ):
        super().__init__(workers=accept.whole(workers, "workers", 1))
        tables.checked(table, ("image", "mask"))
        self.table, self.size, self.batch = (
            table,
            accept.whole(size, "size", 1),
            accept.whole(batch, "batch", 1),
        )
        if self.batch > len(table):
            raise errors.DataError(
                f"A batch of {batch} is larger than the set of "
                f"{plurals.count(len(table), 'image')}. Use batch="
                f"{len(table)} or fewer, or collect more images."
            )
        files_of = (tables.paths(table), tables.paths(table, "mask"), table.to_dict("records"))
        self._files = list(zip(*files_of, strict=True))
        self.seed, self.shuffle, self.clahe = accept.seed(seed), bool(shuffle), clahe
        self.cut = bool(cut)
        self._pipe, self._turn = _pipe(augment, self.seed), threading.Lock()
        self._cache, self._room = {}, accept.number(cache_mb, "cache_mb", 0) * 1e6
        self.epoch, self.problem, self._running = 0, None, False
        if self.shuffle and self.is_empty():
            raise errors.DataError(
                f"All {len(self._files)} masks are empty, so there is nothing to learn. Check that "
                "the column 'mask' names the masks and that they are not black."
            )

    @property
    def epoch(self):
        """The present epoch, from 0. Set it to go to another."""
        return self._epoch

    @epoch.setter
    def epoch(self, number):
        """Go to an epoch: its order of the rows and its variations follow from the seed."""
        self._epoch = accept.whole(number, "epoch", 0)
        draws = np.random.default_rng([self.seed, self._epoch])
        count = len(self._files)
        self._order = draws.permutation(count) if self.shuffle else np.arange(count)

    def __len__(self):
        return -(-len(self._files) // self.batch)  # rounded up

    def __getitem__(self, number):
        number = range(len(self))[number]
        rows = self._order[number * self.batch : (number + 1) * self.batch]
        try:
            return _stacked([self._varied(int(row), self._epoch) for row in rows])
        except errors.CourseError as error:
            self.problem = error
            raise

    def on_epoch_begin(self):
        """Keras calls this before each pass over the batches."""
        self._running = True

    def on_epoch_end(self):
        """Keras calls this after each pass over the batches: on to the next epoch."""
        # Keras calls it once more before the first pass (EpochIterator.reset). That one must not
        # count, or a training would begin with epoch 1 and be another after each restart.
        if self._running:
            self.epoch += 1
        self._running = False

    def warm(self):
        """Read images and masks in table order until the cache is full; the number that it holds.

        A problem with one of these files is raised here, before a training begins.
        """
        for row in range(len(self._files)):
            self._prepared(row)
            if row not in self._cache:
                break
        return len(self._cache)

    def cases(self, rows):
        """The images and masks of these rows of the table, without variation: two float32 (N, size,
        size, 1).
        """
        return _stacked([self._prepared(row) for row in rows])

    def images(self):
        """All prepared images without variation, float32 (N, size, size, 1), in table order."""
        return self._all(0).astype(np.float32, copy=False)

    def masks(self):
        """All prepared masks without variation, float32 (N, size, size, 1), in table order."""
        return self._all(1).astype(np.float32, copy=False)

    def _all(self, which):
        return np.stack([self._prepared(row)[which] for row in range(len(self._files))])[..., None]

    def _varied(self, row, epoch):
        """Image and mask of one row as they look in this epoch."""
        image, mask = self._prepared(row)
        if self._pipe is None:
            return image, mask
        # The pipeline's nth call follows from n alone. So n is the row's own number in this epoch,
        # and it does not matter which thread comes first; only one may use the pipeline at a time.
        with self._turn:
            self._pipe.calls = epoch * len(self._files) + row
            return self._pipe(image, mask)

    def _prepared(self, row):
        """Image float32 and mask uint8 of one row, from the cache or the disk. Do not change them.

        What is in stays in. Each epoch asks for every image once, so dropping the oldest for the
        newest, as caches often do, would drop each image just before it is needed again.
        """
        if row in self._cache:
            return self._cache[row]
        pair = self._read(*self._files[row])
        needed = sum(part.nbytes for part in pair)
        with self._turn:
            if row not in self._cache and needed <= self._room:
                self._room -= needed
                self._cache[row] = pair
        return pair

    def _read(self, image_path, mask_path, case):
        image, mask, name = load.image(image_path), _mask(mask_path), files.shown(mask_path)
        if mask.shape != image.shape:
            raise errors.DataError(
                f"The mask '{name}' is {mask.shape[0]} x {mask.shape[1]} (rows x columns) but its "
                f"image '{files.shown(image_path)}' is {image.shape[0]} x {image.shape[1]}. Check "
                "the pairing, or export the mask again at the image's size."
            )
        if self.cut:
            sides, _ = scans.box(image, case)
            image, mask = scans.cut(image, sides), scans.cut(mask, sides)
        return prepare(image, self.size, self.clahe), prepare_mask(mask, self.size)

    def is_empty(self):
        """True if no mask marks a pixel; in most sets the first mask says so."""
        return not any(_mask(mask).any() for _, mask, _ in self._files)


def _mask(path):
    try:
        return load.mask(path)
    except errors.DataError as error:
        raise errors.DataError(
            f"{error} Training takes masks of one structure: write them anew as 0 and 1, for "
            "example from load.mask(path, label=...)."
        ) from error


def _stacked(pairs):
    images, masks = zip(*pairs, strict=True)
    return (
        np.stack(images)[..., None].astype(np.float32, copy=False),
        np.stack(masks)[..., None].astype(np.float32),
    )


def _pipe(augment, seed):
    """A pipeline of our own from what was asked for, or None."""
    if augment is None:
        return None
    if isinstance(augment, variation.Pipeline):
        own = copy.deepcopy(augment)
        own.reseed(seed)
        return own
    if not isinstance(augment, str) or augment not in variation.PRESETS:
        raise errors.DataError(
            f"augment must be None, {', '.join(map(repr, variation.PRESETS))} or a pipeline made "
            f"with augment.pipeline, not {augment!r}."
        )
    return variation.pipeline(augment, seed)
