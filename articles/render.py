"""An article as Markdown, HTML or JSON, through the templates beside this file.

Label text is foreign text: HTML escapes it (Jinja2's autoescape), Markdown whatever could mark up, link or
break out of its line (the filter ``md``). JSON keeps every character as stored.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Literal, get_args

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from articles.model import Article

Format = Literal["md", "html", "json"]
FORMATS: tuple[str, ...] = get_args(Format)
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~$&])")
_LINE_START = re.compile(r"^(\d*)([-+=.)])")


def render(article: Article, fmt: Format) -> str:
    """Give the article as text that ends in a newline. Raises ValueError for a format not in FORMATS."""
    if fmt == "json":
        return json.dumps(article.to_dict(), ensure_ascii=False, indent=2) + "\n"
    if fmt not in FORMATS:
        raise ValueError(f"no format {fmt!r}: {', '.join(FORMATS)}")
    return _environment().get_template(f"section.{fmt}.j2").render(article=article)


def escape_markdown(text: object) -> str:
    """One line of Markdown (CommonMark, GitHub's tables and mathematics) that shows just what a text says."""
    line = _SPECIAL.sub(r"\\\1", " ".join(str(text).split()))
    return _LINE_START.sub(r"\1\\\2", line)


def safe_link(url: str | None) -> str | None:
    """The address where it is a plain web address, else None: nothing else may become a link."""
    return url if url and re.fullmatch(r"https?://[^\s<>\"'()\\]+", url) else None


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("articles"),
        autoescape=select_autoescape(["html.j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"md": escape_markdown, "safe_link": safe_link}
    return environment
