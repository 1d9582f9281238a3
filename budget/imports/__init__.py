"""What time and money import: hours and expenses of other tools, exchange rates, a whole work log, a plan's rates."""

from budget.imports import rates
from budget.imports.exchangefile import ExchangeImporter
from budget.imports.expensefile import ExpenseImporter
from budget.imports.timefile import TimeImporter
from budget.imports.worklog import WorkLogImporter
from projects.kit import planfiles
from projects.kit.imports import plan_import_extra, register

register(TimeImporter())
register(ExpenseImporter())
register(ExchangeImporter())
register(WorkLogImporter())
plan_import_extra(rates.resource_rates)
planfiles.rates(rates.person_rates)
