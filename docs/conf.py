"""The documentation site, which needs no network, neither to be built (`nox -s docs`) nor to be read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

from fbench.version import __version__

project = "fbench"
author = "the authors of fbench"
copyright = ""  # noqa: A001 - Sphinx's own name; the licence says it
html_show_copyright = html_show_sphinx = False
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_click", "from_code"]
exclude_patterns = ["_build"]
nitpicky = True
default_role = "code"  # docstrings and help texts put names in single backticks

myst_enable_extensions = ["attrs_inline"]
myst_heading_anchors = 3

toc_object_entries_show_parents = "hide"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
nitpick_ignore_regex = [
    ("py:.*", r"(?!fbench\.|fakes\.).*"),  # of others, whose documentation is not asked at build time
    ("py:class", r"(fbench|fakes)\..*"),  # a type in a signature need not be public
]

html_theme = "pydata_sphinx_theme"
html_title = f"fbench {__version__}"
html_static_path = ["_static"]
html_css_files = ["fbench.css"]
html_copy_source = html_show_sourcelink = False
html_sidebars: dict[str, list[str]] = {"index": [], "tutorial": []}
html_theme_options: dict[str, Any] = {
    "header_links_before_dropdown": 5,
    "navbar_end": ["theme-switcher"],
    "navbar_persistent": ["search-button"],
    "navbar_align": "left",
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": [],
    "footer_end": [],
    "show_prev_next": True,
}
