"""What a label says: indications, regimens, monitoring, warnings, each with its evidence."""

from extract.facts import Evidence, Facts
from extract.label import extract_label, extract_text
from extract.question import Topic, read_question

__all__ = ["Evidence", "Facts", "Topic", "extract_label", "extract_text", "read_question"]
