"""Multilayer perceptrons on feature matrices and on tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bakeoff.spaces import Choice, Integer, Real, Space
from bakeoff_deep import bodies
from bakeoff_deep._network import Network, NetworkClassifier, NetworkRegressor
from bakeoff_deep.fronts import Front, MatrixFront
from bakeoff_deep.tables import TableFront
from bakeoff_keras.checks import counting

if TYPE_CHECKING:
    from bakeoff_deep.bodies import Style
    from bakeoff_deep.fronts import Opening
    from bakeoff_keras.notes import Note


@dataclass(kw_only=True, eq=False, repr=False)
class Mlp(Network):
    """Fully connected layers on standardised features.

    Two hidden layers of 64 units unless told otherwise, without any regularisation but early
    stopping. Every other parameter is `Network`'s.

    Args:
        units: units of each hidden layer, at least 1.

    Source:
        Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors",
        1986. Sizes are chosen here.
    """

    units: int = 64

    @classmethod
    def space(cls) -> Space:
        """What a search may vary."""
        return Space(
            {
                "hidden_layers": Integer(1, 4),
                "units": Integer(16, 256, "log"),
                "learning_rate": Real(1e-4, 1e-2, "log"),
                "dropout": Real(0.0, 0.5),
                "l2": Real(1e-7, 1e-2, "log"),
                "batch_norm": Choice((False, True)),
                "optimizer": Choice(("adam", "sgd")),
            },
            source="Gorishniy et al., Revisiting Deep Learning Models for Tabular Data, NeurIPS "
            "2021; ranges chosen here",
        )

    def _front(self, X: Any) -> Front:  # noqa: ARG002  one kind of input
        return MatrixFront()

    def _check(self) -> None:
        super()._check()
        counting("units", self.units)

    def _body(self, opening: Opening, style: Style, note: Note) -> Any:
        depth = self.hidden_layers or 2
        note("network", f"{depth} dense layers of {self.units} units", "every feature meets all")
        return bodies.dense(opening.tensor, style, hidden_layers=depth, units=self.units)


class MlpClassifier(NetworkClassifier, Mlp):
    """A perceptron on feature matrices, for classes. Parameters are `Mlp`'s and `Network`'s."""


class MlpRegressor(NetworkRegressor, Mlp):
    """A perceptron on feature matrices, for values. Parameters are `Mlp`'s and `Network`'s."""


class _OnTables:
    """A perceptron that reads a table itself, see `TableFront`."""

    def _front(self, X: Any) -> Front:  # noqa: ARG002  one kind of input
        return TableFront()


class TableMlpClassifier(_OnTables, MlpClassifier):
    """A perceptron on tables, for classes. Parameters are `Mlp`'s and `Network`'s."""


class TableMlpRegressor(_OnTables, MlpRegressor):
    """A perceptron on tables, for values. Parameters are `Mlp`'s and `Network`'s."""
