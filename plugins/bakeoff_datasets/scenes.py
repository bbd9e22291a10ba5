"""Synthetic scenes of real images over photographs of textures, with masks or boxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bakeoff.errors import DataError
from bakeoff.fetch.sources import installed

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from bakeoff.interfaces import Data
    from bakeoff_datasets.bundled import Digits
    from bakeoff_datasets.images import FashionMnist

    Bytes = npt.NDArray[np.uint8]

TEXTURES = ("brick", "grass", "gravel")
KINDS = {
    "digits": ("0", "1", "2", "3"),
    "fashion_mnist": ("Trouser", "Dress", "Sneaker", "Bag"),
}
"""Default classes of objects in a scene."""

SOLID = 0.35
"""Least opacity of a pixel that belongs to an object."""
TRIES = 40
"""Positions that are tried before an object is left out."""
DIMMED = 0.6
"""Factor on the background's brightness, so that objects are brighter on average."""


@dataclass(kw_only=True)
class ComposedScenes:
    """Synthetic grey scenes: real images pasted over real textures, with a seed.

    Each scene is a random crop of one of three photographs of textures, dimmed, with one to `most`
    objects on it that don't touch. An object is a real image, resized to a random size, its grey
    value taken as opacity; its brightness is random too. No object's image is used twice, so none
    is in both a training and a test scene; crops of a texture may overlap.

    Args:
        target: `masks` for segmentation (class 0 is the background), `boxes` for recognition.
        things: `digits` of scikit-learn or `fashion_mnist`.
        kinds: names of the classes that are used; None for four of them.
        n_rows: scenes, at least 10.
        size: height and width of a scene in pixels, at least 32.
        most: most objects in a scene, 1 to 6.
        seed: of all random choices.

    Source:
        Textures: scikit-image's brick, grass and gravel (CC0). How scenes are composed is chosen
        here.
    """

    target: str = "masks"
    things: str = "digits"
    kinds: Sequence[str] | None = None
    n_rows: int = 300
    size: int = 64
    most: int = 3
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the parameters."""
        if self.target not in ("masks", "boxes"):
            raise _wrong("target", "masks or boxes", self.target)
        if self.things not in KINDS:
            raise _wrong("things", " or ".join(KINDS), self.things)
        for name, least, high in (("n_rows", 10, 100_000), ("size", 32, 1024), ("most", 1, 6)):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= high:
                raise _wrong(name, f"an integer in {least}..{high}", value)

    def load(self) -> Data:
        """Compose the scenes: X uint8 (n_rows, size, size, 1), y masks or boxes.

        Raises:
            SourceUnavailableError: the things can't be fetched.
            DataError: an unknown kind, or too few images of the kinds for so many scenes.
        """
        import numpy as np

        from bakeoff.interfaces import Data

        data = self._source().load()
        kinds = self._known_kinds(data.classes)
        rng = np.random.default_rng(self.seed)
        supply = _Supply(data, kinds, rng)
        X = np.empty((self.n_rows, self.size, self.size, 1), np.uint8)
        masks, boxes = np.empty(X.shape[:3], np.uint8), np.empty(self.n_rows, dtype=object)
        textures = _textures()
        for i in range(self.n_rows):
            X[i, :, :, 0], masks[i], boxes[i] = self._scene(rng, textures, supply)
        is_masks = self.target == "masks"
        return Data(
            X=X,
            y=masks if is_masks else boxes,
            input_kind="image",
            problem_type="segmentation" if is_masks else "recognition",
            classes=("ground", *kinds) if is_masks else kinds,
            target=self.target,
            origin=f"composed with seed {self.seed} of {data.origin} and {_skimage()}",
            licence=f"{data.licence}; textures CC0",
            sha256=data.sha256,
            composed=True,
        )

    def is_cached(self) -> bool:
        """Return whether the objects' images are on this machine."""
        return self._source().is_cached()

    def fingerprint(self) -> str:
        """Return the parameters, and the versions of images and textures."""
        facts = self.target, self.things, tuple(self.kinds or ()), self.n_rows, self.size
        random_facts = self.most, self.seed
        return f"scenes 1 {facts} {random_facts} {self._source().fingerprint()} {_skimage()}"

    def _source(self) -> Digits | FashionMnist:
        from bakeoff_datasets import bundled, images

        return bundled.Digits() if self.things == "digits" else images.FashionMnist()

    def _known_kinds(self, classes: tuple[str, ...]) -> tuple[str, ...]:
        kinds = tuple(str(kind) for kind in self.kinds or KINDS[self.things])
        unknown = [kind for kind in kinds if kind not in classes]
        if unknown or len(set(kinds)) < len(kinds):
            raise _wrong("kinds", f"different ones of {', '.join(classes)}", list(kinds))
        return kinds

    def _scene(
        self, rng: np.random.Generator, textures: Sequence[Bytes], supply: _Supply
    ) -> tuple[Bytes, Bytes, npt.NDArray[np.float32]]:
        """Compose a scene; return it with its mask and its boxes."""
        import numpy as np

        scene = DIMMED * _piece(rng, textures[int(rng.integers(len(textures)))], self.size)
        mask, boxes = np.zeros(scene.shape, np.uint8), []
        for _ in range(rng.integers(1, self.most + 1)):
            opacity, code = supply.take(side=int(rng.integers(self.size // 4, self.size // 2 + 1)))
            region = _free_place(rng, mask, opacity.shape)
            if region is None:
                continue
            level = rng.uniform(160, 255)
            scene[region] = (1 - opacity) * scene[region] + opacity * level
            solid = opacity >= SOLID
            mask[region][solid] = code + 1
            boxes.append(_box(solid, region, code))
        return np.rint(scene).astype(np.uint8), mask, np.array(boxes, np.float32)


class _Supply:
    """Images of objects in random order, each used once."""

    def __init__(self, data: Data, kinds: tuple[str, ...], rng: np.random.Generator) -> None:
        import numpy as np

        codes = [data.classes.index(kind) for kind in kinds]
        rows = np.flatnonzero(np.isin(data.y, codes))
        self._images, self._code_of = data.X, {row: codes.index(data.y[row]) for row in rows}
        self._rows, self._next = rng.permutation(rows), 0

    def take(self, *, side: int) -> tuple[npt.NDArray[np.float64], int]:
        """Return the next object's opacity, float64 (height, width) in [0, 1], and class code.

        Raises:
            DataError: all images are used.
        """
        import numpy as np
        from PIL import Image

        if self._next == len(self._rows):
            message = (
                f"only {self._next} images of these kinds; ask for fewer scenes or more kinds."
            )
            raise DataError("composed_scenes", message)
        row = self._rows[self._next]
        self._next += 1
        image = np.asarray(self._images[row][:, :, 0], np.float64)
        image = _cropped(image * (255 / max(image.max(), 1.0)))
        scale = side / max(image.shape)
        size = [max(4, round(scale * length)) for length in image.shape[::-1]]
        enlarged = Image.fromarray(np.rint(image).astype(np.uint8)).resize(
            (size[0], size[1]), Image.Resampling.BICUBIC
        )
        return np.asarray(enlarged, np.float64) / 255, self._code_of[row]


def _cropped(image: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the image without its black margins."""
    import numpy as np

    rows, columns = (np.flatnonzero((image > 0).any(axis=axis)) for axis in (1, 0))
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _textures() -> list[Bytes]:
    from skimage import data

    return [getattr(data, name)() for name in TEXTURES]


def _piece(rng: np.random.Generator, texture: Bytes, size: int) -> npt.NDArray[np.float64]:
    """Crop a square of one to two times `size` from a photograph and resize it to `size`."""
    import numpy as np
    from PIL import Image

    side = min(int(rng.integers(size, 2 * size + 1)), *texture.shape)
    top, left = (int(rng.integers(length - side + 1)) for length in texture.shape)
    piece = Image.fromarray(texture[top : top + side, left : left + side])
    return np.asarray(piece.resize((size, size), Image.Resampling.BILINEAR), np.float64)


def _free_place(
    rng: np.random.Generator, mask: Bytes, shape: tuple[int, ...]
) -> tuple[slice, slice] | None:
    """Return a random region where an object touches no other; None if no try succeeded."""
    for _ in range(TRIES):
        top, left = (
            int(rng.integers(long - short + 1))
            for long, short in zip(mask.shape, shape, strict=True)
        )
        region = slice(top, top + shape[0]), slice(left, left + shape[1])
        around = (
            slice(max(0, top - 1), top + shape[0] + 1),
            slice(max(0, left - 1), left + shape[1] + 1),
        )
        if not mask[around].any():
            return region
    return None


def _box(solid: npt.NDArray[np.bool_], region: tuple[slice, slice], code: int) -> list[float]:
    """Return x, y, width, height and class of an object's solid pixels."""
    import numpy as np

    rows, columns = (np.flatnonzero(solid.any(axis=axis)) for axis in (1, 0))
    x, y = region[1].start + columns[0], region[0].start + rows[0]
    return [x, y, columns[-1] - columns[0] + 1, rows[-1] - rows[0] + 1, code]


def _skimage() -> str:
    return installed("scikit-image")


def _wrong(name: str, expected: str, got: Any) -> DataError:
    return DataError("composed_scenes", f"{name}: expected {expected}; got {got!r}.")
