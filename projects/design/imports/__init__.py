"""What the design imports: tables of elements."""

from projects.design.imports.tablefile import ElementImporter
from projects.kit.imports import register

register(ElementImporter())
