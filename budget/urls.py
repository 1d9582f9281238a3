"""The budget's addresses."""

from django.urls import path

from budget.views import (
    alerts,
    approvals,
    baselines,
    builds,
    changes,
    commitments,
    contracts,
    corrections,
    earned,
    estimates,
    exchange,
    expenses,
    hours,
    lines,
    load,
    money,
    quicklog,
    reimbursements,
    reserves,
    time,
    timer,
    timesheet,
    whatif,
)

urlpatterns = [
    path("projects/<slug:project>/budget/", money.BudgetView.as_view(), name="budget"),
    path("projects/<slug:project>/budget/entries/", money.EntriesView.as_view(), name="budget_entries"),
    path("projects/<slug:project>/earned-value/", earned.EarnedValueView.as_view(), name="earned_value"),
    path(
        "projects/<slug:project>/earned-value.xlsx", earned.EarnedExportView.as_view(), name="earned_export"
    ),
    path(
        "projects/<slug:project>/budget/settings/",
        money.BudgetSettingsView.as_view(),
        name="budget_settings",
    ),
    path("projects/<slug:project>/baselines/", baselines.BaselineListView.as_view(), name="baseline_list"),
    path(
        "projects/<slug:project>/baselines/<int:pk>/",
        baselines.BaselineDetailView.as_view(),
        name="baseline_detail",
    ),
    path(
        "projects/<slug:project>/baselines/<int:pk>/compared.<str:format>",
        baselines.BaselineExportView.as_view(),
        name="baseline_export",
    ),
    path(
        "projects/<slug:project>/budget/lines/<int:pk>/history/",
        lines.BudgetLineHistoryPage.as_view(),
        name="budgetline_history",
    ),
    path(
        "projects/<slug:project>/budget/figures.<str:format>",
        money.BudgetExportView.as_view(),
        name="budget_export",
    ),
    path(
        "projects/<slug:project>/tasks/<int:pk>/estimate-from-items/",
        builds.EstimateFromItemsView.as_view(),
        name="task_items_estimate",
    ),
    path("projects/<slug:project>/estimates/", estimates.EstimatesView.as_view(), name="estimates"),
    path(
        "projects/<slug:project>/estimates/all.<str:format>",
        estimates.EstimatesExportView.as_view(),
        name="estimates_export",
    ),
    path("projects/<slug:project>/reserves/", reserves.ReservesView.as_view(), name="reserves"),
    path(
        "projects/<slug:project>/reserves/all.<str:format>",
        reserves.ReservesExportView.as_view(),
        name="reserves_export",
    ),
    path(
        "projects/<slug:project>/reserves/settings/", reserves.CostControlView.as_view(), name="cost_control"
    ),
    path(
        "projects/<slug:project>/reserves/release/",
        reserves.ReleaseAddView.as_view(),
        name="reserve_release_add",
    ),
    path(
        "projects/<slug:project>/reserves/<int:pk>/decide/",
        reserves.ReleaseDecideView.as_view(),
        name="reserverelease_decide",
    ),
    path("projects/<slug:project>/payments/", contracts.PaymentsView.as_view(), name="payments"),
    path(
        "projects/<slug:project>/payments/all.<str:format>",
        contracts.PaymentsExportView.as_view(),
        name="payments_export",
    ),
    *commitments.CommitmentPages.urls("commitments"),
    *contracts.ContractPages.urls("contracts"),
    *contracts.InvoiceRunPages.urls("invoice-runs"),
    *alerts.AlertPages.urls("alerts"),
    *changes.ChangePages.urls("changes"),
    *whatif.WhatIfPages.urls("what-ifs"),
    *lines.BudgetLinePages.urls("budget/lines"),
    path("load/", load.LoadView.as_view(), name="load"),
    path("load/export.<str:format>", load.LoadExportView.as_view(), name="load_export"),
    path("projects/<slug:project>/load/", load.ProjectLoadView.as_view(), name="project_load"),
    path(
        "projects/<slug:project>/load/export.<str:format>",
        load.ProjectLoadExportView.as_view(),
        name="project_load_export",
    ),
    path("timesheet/", timesheet.TimesheetView.as_view(), name="timesheet"),
    path("timesheet/timer/", timer.TimerView.as_view(), name="timer"),
    path("firm/time/", hours.FirmTimeView.as_view(), name="firm_time"),
    path("timesheet/log/", quicklog.QuickLogView.as_view(), name="log_time"),
    path("projects/<slug:project>/time/rules/", hours.TimeRulesView.as_view(), name="time_rules"),
    path("projects/<slug:project>/time/periods/", hours.PeriodsView.as_view(), name="time_periods"),
    path("projects/<slug:project>/time/change/", corrections.ChangeView.as_view(), name="time_change"),
    path(
        "projects/<slug:project>/time/<int:pk>/correct/",
        corrections.CorrectView.as_view(),
        name="timeentry_correct",
    ),
    path(
        "projects/<slug:project>/time/<int:pk>/split/",
        corrections.SplitView.as_view(),
        name="timeentry_split",
    ),
    *time.TimePages.urls("time"),
    path(
        "projects/<slug:project>/expenses/settings/",
        expenses.ExpenseSettingsView.as_view(),
        name="expense_settings",
    ),
    # Before the pages, whose export knows no second sheet.
    path(
        "projects/<slug:project>/expenses/export.<str:format>",
        expenses.ExpenseExportView.as_view(),
        name="expense_export",
    ),
    path(
        "projects/<slug:project>/expenses/<int:pk>/correct/",
        corrections.ExpenseCorrectView.as_view(),
        name="expense_correct",
    ),
    *expenses.ExpensePages.urls("expenses"),
    path(
        "projects/<slug:project>/reimbursements/",
        reimbursements.ReimbursementsView.as_view(),
        name="reimbursements",
    ),
    path("my-reimbursements/", reimbursements.MyReimbursementsView.as_view(), name="my_reimbursements"),
    path(
        "projects/<slug:project>/exchange-rates/", exchange.ExchangeRatesView.as_view(), name="exchange_rates"
    ),
    *time.RatePages.urls("rates"),
    path("projects/<slug:project>/time/approvals/", approvals.ApprovalView.as_view(), name="approvals"),
    path("projects/<slug:project>/receipts/<int:pk>", expenses.ReceiptView.as_view(), name="receipt"),
    path(
        "projects/<slug:project>/receipts/<int:pk>/preview",
        expenses.ReceiptPreviewView.as_view(),
        name="receipt_preview",
    ),
]
