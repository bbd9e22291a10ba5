"""Plan what each trial searches, from what a suite says about search."""

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
    """Plan how a method's configuration is chosen on a task; None where it stays as it is.

    Args:
        candidate: the method on the task.
        task: its protocol must leave something to choose by.
        general: what the suite says for all methods.
        registry: where searchers are found.

    Raises:
        SuiteError: the search has no budget, nothing to vary, or nothing to choose by.
        UnknownNameError: the searcher, or a parameter of a space, is unknown.
    """
    own, shared = candidate.spec.search, general.entry if general else _NO_SEARCH
    if candidate.problem:
        return None
    if not (own or shared).on:
        if candidate.arms:
            what = "a choice needs a search with a budget; expected search: {seconds: 60}."
            raise SuiteError(candidate.spec.where, what)
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
            what = f"{candidate.spec.name} declares nothing that a search varies."
            raise SuiteError(where, what)
        return None
    _check_budget(search, task, where)
    target = registry.get("searchers", search.searcher, where=where).target
    return replace(search, target=target, arms=arms)


def search_of_variant(
    search: Search | None, candidate: CandidateMethod, params: Iterable[str]
) -> Search | None:
    """The search of a variant that others are compared with: what it sets is not varied.

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
    """Parameters as a search space names them: with their component's prefix if there are two."""
    if candidate.method.features is None:
        return tuple(params)
    known = addresses(candidate.components)
    prefixes = ("features", "learner")
    places = [(name, known.get(name, [])) for name in params]
    return tuple(f"{prefixes[at[0][0]]}__{at[0][1]}" if at else name for name, at in places)


class Controls:
    """Which trials of a plan search, so that variants take over what their control chooses.

    Trials come in the order of the plan: a control stands before its variants.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], tuple[str, bool]] = {}

    def add(self, trial: Trial) -> None:
        """Remember a trial with its identity, if it searches."""
        if trial.search is not None and trial.search.arms:
            known = trial.id, trial.search.refit
            for where in ((trial.device, trial.backend), ()):  # a control may run elsewhere
                self._known.setdefault((*_cell(trial), trial.study, trial.variant, *where), known)

    def frozen(self, trial: Trial, settled: tuple[str, ...]) -> Frozen | None:
        """What a variant takes over; None for a control, and where its control doesn't search.

        Args:
            trial: any trial of the plan.
            settled: parameters that the variant sets itself.
        """
        if trial.control in ("", trial.variant):
            return None
        is_plain = trial.control == DEFAULT
        control = (*_cell(trial), "none" if is_plain else trial.study, trial.control)
        here = self._known.get((*control, trial.device, trial.backend))
        found = here or self._known.get(control)
        return found and Frozen(control=found[0], settled=settled, refit=found[1])


def _cell(trial: Trial) -> tuple[object, ...]:
    return trial.task.name, trial.method.name, trial.repeat, trial.fold


def seeds_of(method: Method, task: Task, repeat: int, fold: int) -> dict[str, int]:
    """One seed a component kind, from names alone."""
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
    """The search of one repeat and fold."""
    if search is None:
        return None
    arms = tuple(
        replace(arm, seeds=seeds_of(arm.method, task, repeat, fold)) for arm in search.arms
    )
    return replace(search, arms=arms)


def check_space_used(general: Located[SearchEntry] | None, trials: Iterable[Trial]) -> None:
    """Refuse a dimension of the search of all methods that no method has.

    Raises:
        UnknownNameError: there is one.
    """
    searches = [trial.search for trial in trials if trial.search]
    if general is None or not searches:
        return
    known = {name for s in searches for arm in s.arms for name in arm.space.dimensions}
    short = known | {name.partition("__")[2] for name in known}
    for name in general.entry.space:
        if name not in short:
            where = general.where("space", name)
            raise UnknownNameError("parameter", name, short - {""}, where=where)


def searcher_of(search: Search, registry: Registry) -> tuple[Component, ...]:
    """The component that suggests configurations; none where the method searches by itself."""
    return (registry.get("searchers", search.searcher),) if search.searcher else ()


def _budgeted(entry: SearchEntry, *, across: bool) -> Search:
    """The search that an entry describes, before its searcher is found."""
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
    """The methods of a choice, or the method alone, each with its space.

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
    """One method with its space: as declared, less what is settled, with the suite's changes.

    `within` a choice features keep their parameters unless the suite says otherwise: they compete
    themselves, and their matrices are made once.
    """
    spaces: dict[str, Space] = {}
    for component, part in zip(candidate.components, candidate.method.parts, strict=True):
        factory = component.load()
        is_varied = component.kind != "features" or not within
        space = factory.space() if is_varied and isinstance(factory, Tunable) else Space()
        if not isinstance(space, Space):
            what = f"{component.name}: expected space() to return a Space; got {space!r:.80}."
            raise PluginError(component.owner, what)
        prefix = "features" if component.kind == "features" else "learner"
        spaces[prefix] = space.without(part.params)
    piped = len(spaces) > 1
    space = combine(spaces) if piped else next(iter(spaces.values()))
    known = addresses(candidate.components)
    prefixes = list(spaces)
    changes: dict[str, Dimension] = {}
    for name, dimension in {**shared, **exact}.items():
        places = known.get(name, [])
        if len(places) > 1:
            what = f"both features and learner have {name!r}; write learner__{name}."
            raise SuiteError(where, what)
        for index, param in places:
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
    known = {name for c in candidates for name in addresses(c.components)}
    for name in exact:
        if name not in known:
            raise UnknownNameError("parameter", name, known, where=where)


def _check_budget(search: Search, task: Task, where: str) -> None:
    if search.configs is None and search.seconds is None:
        raise SuiteError(where, "a search needs a budget; expected configs, seconds or both.")
    if search.folds and search.across:
        raise SuiteError(where, "a choice is made on the validation part; got folds as well.")
    if not search.folds and task.protocol.validation <= 0:
        what = "a search needs a validation part or folds; got validation: 0."
        raise SuiteError(where, what)
