"""Multilayer perceptrons on feature matrices and on tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bakeoff.spaces import Choice, Integer, Real, Space
from bakeoff_deep import bodies
from bakeoff_deep._network import BaseNetwork, NetworkClassifier, NetworkRegressor
from bakeoff_deep.fronts import Front, MatrixFront
from bakeoff_deep.tables import TableFront
from bakeoff_keras.checks import counting

if TYPE_CHECKING:
    from bakeoff_deep.bodies import LayerOptions
    from bakeoff_deep.fronts import Opening
    from bakeoff_keras.notes import Note


@dataclass(kw_only=True, eq=False, repr=False)
class Mlp(BaseNetwork):
    """Fully connected layers on standardised features (multilayer perceptron).

    Two hidden layers of 64 units by default, without regularisation other than early stopping.
    Every other parameter is `BaseNetwork`'s.

    Args:
        units: units of each hidden layer, at least 1.

    Source:
        Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors",
        1986. Sizes are chosen here.
    """

    units: int = 64

    @classmethod
    def space(cls) -> Space:
        """Return the search space of the hyperparameters."""
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

    def _body(self, opening: Opening, options: LayerOptions, note: Note) -> Any:
        depth = self.hidden_layers or 2
        note("network", f"{depth} dense layers of {self.units} units", "every feature meets all")
        return bodies.dense(opening.tensor, options, hidden_layers=depth, units=self.units)


class MlpClassifier(NetworkClassifier, Mlp):
    """MLP on feature matrices for classification. Parameters are `Mlp`'s and `BaseNetwork`'s."""


class MlpRegressor(NetworkRegressor, Mlp):
    """MLP on feature matrices for regression. Parameters are `Mlp`'s and `BaseNetwork`'s."""


class _OnTables:
    """Mix-in of networks that read tables, see `TableFront`."""

    def _front(self, X: Any) -> Front:  # noqa: ARG002  one kind of input
        return TableFront()


class TableMlpClassifier(_OnTables, MlpClassifier):
    """MLP on tables for classification. Parameters are `Mlp`'s and `BaseNetwork`'s."""


class TableMlpRegressor(_OnTables, MlpRegressor):
    """MLP on tables for regression. Parameters are `Mlp`'s and `BaseNetwork`'s."""
