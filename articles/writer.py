"""Write the parts of an article from the claims that answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from sqlite_utils import Database

from articles import wording
from articles.citations import Citations
from articles.claims import Cited, Claim, claims_of
from articles.considerations import considerations
from articles.matching import asked_markers, matching_conditions, stated_markers
from articles.model import Article, DrugStatements, Note, Option, OptionGroup, Quote
from articles.quotes import quotes_of, same_words
from articles.wording import drug_names, sort_key
from extract.question import Topic

Quoted = tuple[list[Claim], tuple[Quote, ...]]
"""The claims of one label, and its words."""


class Writer:
    """Writes one article; statements come first, because their order numbers the labels."""

    def __init__(self, database: Database, topic: Topic, drug: str | None, first_citation: int) -> None:
        self.database = database
        self.topic = topic
        self.drug = drug
        self.cited = Citations(first_citation)

    def write(self, article: Article, claims: Sequence[Claim]) -> Article:
        """Fill in what the claims say."""
        statements = self._statements(claims)
        groups = self._groups(claims)
        return replace(
            article,
            statements=statements,
            lead=self._lead(groups),
            groups=groups,
            selection=self._selection(claims),
            considerations=considerations(self.database, self._drugs(), self.cited.row),
            limitations=self._limitations(claims),
            last_updated=self.cited.last_updated,
            review=self.cited.review,
            references=self.cited.references,
        )

    def _statements(self, claims: Sequence[Claim]) -> tuple[DrugStatements, ...]:
        """Quote label by label; equal products are quoted once, in the words of the newest."""
        products: dict[object, list[Quoted]] = defaultdict(list)
        by_label = sorted(claims, key=lambda c: c.label.key)
        for _, of_label in groupby(by_label, key=lambda c: c.label.key):
            told = list(of_label)
            label = told[0].label
            quotes = quotes_of(told, claims_of(self.database, label))
            products[label.ingredient, same_words(quotes, label)].append((told, quotes))
        ordered = sorted(products.values(), key=lambda product: sort_key(_drug(product)))
        return tuple(map(self._statement, ordered))

    def _statement(self, product: list[Quoted]) -> DrugStatements:
        product.sort(key=lambda quoted: _newest(quoted[0][0].label), reverse=True)
        for claims, _ in product:
            self.cited.add(claims[0].label)
        cited = self.cited.claims(claim for claims, _ in product for claim in claims)
        return DrugStatements(_drug(product), cited, product[0][1])

    def _groups(self, claims: Sequence[Claim]) -> tuple[OptionGroup, ...]:
        by_profile: dict[object, list[Claim]] = defaultdict(list)
        for claim in claims:
            by_profile[wording.profile_key(claim)].append(claim)
        ordered = sorted(by_profile.values(), key=lambda of_one: (self._rank(of_one[0]), wording.title(of_one[0])))
        return tuple(
            OptionGroup(wording.title(of_one[0]), wording.required(of_one[0]), self._options(of_one))
            for of_one in ordered
        )

    def _rank(self, claim: Claim) -> int:
        """Profiles with what was asked for first, those that ask for nothing last."""
        asked, stated = (
            {marker for group in groups for marker, _ in group}
            for groups in (asked_markers(self.topic), stated_markers(claim))
        )
        return int(not asked & stated) if claim.biomarkers else 2

    def _options(self, claims: list[Claim]) -> tuple[Option, ...]:
        same: dict[object, list[Claim]] = defaultdict(list)
        for claim in claims:
            qualifiers = tuple(q.casefold() for q in self._qualifiers(claim))
            told = claim.label.ingredient, wording.use(claim), qualifiers, claim.accelerated_approval
            same[told].append(claim)
        return tuple(sorted(map(self._option, same.values()), key=lambda option: sort_key(option.drug)))

    def _option(self, claims: list[Claim]) -> Option:
        return Option(
            drug=drug_names(claim.label for claim in claims),
            use=wording.use(claims[0]),
            qualifiers=self._qualifiers(claims[0]),
            accelerated_approval=claims[0].accelerated_approval,
            citations=self.cited.claims(claims),
        )

    def _qualifiers(self, claim: Claim) -> tuple[str, ...]:
        return wording.qualifiers(claim, matching_conditions(self.topic, claim) or claim.conditions)

    def _lead(self, groups: Sequence[OptionGroup]) -> str:
        by = " by the biomarkers that they ask for" if len(groups) > 1 or groups[0].biomarkers else ""
        return f"For {wording.subject(self.topic, self.drug)}, the cited labels give these options{by}:"

    def _drugs(self) -> dict[str, list[Cited]]:
        by_ingredient: dict[str, list[Cited]] = defaultdict(list)
        for label in self.cited.labels.values():
            by_ingredient[label.ingredient].append(label)
        named = {drug_names(labels): labels for labels in by_ingredient.values()}
        return dict(sorted(named.items(), key=lambda item: sort_key(item[0])))

    def _selection(self, claims: Sequence[Claim]) -> tuple[Note, ...]:
        tested: dict[str, list[Claim]] = defaultdict(list)
        for claim in claims:
            if claim.test_required:
                tested[wording.test(claim)].append(claim)
        return self._notes(tested)

    def _limitations(self, claims: Sequence[Claim]) -> tuple[Note, ...]:
        told: dict[tuple[str, str], list[Claim]] = defaultdict(list)
        for claim in claims:
            for text in claim.limitations:
                told[claim.label.ingredient, " ".join(text.split())].append(claim)
        return tuple(
            Note(f"{drug_names(c.label for c in of_one)}: {text}", self.cited.claims(of_one))
            for (_, text), of_one in told.items()
        )

    def _notes(self, told: dict[str, list[Claim]]) -> tuple[Note, ...]:
        return tuple(
            Note(f"{text}: {drug_names(c.label for c in claims)}", self.cited.claims(claims))
            for text, claims in sorted(told.items())
        )


def _drug(product: list[Quoted]) -> str:
    return drug_names(claims[0].label for claims, _ in product)


def _newest(label: Cited) -> tuple[str, str, int]:
    return label.effective_date or "", *label.key
