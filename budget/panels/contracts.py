"""What the contracts agree, and what of it is earned and handed over."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from budget.panels.shared import ONLY_TEAM, REPORTS, Data
from budget.presenting import amount_text, cell, number_of, percent_text, shown, sign_tone, text_of, tile
from budget.selectors.amounts import ZERO
from budget.selectors.contracts import ContractFigures, contract_figures, whole_of
from implement.core.tabular import SheetOut
from projects.kit.panels import Panel
from projects.models import Project


# --- Contracts ---
def contract_rows(figures: tuple[ContractFigures, ...]) -> list[Data]:
    """Return contracts as plain JSON; nothing that is the firm's own."""
    return [
        {
            "name": one.contract.name,
            "kind": one.contract.kind,
            "kind_words": str(one.contract.get_kind_display()),
            "part": str(one.contract.task) if one.contract.task else "",
            **{
                name: text_of(getattr(one, name))
                for name in (
                    "original", "changes", "agreed", "billable", "waiting", "accepted", "earned", "over", "left",
                    "used", "handed_over",
                )
            },
        }
        for one in figures
    ]  # fmt: skip


def contract_tiles(project: Project, figures: tuple[ContractFigures, ...]) -> list[Data]:
    """Return the sums over all contracts as tiles."""
    unit = project.currency
    agreed, earned = whole_of(figures, "agreed"), whole_of(figures, "earned")
    handed = whole_of(figures, "handed_over")
    over = sum((one.over for one in figures), ZERO)
    return [
        tile(
            "contracted",
            _("Agreed"),
            amount_text(agreed, unit, digits=0),
            explanation=_("What the contracts agree, and the approved changes."),
            amount=text_of(agreed),
        ),
        tile(
            "earned",
            _("Earned"),
            amount_text(earned, unit, digits=0),
            explanation=_(
                "Billable hours and expenses up to the agreed limit; of a fixed price the share of the work that is "
                "done, or the accepted milestones, as the contract says, and the expenses on top of it."
            ),
            note=_("{amount} over the limit, not billed").format(amount=amount_text(over, unit, digits=0))
            if over
            else "",
            tone="trouble" if over else "",
            amount=text_of(earned),
        ),
        tile(
            "handed_over",
            _("Handed over"),
            amount_text(handed, unit, digits=0),
            explanation=_("On final invoice runs."),
            amount=text_of(handed),
        ),
        tile(
            "not_handed_over",
            _("Not handed over"),
            amount_text(None if earned is None or handed is None else earned - handed, unit, digits=0),
            explanation=_("Earned − handed over."),
        ),
    ]


def margin_tiles(project: Project, figures: tuple[ContractFigures, ...]) -> list[Data]:
    """Return cost and margin so far, for who may see cost."""
    unit = project.currency
    earned, cost = whole_of(figures, "earned"), whole_of(figures, "cost")
    margin = None if earned is None or cost is None else earned - cost
    share = margin / earned if margin is not None and earned else None
    return [
        tile(
            "margin_so_far",
            _("Margin so far"),
            amount_text(margin, unit, digits=0),
            explanation=_("Earned − what it has cost."),
            note=_("{share} of what is earned").format(share=percent_text(share)),
            tone=sign_tone(margin),
            amount=text_of(margin),
        )
    ]


def contracts_panel(project: Project, as_of: date) -> Data | None:
    """Return the contracts with what is agreed, earned and handed over; None without any."""
    figures = contract_figures(project=project, as_of=as_of)
    if not figures:
        return None
    return {
        "unit": project.currency,
        "tiles": contract_tiles(project, figures) + margin_tiles(project, figures),
        "rows": contract_rows(figures),
    }


AMOUNTS = ("agreed", "earned", "over", "left", "handed_over")


def present_contracts(data: Data) -> Data:
    """Return the contracts with their amounts in words."""
    unit = data["unit"]
    rows = [
        row
        | {f"{name}_text": cell(number_of(row[name]), unit) for name in AMOUNTS}
        | {
            "used_text": percent_text(number_of(row["used"])),
            "is_over": number_of(row["over"]) not in (None, ZERO),
        }
        for row in data["rows"]
    ]
    return shown(data | {"rows": rows, "with_over": any(row["is_over"] for row in rows)})


def contract_sheets(data: Data) -> list[SheetOut]:
    """Return the contracts as a table."""
    names = (
        "original",
        "changes",
        "agreed",
        "billable",
        "accepted",
        "earned",
        "over",
        "left",
        "used",
        "handed_over",
    )
    heads = (
        _("Original"), _("Approved changes"), _("Agreed"), _("Billable"), _("Accepted"), _("Earned"),
        _("Over the limit"), _("Left"), _("Used %"), _("Handed over"),
    )  # fmt: skip
    rows = [
        (row["name"], row["kind_words"], row["part"], *(number_of(row[name]) for name in names))
        for row in data["rows"]
    ]
    first = _("Contract ({unit})").format(unit=data["unit"])
    return [
        SheetOut(name=_("Contracts"), headers=(first, _("Type"), _("Part of the plan"), *heads), rows=rows)
    ]


CONTRACTS_PANELS = (
    Panel(
        key="contracts",
        title=lazy("Contracts"),
        template="panels/contracts.html",
        audiences=ONLY_TEAM,
        places=REPORTS,
        order=66,
        # With the margin.
        permission="cost.view",
        data=contracts_panel,
        present=present_contracts,
        sheets=contract_sheets,
        is_wide=True,
    ),
)
