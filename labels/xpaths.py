"""The places of an SPL document (namespace ``urn:hl7-org:v3``), compiled once.

Older documents (2005 to about 2009) say ``manufacturedMedicine``, ``partMedicine``, ``activeIngredient`` and
``containerPackagedMedicine`` where newer ones say ``manufacturedProduct``, ``partProduct``, ``ingredient`` ….
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lxml import etree

NAMESPACE = "urn:hl7-org:v3"
UNII = "2.16.840.1.113883.4.9"
NDC = "2.16.840.1.113883.6.69"

Element = etree._Element


def _path(expression: str) -> Callable[..., Any]:
    return etree.XPath(expression, namespaces={"v3": NAMESPACE}, smart_strings=False)


DOCUMENT_ID = _path("string(v3:id/@root)")
SET_ID = _path("string(v3:setId/@root)")
VERSION = _path("string(v3:versionNumber/@value)")
EFFECTIVE_TIME = _path("string(v3:effectiveTime/@value)")
CODE = _path("string(v3:code/@code)")
DISPLAY_NAME = _path("string(v3:code/@displayName)")
TITLE = _path("v3:title")
LABELER = _path("string(v3:author/v3:assignedEntity/v3:representedOrganization/v3:name)")

SECTIONS = _path("v3:component/v3:structuredBody/v3:component/v3:section")
SUBSECTIONS = _path("v3:component/v3:section")
TEXTS = _path("v3:text")
HIGHLIGHTS = _path("v3:excerpt/v3:highlight/v3:text")

MEDIA_TEXTS = _path("ancestor::v3:section[last()]//v3:observationMedia[@ID=$media]/v3:text")
FOOTNOTES = _path(".//v3:footnote")
LOOSE_FOOTNOTES = _path(".//v3:footnote[not(ancestor::v3:table)]")
TABLES = _path(".//v3:table[not(ancestor::v3:table)]")

PRODUCTS = _path("v3:component//v3:section/v3:subject/v3:manufacturedProduct")
PRODUCT = _path("v3:manufacturedProduct | v3:manufacturedMedicine | v3:partProduct | v3:partMedicine")
PARTS = _path("v3:part")
NAME = _path("v3:name//text()")
GENERIC = _path("string(v3:asEntityWithGeneric/v3:genericMedicine/v3:name)")
FORM = _path("string(v3:formCode/@displayName)")
ROUTES = _path("v3:consumedIn/v3:substanceAdministration/v3:routeCode/@displayName")
PRODUCT_NDC = _path(f"v3:code[@codeSystem='{NDC}']/@code")
PACKAGE_NDCS = _path(
    "v3:asContent//*[self::v3:containerPackagedProduct or self::v3:containerPackagedMedicine]"
    f"/v3:code[@codeSystem='{NDC}']/@code"
)
SOURCE_NDC = _path(f"string(v3:asEquivalentEntity/v3:definingMaterialKind/v3:code[@codeSystem='{NDC}']/@code)")
MARKETING_CATEGORY = _path("string(v3:subjectOf/v3:approval/v3:code/@displayName)")
APPLICATION_NUMBER = _path("string(v3:subjectOf/v3:approval/v3:id/@extension)")

INGREDIENTS = _path("v3:ingredient | v3:activeIngredient | v3:inactiveIngredient")
SUBSTANCE = _path("v3:ingredientSubstance | v3:activeIngredientSubstance | v3:inactiveIngredientSubstance")
SUBSTANCE_UNII = _path(f"string(v3:code[@codeSystem='{UNII}']/@code)")
SUBSTANCE_NAME = _path("string(v3:name)")
MOIETIES = _path("v3:activeMoiety/v3:activeMoiety")
NUMERATOR = _path("v3:quantity/v3:numerator")
DENOMINATOR = _path("v3:quantity/v3:denominator")
TRANSLATED_UNIT = _path("string(v3:translation/@displayName)")
