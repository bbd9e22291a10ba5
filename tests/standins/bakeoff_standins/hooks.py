"""What the stand-ins offer."""

from __future__ import annotations

from bakeoff import Register, hookimpl

CLASSES = ("binary", "multiclass")
LEARNERS = (
    "Majority",
    "NearestMean",
    "Sleeper",
    "Seer",
    "Stubborn",
    "Parent",
    "Eater",
    "Segfault",
    "Leaver",
    "Forker",
    "Closer",
    "Raiser",
    "Unpicklable",
    "NotANumber",
    "WrongShape",
    "WrongType",
    "Printer",
    "Polluter",
    "Peeker",
    "Iterative",
    "Forgetful",
    "Warner",
    "Overwriter",
    "Guesser",
)
FAULTS = (
    "Backtracker",
    "Holder",
    "Hoarder",
    "Swallower",
    "Giant",
    "Wide",
    "Heavy",
    "Nullpointer",
    "Mute",
    "Writer",
    "Talker",
    "Swapper",
    "Tinkerer",
    "Inspector",
)


@hookimpl
def bakeoff_register_datasets(register: Register) -> None:
    """Offer tiny tables, and one that can't be had."""
    for name, problem in {
        "tiny": "binary",
        "tinyshifted": "binary",
        "tiny3": "multiclass",
        "tinyreg": "regression",
        "tinygrouped": "binary",
        "tinytimed": "binary",
    }.items():
        register(
            name,
            f"bakeoff_standins.data:{name.capitalize()}",
            inputs=("table",),
            problems=(problem,),
            n_rows=60,
        )
    register(
        "dots",
        "bakeoff_standins.data:Dots",
        inputs=("image",),
        problems=("binary",),
        n_rows=60,
    )
    register(
        "unreachable",
        "bakeoff_standins.data:Unreachable",
        inputs=("table",),
        problems=("binary",),
        n_rows=1,
    )


@hookimpl
def bakeoff_register_features(register: Register) -> None:
    """Offer the table's numbers."""
    common = {"inputs": ("table",), "needs": ("numpy",)}
    register("numbers", "bakeoff_standins.features:Numbers", source="raw", **common)
    register("centred", "bakeoff_standins.features:Centred", source="manual", **common)
    register("same", "bakeoff_standins.features:Same", source="raw", stateless=True, **common)
    register(
        "fetching",
        "bakeoff_standins.features:Fetching",
        source="pretrained",
        stateless=True,
        fetches=True,
        **common,
    )
    register("blurred", "bakeoff_standins.features:Blurred", source="manual", **common)
    register(
        "stacked",
        "bakeoff_standins.features:Stacked",
        source="clustered",
        takes=("over",),
        **common,
    )
    register("scaled", "bakeoff_standins.features:Scaled", source="embedded", **common)
    image = {"inputs": ("image",), "needs": ("numpy",)}
    register("pixels", "bakeoff_standins.features:Pixels", source="raw", **image)
    register("refusing", "bakeoff_standins.features:Refusing", source="raw", **common)
    register("holes", "bakeoff_standins.features:Holes", source="manual", **common)


@hookimpl
def bakeoff_register_clusterers(register: Register) -> None:
    """Offer one that checks what it is handed."""
    target = "bakeoff_standins.features:RefusingClusters"
    register("refusing_clusters", target, problems=("clustering",))


@hookimpl
def bakeoff_register_learners(register: Register) -> None:
    """Offer the learners, under their names in lower case."""
    for name in LEARNERS:
        source = "constant" if name == "Majority" else ""
        target = f"bakeoff_standins.learners:{name}"
        remedies = "bakeoff_standins.remedies:blur" if name == "NearestMean" else ""
        register(name.lower(), target, problems=CLASSES, source=source, remedies=remedies)
    for name in FAULTS:
        register(name.lower(), f"bakeoff_standins.faults:{name}", problems=CLASSES)
    register("needy", "bakeoff_standins.learners:Majority", problems=CLASSES, needs=("no_such",))
    for name in ("Tunable", "Rounded"):
        target = f"bakeoff_standins.searching:{name}"
        register(name.lower(), target, problems=CLASSES)
    register("meanvalue", "bakeoff_standins.learners:MeanValue", problems=("regression",))


@hookimpl
def bakeoff_register_searchers(register: Register) -> None:
    """Offer a searcher that needs no library."""
    register("dice", "bakeoff_standins.searching:Dice", summary="draws with Python's own dice")


@hookimpl
def bakeoff_register_methods(register: Register) -> None:
    """Offer end-to-end methods that distinguish devices or backends."""
    register(
        "ongpu",
        "bakeoff_standins.learners:EndToEnd",
        source="end_to_end",
        inputs=("table",),
        problems=CLASSES,
        devices=("cpu", "gpu"),
        built_on=("yaml",),
    )
    register(
        "onboth",
        "bakeoff_standins.learners:EndToEnd",
        source="end_to_end",
        inputs=("table",),
        problems=CLASSES,
        backends=("tensorflow", "jax"),
    )
