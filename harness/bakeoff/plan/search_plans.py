"""Turn the search settings of a suite into the search of each trial."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bakeoff.errors import PluginError, SuiteError, UnknownNameError
from bakeoff.interfaces import Tunable
from bakeoff.plan.parameters import addresses
from bakeoff.provenance.seeds import seed_of
from bakeoff.records import Frozen, Search, SearchedMethod
from bakeoff.spaces import Dimension, Space, combine
from bakeoff.suite.search_entry import SearchEntry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bakeoff.plan.methods import CandidateMethod
    from bakeoff.records import Method, Task, Trial
    from bakeoff.registry.catalogue import Component, Registry
    from bakeoff.suite.located import Located

DEFAULT_SEARCHER = "tpe"
DEFAULT = "default"

_NO_SEARCH = SearchEntry(on=False)


def search_of(
    candidate: CandidateMethod,
    task: Task,
    general: Located[SearchEntry] | None,
    registry: Registry,
) -> Search | None:
    """Return the search of a method's configuration on a task; None without a search.

    Args:
        candidate: the method on the task.
        task: its protocol must have a validation part, unless the search has folds.
        general: search settings of the whole suite.
        registry: where searchers are found.

    Raises:
        SuiteError: the search has no budget, nothing to vary, or no data to score on.
        UnknownNameError: the searcher, or a parameter of a space, is unknown.
    """
    own, shared = candidate.spec.search, general.entry if general else _NO_SEARCH
    if candidate.problem:
        return None
    if not (own or shared).on:
        if candidate.arms:
            message = "a choice needs a search with a budget; expected search: {seconds: 60}."
            raise SuiteError(candidate.spec.where, message)
        return None
    where = general.where() if general and not own else candidate.spec.where
    search = _budgeted((own or SearchEntry()).over(shared), across=bool(candidate.arms))
    if any(component.searches for component in candidate.components) and not candidate.arms:
        _check_budget(search, task, where)
        return replace(search, searcher="")
    arms = _arms(candidate, shared.space, own.space if own else {}, where)
    is_constant = candidate.components[-1].source == "constant"
    if not candidate.arms and (not arms[0].space or (is_constant and not own)):
        if own:
            message = f"{candidate.spec.name} declares nothing that a search varies."
            raise SuiteError(where, message)
        return None
    _check_budget(search, task, where)
    target = registry.get("searchers", search.searcher, where=where).target
    return replace(search, target=target, arms=arms)


def search_of_variant(
    search: Search | None, candidate: CandidateMethod, params: Iterable[str]
) -> Search | None:
    """Return the search of a study's control, without the parameters that it sets itself.

    Args:
        search: of the method outside any study.
        candidate: the method with the variant's parameters.
        params: their names, as a suite would write them.

    Returns:
        None where nothing is left to vary, and where the method itself is not searched here.
    """
    if search is None or not search.arms or search.across:
        return None
    space = search.arms[0].space.without(full_names(candidate, params))
    if not space:
        return None
    return replace(search, arms=(SearchedMethod(method=candidate.method, space=space),))


def full_names(candidate: CandidateMethod, params: Iterable[str]) -> tuple[str, ...]:
    """Return parameter names as in a search space: with prefixes if there are two components."""
    if candidate.method.features is None:
        return tuple(params)
    owners_by_name = addresses(candidate.components)
    prefixes = ("features", "learner")
    owned = [(name, owners_by_name.get(name, [])) for name in params]
    return tuple(
        f"{prefixes[owners[0][0]]}__{owners[0][1]}" if owners else name for name, owners in owned
    )


class Controls:
    """Index of the searched controls of a plan, whose configuration variants reuse.

    Trials are added in the order of the plan: a control before its variants.
    """

    def __init__(self) -> None:
        self._searched: dict[tuple[object, ...], tuple[str, bool]] = {}

    def add(self, trial: Trial) -> None:
        """Add a trial that has its id, if it is searched."""
        if trial.search is not None and trial.search.arms:
            searched = trial.id, trial.search.refit
            for where in ((trial.device, trial.backend), ()):  # a control may run elsewhere
                self._searched.setdefault(
                    (*_cell(trial), trial.study, trial.variant, *where), searched
                )

    def frozen(self, trial: Trial, settled: tuple[str, ...]) -> Frozen | None:
        """Return the search that a variant reuses; None for a control or without a search.

        Args:
            trial: any trial of the plan.
            settled: parameters that the variant sets itself.
        """
        if trial.control in ("", trial.variant):
            return None
        is_plain = trial.control == DEFAULT
        control = (*_cell(trial), "none" if is_plain else trial.study, trial.control)
        on_device = self._searched.get((*control, trial.device, trial.backend))
        searched = on_device or self._searched.get(control)
        return searched and Frozen(control=searched[0], settled=settled, refit=searched[1])


def _cell(trial: Trial) -> tuple[object, ...]:
    return trial.task.name, trial.method.name, trial.repeat, trial.fold


def seeds_of(method: Method, task: Task, repeat: int, fold: int) -> dict[str, int]:
    """Return one seed for each component kind, derived from names alone."""
    seeds = {
        part.kind: seed_of(task.protocol.seed, task.name, part.kind, part.name, repeat, fold)
        for part in method.parts
    }
    for part in method.parts:
        for name, within in part.inner.items():  # as the inner features have them on their own
            words = (task.name, within.kind, within.name, repeat, fold)
            seeds[f"{part.kind}.{name}"] = seed_of(task.protocol.seed, *words)
    return seeds


def seeded(search: Search | None, task: Task, repeat: int, fold: int) -> Search | None:
    """Return the search with the seeds of one repeat and fold."""
    if search is None:
        return None
    arms = tuple(
        replace(arm, seeds=seeds_of(arm.method, task, repeat, fold)) for arm in search.arms
    )
    return replace(search, arms=arms)


def check_space_used(general: Located[SearchEntry] | None, trials: Iterable[Trial]) -> None:
    """Raise an error if the suite's search space has a parameter that no method has.

    Raises:
        UnknownNameError: there is one.
    """
    searches = [trial.search for trial in trials if trial.search]
    if general is None or not searches:
        return
    dimensions = {name for s in searches for arm in s.arms for name in arm.space.dimensions}
    short = dimensions | {name.partition("__")[2] for name in dimensions}
    for name in general.entry.space:
        if name not in short:
            where = general.where("space", name)
            raise UnknownNameError("parameter", name, short - {""}, where=where)


def searcher_of(search: Search, registry: Registry) -> tuple[Component, ...]:
    """Return the searcher's component; empty where the method searches by itself."""
    return (registry.get("searchers", search.searcher),) if search.searcher else ()


def _budgeted(entry: SearchEntry, *, across: bool) -> Search:
    """Return the search that an entry describes, without the searcher's import string."""
    return Search(
        searcher=entry.searcher or DEFAULT_SEARCHER,
        target="",
        configs=entry.configs,
        seconds=entry.seconds,
        folds=entry.folds or 0,
        refit=bool(entry.refit),
        across=across,
    )


def _arms(
    candidate: CandidateMethod,
    shared: Mapping[str, Dimension],
    exact: Mapping[str, Dimension],
    where: str,
) -> tuple[SearchedMethod, ...]:
    """Return the searched methods with their spaces: those of a choice, or the method alone.

    Raises:
        UnknownNameError: none of them has a parameter of the method's own space.
    """
    candidates, within = candidate.arms or (candidate,), bool(candidate.arms)
    arms = tuple(_arm(c, shared, exact, where, within=within) for c in candidates)
    _check_used(exact, candidates, where)
    return arms


def _arm(
    candidate: CandidateMethod,
    shared: Mapping[str, Dimension],
    exact: Mapping[str, Dimension],
    where: str,
    *,
    within: bool,
) -> SearchedMethod:
    """Return a method and its space: as declared, less fixed parameters, with the suite's changes.

    With `within`, in a choice, features keep their parameters unless the suite gives ranges: they
    compete themselves, and their matrices are computed once.
    """
    spaces: dict[str, Space] = {}
    for component, part in zip(candidate.components, candidate.method.parts, strict=True):
        factory = component.load()
        is_varied = component.kind != "features" or not within
        space = factory.space() if is_varied and isinstance(factory, Tunable) else Space()
        if not isinstance(space, Space):
            message = f"{component.name}: expected space() to return a Space; got {space!r:.80}."
            raise PluginError(component.owner, message)
        prefix = "features" if component.kind == "features" else "learner"
        spaces[prefix] = space.without(part.params)
    piped = len(spaces) > 1
    space = combine(spaces) if piped else next(iter(spaces.values()))
    owners_by_name = addresses(candidate.components)
    prefixes = list(spaces)
    changes: dict[str, Dimension] = {}
    for name, dimension in {**shared, **exact}.items():
        owners = owners_by_name.get(name, [])
        if len(owners) > 1:
            message = f"both features and learner have {name!r}; write learner__{name}."
            raise SuiteError(where, message)
        for index, param in owners:
            changes[f"{prefixes[index]}__{param}" if piped else param] = dimension
    try:
        space = space.replaced(changes)
        space.ordered()
    except ValueError as error:
        raise SuiteError(where, f"search space of {candidate.spec.name}: {error}") from None
    return SearchedMethod(method=candidate.method, space=space)


def _check_used(
    exact: Mapping[str, Dimension], candidates: tuple[CandidateMethod, ...], where: str
) -> None:
    parameters = {name for c in candidates for name in addresses(c.components)}
    for name in exact:
        if name not in parameters:
            raise UnknownNameError("parameter", name, parameters, where=where)


def _check_budget(search: Search, task: Task, where: str) -> None:
    if search.configs is None and search.seconds is None:
        raise SuiteError(where, "a search needs a budget; expected configs, seconds or both.")
    if search.folds and search.across:
        raise SuiteError(where, "a choice is made on the validation part; got folds as well.")
    if not search.folds and task.protocol.validation <= 0:
        message = "a search needs a validation part or folds; got validation: 0."
        raise SuiteError(where, message)
