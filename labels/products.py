"""The products of an SPL document: names, ingredients, forms, routes, NDCs, approvals, the parts of kits."""

from __future__ import annotations

from labels.model import Ingredient, Product
from labels.text import clean
from labels.xpaths import (
    APPLICATION_NUMBER,
    DENOMINATOR,
    FORM,
    GENERIC,
    INGREDIENTS,
    MARKETING_CATEGORY,
    MOIETIES,
    NAME,
    NUMERATOR,
    PACKAGE_NDCS,
    PARTS,
    PRODUCT,
    PRODUCT_NDC,
    PRODUCTS,
    ROUTES,
    SOURCE_NDC,
    SUBSTANCE,
    SUBSTANCE_NAME,
    SUBSTANCE_UNII,
    TRANSLATED_UNIT,
    Element,
)


def read_products(document: Element) -> tuple[Product, ...]:
    """All products that a document lists, in its order."""
    return tuple(product for holder in PRODUCTS(document) for product in _products(holder))


def _products(holder: Element) -> list[Product]:
    """The product inside a holder (``manufacturedProduct`` or ``part``), which has its route and approval."""
    return [_product(holder, product) for product in PRODUCT(holder)]


def _product(holder: Element, product: Element) -> Product:
    return Product(
        name=clean(" ".join(NAME(product))) or None,
        generic=clean(GENERIC(product)) or None,
        form=clean(FORM(product)) or None,
        routes=_each_once(ROUTES(holder)),
        ndcs=_each_once([*PRODUCT_NDC(product), *PACKAGE_NDCS(product)]),
        marketing_category=clean(MARKETING_CATEGORY(holder)) or None,
        application_number=clean(APPLICATION_NUMBER(holder)) or None,
        ingredients=tuple(i for node in INGREDIENTS(product) for i in _ingredients(node)),
        parts=tuple(part for node in PARTS(product) for part in _products(node)),
        source_ndc=clean(SOURCE_NDC(product)) or None,
    )


def _ingredients(node: Element) -> list[Ingredient]:
    return [
        Ingredient(
            name=clean(SUBSTANCE_NAME(substance)),
            unii=clean(SUBSTANCE_UNII(substance)) or None,
            active=_is_active(node),
            strength=_strength(node),
            moieties=_moieties(substance),
        )
        for substance in SUBSTANCE(node)
    ]


def _is_active(node: Element) -> bool:
    """True for class codes ACTIB, ACTIM, ACTIR: strength by the base, by the moiety, by a reference."""
    older = str(node.tag).endswith("}activeIngredient")
    return older or node.get("classCode", "").startswith("ACTI")


def _moieties(substance: Element) -> tuple[tuple[str, str | None], ...]:
    told = ((clean(SUBSTANCE_NAME(m)), clean(SUBSTANCE_UNII(m)) or None) for m in MOIETIES(substance))
    return tuple(dict.fromkeys(moiety for moiety in told if moiety[0]))


def _strength(node: Element) -> str | None:
    """Read a strength such as "5 mg / 1 mL"; a denominator of one piece that has no name is left out."""
    amount = next((_quantity(q) for q in NUMERATOR(node)), "")
    per = next((_quantity(q) for q in DENOMINATOR(node)), "")
    if not amount or not per or per == "1":
        return amount or None
    return f"{amount} / {per}"


def _quantity(node: Element) -> str:
    """Value and unit; the unit "1" (pieces) is told by its translation ("capsule") where there is one."""
    unit = node.get("unit", "1")
    if unit == "1":
        unit = TRANSLATED_UNIT(node).lower()
    value = node.get("value", "")
    return clean(f"{value} {unit}") if value else ""


def _each_once(words: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in map(clean, words) if word))
