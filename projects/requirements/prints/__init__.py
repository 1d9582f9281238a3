"""What of the requirements goes on paper."""

from projects.requirements.prints.matrix import MATRIX, matrix_html
from projects.requirements.prints.specification import SPECIFICATION, specification_html

__all__ = ["MATRIX", "SPECIFICATION", "matrix_html", "specification_html"]
