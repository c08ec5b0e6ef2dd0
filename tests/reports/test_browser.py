"""A browser that does not come up, or ends, is told in one line, and is no later test's fault."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.browser import ATTEMPTS, Browser


class Driver:
    """Stands in for Playwright; of its browsers, the first ones do not come up.

    Args:
        failing: how many.
    """

    def __init__(self, failing: int) -> None:
        self.left = failing
        self.started = self.stopped = 0
        self.broken = False
        self.chromium = self

    def __call__(self) -> Driver:
        self.started += 1
        return self

    def launch(self, **_: Any) -> Driver:
        if self.left:
            self.left -= 1
            raise RuntimeError("Timeout exceeded\nand a long log")
        self.broken = False
        return self

    def new_context(self, **_: Any) -> SimpleNamespace:
        if self.broken:
            raise RuntimeError("Connection closed")
        return SimpleNamespace(set_default_timeout=lambda _: None)

    def close(self) -> None:
        if self.broken:
            raise RuntimeError("Connection closed")

    def stop(self) -> None:
        self.stopped += 1


def test_one_that_comes_up_late_is_waited_for() -> None:
    driver = Driver(ATTEMPTS - 1)
    assert Browser(driver, "chromium").new_context() is not None
    assert (driver.started, driver.stopped) == (ATTEMPTS, ATTEMPTS - 1)


def test_one_that_never_comes_up_is_told_in_one_line() -> None:
    with pytest.raises(pytest.fail.Exception) as caught:
        Browser(Driver(ATTEMPTS), "chromium").new_context()
    told = str(caught.value)
    assert told.startswith("the browser chromium did not come up") and told.endswith(": Timeout exceeded")
    assert "\n" not in told


def test_one_that_has_ended_is_started_anew() -> None:
    driver = Driver(0)
    browser = Browser(driver, "chromium")
    browser.new_context()
    driver.broken = True
    assert browser.new_context() is not None
    assert (driver.started, driver.stopped) == (2, 1)
    driver.broken = True
    browser.close()
    assert driver.stopped == 2


def test_a_real_one_that_has_ended_is_started_anew(browser: Browser) -> None:
    for _ in range(2):
        context = browser.new_context()
        assert context.new_page().evaluate("1 + 1") == 2
        context.browser.close()
