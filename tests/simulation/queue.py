"""SQS with its real guarantees: at least once, in any order, a visibility timeout; and the dead-letter queue."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

from connector.core.envelope import Message
from tests.simulation.loop import Loop


@dataclass(slots=True)
class Letter:
    """A message in the queue; `order` says when what it tells of happened, `ending` what became of it."""

    id: str
    body: str
    place: tuple[str, str]
    order: int
    visible: float
    receives: int = 0
    ending: str = ""


@dataclass
class Queue:
    """
    `offer` is called whenever a message may have become visible.

    `limits` are the visibility timeout, in seconds, and the messages of a batch.
    """

    loop: Loop
    random: Random
    limits: tuple[float, int]
    offer: Callable[[], None]
    letters: list[Letter] = field(default_factory=list)
    dead: list[tuple[Letter, Mapping[str, str]]] = field(default_factory=list)
    _newest: dict[tuple[str, str], int] = field(default_factory=dict)
    reordered: int = 0
    redelivered: int = 0
    dead_letters: int = 0

    def send(self, body: str, place: tuple[str, str], order: int) -> None:
        letter = Letter(str(len(self.letters)), body, place, order, self.loop.now)
        self.letters.append(letter)
        self.loop.after(self.random.random(), self.offer)

    def receive(self) -> list[Message]:
        """Return a few visible messages, in any order."""
        ready = [letter for letter in self.letters if not letter.ending and letter.visible <= self.loop.now]
        taken = self.random.sample(ready, min(len(ready), self.random.randint(1, self.limits[1])))
        return [self._delivered(letter) for letter in taken]

    def delay(self, message: Message, seconds: float) -> None:
        """Source: SQS API, ChangeMessageVisibility: a handle of an earlier receipt may not be used any more."""
        letter = self.letters[int(message.id)]
        if message.receipt == str(letter.receives):
            self._hide(letter, seconds)

    def dead_letter(self, message: Message, attributes: Mapping[str, str]) -> None:
        self.dead_letters += 1
        self.dead.append((self.letters[int(message.id)], attributes))

    def delete(self, message: Message) -> None:
        """Source: SQS Developer Guide: a message that was received again may or may not be deleted by an old handle."""
        letter = self.letters[int(message.id)]
        if message.receipt == str(letter.receives) or self.random.random() < 0.5:
            letter.ending = "deleted"

    def redrive(self) -> None:
        """Send all dead letters again, unchanged."""
        dead, self.dead = self.dead, []
        for letter, _ in dead:
            self.send(letter.body, letter.place, letter.order)

    def _delivered(self, letter: Letter) -> Message:
        letter.receives += 1
        self.redelivered += letter.receives > 1
        self.reordered += letter.order < self._newest.get(letter.place, 0)
        self._newest[letter.place] = max(letter.order, self._newest.get(letter.place, 0))
        self._hide(letter, self.limits[0])
        return Message(letter.id, str(letter.receives), letter.body, letter.receives, 0)

    def _hide(self, letter: Letter, seconds: float) -> None:
        letter.visible = self.loop.now + seconds
        self.loop.after(seconds, self.offer)
