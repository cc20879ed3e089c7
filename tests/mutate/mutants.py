"""Small faults, made one at a time in a module's syntax tree."""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

__all__ = ["Mutant", "mutants"]

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.Div,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_CALLED = {"min": "max", "max": "min", "all": "any", "any": "all"}


class Mutant(NamedTuple):
    """A module with one fault. `name` says where and what, by function rather than by line."""

    name: str
    line: int
    tree: ast.Module


def mutants(source: str) -> Iterator[Mutant]:
    """All mutants of a module, in the order of its text.

    Texts, annotations, `__all__` and sizes of caches are left alone: no number depends on them.
    """
    tree = ast.parse(source)
    seen: Counter[str] = Counter()
    for where, path in _places(tree, "", ()):
        original = _at(tree, path)
        for fault in _faults(original):
            changed = copy.deepcopy(tree)
            _put(changed, path, fault)
            what = f"{where}: `{_short(original)}` -> `{_short(fault)}`"
            seen[what] += 1
            name = what if seen[what] == 1 else f"{what} ({seen[what]})"
            yield Mutant(name, getattr(original, "lineno", 0), ast.fix_missing_locations(changed))


Path = tuple[tuple[str, int | None], ...]
"""From a tree's root down to a node: a field at each step, and a place where the field is a list."""

_SKIPPED = {"annotation", "returns", "type_params"}


def _places(node: ast.AST, where: str, path: Path) -> Iterator[tuple[str, Path]]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        where = f"{where}.{node.name}" if where else node.name
    for field, value in ast.iter_fields(node):
        if field in _SKIPPED or (isinstance(node, ast.Assign) and _names(node) == {"__all__"}):
            continue
        if isinstance(node, ast.keyword) and node.arg == "maxsize":
            continue
        children: list[tuple[int | None, object]] = [(None, value)]
        if isinstance(value, list):
            children = [*enumerate(value)]  # pyright: ignore[reportUnknownArgumentType] - ast has no types here
        for place, child in children:
            if isinstance(child, ast.AST):
                step = (*path, (field, place))
                yield where or "module", step
                yield from _places(child, where, step)


def _names(node: ast.Assign) -> set[str]:
    return {target.id for target in node.targets if isinstance(target, ast.Name)}


def _faults(node: ast.AST) -> Iterator[ast.AST]:
    for make in (_other_operator, _other_value, _other_flow):
        yield from make(node)


def _other_operator(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(ops=ops):
            for place, op in enumerate(ops):
                changed = [*ops[:place], _COMPARED[type(op)](), *ops[place + 1 :]]
                yield ast.Compare(node.left, changed, node.comparators)
        case ast.BinOp(op=op) if type(op) in _COMPUTED:
            yield ast.BinOp(node.left, _COMPUTED[type(op)](), node.right)
        case ast.AugAssign(op=op) if type(op) in _COMPUTED:
            yield ast.AugAssign(node.target, _COMPUTED[type(op)](), node.value)
            yield ast.Pass()
        case ast.BoolOp(op=op):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), node.values)
        case _:
            return


def _other_value(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield node.operand
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value) | float(value)):
            yield ast.Constant(value + 1)
        case ast.Call(func=ast.Name(id=name)) if name in _CALLED:
            yield ast.Call(ast.Name(_CALLED[name], ast.Load()), node.args, node.keywords)
        case _:
            return


def _other_flow(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.If() | ast.While() | ast.IfExp():
            opposite = copy.copy(node)
            opposite.test = ast.UnaryOp(ast.Not(), node.test)
            yield opposite
        case ast.Return(value=ast.Constant(value=None)):
            return  # it is what the next case would make of it
        case ast.Return(value=ast.expr()):
            yield ast.Return(ast.Constant(None))
        case ast.Expr(value=ast.Call()) | ast.Break() | ast.Continue():
            yield ast.Pass()
        case _:
            return


def _at(tree: ast.AST, path: Path) -> ast.AST:
    node = tree
    for field, place in path:
        value: Any = getattr(node, field)
        node = value if place is None else value[place]
    return node


def _put(tree: ast.AST, path: Path, new: ast.AST) -> None:
    owner = _at(tree, path[:-1])
    field, place = path[-1]
    if place is None:
        setattr(owner, field, new)
    else:
        getattr(owner, field)[place] = new


def _short(node: ast.AST) -> str:
    return ast.unparse(ast.fix_missing_locations(copy.deepcopy(node))).splitlines()[0]
