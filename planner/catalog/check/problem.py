"""One thing that is wrong with a catalogue entry."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """``folder/entry: key: text``; ``text`` holds the value, the rule and the remedy."""

    folder: str
    entry: str
    key: str
    text: str

    def __str__(self) -> str:
        return f"{self.folder}/{self.entry}: {self.key}: {self.text}"
