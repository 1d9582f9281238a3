"""What time and money import: hours of other tools, a whole work log, the rates of a plan's people."""

from budget.imports import rates
from budget.imports.timefile import TimeImporter
from budget.imports.worklog import WorkLogImporter
from projects.kit.imports import plan_import_extra, register

register(TimeImporter())
register(WorkLogImporter())
plan_import_extra(rates.resource_rates)
