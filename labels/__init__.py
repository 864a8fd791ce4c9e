"""What a label is: bytes in, Label out. Imports nothing of ours."""

from labels.errors import HostileDocument, LabelError
from labels.model import Ingredient, Label, LabelFormat, Product, Section
from labels.openfda import parse_record
from labels.spl import parse_spl

__all__ = [
    "HostileDocument",
    "Ingredient",
    "Label",
    "LabelError",
    "LabelFormat",
    "Product",
    "Section",
    "parse_record",
    "parse_spl",
]
