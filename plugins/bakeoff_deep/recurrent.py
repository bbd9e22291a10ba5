"""Recurrent networks on series and texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from bakeoff_deep import bodies, spaces
from bakeoff_deep._network import Network, NetworkClassifier, NetworkRegressor
from bakeoff_deep.series import SeriesFront, TextFront
from bakeoff_keras import session
from bakeoff_keras.checks import counting
from bakeoff_keras.errors import ParameterError

if TYPE_CHECKING:
    from bakeoff.spaces import Space
    from bakeoff_deep.bodies import Style
    from bakeoff_deep.fronts import Front, Opening
    from bakeoff_keras.notes import Note
    from bakeoff_keras.training import Part

FORGET_BIASES = ("unit", "chrono")
LOOK_ROWS = 64
"""Rows over which gradients are averaged."""


@dataclass(kw_only=True, eq=False, repr=False)
class Recurrent(Network):
    """Recurrent layers on series, or on texts over learned word vectors.

    One layer unless told otherwise; gradients are cut to a norm of 1. Every other parameter is
    `Network`'s.

    Args:
        units: units of each layer, at least 1.
        activation: as in `Network`; the network's own is tanh.
        clip_norm: as in `Network`.
        max_steps: most steps of a series, longer ones are averaged over windows, or words of a
            text, longer ones are cut off; at least 2.
        embedding: features whose vectors of words a text's network starts from, such as `word2vec`,
            learned on the training rows; None learns vectors with the network.
        embedding_trainable: whether those vectors go on learning with the network.
        gradient_flow: whether to record, before and after training, how far gradients reach back
            and what LSTM gates do, see `gradient_flow.look`; its time counts as training.

    Source:
        Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks",
        2013, for the limit on gradients. See `bodies.recurrent` for the layers.
    """

    units: int = 64
    activation: str = "tanh"
    clip_norm: float | None = 1.0
    max_steps: int = 256
    gradient_flow: bool = False
    embedding: Any = None
    embedding_trainable: bool = False

    kind: ClassVar[str] = "recurrent"
    cell: ClassVar[str] = "lstm"
    most_epochs: ClassVar[int] = 200

    @classmethod
    def space(cls) -> Space:
        """What a search may vary."""
        return spaces.recurrent()

    def _front(self, X: Any) -> Front:
        if np.ndim(X) == 1:
            return TextFront(
                max_steps=self.max_steps, start=self.embedding, trainable=self.embedding_trainable
            )
        return SeriesFront(max_steps=self.max_steps)

    def _check(self) -> None:
        super()._check()
        counting("units", self.units)
        counting("max_steps", self.max_steps, least=2)

    def _look(self, when: str, training: Part, record: Any) -> None:
        if not self.gradient_flow or record is None:
            return
        if session.backend() != "tensorflow":
            record.note("gradient_flow", "not measured", "needs the backend tensorflow")
            return
        from bakeoff_deep.gradient_flow import look

        *inputs, y, _ = training.take(slice(0, LOOK_ROWS))
        flow = look(self.program_.model, self.loss_, tuple(inputs), y)
        record.array(f"gradient_{when}", flow.gradient)
        for gate, values in flow.gates.items():
            record.array(f"gate_{gate}_{when}", values)
        reason = f"gradient at the first of {len(flow.gradient)} steps over that at the last"
        record.note(f"gradient_reach_{when}", f"{flow.reach:.3g}", reason)

    def _body(self, opening: Opening, style: Style, note: Note) -> Any:
        depth = self.hidden_layers or 1
        what = f"{depth} {self.cell} layers of {self.units} units"
        note("network", what, f"{opening.tensor.shape[1]} steps")
        return bodies.recurrent(
            opening,
            style,
            cell=self.cell,
            hidden_layers=depth,
            units=self.units,
            more=self._more(int(opening.tensor.shape[1]), note),
        )

    def _more(self, n_steps: int, note: Note) -> dict[str, Any]:  # noqa: ARG002  for LSTM alone
        """Further arguments of the layers."""
        return {}


@dataclass(kw_only=True, eq=False, repr=False)
class Lstm(Recurrent):
    """Long short-term memory. Parameters are `Recurrent`'s, `Network`'s and these.

    Args:
        forget_bias: `unit` starts every forget gate at 0.73, so that a state halves within three
            steps; `chrono` spreads the gates so that units remember for 1 step up to the whole
            series, see `bodies.ChronoBias`.
    """

    forget_bias: str = "unit"

    def _check(self) -> None:
        super()._check()
        if self.forget_bias not in FORGET_BIASES:
            raise ParameterError("forget_bias", " or ".join(FORGET_BIASES), self.forget_bias)

    def _more(self, n_steps: int, note: Note) -> dict[str, Any]:
        if self.forget_bias == "unit":
            note("forget_bias", "unit", "the default of LSTM layers")
            return {}
        note("forget_bias", "chrono", f"memories of 1 to {n_steps} steps")
        bias = bodies.ChronoBias(n_steps, self.random_state or 0)
        return {"unit_forget_bias": False, "bias_initializer": bias}


class LstmClassifier(NetworkClassifier, Lstm):
    """LSTM on series or texts, for classes. Parameters are `Lstm`'s."""


class LstmRegressor(NetworkRegressor, Lstm):
    """LSTM on series or texts, for values. Parameters are `Lstm`'s."""


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
