"""How facts are told: the article section *From the FDA Drug Label*, and tables for other programs."""

from articles.model import Article
from articles.render import render
from articles.section import build

__all__ = ["Article", "build", "render"]
