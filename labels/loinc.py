"""LOINC codes of documents and sections, and the openFDA keys that stand for them.

Section codes: FDA "Section Headings (LOINC)" for Structured Product Labeling; document codes: FDA "Document
Type including Content of Labeling Type". Sections follow 21 CFR 201.57 (PLR), 201.80 (older), 201.66 (OTC).
"""

from __future__ import annotations

from dataclasses import dataclass

INDICATIONS = "34067-9"
BOXED_WARNING = "34066-1"
WARNINGS_AND_PRECAUTIONS = "43685-7"
WARNINGS = "34071-1"
PRECAUTIONS = "42232-9"
GENERAL_PRECAUTIONS = "34072-9"
CONTRAINDICATIONS = "34070-3"
DOSAGE = "34068-7"
DOSAGE_FORMS = "43678-2"
ADVERSE_REACTIONS = "34084-4"
DRUG_INTERACTIONS = "34073-7"
LABORATORY_TESTS = "34075-2"
SPECIFIC_POPULATIONS = "43684-0"
CLINICAL_PHARMACOLOGY = "34090-1"
CLINICAL_STUDIES = "34092-7"
RECENT_MAJOR_CHANGES = "43683-2"
PATIENT_INFORMATION = "34076-0"
PATIENT_PACKAGE_INSERT = "42230-3"
MEDICATION_GUIDE = "42231-1"
PRODUCT_DATA = "48780-1"
INDEXING_DATA = "48779-3"
PACKAGE_LABEL = "51945-4"
OTC_ACTIVE_INGREDIENT = "55106-9"
OTC_PURPOSE = "55105-1"
UNCLASSIFIED = "42229-5"

PLR_SECTIONS = frozenset({DOSAGE_FORMS, SPECIFIC_POPULATIONS, RECENT_MAJOR_CHANGES})
"""Sections, beside Warnings and Precautions, that only 21 CFR 201.57 knows."""
OLDER_SECTIONS = frozenset({WARNINGS, PRECAUTIONS, GENERAL_PRECAUTIONS})
"""Sections of 21 CFR 201.80; OTC labels have "Warnings" as well."""
OTC_WARNINGS = ("50570-1", "50569-3", "50568-5", "50567-7", "50566-9", "53414-9", "50565-1")
"""What the Warnings of Drug Facts hold (21 CFR 201.66(c)(5)), from "Do not use" to "Keep out of reach of children"."""
OTC_SECTIONS = frozenset({OTC_ACTIVE_INGREDIENT, OTC_PURPOSE})
SUPPLEMENT_SECTIONS = frozenset({"69718-5", "69719-3"})
"""Statement of identity and health claim, which dietary supplements make."""
DATA_SECTIONS = frozenset({PRODUCT_DATA, INDEXING_DATA, PACKAGE_LABEL})
"""Sections that hold data or pictures, not what a label says."""


@dataclass(frozen=True, slots=True)
class DocumentType:
    """A kind of SPL document; ``not_a_label`` says why it is no human drug label, None where it is one."""

    name: str
    not_a_label: str | None = None


_INDEXING = "an indexing file, not a drug label"
_BULK = "a bulk ingredient or intermediate, not a finished drug"
_ANIMAL = "a label of an animal drug"
_DEVICE = "a label of a medical device"
_COSMETIC = "a cosmetic product or facility, not a drug"
_REGISTRATION = "a registration or listing notice, not a drug label"
_REMS = "a risk evaluation and mitigation strategy (REMS), not a drug label"

DOCUMENT_TYPES: dict[str, DocumentType] = {
    "34391-3": DocumentType("HUMAN PRESCRIPTION DRUG LABEL"),
    "45129-4": DocumentType("HUMAN PRESCRIPTION DRUG LABEL WITH HIGHLIGHTS"),
    "34390-5": DocumentType("HUMAN OTC DRUG LABEL"),
    "75031-5": DocumentType("HUMAN COMPOUNDED DRUG LABEL"),
    "53404-0": DocumentType("VACCINE LABEL"),
    "60682-2": DocumentType("STANDARDIZED ALLERGENIC"),
    "53405-7": DocumentType("NON-STANDARDIZED ALLERGENIC LABEL"),
    "60683-0": DocumentType("PLASMA DERIVATIVE"),
    "60684-8": DocumentType("CELLULAR THERAPY"),
    "53408-1": DocumentType("LICENSED MINIMALLY MANIPULATED CELLS LABEL"),
    "58476-3": DocumentType("DIETARY SUPPLEMENT", "a dietary supplement, not a drug"),
    "58475-5": DocumentType("MEDICAL FOOD", "a medical food, not a drug"),
    "58474-8": DocumentType("COSMETIC", _COSMETIC),
    "104090-6": DocumentType("COSMETIC - ABBREVIATED RENEWAL", _COSMETIC),
    "55439-4": DocumentType("MEDICAL DEVICE", _DEVICE),
    "69403-4": DocumentType("OTC MEDICAL DEVICE LABEL", _DEVICE),
    "69404-2": DocumentType("PRESCRIPTION MEDICAL DEVICE LABEL", _DEVICE),
    "53409-9": DocumentType("BULK INGREDIENT", _BULK),
    "81203-2": DocumentType("BULK INGREDIENT - ANIMAL DRUG", _BULK),
    "78744-0": DocumentType("DRUG FOR FURTHER PROCESSING", _BULK),
    "53406-5": DocumentType("LICENSED VACCINE BULK INTERMEDIATE LABEL", _BULK),
    "53407-3": DocumentType("LICENSED BLOOD INTERMEDIATES/PASTE LABEL", _BULK),
    "50577-6": DocumentType("OTC ANIMAL DRUG LABEL", _ANIMAL),
    "50578-4": DocumentType("PRESCRIPTION ANIMAL DRUG LABEL", _ANIMAL),
    "50571-9": DocumentType("VFD TYPE C MEDICATED FEED ANIMAL DRUG LABEL", _ANIMAL),
    "50572-7": DocumentType("VFD TYPE B MEDICATED FEED ANIMAL DRUG LABEL", _ANIMAL),
    "50573-5": DocumentType("OTC TYPE C MEDICATED FEED ANIMAL DRUG LABEL", _ANIMAL),
    "50574-3": DocumentType("OTC TYPE B MEDICATED FEED ANIMAL DRUG LABEL", _ANIMAL),
    "50575-0": DocumentType("VFD TYPE A MEDICATED ARTICLE ANIMAL DRUG LABEL", _ANIMAL),
    "50576-8": DocumentType("OTC TYPE A MEDICATED ARTICLE ANIMAL DRUG LABEL", _ANIMAL),
    "77647-6": DocumentType("ANIMAL COMPOUNDED DRUG LABEL", _ANIMAL),
    "98075-5": DocumentType("ANIMAL CELLS, TISSUES, AND CELL AND TISSUE BASED PRODUCT LABEL", _ANIMAL),
    "60685-5": DocumentType("INDEXING - PHARMACOLOGIC CLASS", _INDEXING),
    "64124-1": DocumentType("INDEXING - SUBSTANCE", _INDEXING),
    "63417-0": DocumentType("INDEXING - INDICATION", _INDEXING),
    "71446-9": DocumentType("INDEXING - BILLING UNIT", _INDEXING),
    "73815-3": DocumentType("INDEXING - PRODUCT CONCEPT", _INDEXING),
    "77288-9": DocumentType("INDEXING - WARNING LETTER ALERT", _INDEXING),
    "77648-4": DocumentType("INDEXING - BIOLOGIC OR DRUG SUBSTANCE", _INDEXING),
    "82353-4": DocumentType("INDEXING - RISK EVALUATION AND MITIGATION STRATEGIES", _INDEXING),
    "93372-1": DocumentType("INDEXING - NATIONAL CLINICAL TRIALS NUMBER", _INDEXING),
    "93723-5": DocumentType("INDEXING - DRUG INTERACTIONS", _INDEXING),
    "82351-8": DocumentType("RISK EVALUATION AND MITIGATION STRATEGIES", _REMS),
    "51725-0": DocumentType("ESTABLISHMENT REGISTRATION", _REGISTRATION),
    "51726-8": DocumentType("NDC LABELER CODE REQUEST", _REGISTRATION),
    "53410-7": DocumentType("NO CHANGE NOTIFICATION", _REGISTRATION),
    "53411-5": DocumentType("OUT OF BUSINESS NOTIFICATION", _REGISTRATION),
    "66105-8": DocumentType("LOT DISTRIBUTION DATA", _REGISTRATION),
    "69968-6": DocumentType("NDC LABELER CODE INACTIVATION", _REGISTRATION),
    "70097-1": DocumentType("ESTABLISHMENT DE-REGISTRATION", _REGISTRATION),
    "71743-9": DocumentType("GENERIC DRUG FACILITY IDENTIFICATION SUBMISSION", _REGISTRATION),
    "86445-4": DocumentType("BLANKET NO CHANGES CERTIFICATION OF PRODUCT LISTING", _REGISTRATION),
    "89600-1": DocumentType("FDA-INITIATED COMPLIANCE ACTION", _REGISTRATION),
}

RX_TYPES = ("34391-3", "45129-4", "53404-0", "60683-0", "60684-8", "53408-1", "60682-2", "53405-7")
"""Document types of human prescription labels: of drugs, without and with Highlights, and of the licensed
biologics that have types of their own (vaccines, plasma derivatives, cells, allergenics). Compounded drugs are
not among them: their labels are not approved, and may be for sale over the counter."""

NOT_A_LABEL_WORDS: dict[str, str] = {
    "INDEXING": _INDEXING,
    "BULK": _BULK,
    "FURTHER PROCESSING": _BULK,
    "ANIMAL": _ANIMAL,
    "VETERINARY": _ANIMAL,
    "DIETARY SUPPLEMENT": "a dietary supplement, not a drug",
    "MEDICAL FOOD": "a medical food, not a drug",
    "COSMETIC": _COSMETIC,
    "MEDICAL DEVICE": _DEVICE,
    "REGISTRATION": _REGISTRATION,
    "NOTIFICATION": _REGISTRATION,
    "FACILITY": _REGISTRATION,
}
"""Words of a document type's name that tell what it is, for types whose code is not known here."""

OPENFDA_KEYS: dict[str, str] = {
    "spl_product_data_elements": PRODUCT_DATA,
    "recent_major_changes": RECENT_MAJOR_CHANGES,
    "boxed_warning": BOXED_WARNING,
    "active_ingredient": OTC_ACTIVE_INGREDIENT,
    "purpose": OTC_PURPOSE,
    "indications_and_usage": INDICATIONS,
    "dosage_and_administration": DOSAGE,
    "dosage_forms_and_strengths": DOSAGE_FORMS,
    "contraindications": CONTRAINDICATIONS,
    "warnings_and_cautions": WARNINGS_AND_PRECAUTIONS,
    "warnings": WARNINGS,
    "do_not_use": "50570-1",
    "ask_doctor": "50569-3",
    "ask_doctor_or_pharmacist": "50568-5",
    "when_using": "50567-7",
    "stop_use": "50566-9",
    "pregnancy_or_breast_feeding": "53414-9",
    "keep_out_of_reach_of_children": "50565-1",
    "precautions": PRECAUTIONS,
    "general_precautions": GENERAL_PRECAUTIONS,
    "laboratory_tests": LABORATORY_TESTS,
    "adverse_reactions": ADVERSE_REACTIONS,
    "drug_interactions": DRUG_INTERACTIONS,
    "drug_and_or_laboratory_test_interactions": "34074-5",
    "use_in_specific_populations": SPECIFIC_POPULATIONS,
    "pregnancy": "42228-7",
    "teratogenic_effects": "34077-8",
    "nonteratogenic_effects": "34078-6",
    "labor_and_delivery": "34079-4",
    "nursing_mothers": "34080-2",
    "lactation": "77290-5",
    "females_and_males_of_reproductive_potential": "77291-3",
    "pediatric_use": "34081-0",
    "geriatric_use": "34082-8",
    "renal_impairment": "88828-9",
    "hepatic_impairment": "88829-7",
    "drug_abuse_and_dependence": "42227-9",
    "controlled_substance": "34085-1",
    "abuse": "34086-9",
    "dependence": "34087-7",
    "overdosage": "34088-5",
    "description": "34089-3",
    "clinical_pharmacology": CLINICAL_PHARMACOLOGY,
    "mechanism_of_action": "43679-0",
    "pharmacodynamics": "43681-6",
    "pharmacokinetics": "43682-4",
    "microbiology": "49489-8",
    "pharmacogenomics": "66106-6",
    "immunogenicity": "88830-5",
    "nonclinical_toxicology": "43680-8",
    "carcinogenesis_and_mutagenesis_and_impairment_of_fertility": "34083-6",
    "animal_pharmacology_and_or_toxicology": "34091-9",
    "clinical_studies": CLINICAL_STUDIES,
    "references": "34093-5",
    "how_supplied": "34069-5",
    "storage_and_handling": "44425-7",
    "information_for_patients": PATIENT_INFORMATION,
    "safe_handling_warning": "50741-8",
    "inactive_ingredient": "51727-6",
    "questions": "53413-1",
    "statement_of_identity": "69718-5",
    "health_claim": "69719-3",
    "risks": "69759-9",
    "other_safety_information": "60561-8",
    "spl_unclassified_section": UNCLASSIFIED,
    "spl_patient_package_insert": PATIENT_PACKAGE_INSERT,
    "spl_medguide": MEDICATION_GUIDE,
    "patient_medication_information": "68498-5",
    "instructions_for_use": "59845-8",
    "information_for_owners_or_caregivers": "50744-2",
    "veterinary_indications": "50745-9",
    "health_care_provider_letter": "71744-7",
    "package_label_principal_display_panel": PACKAGE_LABEL,
}
"""openFDA key → LOINC code, in the order in which a label tells them."""
