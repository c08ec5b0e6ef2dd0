"""The one place that starts a browser: with time, more than once, and in one line where it does not come up."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from tests.support.children import PATIENCE_SECONDS

CHROMIUM = shutil.which("chromium")
ATTEMPTS = 3

_MILLISECONDS = 1000 * PATIENCE_SECONDS


class Browser:
    """A browser that is there whenever a test asks for a page: where it has ended, it is started anew.

    Args:
        driver: starts what drives it; `sync_playwright().start` of Playwright.
        executable: the browser's program.
    """

    def __init__(self, driver: Callable[[], Any], executable: str) -> None:
        self._driver = driver
        self._executable = executable
        self._playwright: Any = None
        self._browser: Any = None

    def new_context(self, **options: Any) -> Any:
        """A context of its own, whose pages have time."""
        for last in (False, True):
            if self._browser is None:
                self._start()
            try:
                context = self._browser.new_context(**options)
                break
            except Exception:
                # It may have ended since the last test; options that it does not know fail a second time.
                self.close()
                if last:
                    raise
        context.set_default_timeout(_MILLISECONDS)
        return context

    def new_page(self, **options: Any) -> Any:
        """A page in a context of its own."""
        return self.new_context(**options).new_page()

    def close(self) -> None:
        """End it; one that has ended already is no fault of a test."""
        for end in (getattr(self._browser, "close", None), getattr(self._playwright, "stop", None)):
            if end is not None:
                with suppress(Exception):
                    end()
        self._browser = self._playwright = None

    def _start(self) -> None:
        why = ""
        for _ in range(ATTEMPTS):
            try:
                self._playwright = self._driver()
                self._browser = self._playwright.chromium.launch(
                    executable_path=self._executable, args=["--no-sandbox"], timeout=_MILLISECONDS
                )
            except Exception as error:  # the driver's own end is a plain one
                why = (str(error).splitlines() or [type(error).__name__])[0]
                self.close()
            else:
                return
        pytest.fail(
            f"the browser {self._executable} did not come up in {ATTEMPTS} attempts of {PATIENCE_SECONDS:.0f} s: {why}",
            pytrace=False,
        )
