"""Parts of the reference that are made from the code when the site is built.

Directives:
    public-names    documents the public functions, classes or errors of a module
    described       documents names that are given
    fixtures        lists the pytest fixtures of a module
    fields          lists the fields of a pydantic model
"""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import click
    from docutils.nodes import Node
    from sphinx.application import Sphinx

PARTS: dict[str, Callable[[Any], bool]] = {
    "functions": lambda found: inspect.isroutine(found) and not isinstance(found, type),
    "classes": lambda found: isinstance(found, type) and not issubclass(found, Exception),
    "errors": lambda found: isinstance(found, type) and issubclass(found, Exception),
}


class PublicNames(SphinxDirective):
    """Documents the public names of a module that belong to one of `PARTS`."""

    required_arguments = 2
    option_spec = {"no-index": directives.flag}  # noqa: RUF012 - as docutils has it

    def run(self) -> list[Node]:
        """The documentation of each name, in the module's own order."""
        module = import_module(self.arguments[0])
        wanted = PARTS[self.arguments[1]]
        lines = (
            line
            for name in public_names(module)
            if wanted(found := getattr(module, name))
            for line in documented(f"{module.__name__}.{name}", found, known="no-index" in self.options)
        )
        return self.parse_text_to_nodes("\n".join(lines))


class Described(SphinxDirective):
    """Documents the names that are given, each with its module."""

    required_arguments = 1
    optional_arguments = 99

    def run(self) -> list[Node]:
        """The documentation of each name, in the order given."""
        lines: list[str] = []
        for path in self.arguments:
            module, _, name = path.rpartition(".")
            lines += documented(path, getattr(import_module(module), name), known=False)
        return self.parse_text_to_nodes("\n".join(lines))


def public_names(module: Any) -> list[str]:
    """The names in `__all__`, and those that the module imports when they are first used."""
    lazy = [
        name for names in getattr(module, "_HOMES", {}).values() if isinstance(names, tuple) for name in names
    ]
    return sorted({*module.__all__, *lazy}, key=str.casefold)


def documented(path: str, found: Any, *, known: bool) -> Iterator[str]:
    """Autodoc's directive for a name; of a pydantic model with its fields alone."""
    yield f".. {'autofunction' if inspect.isroutine(found) else 'autoclass'}:: {path}"
    if known:
        yield "   :no-index:"
    if inspect.isroutine(found):
        yield ""
        return
    if not hasattr(found, "model_fields"):
        yield "   :members:"
    yield ""
    if hasattr(found, "model_fields"):
        yield from indented(described_fields(found))


class Fields(SphinxDirective):
    """Lists the fields of a pydantic model: their defaults and descriptions."""

    required_arguments = 1

    def run(self) -> list[Node]:
        """A definition list."""
        module, _, name = self.arguments[0].rpartition(".")
        return self.parse_text_to_nodes("\n".join(described_fields(getattr(import_module(module), name))))


def described_fields(model: Any) -> Iterator[str]:
    """A definition list of the fields of a pydantic model."""
    own = [name for name in model.model_fields if name in model.__annotations__]
    for name in [*own, *(name for name in model.model_fields if name not in own)]:
        field = model.model_fields[name]
        default = (
            "" if field.is_required() else f" = ``{shown(field.get_default(call_default_factory=True))}``"
        )
        yield f"``{name}``{default}"
        yield f"   {escaped(field.description)}" if field.description else "   \\"
        yield ""


def shown(value: object) -> str:
    """A default as a configuration file has it, as far as it can."""
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(shown(each) for each in value)}]"
    return f'"{value}"' if isinstance(value, str) else str(value)


class Fixtures(SphinxDirective):
    """Lists the pytest fixtures of a module with their docstrings."""

    required_arguments = 1

    def run(self) -> list[Node]:
        """A definition list."""
        module = import_module(self.arguments[0])
        lines: list[str] = []
        for name in module.__all__:
            if name.startswith("pytest_"):
                continue
            text = inspect.getdoc(getattr(module, name)) or inspect.getdoc(getattr(module, name).__wrapped__)
            lines += [f"``{name}``", *indented(str(text).splitlines()), ""]
        return self.parse_text_to_nodes("\n".join(lines))


def indented(lines: Iterable[str]) -> list[str]:
    """The lines, three places further right."""
    return [f"   {line}" if line else "" for line in lines]


def escaped(text: str) -> str:
    """A text for a terminal, in which only backticks are markup."""
    parts = text.split("`")
    return "`".join(
        part if number % 2 else part.replace("*", r"\*").replace("|", r"\|")
        for number, part in enumerate(parts)
    )


def escape_lines(_app: Sphinx, _context: click.Context, lines: list[str]) -> None:
    """Escape what a help text does not mean as markup."""
    lines[:] = [line if line.lstrip().startswith("..") else escaped(line) for line in lines]


def mark_code(
    _app: Sphinx, _what: str, _name: str, _found: object, _options: object, lines: list[str]
) -> None:
    """Mark what a docstring sets off by indentation alone as code, and what it returns as a text."""
    marked: list[str] = []
    last = "  "  # the last line that was not blank
    for number, line in enumerate(lines):
        if line.startswith("    ") and number and not lines[number - 1].strip() and not last.startswith(" "):
            marked += ["::", ""]
        marked.append(line)
        last = line if line.strip() else last
    for number, line in enumerate(marked):
        if line in ("Returns:", "Yields:") and number + 1 < len(marked):
            marked[number + 1] = f"    : {marked[number + 1].strip()}"  # no type before a colon
    lines[:] = marked


def plain_signature(*event: Any) -> tuple[str, str] | None:
    """A signature without private parameters, and with dots for defaults that are objects."""
    signature, returns = event[-2:]
    if signature is None:
        return None
    public = re.sub(r", _\w+: [^,()]+ = None", "", signature)
    return re.sub(r"= <(?:class|function) [^,)]*>(?=[,)])", "= ...", public), returns


def left_out(*event: Any) -> bool:
    """Whether to leave out a member: besides those that Sphinx leaves out, fields without a docstring."""
    found, skipped = event[-3:-1]
    return skipped or found is dict or (inspect.getdoc(found) or "").startswith("Alias for field number")


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directives, and make help texts fit for reStructuredText."""
    app.add_directive("public-names", PublicNames)
    app.add_directive("described", Described)
    app.add_directive("fields", Fields)
    app.add_directive("fixtures", Fixtures)
    app.connect("autodoc-process-docstring", mark_code, priority=1)  # before the sections are read
    app.connect("autodoc-process-signature", plain_signature)
    app.connect("autodoc-skip-member", left_out)
    for event in ("description", "options", "arguments", "epilog", "usage"):
        app.connect(f"sphinx-click-process-{event}", escape_lines)
    return {"parallel_read_safe": True}
