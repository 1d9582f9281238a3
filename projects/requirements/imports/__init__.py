"""What requirements import: tables of any tool."""

from projects.kit.imports import register
from projects.requirements.imports.tablefile import RequirementImporter

register(RequirementImporter())
