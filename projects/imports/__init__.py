"""What the base imports: a plan from MS Project."""

from projects.imports.mspdi import PlanImporter
from projects.kit.imports import register

register(PlanImporter())
