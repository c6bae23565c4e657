"""
The documentation as a site: a hook of MkDocs, which `make docs` runs.

The pages are read in the repository, too, so they link each other as files. README.md, ARCHITECTURE.md and others
beside docs/ become pages of the site; what is no page is linked in the repository.

Source: the MkDocs manual, "Plugins", events `on_config`, `on_files`, `on_page_markdown` and `on_post_page`.
"""

import posixpath
import re
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

ROOT: Final = Path(__file__).parents[1]

PAGES: Final = {
    "README.md": "index.md",
    "ARCHITECTURE.md": "architecture.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "events/README.md": "events.md",
    "local/catalog/README.md": "catalog.md",
}
"""The files outside of docs/ that become pages, by their paths in the repository."""

_LINK: Final = re.compile(r"`[^`\n]+`|(?<=\]\()[^)\s]+(?=\))|(?<=src=\")[^\"]+|(?<=srcset=\")[^\"]+")
"""A code span, in which there are no links, or the target of a link, or an image."""

_LOADED: Final = re.compile(
    r"""<(?:script|link|img|iframe|source)\b[^>]*\b(?:src|href)=["']?((?:https?:)?//[^"'\s>]+)"""
)
"""What a page loads from elsewhere, and not only links."""


def on_config(config: Any) -> Any:
    """Name the pages of docs/ that mkdocs.yml does not name, at the end."""
    named = {page for entry in config.nav for page in entry.values()}
    config.nav += sorted(page.name for page in (ROOT / "docs").glob("*.md") if page.name not in named)
    return config


def on_files(files: Files, config: Any) -> Files:
    """Add the pages from outside of docs/."""
    for source, page in PAGES.items():
        files.append(File.generated(config, page, content=(ROOT / source).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:  # noqa: ARG001 - MkDocs names them
    """Lead the links of a page to pages of the site, or to the repository."""
    sources = {name: source for source, name in PAGES.items()}
    source = sources.get(page.file.src_uri, f"docs/{page.file.src_uri}")
    return _LINK.sub(lambda found: _target(found[0], source, config.extra["repository"]), markdown)


def on_post_page(output: str, page: Any, config: Any) -> str:  # noqa: ARG001 - MkDocs names them
    """
    Check that a page loads nothing from elsewhere.

    Raises:
        PluginError: it does.
    """
    if found := _LOADED.search(output):
        raise PluginError(f"{page.file.src_uri}: the page would load {found[1]}; serve it from the site")
    return output


def _target(link: str, source: str, repository: str) -> str:
    """Return where a link of a file leads on the site; a code span is returned as it is."""
    url = urlsplit(link)
    if link.startswith("`") or url.scheme or not url.path:
        return link
    path = posixpath.normpath(posixpath.join(posixpath.dirname(source), url.path))
    fragment = f"#{url.fragment}" if url.fragment else ""
    if path in PAGES or path.startswith("docs/"):
        return PAGES.get(path, path.removeprefix("docs/")) + fragment
    return f"{repository}/{'tree' if (ROOT / path).is_dir() else 'blob'}/main/{path}{fragment}"
