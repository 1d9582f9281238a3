"""What requirements import: tables of any tool, and ReqIF."""

from projects.kit.imports import register
from projects.requirements.imports.reqiffile import ReqifImporter
from projects.requirements.imports.tablefile import RequirementImporter

register(RequirementImporter())
register(ReqifImporter())
