"""Write the page of the table of faults anew."""

from __future__ import annotations

from tests.faults.case import cases
from tests.faults.page import PAGE, page

PAGE.write_text(page(cases()), encoding="utf-8")
