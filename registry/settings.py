"""Strict YAML settings: unknown keys, NaN and wrong types are refused with the line and the nearest name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from registry.errors import ConfigError
from registry.files import read_whole
from registry.workspace import advice_at

Model = TypeVar("Model", bound=BaseModel)
Location = tuple[int | str, ...]
_MOST_LINES = 100_000
_LARGEST = 2**53


def load(path: Path, model: type[Model], overrides: Sequence[str] = ()) -> Model:
    """Read `path` into `model`, then apply `section.key=value` overrides (values are YAML).

    Raises ConfigError naming file, line, key and the nearest valid name.
    """
    try:
        text = read_whole(path).decode()
    except FileNotFoundError as error:
        advice = advice_at(path.parent, f"write one with: muniment init {path.parent}")
        raise ConfigError(f"{path} does not exist", advice) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not readable as UTF-8 text", "fix the file") from error
    tree, lines = _parse(text, path)
    places = {location: f"{path}:{line}" for location, line in lines.items()}
    given: set[Location] = set()
    for override in overrides:
        location = _apply(override, tree)
        if location in given:
            raise ConfigError(f"{'.'.join(map(str, location))} is given twice on the command line", "give it once")
        given.add(location)
        places[location] = "command line"
    try:
        read = model.model_validate(tree)
    except ValidationError as error:
        details = _innermost(error.errors(include_url=False, include_input=False))
        problems = "\n".join(_sentence(d, path, places, model) for d in details)
        where = f"{path.name} or the command line" if given else path.name
        raise ConfigError(problems, f"correct {where} and run again") from error
    for location in _truths_taken_for_numbers(tree, read, ()):
        key = ".".join(map(str, location))
        raise ConfigError(f"{places.get(location, path)}: {key}: a number is meant, not yes or no", "write the number")
    return read


def _truths_taken_for_numbers(tree: object, read: object, location: Location) -> Iterable[Location]:
    """Where `true` became 1: of a share that may be lost, all of it."""
    if isinstance(tree, bool) and isinstance(read, int | float) and not isinstance(read, bool):
        yield location
    elif isinstance(tree, dict):
        for key, value in tree.items():
            inner = read.get(key) if isinstance(read, Mapping) else getattr(read, str(key), None)
            yield from _truths_taken_for_numbers(value, inner, (*location, key))
    elif isinstance(tree, list) and isinstance(read, Sequence):
        for index, (value, inner) in enumerate(zip(tree, read, strict=False)):
            yield from _truths_taken_for_numbers(value, inner, (*location, index))


# libyaml's parser is ten times as fast, and refuses what is nested a thousand deep; PyYAML has it nearly everywhere.
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _UniqueKeys(_Loader):  # type: ignore[misc, valid-type]  # which of the two is known when it runs
    """A key given twice would silently lose its first value."""


def _no_duplicates(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[object, object]:
    seen: set[object] = set()
    for key, _ in node.value:
        if key.value in seen:
            raise yaml.MarkedYAMLError(problem=f"key {key.value!r} is given twice", problem_mark=key.start_mark)
        seen.add(key.value)
    return loader.construct_mapping(node, deep=True)


def _within_bounds(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    """Larger ones have no digest, and one of many hexadecimal digits cannot even be written in an error."""
    value = loader.construct_yaml_int(node)
    if abs(value) > _LARGEST:
        raise yaml.MarkedYAMLError(problem="a number past 2**53", problem_mark=node.start_mark)
    return int(value)


_UniqueKeys.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _no_duplicates)
_UniqueKeys.add_constructor("tag:yaml.org,2002:int", _within_bounds)


def _parse(text: str, path: Path) -> tuple[dict[str, object], dict[Location, int]]:
    try:
        loader = _UniqueKeys(text)
        node = loader.get_single_node()
        lines = list(islice(_lines(node, ()), _MOST_LINES + 1))
        tree = None if node is None else loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        advice = "correct that line or the one above; a section is indented by spaces alone, as many on each line"
        raise ConfigError(f"{path}{line}: {error.problem}", advice) from error
    except (yaml.YAMLError, RecursionError, ValueError, TypeError, AttributeError) as error:
        raise ConfigError(f"{path}: {error}", "fix the YAML") from error
    if len(lines) > _MOST_LINES:
        raise ConfigError(f"{path} unfolds to more than {_MOST_LINES:,} settings", "write it without aliases")
    if tree is None:
        return {}, {}
    if not isinstance(tree, dict):
        raise ConfigError(f"{path}: a mapping of settings is expected", "see the commented file of: muniment init")
    return tree, dict(lines)


def _lines(node: yaml.Node | None, location: Location) -> Iterable[tuple[Location, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*location, key.value), key.start_mark.line + 1
            yield from _lines(value, (*location, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield (*location, index), value.start_mark.line + 1
            yield from _lines(value, (*location, index))


def _apply(override: str, tree: dict[str, object]) -> Location:
    """Set one value in `tree`; returns where."""
    name, equals, value = override.partition("=")
    if not equals or not name:
        raise ConfigError(f"override {override!r} is not key=value", "write for example: sft.learning_rate=1e-4")
    *sections, leaf = name.split(".")
    place = tree
    for section in sections:
        inner = place.setdefault(section, {})
        if not isinstance(inner, dict):
            raise ConfigError(f"override {override!r}: {section} is not a section", "see: muniment run --dry-run")
        place = inner
    try:
        place[leaf] = yaml.load(value, _UniqueKeys)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, RecursionError, ValueError, TypeError, AttributeError) as error:
        raise ConfigError(f"override {override!r} is not valid YAML", "quote the value") from error
    return (*sections, leaf)


def _known_names(model: type[BaseModel], location: Location) -> list[str]:
    """Field names of the model that `location` leads to; every model in a union counts."""
    models = {model}
    for part in location:
        if isinstance(part, int):
            continue
        fields = (m.model_fields.get(part) for m in models)
        inner = {found for f in fields if f is not None for found in _models_in(f.annotation)}
        models = inner or models
    return sorted({name for m in models for name in m.model_fields})


def _models_in(annotation: object) -> Iterable[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _models_in(argument)


def _innermost(details: Sequence[ErrorDetails]) -> list[ErrorDetails]:
    """A list whose items were refused is said to be too short as well, which nobody wrote."""
    places = [tuple(detail["loc"]) for detail in details]
    parents = {place[:length] for place in places for length in range(len(place))}
    return [detail for detail, place in zip(details, places, strict=True) if place not in parents]


def _sentence(detail: ErrorDetails, path: Path, places: dict[Location, str], model: type[BaseModel]) -> str:
    location = tuple(detail["loc"])
    known = (places[location[:n]] for n in range(len(location), 0, -1) if location[:n] in places)
    place = next(known, f"{path}")
    key = ".".join(str(part) for part in location)
    if detail["type"] == "model_type":
        return f"{place}: {key}: a section of settings is expected"
    if detail["type"] != "extra_forbidden":
        return ": ".join(filter(None, (place, key, detail["msg"].removeprefix("Value error, "))))
    return f"{place}: unknown key {key!r}; {_meant(location, model)}"


def _meant(location: Location, model: type[BaseModel]) -> str:
    """What an unknown key may have been meant as: the very name in a section, else one beside it that it abbreviates
    (`lr`), or the nearest.
    """
    *before, last = map(str, location)
    names = _known_names(model, location[:-1])
    section, _, inner = last.partition(".")
    if inner and section in names:
        return f"in a file it is written {section}: {{{inner}: …}}"
    short = [name for name in names if last == "".join(word[:1] for word in name.split("_"))]
    near = short[:1] or difflib.get_close_matches(last, names, n=1, cutoff=0.5)
    meant = _sections_with(last, model) or [".".join([*before, *near]) for _ in near]
    return f"did you mean {' or '.join(map(repr, meant))}?" if meant else f"known here: {', '.join(names)}"


def _sections_with(name: str, model: type[BaseModel]) -> list[str]:
    """`name` behind each section of the whole file that has a setting of that name."""
    sections = ((section, field.annotation) for section, field in model.model_fields.items())
    inner = ((section, of) for section, of in sections if isinstance(of, type) and issubclass(of, BaseModel))
    return [f"{section}.{name}" for section, of in inner if name in of.model_fields]
