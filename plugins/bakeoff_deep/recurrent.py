"""Recurrent networks on series and texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from bakeoff_deep import bodies
from bakeoff_deep._network import Network, NetworkClassifier, NetworkRegressor
from bakeoff_deep.series import SeriesFront, TextFront
from bakeoff_keras.choices import counting

if TYPE_CHECKING:
    from bakeoff_deep.bodies import Style
    from bakeoff_deep.fronts import Front, Opening
    from bakeoff_keras.choices import Note


@dataclass(kw_only=True, eq=False, repr=False)
class Recurrent(Network):
    """Recurrent layers on series, or on texts over learned word vectors.

    One layer unless told otherwise; gradients are cut to a norm of 1. Every other parameter is
    `Network`'s.

    Args:
        units: units of each layer, at least 1.
        activation: as in `Network`; the network's own is tanh.
        clip_norm: as in `Network`.

    Source:
        Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks",
        2013, for the limit on gradients. See `bodies.recurrent` for the layers.
    """

    units: int = 64
    activation: str = "tanh"
    clip_norm: float | None = 1.0

    kind: ClassVar[str] = "recurrent"
    cell: ClassVar[str] = "lstm"
    most_epochs: ClassVar[int] = 60

    def _front(self, X: Any) -> Front:
        return TextFront() if np.ndim(X) == 1 else SeriesFront()

    def _check(self) -> None:
        super()._check()
        counting("units", self.units)

    def _body(self, opening: Opening, style: Style, note: Note) -> Any:
        depth = self.hidden_layers or 1
        what = f"{depth} {self.cell} layers of {self.units} units"
        note("network", what, f"{opening.tensor.shape[1]} steps")
        return bodies.recurrent(
            opening, style, cell=self.cell, hidden_layers=depth, units=self.units
        )


class LstmClassifier(NetworkClassifier, Recurrent):
    """LSTM on series or texts, for classes. Parameters are `Recurrent`'s and `Network`'s."""


class LstmRegressor(NetworkRegressor, Recurrent):
    """LSTM on series or texts, for values. Parameters are `Recurrent`'s and `Network`'s."""


class GruClassifier(NetworkClassifier, Recurrent):
    """GRU on series or texts, for classes. Parameters are `Recurrent`'s and `Network`'s."""

    cell: ClassVar[str] = "gru"


class GruRegressor(NetworkRegressor, Recurrent):
    """GRU on series or texts, for values. Parameters are `Recurrent`'s and `Network`'s."""

    cell: ClassVar[str] = "gru"


class RnnClassifier(NetworkClassifier, Recurrent):
    """Simple recurrent network, for classes. Parameters are `Recurrent`'s and `Network`'s."""

    cell: ClassVar[str] = "rnn"


class RnnRegressor(NetworkRegressor, Recurrent):
    """Simple recurrent network, for values. Parameters are `Recurrent`'s and `Network`'s."""

    cell: ClassVar[str] = "rnn"
