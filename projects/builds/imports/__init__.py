"""What of the build is imported: tables of any tool."""

from projects.builds.imports.tablefile import BuildItemImporter
from projects.kit.imports import register

register(BuildItemImporter())
