"""A headless Chromium, driven by Playwright: Debian's, or a Chrome that is installed. For the tests and screenshots."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC: Final = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")

MISSING: Final = "no Chromium for the tests of the lineage page; on Debian: apt-get install chromium"


def path() -> str | None:
    """Return the path of the browser, or None if there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return found or (str(MAC) if MAC.exists() else None)


@contextmanager
def browser() -> Iterator[Any]:
    """Yield a running browser."""
    from playwright.sync_api import sync_playwright

    sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []  # root has none
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path(), args=[*sandbox, "--disable-dev-shm-usage"])
        yield browser
        browser.close()
