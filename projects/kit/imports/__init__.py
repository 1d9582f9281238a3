"""Imports with a dry run: a room declares an Importer, the kit gives it upload, questions, preview and one
transaction.

    class PlanImporter(Importer):
        kind, label, permission = "plan.mspdi", "Plan from MS Project", "plan.import"
        suffixes = (".xml",)

        def parse(self, context): ...        # the file -> plain values, or ImportRefused with its place
        def plan(self, context, parsed): ... # -> Draft: what would be created, changed, refused; and `write`

    register(PlanImporter())

Reading and importing are jobs. Both call `plan`, so what was shown is what is written; the writing is one
transaction with the end of its job.
"""

from projects.kit.imports.declaration import (
    IMPORTERS,
    PLAN_EXTRAS,
    Choice,
    Context,
    Draft,
    ExtraDraft,
    Importer,
    ImportRefused,
    Note,
    Outcome,
    PlanExtra,
    PreviewRow,
    Question,
    importer_of,
    importers_for,
    plan_import_extra,
    register,
    remember,
    remembered,
)
from projects.kit.imports.services import (
    TooLarge,
    import_answer,
    import_apply,
    import_discard,
    import_preview,
    import_upload,
    is_busy,
    runs_for,
)

__all__ = [
    "IMPORTERS",
    "PLAN_EXTRAS",
    "Choice",
    "Context",
    "Draft",
    "ExtraDraft",
    "ImportRefused",
    "Importer",
    "Note",
    "Outcome",
    "PlanExtra",
    "PreviewRow",
    "Question",
    "TooLarge",
    "import_answer",
    "import_apply",
    "import_discard",
    "import_preview",
    "import_upload",
    "importer_of",
    "importers_for",
    "is_busy",
    "plan_import_extra",
    "register",
    "remember",
    "remembered",
    "runs_for",
]
