"""A progress bar on a terminal; elsewhere, a line now and then."""

from types import TracebackType
from typing import Final, Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from connector.commands.output import Output

EACH: Final = 10_000
"""Items after which a line is printed where their total is not known."""

PARTS: Final = 10
"""Lines that are printed at most where it is."""


class Bar:
    """Shows how far something is: how many of how many, objects a second, and the time that is left."""

    def __init__(self, output: Output, words: str) -> None:
        self._output, self._words, self._last = output, words, 0
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TextColumn("{task.fields[told]}"),
            TextColumn("{task.fields[speed]}"),
            TimeRemainingColumn(),
            console=output.stderr,
            transient=True,
            disable=not output.stderr.is_terminal,
        )
        self._task = self._bar.add_task(words, total=None, told="", speed="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def at(self, done: int, total: int | None, told: str) -> None:
        """Show that *done* items of *total* are done; *told* names them, and what else is to be said."""
        speed = self._bar.tasks[0].speed
        shown = f"{speed:,.0f}/s" if speed else ""
        self._bar.update(self._task, completed=done, total=total, told=told, speed=shown)
        if not self._output.stderr.is_terminal and done - self._last >= (total // PARTS if total else EACH):
            self._last = done
            of = f" of {total:,}" if total else ""
            self._output.note(f"{self._words}: {done:,}{of} {told}")
