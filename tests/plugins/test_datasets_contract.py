"""The datasets plugin keeps what `bakeoff.testing` asks of plugins and datasets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from bakeoff.testing import DatasetContract, PluginContract

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bakeoff.registry.catalogue import Component

HEAVY = ("numpy", "pandas", "scipy", "sklearn", "skimage", "aeon", "pyarrow", "mlxtend", "keras")


def frame() -> pd.DataFrame:
    """Twelve rows of two classes."""
    return pd.DataFrame({"size": range(12), "town": ["Oslo", "Lima"] * 6, "kind": ["a", "b"] * 6})


def write_csv(folder: Path) -> dict[str, Any]:
    """A CSV file."""
    frame().to_csv(folder / "rows.csv", index=False)
    return {"path": str(folder / "rows.csv"), "target": "kind"}


def write_parquet(folder: Path) -> dict[str, Any]:
    """A Parquet file."""
    frame().to_parquet(folder / "rows.parquet", index=False)
    return {"path": str(folder / "rows.parquet"), "target": "kind"}


def write_arff(folder: Path) -> dict[str, Any]:
    """An ARFF file."""
    head = "@relation r\n@attribute size numeric\n@attribute kind {a,b}\n@data\n"
    rows = "".join(f"{number},{'ab'[number % 2]}\n" for number in range(12))
    (folder / "rows.arff").write_text(head + rows, encoding="utf-8")
    return {"path": str(folder / "rows.arff"), "target": "kind"}


def write_npz(folder: Path) -> dict[str, Any]:
    """Images and codes in one archive of arrays."""
    X = np.zeros((12, 8, 6, 1), dtype=np.uint8)
    np.savez(folder / "rows.npz", X=X, y=np.arange(12) % 2)
    return {"path": str(folder / "rows.npz"), "kind": "image"}


def write_images(folder: Path) -> dict[str, Any]:
    """Folders of images."""
    from PIL import Image

    for number in range(6):
        place = folder / "images" / "ab"[number % 2]
        place.mkdir(parents=True, exist_ok=True)
        Image.new("L", (6, 8), color=40 * number).save(place / f"{number}.png")
    return {"path": str(folder / "images")}


def write_texts(folder: Path) -> dict[str, Any]:
    """Folders of texts."""
    for number in range(6):
        place = folder / "texts" / "ab"[number % 2]
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number}.txt").write_text(f"text number {number}", encoding="utf-8")
    return {"path": str(folder / "texts")}


def write_ts(folder: Path) -> dict[str, Any]:
    """A file of series."""
    head = "@problemName p\n@univariate true\n@classLabel true a b\n@data\n"
    rows = "".join(f"{n},{n + 1},{n + 2}:{'ab'[n % 2]}\n" for n in range(6))
    (folder / "rows.ts").write_text(head + rows, encoding="utf-8")
    return {"path": str(folder / "rows.ts")}


def write_masks(folder: Path) -> dict[str, Any]:
    """Images with a mask each."""
    from PIL import Image

    for part in ("images", "masks"):
        (folder / part).mkdir(exist_ok=True)
    for number in range(6):
        mask = Image.new("L", (6, 8))
        mask.paste(255, (1, 1, 2 + number % 3, 5))
        mask.save(folder / "masks" / f"{number}.png")
        Image.new("L", (6, 8), color=40 * number).save(folder / "images" / f"{number}.png")
    return {"path": str(folder)}


def write_coco(folder: Path) -> dict[str, Any]:
    """Images with boxes in JSON."""
    write_masks(folder)
    box = {"category_id": 7, "bbox": [1, 1, 2, 4]}
    content = {
        "images": [{"id": n, "file_name": f"{n}.png", "width": 6, "height": 8} for n in range(6)],
        "annotations": [{"id": n, "image_id": n, **box} for n in range(5)],
        "categories": [{"id": 7, "name": "thing"}],
    }
    (folder / "coco.json").write_text(json.dumps(content), encoding="utf-8")
    return {"path": str(folder / "coco.json"), "images": str(folder / "images")}


WRITERS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "csv": write_csv,
    "parquet": write_parquet,
    "arff": write_arff,
    "npz": write_npz,
    "image_folder": write_images,
    "text_folder": write_texts,
    "ts": write_ts,
    "image_mask_folder": write_masks,
    "coco": write_coco,
}


class TestDatasetsPlugin(PluginContract):
    """Where data come from."""

    plugin = "datasets"
    heavy = HEAVY


class TestDatasets(DatasetContract):
    """Every set with a fixed name, and a small file for each reader."""

    plugin = "datasets"
    heavy = HEAVY
    params: ClassVar[dict[str, dict[str, Any]]] = {"openml": {"data_id": 61}}

    def arguments(self, component: Component, folder: Path) -> dict[str, Any]:
        """Write the user's file that a reader needs."""
        write = WRITERS.get(component.name)
        return write(folder) if write else super().arguments(component, folder)
