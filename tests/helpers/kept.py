"""What one run of the tests computes once: trainings, pictures of simulated scanners, scores, and more.

The learner's page of a lesson trains what its solved page trained minutes before, and several files
draw the same people on the same scanner. Here the second takes over what the first computed. The
key is the content: code, data, starting weights, recipe and random numbers. What has no key, or
another, is computed. The folder belongs to one run of the tests, so each result is computed in it.

A training is taken over epoch by epoch: the network and its optimiser get the values of each, and
the callbacks are called as Keras calls them, so that files, curves and pictures are made anew.

A kernel started with `line(folder)` as a line of code keeps and takes over; so does a process that
called `begin(folder)`. What was computed and what was taken over is told in `TOLD` there.
"""

import contextlib
import functools
import hashlib
import importlib
import importlib.machinery
import inspect
import json
import os
import pickle
import random
import sys
import types
from pathlib import Path

TOLD = "told.jsonl"
VARIABLE = "COURSE_TESTS_KEPT"  # the folder of this run of the tests
ROOMS = ("keras.", "course_utils.")
# Callbacks that leave the numbers of a training alone.
WATCHING = (
    *("Live", "TimeCap", "NotANumber", "CSVLogger", "ModelCheckpoint", "TensorBoard"),
    *("BackupAndRestore", "TerminateOnNaN", "EarlyStopping"),
)
# Functions whose result follows from their arguments alone, and the argument that only watches.
PURE = {
    "course_utils.classify.anisotropy": {"sweep": None},
    "course_utils.classify.cohorts": {"_made": "watch"},
    "course_utils.classify.features": {"table": None},
    "course_utils.classify.outlines": {"outline": None},
    "course_utils.denoise.detection": dict.fromkeys("pictures readings ideal summary".split()),
    "course_utils.denoise.downstream": {"contest": None},
    "course_utils.denoise.methods": {"tuned": None},
    "course_utils.denoise.scenes": {"pairs": None},
    "course_utils.ejection_fraction.automatic": {"auto_ef": None},
    "course_utils.guidance.coach": {"train": None},
    "course_utils.language.archive": {"fresh": None},
    "course_utils.privacy.callipers": {"crosses": None},
    "course_utils.privacy.letters": {"find": None},
    "course_utils.saliency.sanity": {"weight_randomisation": None},
    "course_utils.saliency.shortcut": {"data": None},
    "course_utils.saliency.uncertainty": {"evaluate": None},
    "course_utils.segment.leakage": {"coin": None, "recognised": None},
    "course_utils.segment.models": {"features": None},
}
SCORES = "course_utils.segment.prediction"
TRAINER = "keras.src.backend.tensorflow.trainer"


def line(folder):
    """The line of Python that makes a kernel keep in `folder`, and take over from it."""
    return f"__import__('runpy').run_path({str(Path(__file__))!r})['begin']({str(folder)!r})"


def begin(folder):
    """From now on this process keeps in `folder`, and takes over what lies there: the `Shelf`."""
    shelf = Shelf(folder)
    changes = {
        TRAINER: functools.partial(_change_trainer, shelf),
        "course_utils.simulate.scanner": functools.partial(_change_scanner, shelf),
        SCORES: functools.partial(_change_scores, shelf),
    }
    for name, functions in PURE.items():
        changes[name] = functools.partial(_change_functions, shelf, functions)
    for name in set(changes) & set(sys.modules):
        changes.pop(name)(sys.modules[name])
    sys.meta_path.insert(0, _Importer(changes))
    return shelf


@contextlib.contextmanager
def within(folder):
    """Keep and take over as long as this is open."""
    shelf, importer = begin(folder), sys.meta_path[0]
    try:
        yield shelf
    finally:
        sys.meta_path.remove(importer)
        for owner, name, before in reversed(shelf.changed):
            setattr(owner, name, before)


def told(folder):
    """Rows of (what, 'computed' or 'taken over'), in the order of their ends."""
    file = Path(folder, TOLD)
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    return [tuple(json.loads(row)) for row in text.splitlines()]


class Shelf:
    """The folder of one run of the tests."""

    def __init__(self, folder):
        self.folder, self.changed = Path(folder), []
        self.folder.mkdir(parents=True, exist_ok=True)

    def change(self, owner, name, new):
        """Put a function in the place of another, which is remembered."""
        self.changed.append((owner, name, getattr(owner, name)))
        setattr(owner, name, new)

    def get(self, key):
        """What was kept under a key, or None."""
        file = self.folder / (key or "nothing")
        return pickle.loads(file.read_bytes()) if file.exists() else None

    def put(self, key, value):
        """Keep a value: whole, or not at all."""
        try:
            content = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        except Exception:  # what holds a function of a page, a lock: it is computed each time
            return
        part = self.folder / f"{key}.{os.getpid()}"
        part.write_bytes(content)
        part.replace(self.folder / key)

    def tell(self, what, how):
        """Note what was done."""
        with open(self.folder / TOLD, "a", encoding="utf-8") as file:
            file.write(json.dumps((what, how)) + "\n")


class _Importer:
    """Changes a module as soon as it has been imported."""

    def __init__(self, changes):
        self.changes = changes

    def find_spec(self, name, path=None, target=None):
        if name not in self.changes:
            return None
        spec, change = importlib.machinery.PathFinder.find_spec(name, path), self.changes.pop(name)
        execute = spec.loader.exec_module

        def executed(module):
            execute(module)
            change(module)

        spec.loader.exec_module = executed
        return spec


# The key of content


def key(*things):
    """A name for what these things hold; None where something has no content that can be compared."""
    digest = hashlib.sha256()
    try:
        _Content(types.SimpleNamespace(write=digest.update)).dump(things)
    except Exception:  # a stream, a device: whatever it is, nothing may rest on it
        return None
    return digest.hexdigest()


class _Content(pickle.Pickler):
    """Writes what a thing holds, alike in every process."""

    def __init__(self, file):
        super().__init__(file, protocol=5)
        self.fast = True  # which of two equal parts are one object must not matter

    def reducer_override(self, thing):
        content = _content(thing)
        return NotImplemented if content is None else (tuple, (content,))


def _content(thing):
    if isinstance(thing, type) and thing.__module__ == "__main__":
        raise TypeError("a class of the page: its code is not compared")
    if isinstance(thing, types.ModuleType):
        return (thing.__name__,)
    if isinstance(thing, types.FunctionType):
        cells = tuple(cell.cell_contents for cell in thing.__closure__ or ())
        read = _read(thing.__code__, thing.__globals__) if thing.__module__ == "__main__" else ()
        return (
            thing.__module__,
            thing.__code__,
            thing.__defaults__,
            thing.__kwdefaults__,
            cells,
            read,
        )
    if isinstance(thing, types.CodeType):
        return thing.co_code, thing.co_consts, thing.co_names
    if isinstance(thing, types.GeneratorType):
        if inspect.getgeneratorstate(thing) != inspect.GEN_CREATED:
            raise TypeError("a generator that has begun")
        if thing.gi_frame.f_globals["__name__"] == "__main__":
            raise TypeError("a generator of the page")
        return thing.gi_code, list(thing.gi_frame.f_locals.items())
    if isinstance(thing, frozenset):
        return tuple(sorted(thing))
    modules = sys.modules
    if "pandas" in modules and isinstance(thing, modules["pandas"].DataFrame):
        return _table(thing)
    if "keras" in modules and isinstance(thing, modules["keras"].Model):
        return _network(thing)
    if "keras" in modules and isinstance(thing, modules["keras"].utils.PyDataset):
        return _source(thing)
    if "albumentations" in modules and isinstance(thing, modules["albumentations"].BaseCompose):
        return _unnamed(thing.to_dict(on_not_implemented_error="raise"))
    return None


def _read(code, space):
    """What a function of the page reads from the page: [(name, value)]."""
    inner = [part for part in code.co_consts if isinstance(part, types.CodeType)]
    own = [(name, space[name]) for name in code.co_names if name in space]
    return own + [pair for part in inner for pair in _read(part, space)]


def _network(model):
    """What a network is and how it was compiled, names of layers left out."""
    layers, optimizer = list(model._flatten_layers()), getattr(model, "optimizer", None)
    named = [*layers, optimizer] if optimizer else layers
    made = model.get_config() if _is_wired(model) else _own(model)
    return (
        type(model),
        [_layer(layer) for layer in layers],
        _unnamed(made, named) if _is_wired(model) else made,
        _unnamed(model.get_compile_config(), named),
        _compiled(model),
        model.jit_compile if optimizer else None,
        type(optimizer),
        _unnamed(optimizer.get_config(), named) if optimizer else None,
        _values(model),
    )


def _compiled(model):
    """The functions that a network was compiled with, and the classes of the other parts."""
    given = model._compile_config.config if getattr(model, "_compile_config", None) else {}
    parts = sys.modules["keras"].tree.flatten(given)
    return [part if isinstance(part, types.FunctionType) else type(part) for part in parts]


def _own(model):
    """What a network of a class of its own was given, its layers left out."""
    usual = vars(sys.modules["keras"].Model())
    return {
        name: value
        for name, value in vars(model).items()
        if name not in usual and not name.startswith("_") and not _is_keras(value)
    }


def _layer(layer):
    return type(layer), [tuple(weight.shape) for weight in layer.weights]


def _is_wired(model):
    return isinstance(model, sys.modules["keras"].src.models.Functional)


def _is_keras(value):
    return type(value).__module__.startswith("keras.")


def _unnamed(config, named=()):
    """A configuration as text, each name replaced by its place: Keras counts on in its names."""
    text = json.dumps(config, sort_keys=True, default=str)
    for place, part in enumerate(named):
        text = text.replace(f'"{part.name}"', f'"{place}"')
    return text


def _table(table):
    """What a table holds; of one of cases its files too, wherever they lie."""
    from course_utils.core import tables

    attrs = {name: value for name, value in table.attrs.items() if name != "folder"}
    named = [name for name in ("image", "mask") if name in table and "folder" in table.attrs]
    files = [file.read_bytes() for name in named for file in tables.paths(table, name)]
    rows = [(name, str(table[name].dtype), list(table[name])) for name in table]
    return rows, list(table.index), list(table.index.names), attrs, files


def _source(given):
    """What a source of batches holds, wherever its files lie."""
    if not hasattr(given, "masks"):
        return type(given), vars(given)
    places = ("table", "_files", "_cache", "_turn", "_room")
    held = {name: value for name, value in vars(given).items() if name not in places}
    return type(given), held, given.images(), given.masks()


# Trainings


def _change_trainer(shelf, module):
    real = module.TensorFlowTrainer.fit

    @functools.wraps(real)
    def fit(model, *args, **named):
        asked = inspect.signature(real).bind(model, *args, **named)
        asked.apply_defaults()
        given = asked.arguments
        name = _training(given)
        if name is None:
            shelf.tell("fit", "not kept")
            return real(model, *args, **named)
        before = key(name, _chance())
        kept = shelf.get(name) or shelf.get(before)
        if kept is not None:
            shelf.tell("fit", "taken over")
            part, count, *rest = kept
            epochs = (shelf.get(f"{part}-{number}") for number in range(count))
            return _again(model, given, epochs, *rest)
        note = _note(shelf, before, bool(given["callbacks"]))
        given["callbacks"] = [note, *(given["callbacks"] or ())]
        history = real(**given)
        shelf.tell("fit", "computed")
        if note.count == given["epochs"] - given["initial_epoch"]:
            places = _places(given["x"], given["validation_data"])
            after = _chance()
            # One that drew no number of the process does not depend on them, and leaves them alone.
            # TensorFlow shuffles by a seed that stays as it is.
            drew = bool(given["shuffle"]) or key(name, after) != before
            kept = before, note.count, note.params["steps"], places, after if drew else None
            shelf.put(before if drew else name, kept)
        return history

    shelf.change(module.TensorFlowTrainer, "fit", fit)


def _training(given):
    """The key of a training, random numbers of the process left out; None for one that is not kept."""
    model, callbacks = given["self"], given["callbacks"] or []
    if not isinstance(callbacks, (list, tuple)) or not model.compiled or model._initial_epoch:
        return None
    if model.distribute_strategy.num_replicas_in_sync > 1 or not model.trainable_variables:
        return None
    # One of a page's own may look at each batch, and one with a backup may go on with it.
    if not all(type(one).__module__.startswith(ROOMS) for one in callbacks):
        return None
    if any(_has_begun(one) for one in callbacks):
        return None
    rest = {name: value for name, value in given.items() if name not in ("callbacks", "verbose")}
    return key("fit", rest, *map(_part, callbacks))


def _part(callback):
    """What a callback may do to a training: its kind, and its settings where it does something."""
    kind, held = type(callback), vars(callback)
    if kind.__name__ in WATCHING:
        return kind
    hooks = [value for value in held.values() if isinstance(value, types.FunctionType)]
    if hooks and all(hook.__module__.startswith("course_utils.") for hook in hooks):
        return kind  # of a room: it moves a bar
    return kind, {name: value for name, value in held.items() if not name.startswith("_")}


def _has_begun(callback):
    """Would this callback go on with an earlier training?"""
    folder = getattr(callback, "backup_dir", None)
    return bool(folder) and Path(folder, "training_metadata.json").exists()


def _values(model):
    """All numbers of a network and its optimiser, in one order."""
    return [np_value.numpy() for np_value in _variables(model)]


def _variables(model):
    optimizer = getattr(model, "optimizer", None)
    if optimizer and not optimizer.built:
        optimizer.build(model.trainable_variables)
    parts = [model.trainable_variables, model.non_trainable_variables]
    parts += [optimizer.variables] if optimizer else []
    once = {id(variable): variable for part in parts for variable in part}
    return [variable.value for variable in once.values()]


def _note(shelf, name, each):
    """A callback that notes a training before any other callback changes anything."""
    keras = sys.modules["keras"]

    class Note(keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.count, self._batches = 0, []

        def on_train_batch_end(self, batch, logs=None):
            self._batches.append((batch, dict(logs)))

        def on_epoch_end(self, epoch, logs=None):
            last = epoch + 1 == self.params["epochs"]
            values = _values(self.model) if each or last else None
            # each on its own, for a page has little memory
            shelf.put(f"{name}-{self.count}", (self._batches, dict(logs), values))
            self.count, self._batches = self.count + 1, []

    return Note()


def _again(model, given, noted, steps, places, chance):
    """Keras' fit with the epochs of another training in place of its own."""
    keras = sys.modules["keras"]
    callbacks = keras.callbacks.CallbackList(
        given["callbacks"],
        add_history=True,
        add_progbar=given["verbose"] != 0,
        verbose=given["verbose"],
        epochs=given["epochs"],
        steps=steps,
        model=model,
    )
    if isinstance(given["x"], keras.utils.PyDataset):
        model._symbolic_build(data_batch=given["x"][0])
    model.stop_training = False
    model.make_train_function()
    callbacks.on_train_begin()
    for epoch, (batches, logs, values) in enumerate(noted, given["initial_epoch"]):
        callbacks.on_epoch_begin(epoch)
        for batch, said in batches:
            callbacks.on_train_batch_begin(batch)
            callbacks.on_train_batch_end(batch, dict(said))
        for variable, value in zip(_variables(model), values or (), strict=bool(values)):
            variable.assign(value)
        logs = dict(logs)
        callbacks.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    model.optimizer.finalize_variable_values(model.trainable_weights)
    callbacks.on_train_end(logs=logs)
    _go_to(given["x"], given["validation_data"], places)
    if chance:
        _set_chance(chance)
    return model.history


def _places(*sources):
    return [getattr(source, "epoch", None) for source in sources]


def _go_to(*given):
    *sources, places = given
    for source, place in zip(sources, places, strict=True):
        if place is not None:
            source.epoch = place


def _chance():
    """The state of all random numbers that belong to a process. Reading it draws none."""
    generator, seeds = _generators()
    return (
        random.getstate(),
        sys.modules["numpy"].random.get_state(),
        generator and generator.state.numpy(),
        seeds and seeds.getstate(),
        _context().global_seed(),
    )


def _set_chance(chance):
    own, array, drawn, seeded, _ = chance
    random.setstate(own)
    sys.modules["numpy"].random.set_state(array)
    generator, seeds = _generators()
    if generator and drawn is not None:
        generator.state.assign(drawn)
    if seeds and seeded:
        seeds.setstate(seeded)


def _generators():
    """Keras' generator for layers without one, and TensorFlow's for operations; None where unused."""
    from keras.src.backend.common import global_state
    from keras.src.random import seed_generator

    drawn = global_state.get_global_attribute(seed_generator.GLOBAL_SEED_GENERATOR)
    return drawn, getattr(_context().context(), "_rng", None)


def _context():
    from tensorflow.python.eager import context

    return context


# Pictures and pure functions


def _change_scanner(shelf, module):
    real = module._case

    def case(name, scanner, muscle, recording, folder):
        place = key("case", name, scanner, muscle, recording)
        kept = shelf.get(place)
        if kept is None:
            row = real(name, scanner, muscle, recording, folder)
            parts = {part: Path(folder, row[part]).read_bytes() for part in ("image", "mask")}
            shelf.put(place, (row, parts))
            shelf.tell("case", "computed")
            return row
        row, parts = kept
        for part, content in parts.items():
            Path(folder, row[part]).write_bytes(content)
        shelf.tell("case", "taken over")
        return row

    shelf.change(module, "_case", functools.wraps(real)(case))


def _change_functions(shelf, functions, module):
    for name, watch in functions.items():
        shelf.change(module, name, _remembering(shelf, getattr(module, name), watch))


def _change_scores(shelf, module):
    remembered = _remembering(shelf, module.score, None)

    @functools.wraps(module.score)
    def score(model, table, *args, **named):
        scores = remembered(model, table, *args, **named)
        scores.attrs = dict(table.attrs)  # the folder of this page, not of the one that computed
        return scores

    shelf.change(module, "score", score)


def _remembering(shelf, function, watch):
    @functools.wraps(function)
    def asked(*args, **named):
        given = inspect.signature(function).bind(*args, **named)
        given.apply_defaults()
        given = {name: value for name, value in given.arguments.items() if name != watch}
        place = key(function.__module__, function.__qualname__, given)
        kept = shelf.get(place)
        if kept is not None:
            shelf.tell(function.__qualname__, "taken over")
            return kept[0]
        result = function(*args, **named)
        shelf.tell(function.__qualname__, "computed" if place else "not kept")
        if place:
            shelf.put(place, (result,))
        return result

    return asked
