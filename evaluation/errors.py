"""What can be wrong with what is evaluated.

EvaluationError
├── GoldError            a gold file that is not what it should be
├── FileError            predictions, floors, an earlier run or a list of doubtful annotations that is not
└── RuleError            a data file of this room that is not
"""

from __future__ import annotations


class EvaluationError(Exception):
    """What is to be evaluated, or compared with, cannot be used; the message says which file and why."""


class GoldError(EvaluationError):
    """A file of annotated texts cannot be read, or has no annotations."""


class FileError(EvaluationError):
    """A file that comes with the gold cannot be used."""


class RuleError(EvaluationError):
    """A data file of this room says what its reader does not know."""
