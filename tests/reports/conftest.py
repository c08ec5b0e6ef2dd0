"""The browser that pages are tried in."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import pytest

from tests.support.browser import CHROMIUM, Browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("chromium is not installed (Debian: chromium)")
    one = Browser(lambda: sync_api.sync_playwright().start(), CHROMIUM)
    yield one
    one.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    try:
        return (yield)
    except Exception as error:
        if type(error).__name__ == "TargetClosedError":
            pytest.fail(f"the browser ended in the middle of the test {item.name}", pytrace=False)
        raise
