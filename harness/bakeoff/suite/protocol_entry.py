"""Model of the protocol settings of a suite or of one of its tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from bakeoff.records import Protocol
from bakeoff.suite.entry import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class ProtocolEntry(Entry):
    """Fields of `records.Protocol` that a suite or a task sets; None leaves the default."""

    split: Literal["holdout", "kfold", "grouped", "time", "official"] | None = None
    test: float | None = Field(default=None, gt=0, lt=1)
    validation: float | None = Field(default=None, ge=0, lt=1)
    repeats: int | None = Field(default=None, ge=1, le=10_000)
    folds: int | None = Field(default=None, ge=1, le=1_000)
    seed: int | None = Field(default=None, ge=0, lt=2**31)
    threads: int | None = Field(default=None, ge=1, le=1_024)
    train_limit: int | None = Field(default=None, ge=2)
    test_limit: int | None = Field(default=None, ge=1)

    def changes(self) -> dict[str, Any]:
        """Return the fields that were set."""
        fields = ProtocolEntry.model_fields
        return {name: value for name in fields if (value := getattr(self, name)) is not None}

    def for_task(self, entry: ProtocolEntry) -> Protocol:
        """Return the suite's protocol with the task's own settings on top.

        The suite's `folds` and `test` are left out where the split of the task has no use for them.
        """
        own, settings = entry.changes(), {**self.changes(), **entry.changes()}
        for key in _misfits(settings).keys() - own.keys():
            del settings[key]
        return Protocol.of(**settings)

    def mistakes(self, entry: ProtocolEntry) -> Iterator[tuple[bool, str, str]]:
        """Yield settings without effect on a task: whether they are its own, their key, a message.

        The suite's settings are no mistake on a task that sets `split` or `folds` itself.
        """
        own, settings = entry.changes(), {**self.changes(), **entry.changes()}
        for key, message in _misfits(settings).items():
            if key in own or not {"split", "folds"} & own.keys():
                yield key in own, key, message


def _misfits(settings: Mapping[str, Any]) -> dict[str, str]:
    """Return `folds` and `test` where the split has no use for them, each with a message."""
    folds, test = settings.get("folds", 0), settings.get("test")
    protocol = Protocol.of(**{k: v for k, v in settings.items() if k in ("split", "folds")})
    split = f"split {protocol.split!r}" + ("" if "split" in settings else " (the default)")
    messages = {}
    if protocol.split == "kfold" and folds == 1:
        messages["folds"] = (
            f"expected folds >= 2 for {split}; got 1. Write split: holdout for one test part."
        )
    if protocol.split in _UNFOLDED and folds > 1:
        messages["folds"] = (
            f"{folds} has no effect: {split} {_UNFOLDED[protocol.split]}. "
            f"Write repeats: {folds} in its place, or split: kfold."
        )
    if test is not None and (remedy := _remedy(protocol, test)):
        messages["test"] = f"{test} has no effect: {split} {remedy}"
    return messages


_UNFOLDED = {
    "holdout": "draws one test part in each repeat",
    "official": "tests the publisher's part",
}
"""What splits without folds do."""


def _remedy(protocol: Protocol, test: float) -> str:
    """Return what a split does in place of testing a share of the rows; empty if it tests one."""
    if protocol.split == "official":
        return f"{_UNFOLDED['official']}. Leave it out, or write split: holdout beside it."
    if protocol.split != "kfold" and protocol.folds == 1:
        return ""
    if protocol.split == "time":
        return f"tests {protocol.folds} blocks of equal size. Leave out test or folds."
    single = "split: holdout" if protocol.split == "kfold" else "folds: 1"
    return (
        f"tests every row once, in {max(2, protocol.folds)} folds. "
        f"Write {single} beside it, or folds: {max(2, round(1 / test))} in its place."
    )
