"""What the site needs beside `docs/`: the papers at the top of the repository, and links that lead out of it.

MkDocs calls these functions (`hooks` in mkdocs.yml). The pages are written for the repository, where a link may lead to
any file. On the site, a link to a file that is no page becomes the file's name; one to a file that is not there is an
error.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
# Where each lies in the repository, and what it is called on the site.
PAPERS = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "monitoring/README.md": "monitoring.md",
}
_LINK = re.compile(r"(?P<mark>!?)\[(?P<text>[^]]*)\]\((?P<target>[^)\s]+)\)")
# The theme's help for searching without a server, which it would fetch from elsewhere; the pages do without it.
_FETCHED = re.compile(r'<script src="https?://[^"]*"[^>]*></script>')
_CODE = re.compile(r"(^```.*?^```|`[^`\n]+`)", re.MULTILINE | re.DOTALL)


def on_files(files: Files, config: Any) -> Files:
    """Add the papers that lie outside `docs/`."""
    for source, page in PAPERS.items():
        files.append(File.generated(config, page, abs_src_path=str(ROOT / source)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Turn the links of a page, which are written for the repository, into links of the site."""
    sources = {page: source for source, page in PAPERS.items()}
    source = sources.get(page.file.src_uri, f"docs/{page.file.src_uri}")
    # A link within a text in code letters is none.
    parts = _CODE.split(markdown)
    parts[::2] = [_LINK.sub(lambda found: _on_the_site(found, source), part) for part in parts[::2]]
    return "".join(parts)


def on_post_page(output: str, **_: Any) -> str:
    """Take out of a page what a browser would fetch from elsewhere."""
    return _FETCHED.sub("", output)


def on_post_template(output_content: str, **_: Any) -> str:
    """Take the same out of pages that are none of ours, such as the one for a wrong address."""
    return _FETCHED.sub("", output_content)


def _on_the_site(found: re.Match[str], source: str) -> str:
    target, _, heading = found["target"].partition("#")
    if not target or "://" in target:
        return found[0]
    place = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
    if not (ROOT / place).exists():
        raise PluginError(f"{source}: the link to {target} leads nowhere")
    anchor = f"#{heading}" if heading else ""
    if place in PAPERS:
        return f"[{found['text']}]({PAPERS[place]}{anchor})"
    if place.startswith("docs/"):
        return f"{found['mark']}[{found['text']}]({place.removeprefix('docs/')}{anchor})"
    known = found["text"].strip("`").rstrip("/") in (place, posixpath.basename(place), Path(place).stem)
    return f"`{place}`" if known else f"{found['text']} (`{place}`)"
