"""Recurrent networks on series and texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from bakeoff_deep import bodies, spaces
from bakeoff_deep._network import BaseNetwork, NetworkClassifier, NetworkRegressor
from bakeoff_deep.series import SeriesFront, TextFront
from bakeoff_keras import session
from bakeoff_keras.checks import counting
from bakeoff_keras.errors import NetworkParameterError

if TYPE_CHECKING:
    from bakeoff.spaces import Space
    from bakeoff_deep.bodies import LayerOptions
    from bakeoff_deep.fronts import Front, Opening
    from bakeoff_keras.notes import Note
    from bakeoff_keras.training import EncodedRows

FORGET_BIASES = ("unit", "chrono")
LOOK_ROWS = 64
"""Rows over which gradients are averaged."""


@dataclass(kw_only=True, eq=False, repr=False)
class Recurrent(BaseNetwork):
    """Recurrent layers on series, or on texts over learned word vectors.

    One layer by default; gradients are clipped to a norm of 1. Every other parameter is
    `BaseNetwork`'s.

    Args:
        units: units of each layer, at least 1.
        activation: as in `BaseNetwork`; the network's own is tanh.
        clip_norm: as in `BaseNetwork`.
        max_steps: most steps of a series, longer ones are averaged over windows, or words of a
            text, longer ones are cut off; at least 2.
        embedding: features whose word vectors initialise the embedding layer for texts, such as
            `word2vec`, learned on the training rows; None learns vectors with the network.
        embedding_trainable: whether those vectors are trained further with the network.
        gradient_flow: whether to record, before and after training, gradient norms by timestep and
            LSTM gates, see `gradient_flow.look`; the time counts as training.

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
        """Return the search space of the hyperparameters."""
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

    def _look(self, when: str, training: EncodedRows, record: Any) -> None:
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

    def _body(self, opening: Opening, options: LayerOptions, note: Note) -> Any:
        depth = self.hidden_layers or 1
        description = f"{depth} {self.cell} layers of {self.units} units"
        note("network", description, f"{opening.tensor.shape[1]} steps")
        return bodies.recurrent(
            opening,
            options,
            cell=self.cell,
            hidden_layers=depth,
            units=self.units,
            layer_arguments=self._layer_arguments(int(opening.tensor.shape[1]), note),
        )

    def _layer_arguments(self, n_steps: int, note: Note) -> dict[str, Any]:  # noqa: ARG002  for LSTM alone
        """Return further keyword arguments of the layers."""
        return {}


@dataclass(kw_only=True, eq=False, repr=False)
class Lstm(Recurrent):
    """LSTM on series or texts. Parameters are `Recurrent`'s, `BaseNetwork`'s and these.

    Args:
        forget_bias: `unit` starts every forget gate at 0.73, so that a state halves within three
            steps; `chrono` spreads the gates so that units remember for 1 step up to the whole
            series, see `bodies.ChronoBias`.
    """

    forget_bias: str = "unit"

    def _check(self) -> None:
        super()._check()
        if self.forget_bias not in FORGET_BIASES:
            raise NetworkParameterError("forget_bias", " or ".join(FORGET_BIASES), self.forget_bias)

    def _layer_arguments(self, n_steps: int, note: Note) -> dict[str, Any]:
        if self.forget_bias == "unit":
            note("forget_bias", "unit", "the default of LSTM layers")
            return {}
        note("forget_bias", "chrono", f"memories of 1 to {n_steps} steps")
        bias = bodies.ChronoBias(n_steps, self.random_state or 0)
        return {"unit_forget_bias": False, "bias_initializer": bias}


class LstmClassifier(NetworkClassifier, Lstm):
    """LSTM on series or texts for classification. Parameters are `Lstm`'s."""


class LstmRegressor(NetworkRegressor, Lstm):
    """LSTM on series or texts for regression. Parameters are `Lstm`'s."""


class GruClassifier(NetworkClassifier, Recurrent):
    """GRU on series or texts for classification. Parameters: `Recurrent`'s and `BaseNetwork`'s."""

    cell: ClassVar[str] = "gru"


class GruRegressor(NetworkRegressor, Recurrent):
    """GRU on series or texts for regression. Parameters: `Recurrent`'s and `BaseNetwork`'s."""

    cell: ClassVar[str] = "gru"


class RnnClassifier(NetworkClassifier, Recurrent):
    """Simple RNN on series or texts for classification. Parameters are `GruClassifier`'s."""

    cell: ClassVar[str] = "rnn"


class RnnRegressor(NetworkRegressor, Recurrent):
    """Simple RNN on series or texts for regression. Parameters are `GruRegressor`'s."""

    cell: ClassVar[str] = "rnn"
