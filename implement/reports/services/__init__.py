"""Every write of the reports: schedules, making, words and approval, sending."""

from implement.reports.services.batches import batch_request, batch_retry
from implement.reports.services.making import (
    report_generate,
    report_given_up,
    report_redraw,
    report_render,
    report_request,
    report_retry,
    report_supersede,
    reports_schedule_due,
)
from implement.reports.services.people import check_recipients, eligible_people, planned_recipients
from implement.reports.services.schedules import schedule_save
from implement.reports.services.sending import (
    deliver_reports,
    delivery_send_again,
    report_send,
    settle_reports,
)
from implement.reports.services.words import report_approve, report_reopen, report_text_save

__all__ = [
    "batch_request",
    "batch_retry",
    "check_recipients",
    "deliver_reports",
    "delivery_send_again",
    "eligible_people",
    "planned_recipients",
    "report_approve",
    "report_generate",
    "report_given_up",
    "report_redraw",
    "report_render",
    "report_reopen",
    "report_request",
    "report_retry",
    "report_send",
    "report_supersede",
    "report_text_save",
    "reports_schedule_due",
    "schedule_save",
    "settle_reports",
]
