"""One disease, one concept: the terms of several vocabularies merged, and each of their names given to one concept.

MONDO comes first. A term of another source joins a MONDO concept that refers to it, or that has its name; a term that
joins nothing is a concept of its own. A phrase belongs to the concept that has it as a name before any that has it as
a synonym; a synonym that several concepts claim and no second source decides is left out.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field

from extract.normalize import inverted, key, second_tries, words
from extract.vocabulary_sources import Term

# A synonym in MONDO goes before a name that only ICD-10-CM has.
_NAME_RANK = {"MONDO": 0, "MESH": 1, "DOID": 2, "HP": 3, "ICD10CM": 18}
SOURCES = ("MONDO", "MESH", "DOID", "HP", "ICD10CM")
LISTS_NARROWER = ("MESH", "ICD10CM")
"""Sources that file what has no term of its own under a wider one: their entry terms and inclusion terms say where."""
MAX_WORDS = 8

# Terms that a loose synonym would join to a concept which is narrower, wider or its neighbour; found by reading them.
NOT_THE_SAME = frozenset(
    {
        ("D013611", "atrioventricular reentrant tachycardia"), ("HP:0040181", "dermatitis, perioral"),
        ("MONDO:0001357", "iron deficiency anemia"), ("MONDO:0001422", "hyperaldosteronism"),
        ("MONDO:0001561", "gastric outlet obstruction"), ("MONDO:0001835", "bell's palsy"),
        ("MONDO:0001874", "ototoxicity"), ("MONDO:0001875", "lateral epicondylitis"), ("MONDO:0001875", "tennis elbow"),
        ("MONDO:0001881", "shock, septic"), ("MONDO:0002103", "munchausen syndrome"),
        ("MONDO:0002269", "cholera morbus"), ("MONDO:0002378", "benign teratoma"), ("MONDO:0002519", "fissure in ano"),
        ("MONDO:0003009", "primary hyperaldosteronism"), ("MONDO:0003763", "trauma and stressor related disorders"),
        ("MONDO:0003767", "rheumatic mitral insufficiency"), ("MONDO:0004574", "pyridoxine deficiency"),
        ("MONDO:0004574", "vitamin b 6 deficiency"), ("MONDO:0004577", "corneal erosion"),
        ("MONDO:0004845", "oral ulcer"), ("MONDO:0004979", "bronchial hyperreactivity"), ("MONDO:0004980", "eczema"),
        ("MONDO:0005062", "non-hodgkin lymphoma"), ("MONDO:0005076", "periodontosis"),
        ("MONDO:0005105", "malignant melanoma of skin"), ("MONDO:0005300", "kidney failure, chronic"),
        ("MONDO:0005324", "pollen allergy"), ("MONDO:0005362", "male erectile disorder"),
        ("MONDO:0005504", "corynebacterium infections"), ("MONDO:0005554", "collagen disease"),
        ("MONDO:0005554", "collagen diseases"), ("MONDO:0005575", "malignant neoplasm of colon"),
        ("MONDO:0005631", "canaliculitis"), ("MONDO:0005648", "rheumatic aortic insufficiency"),
        ("MONDO:0005709", "rhinosinusitis"), ("MONDO:0005761", "elephantiasis of eyelid"),
        ("MONDO:0006009", "encephalitis, arbovirus"), ("MONDO:0006566", "actinic keratosis"),
        ("MONDO:0006624", "urinary urgency"), ("MONDO:0006640", "increased circulating cortisol level"),
        ("MONDO:0006668", "mucopurulent conjunctivitis"), ("MONDO:0007488", "lewy bodies"),
        ("MONDO:0007655", "glossitis, benign migratory"), ("MONDO:0007803", "hypotension, orthostatic"),
        ("MONDO:0008054", "myositis"), ("MONDO:0008062", "cataplexy"), ("MONDO:0008094", "port-wine stain"),
        ("MONDO:0008346", "siderosis"), ("MONDO:0008559", "venous thrombosis"),
        ("MONDO:0008758", "diffuse cerebral sclerosis of schilder"), ("MONDO:0008888", "bronchomalacia"),
        ("MONDO:0008888", "tracheobronchomalacia"),
        ("MONDO:0008903", "malignant neoplasm of lower lobe, bronchus or lung"),
        ("MONDO:0008903", "malignant neoplasm of middle lobe, bronchus or lung"),
        ("MONDO:0008903", "malignant neoplasm of upper lobe, bronchus or lung"),
        ("MONDO:0009273", "gestational trophoblastic disease"),
        ("MONDO:0009831", "malignant neoplasm of body of pancreas"),
        ("MONDO:0009831", "malignant neoplasm of head of pancreas"),
        ("MONDO:0009831", "malignant neoplasm of pancreatic duct"),
        ("MONDO:0009831", "malignant neoplasm of tail of pancreas"), ("MONDO:0010269", "retinal telangiectasis"),
        ("MONDO:0011382", "hemoglobin sc disease"), ("MONDO:0011918", "anxiety disorder"),
        ("MONDO:0013792", "hemorrhagic stroke"), ("MONDO:0015484", "neurocysticercosis"),
        ("MONDO:0015691", "eosinophilia"), ("MONDO:0016022", "epilepsies, myoclonic"),
        ("MONDO:0016022", "myoclonic seizure"), ("MONDO:0016101", "marek disease"),
        ("MONDO:0016698", "benign ependymoma"), ("MONDO:0018075", "spinal dysraphism"),
        ("MONDO:0018660", "hemophilia a"), ("MONDO:0018660", "hereditary factor viii deficiency"),
        ("MONDO:0018944", "hydatidiform mole"), ("MONDO:0019171", "romano-ward syndrome"), ("MONDO:0019496", "apudoma"),
        ("MONDO:0019610", "gastrinoma"), ("MONDO:0019956", "infectious encephalitis"),
        ("MONDO:0020283", "iridocyclitis"), ("MONDO:0021666", "otitis"), ("MONDO:0024647", "calculi"),
        ("MONDO:0043731", "osteolysis"), ("MONDO:0100081", "parasomnias"),
        ("MONDO:0800029", "usual interstitial pneumonia"), ("MONDO:0800385", "iron overload"),
    }
)  # fmt: skip

# Synonyms that say something narrower, wider or other than the concept.
_NOT_SYNONYM = re.compile(
    r"susceptibility|protection against|association with|predisposition|resistance to|modifier of|"
    r"obsolete|not otherwise|\bNOS\b|quantitative trait|included$|\bfinding\)|formerly",
    re.IGNORECASE,
)
_ABBREVIATION = re.compile(r"^[A-Z][A-Za-z]?[A-Z0-9-]{0,6}[A-Z0-9]$|^[a-z]{1,2}[A-Z]{2,5}$")
_GLOSSED = re.compile(r"^(?P<short>[A-Za-z0-9-]{2,7}) - (?P<long>.{6,})$")
_DISEASE_ENDING = re.compile(
    r"(itis|osis|asis|emia|uria|pathy|algia|oma|ism|ia|plegia|rrhea|rrhage|lysis|spasm|dynia|pnea|trophy|cele|edema|"
    r"ectasis|cancer|disease|disorder|syndrome|stroke|rash|ache|fever|burn|pox|cough|obesity|ulcer|abscess|wart|"
    r"infection|injury|embolus|thrombus|infarct|sclerosis|stenosis|failure|palsy|dwarf|phobia|poisoning|"
    r"cyst|stone|calculus|lesion|blindness|deafness|seizure|convulsion|tremor|tic|hernia|prolapse|worm|epsy|"
    r"agra|itch|tumor|malignancy|metastasis|polyp|flu|shock|bleeding|clot|depression|psoriasis|asthma|allergy|"
    r"abuse|dependence|addiction|withdrawal|overdose|deficiency|insufficiency|reflux|constipation|vomiting|"
    r"sweating|hot flash|dizziness|drowsiness|tiredness|weakness|swelling|angina|strain|sprain|sickness|ptosis|us)$"
)
_LED_WRONG = re.compile(r"^(the|other|unspecified|of|in|or|and) |^\d+$")
_LETTERS = re.compile(r"[^\W\d_]+")
_ABNORMAL = re.compile(r"^(Abnormal|Aplasia/Hypoplasia|Increased|Decreased|Reduced|Elevated) ?.*(of|morphology|level)")
_CANCER = re.compile(r"(cancer|carcinoma|neoplasm|tumor|lymphoma|leukemia|sarcoma|melanoma|myeloma|blastoma|glioma)$")
_CANCER_WORD = re.compile(r"\bcancer$")
_MARKER = re.compile(
    r"^(her2|egfr|estrogen receptor|progesterone receptor|hormone receptor|er|pr|alk|kras|braf|bcr abl1|ntrk\d?|ros1|"
    r"ret|pd l1|brca\d?|cd\d+) (positive|negative|mutant|mutated|overexpressing|mutation positive|fusion positive|\+) "
)
_QUALIFIER = re.compile(
    _MARKER.pattern + r"|^(metastatic|locally advanced|advanced|recurrent|refractory|relapsed|unresectable|resectable|"
    r"stage \w+|adult|childhood|pediatric|early stage|localized) "
)
# A word that one of two names has over the other makes it narrower, whatever loose synonyms the two share.
_EXTENT = words(
    "acute chronic subacute congenital hereditary familial inherited inborn acquired idiopathic secondary benign "
    "premalignant autosomal dominant recessive linked adult childhood juvenile infantile neonatal fetal perinatal "
    "senile maternal female male invasive noninvasive indolent aggressive diffuse localized generalized focal "
    "multifocal simple solitary single multiple recurrent transient intermittent persistent episodic partial "
    "complete isolated syndromic nonsyndromic central peripheral lateral medial anterior posterior bilateral "
    "unilateral superficial deep cutaneous early late nonruptured ruptured obstructive nonobstructive "
    "noninfectious noninfective allergic nonallergic vasomotor alcoholic nonalcoholic toxic nontoxic psychologic "
    "psychogenic developmental atypical typical severe mild asymptomatic symptomatic due inattentive pure "
    "unifocal rheumatic"
)
_FILLERS = words("of and the in disease disorder syndrome condition")
_ONE_NAME = re.compile(r"^adult t cell|^alk (positive|negative) (anaplastic|large)")
_ASIDE = re.compile(r"\s*\((disease|disorder|finding|malignant|clinical)\)$")


@dataclass(slots=True)
class Concept:
    """A merged concept: the id of its first source, and what the others call it."""

    name: str
    ids: dict[str, str] = field(default_factory=dict)
    terms: list[Term] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    xrefs: set[tuple[str, str]] = field(default_factory=set)
    by_reference: set[str] = field(default_factory=set)
    """The sources whose id rests on a cross-reference alone: their term has no name in common with the others'."""

    @property
    def primary(self) -> str:
        """The id of the source that founded it: what concepts are sorted by."""
        return next(iter(self.ids.values()))

    def usual_name(self, proper: frozenset[str]) -> str:
        """The name that most sources have, the first of them where they differ, in small letters."""
        counted = Counter(key(_natural(term.name)) for term in self.terms)
        spelled = max(counted, key=lambda k: counted[k])
        for term in self.terms:
            if term.source in ("MONDO", "DOID") and key(term.name) == spelled:
                return term.name
        phrases = (_natural(phrase) for term in self.terms for phrase in (term.name, *term.synonyms))
        name = min((phrase for phrase in phrases if key(phrase) == spelled), key=len)
        return _LETTERS.sub(lambda word: word[0] if word[0] in proper else word[0].lower(), name)

    @property
    def rank(self) -> int:
        """The place of the founding source in the order of the sources."""
        return SOURCES.index(next(iter(self.ids)))

    def likeness(self, term: Term) -> int:
        """How far a term's names are those of the concept; the same first name counts most."""
        own, shared = key(_natural(term.name)), len(self.keys & _keys(term))
        sure = term.source in ("MESH", "DOID") and own in self.keys
        if shared < 3 and not sure and not _share_a_word(self.name, term.name):
            return 0  # one synonym in common is too often a broader or a neighbouring word
        if self.is_another(term):
            return 0
        referred = (term.source, term.id) in self.xrefs
        return 100 * (own == key(self.name)) + 20 * (own in self.keys) + 10 * referred + shared

    def is_another(self, term: Term) -> bool:
        """Whether the term is known to be another, or a word such as "acute" parts the concept's names from its name.

        One synonym in common does not make them one then, but several do. A wider term that lists the concept's name is
        where its source files the concept; a narrower one is where it files what is not told more closely.
        """
        if (self.primary, term.name.lower()) in NOT_THE_SAME:
            return True
        names, keys = {key(_natural(one.name)) for one in self.terms}, _keys(term)
        own, filed = key(_natural(term.name)), not names.isdisjoint(keys)
        if len(self.keys & keys) >= 3:
            return False
        if term.source == "ICD10CM" and not (filed or own in self.keys or any(_same_words(own, n) for n in names)):
            return True  # a classification's titles are groups: a loose reference often leads to a neighbour
        return all(_narrower(own, name) or (_narrower(name, own) and not filed) for name in names)


@dataclass(frozen=True, slots=True)
class Name:
    """A key and the concept it names; status is name, synonym or abbreviation."""

    key: str
    concept: int
    status: str


def merge(terms: dict[str, list[Term]]) -> list[Concept]:
    """The concepts of all terms, given by source; sorted by source and id."""
    merger = _Merger()
    for source in SOURCES:
        merger.add(source, terms[source])
    merger.share_ids()
    merger.mark_references()
    proper = _proper_words(terms["MONDO"] + terms["DOID"])
    for concept in merger.concepts:
        concept.name = concept.usual_name(proper)
    return sorted(merger.concepts, key=lambda c: (c.rank, c.primary))


def _proper_words(terms: list[Term]) -> frozenset[str]:
    """Words that sources in lower case mostly write with capitals: Crohn, HIV."""
    written = Counter(word for term in terms for word in _LETTERS.findall(term.name))
    return frozenset(w for w in written if not w.islower() and written[w] > written[w.lower()])


class _Merger:
    """Concepts so far, by what refers to them and what they are called."""

    def __init__(self) -> None:
        self.concepts: list[Concept] = []
        self._by_xref: dict[tuple[str, str], list[Concept]] = defaultdict(list)
        self._by_key: dict[str, list[Concept]] = defaultdict(list)
        self._by_id: dict[str, Concept] = {}
        self._terms: dict[tuple[str, str], Term] = {}

    def add(self, source: str, terms: list[Term]) -> None:
        """Join each term to the concept it belongs to, or found one.

        Of several terms that want one concept the likest gives it its id; another joins it by name alone.
        """
        homes = {term.id: self._home(term) for term in terms}
        likest: dict[int, tuple[int, str]] = {}
        for term in terms:
            if home := homes[term.id]:
                claim = (home.likeness(term), term.id)
                likest[id(home)] = max(likest.get(id(home), claim), claim, key=lambda c: c[0])
        firsts = {identifier for _, identifier in likest.values()}
        synonymous = {term.id: bool((home := homes[term.id]) and key(term.name) in home.keys) for term in terms}
        for term in sorted(terms, key=lambda t: t.id not in firsts):
            home = homes[term.id]
            if home is None or (likest[id(home)][1] != term.id and not synonymous[term.id]):
                home = Concept(term.name)
                self.concepts.append(home)
            self._learn(home, source, term)

    def share_ids(self) -> None:
        """Give a concept without an id of a source that of the term which it refers to, or which lists its name."""
        for concept in self.concepts:
            for source, identifier in [xref for term in concept.terms for xref in _single(term.xrefs)]:
                term = self._terms.get((source, identifier))
                if term and _is_named_in(concept, term) and not concept.is_another(term):
                    concept.ids.setdefault(source, identifier)
        for source in LISTS_NARROWER:
            listed = self._listed(source)
            for concept in self.concepts:
                name = key(_natural(concept.terms[0].name))
                found = listed.get(name) or listed.get(_CANCER_WORD.sub("neoplasm", name))  # MeSH has no cancers
                if found and not concept.is_another(self._terms[source, found]):
                    concept.ids.setdefault(source, found)

    def mark_references(self) -> None:
        """Tell the ids that a common name supports from those that only a cross-reference gives."""
        for concept in self.concepts:
            for source, identifier in list(concept.ids.items())[1:]:
                term = self._terms[source, identifier]
                others = set().union(*(_keys(one) for one in concept.terms if one is not term))
                if _keys(term).isdisjoint(others):
                    concept.by_reference.add(source)

    def _listed(self, source: str) -> dict[str, str]:
        """The one term of a source that lists a name, by its key; no names that several list."""
        found: dict[str, set[str]] = defaultdict(set)
        for term in self._terms.values():
            if term.source == source:
                for spelled in _keys(term):
                    found[spelled].add(term.id)
        return {spelled: next(iter(ids)) for spelled, ids in found.items() if len(ids) == 1}

    def _home(self, term: Term) -> Concept | None:
        referred = [c for space, identifier in term.xrefs if (c := self._by_id.get(f"{space}:{identifier}"))]
        referring = self._by_xref.get((term.source, term.id), [])
        # A cross-reference is believed where the two share a name, or where nothing else refers to the term.
        if close := _likest(term, [*referring, *referred]):
            return close
        # MONDO refers to its equals in DOID, to what is near elsewhere.
        sole = referring[0] if len(referring) == 1 and term.source == "DOID" else None
        if sole and _share_a_word(sole.name, term.name) and (sole.primary, term.name.lower()) not in NOT_THE_SAME:
            return sole
        return _likest(term, self._by_key.get(key(term.name), []))

    def _learn(self, concept: Concept, source: str, term: Term) -> None:
        concept.ids.setdefault(source, term.id)
        concept.terms.append(term)
        concept.keys |= _keys(term)
        concept.xrefs |= set(term.xrefs)
        self._by_id[f"{source}:{term.id}"] = concept
        self._terms[source, term.id] = term
        for spelled in _keys(term):
            self._by_key[spelled].append(concept)
        for xref in term.xrefs:
            self._by_xref[xref].append(concept)


def _narrower(name: str, than: str) -> bool:
    """Whether a name is another one with a word of extent added: "acute pancreatitis" than "pancreatitis"."""
    more, less = set(name.split()) - _FILLERS, set(than.split()) - _FILLERS
    return less < more and not _EXTENT.isdisjoint(more - less)


def _same_words(name: str, other: str) -> bool:
    """Whether two names have the same words: "atresia of aorta", "aorta atresia"; a malignant neoplasm is a cancer."""
    one, two = (set(told.replace("malignant neoplasm", "cancer").split()) - _FILLERS for told in (name, other))
    return one == two


def _is_named_in(concept: Concept, term: Term) -> bool:
    """Whether the two have a name in common, or names that differ only in words for the same (cancer, neoplasm)."""
    named = _keys(term)
    return not concept.keys.isdisjoint(named) or not named.isdisjoint(second_tries(key(concept.name).split()))


def _share_a_word(one: str, other: str) -> bool:
    return not set(key(one).split()).isdisjoint(key(other).split())


def _likest(term: Term, concepts: list[Concept]) -> Concept | None:
    """The concept with most names in common with the term, of equals that of the earlier source; None where none is."""
    ranked = sorted({id(c): (-c.likeness(term), c.rank, c) for c in concepts}.values(), key=lambda claim: claim[:2])
    if not ranked or ranked[0][0] == 0 or (len(ranked) > 1 and ranked[0][:2] == ranked[1][:2]):
        return None
    return ranked[0][2]


def _keys(term: Term) -> set[str]:
    """The keys of a term's names; short ones are abbreviations, which several concepts share by chance."""
    natural = (spelling for name in (term.name, *term.synonyms) for spelling in (name, inverted(name)))
    return {key(spelling) for spelling in natural if spelling and len(spelling) > 5} | {key(term.name)}


def _single(xrefs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Cross-references to a source where there is only one; of several it cannot be told which is the same."""
    counted = Counter(space for space, _ in xrefs)
    return ((space, identifier) for space, identifier in xrefs if counted[space] == 1)


def names(concepts: list[Concept]) -> list[Name]:
    """Every phrase with the one concept it names, sorted by key."""
    claims: dict[str, list[tuple[int, int, str, str]]] = defaultdict(list)
    for number, concept in enumerate(concepts):
        for rank, phrase, status, source in _phrases(concept):
            spelled = key(phrase)
            if len(spelled) > 1 and spelled.count(" ") < MAX_WORDS and not _LED_WRONG.match(spelled):
                claims[spelled].append((rank, number, status, source))
    chosen = (_choose(spelled, claims[spelled]) for spelled in sorted(claims) if not _qualified(spelled, claims))
    return [name for name in chosen if name]


def _qualified(spelled: str, known: Container[str]) -> bool:
    """Whether a cancer is told with its stage, its patients or its marker: a label tells those beside the condition."""
    if not _CANCER.search(spelled) or _ONE_NAME.match(spelled):
        return False
    qualifier = _QUALIFIER.match(spelled)
    return qualifier is not None and (spelled[qualifier.end() :] in known or bool(_MARKER.match(spelled)))


def _choose(spelled: str, claims: list[tuple[int, int, str, str]]) -> Name | None:
    best = min(rank for rank, *_ in claims)
    leaders = {number for rank, number, *_ in claims if rank == best}
    status = next(status for rank, _, status, _ in claims if rank == best)
    if len(leaders) == 1:
        return Name(spelled, leaders.pop(), status)
    votes: dict[int, set[str]] = defaultdict(set)
    for _, number, _, source in claims:
        votes[number].add(source)
    ranked = sorted(leaders, key=lambda n: (-len(votes[n]), n))
    if len(votes[ranked[0]]) > len(votes[ranked[1]]):
        return Name(spelled, ranked[0], status)
    return Name(spelled, ranked[0], status) if status == "name" else None


def _phrases(concept: Concept) -> Iterator[tuple[int, str, str, str]]:
    """(rank, phrase, status, source): names in the order of the sources, then synonyms in the same order."""
    for term in concept.terms:
        rank = SOURCES.index(term.source)
        if _ABNORMAL.match(term.name):
            continue
        for phrase in _spellings(term.name):
            yield _NAME_RANK[term.source], phrase, "name", term.source
        for synonym in term.synonyms:
            if _NOT_SYNONYM.search(synonym):
                continue
            for phrase in _spellings(synonym):
                short = len(phrase) < 4 or bool(_ABBREVIATION.match(phrase)) or _is_odd(phrase)
                yield (30 if short else 10) + rank, phrase, "abbreviation" if short else "synonym", term.source


def _natural(name: str) -> str:
    """A name in the order in which it is spoken, without its aside."""
    name = _ASIDE.sub("", name)
    return inverted(name) or name if name.count(", ") == 1 else name


def _is_odd(phrase: str) -> bool:
    """A single word that does not sound like a disease: a part of the body, an acronym in small letters."""
    return " " not in phrase and "-" not in phrase and not _DISEASE_ENDING.search(key(phrase))


def _spellings(phrase: str) -> Iterator[str]:
    """The phrase without its aside, in natural order too, and both halves of "NIDDM - non-insulin …"."""
    phrase = _ASIDE.sub("", phrase)
    if glossed := _GLOSSED.match(phrase):
        yield from (glossed["short"], glossed["long"])
        return
    yield phrase
    if ", " in phrase and (natural := inverted(phrase)):
        yield natural
