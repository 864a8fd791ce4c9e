"""The errors of this package.

LabelError            a document that is not a readable label
└── HostileDocument   a document refused for safety (entities, DTD, depth, size)
"""


class LabelError(Exception):
    """A document could not be read as a label.

    ``name`` is what a person can look the document up by (set id, else file name, else "document"),
    ``reason`` says what is wrong in one line.
    """

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason


class HostileDocument(LabelError):
    """A document refused because reading it could harm: a DTD, an entity, too deep, too large."""
