"""Small changes of a module's source that change what it does: an operator, a number, a name in quotes, a line less.

What an error says, what is annotated and what decorates is left alone: no promise stands there.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_REACHED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr, ast.Mult: ast.Add,
    ast.Div: ast.Mult,
}  # fmt: skip
_OTHER = {"min": "max", "max": "min", "any": "all", "all": "any", "sorted": "list"}


@dataclass(frozen=True)
class Mutation:
    """The whole source with one change, at `line`."""

    line: int
    what: str
    source: str
    in_function: bool


class _Change(NamedTuple):
    line: int
    what: str
    do: Callable[[], object]
    undo: Callable[[], object]


def mutations(source: str) -> Iterator[Mutation]:
    """Every single change, one after the other, in the order of the source."""
    tree = ast.parse(source)
    functions = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)]
    for change in list(_changes(tree)):
        within = any(one.body[0].lineno <= change.line <= (one.end_lineno or 0) for one in functions)
        change.do()
        yield Mutation(change.line, change.what, ast.unparse(ast.fix_missing_locations(tree)), within)
        change.undo()


def _changes(node: ast.AST) -> Iterator[_Change]:
    yield from _statements(node)
    yield from _expressions(node)
    for child in _children(node):
        yield from _changes(child)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """Without docstrings, annotations, decorators, imports, and what an error says."""
    hidden: list[object] = []
    if isinstance(node, ast.FunctionDef):
        hidden = [*node.decorator_list, node.returns]
    elif isinstance(node, ast.ClassDef):
        hidden = [*node.decorator_list, *node.bases]
    elif isinstance(node, (ast.arg, ast.AnnAssign)):
        hidden = [node.annotation]
    elif isinstance(node, ast.Raise) or (isinstance(node, ast.Call) and _is_error(node)):
        return
    for child in ast.iter_child_nodes(node):
        if child not in hidden and not _is_docstring(child) and not isinstance(child, ast.JoinedStr):
            yield child


def _is_error(call: ast.Call) -> bool:
    """Errors are called by their class, like records; but they are told in sentences, without keywords."""
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    return name[:1].isupper() and bool(call.args) and isinstance(call.args[0], ast.JoinedStr)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _statements(node: ast.AST) -> Iterator[_Change]:
    """A call or a refusal left out; None returned; a condition turned round."""
    bodies = [getattr(node, name, None) for name in ("body", "orelse", "finalbody")]
    for body in (one for one in bodies if isinstance(one, list)):
        for at, one in enumerate(body):
            if isinstance(one, ast.Raise) or (isinstance(one, ast.Expr) and isinstance(one.value, ast.Call)):
                yield _replaced(body, at, ast.copy_location(ast.Pass(), one), f"left out: {ast.unparse(one)[:60]}")
    if isinstance(node, ast.Return) and node.value is not None and ast.unparse(node.value) != "None":
        yield _set(node, "value", ast.Constant(None), "returns None")
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        yield _set(node, "test", ast.UnaryOp(ast.Not(), node.test), f"not ({ast.unparse(node.test)[:60]})")
    if isinstance(node, ast.comprehension):
        for at in range(len(node.ifs)):
            yield _replaced(node.ifs, at, ast.Constant(True), "takes all of them")


def _expressions(node: ast.AST) -> Iterator[_Change]:
    match node:
        case ast.Compare(ops=[first, *_]) if type(first) in _COMPARED:
            other = _COMPARED[type(first)]()
            yield _replaced(node.ops, 0, other, f"{type(first).__name__} is {type(other).__name__}", node)
            if len(node.ops) > 1 and type(node.ops[1]) in _COMPARED:
                yield _replaced(node.ops, 1, _COMPARED[type(node.ops[1])](), "the second comparison", node)
        case ast.BoolOp(op=op):
            yield _set(node, "op", ast.Or() if isinstance(op, ast.And) else ast.And(), "and is or")
        case ast.UnaryOp(op=ast.Not()):
            yield _set(node, "operand", ast.UnaryOp(ast.Not(), node.operand), "not left out")
        case ast.BinOp(op=op) if type(op) in _REACHED:
            yield _set(node, "op", _REACHED[type(op)](), f"{type(op).__name__} is another")
        case ast.Name(id=name) if name in _OTHER:
            yield _set(node, "id", _OTHER[name], f"{name} is {_OTHER[name]}")
        case ast.Constant(value=value) if (other_value := _another(value)) is not None:
            yield _set(node, "value", other_value, f"{value!r} is {other_value!r}")


def _another(value: object) -> object:
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str() if " " not in value:
            return f"{value}X"
        case _:
            return None


def _set(node: ast.AST, name: str, value: object, what: str) -> _Change:
    before = getattr(node, name)
    line = getattr(node, "lineno", getattr(before, "lineno", 0))
    return _Change(line, what, lambda: setattr(node, name, value), lambda: setattr(node, name, before))


def _replaced(where: list[Any], at: int, value: ast.AST, what: str, holder: ast.AST | None = None) -> _Change:
    before = where[at]
    line = getattr(holder or before, "lineno", 0)
    return _Change(line, what, lambda: where.__setitem__(at, value), lambda: where.__setitem__(at, before))
