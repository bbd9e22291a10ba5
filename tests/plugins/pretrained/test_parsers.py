"""Parsers of weights, against files written byte by byte or with another library."""

from __future__ import annotations

import base64
import struct
from typing import Any

import numpy as np
import pytest

from bakeoff_pretrained.errors import WeightsError
from bakeoff_pretrained.protobuf import fields, graph_constants, onnx_initializers
from bakeoff_pretrained.shards import read_shards

ARRAY = np.arange(6, dtype=np.float32).reshape(2, 3) / 7


def varint(value: int) -> bytes:
    """A number in groups of seven bits, lowest first."""
    groups = []
    while True:
        value, low = value >> 7, value & 0x7F
        groups.append(low | (0x80 if value else 0))
        if not value:
            return bytes(groups)


def piece(number: int, content: bytes) -> bytes:
    """A field that holds bytes."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def onnx_model(array: np.ndarray, *, packed: bool) -> bytes:
    """A model with one initializer named `w`, its dims packed or not."""
    if packed:
        dims = piece(1, b"".join(varint(side) for side in array.shape))
    else:
        dims = b"".join(varint(1 << 3) + varint(side) for side in array.shape)
    tensor = dims + varint(2 << 3) + varint(1) + piece(8, b"w") + piece(9, array.tobytes())
    other = varint(2 << 3) + varint(7) + piece(8, b"whole_number") + piece(9, b"\0" * 8)
    return varint(1 << 3) + varint(9) + piece(7, piece(5, tensor) + piece(5, other))


@pytest.mark.parametrize("packed", [False, True])
def test_initializers_of_onnx_are_read_as_they_were_written(*, packed: bool) -> None:
    """Floats alone; both ways of writing dimensions."""
    found = onnx_initializers(onnx_model(ARRAY, packed=packed))

    assert list(found) == ["w"]
    np.testing.assert_array_equal(found["w"], ARRAY)


def test_constants_of_a_graph_equal_those_that_tensorflow_wrote() -> None:
    """The second implementation is TensorFlow's own serialiser."""
    tf = pytest.importorskip("tensorflow", reason="needs the extra pretrained")
    graph = tf.Graph()
    with graph.as_default():
        tf.constant(ARRAY, name="w")
        tf.constant(np.full((3, 2), 0.5, np.float32), name="equal")
        tf.constant(3, name="whole_number")
        tf.constant(2.5, name="scalar")
    found = graph_constants(graph.as_graph_def().SerializeToString())

    assert set(found) == {"w", "equal", "scalar"}
    np.testing.assert_array_equal(found["w"], ARRAY)
    np.testing.assert_array_equal(found["equal"], np.full((3, 2), 0.5))
    assert found["scalar"] == np.float32(2.5)


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_message_that_ends_early_is_refused(cut: int) -> None:
    """With a word on what is wrong, never with half the weights."""
    content = onnx_model(ARRAY, packed=False)

    with pytest.raises(WeightsError, match="ends in the middle"):
        onnx_initializers(content[:-cut])


def test_unknown_kind_of_field_is_refused() -> None:
    """Groups were given up long ago."""
    with pytest.raises(WeightsError, match="unknown kind 3"):
        list(fields(memoryview(bytes([1 << 3 | 3]))))


def test_tensor_with_too_few_values_is_refused() -> None:
    """Its name is told."""
    content = onnx_model(ARRAY, packed=False).replace(ARRAY.tobytes(), b"\0" * 24)
    short = content.replace(varint(1 << 3) + varint(2), varint(1 << 3) + varint(9))

    with pytest.raises(WeightsError, match="w: expected 27 float32 values; got 24 bytes"):
        onnx_initializers(short)


def scripts(**changes: Any) -> dict[str, bytes]:
    """A TensorFlow.js model of one quantised and one plain tensor, as a package keeps it."""
    codes = (np.arange(2400) % 256).astype(np.uint8)
    raw = codes.tobytes() + ARRAY.astype("<f4").tobytes()
    half = len(raw) // 2 // 3 * 3
    manifest = (
        'a={weightsManifest:[{weights:[{name:"conv/kernel",shape:[60,40],dtype:"float32",'
        'quantization:{dtype:"uint8",min:-1.5,scale:.25}},'
        '{name:"bn/beta",shape:[2,3],dtype:"float32"}]}]};'
    )
    texts = {"1": raw[:half], "2": raw[half:]} | changes
    return {
        "x/model.min.js": manifest.encode(),
        **{
            f"x/group1-shard{n}of2.min.js": b'export default"' + base64.b64encode(part) + b'";'
            for n, part in texts.items()
        },
    }


def test_eight_bit_weights_come_back_as_scale_times_code_plus_minimum() -> None:
    """Over several shards, and beside a tensor that was not quantised."""
    found = read_shards(scripts(), "pack")
    codes = (np.arange(2400) % 256).astype(np.uint8).reshape(60, 40).astype(np.float32)

    np.testing.assert_array_equal(found["conv/kernel"], codes * 0.25 - 1.5)
    np.testing.assert_array_equal(found["bn/beta"], ARRAY)


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ({"x/group1-shard2of2.min.js": b"export default null"}, "no whole text of base64"),
        ({"x/model.min.js": b""}, "speaks of 0 bytes; got 2424"),
    ],
)
def test_broken_shards_are_refused(broken: dict[str, bytes], told: str) -> None:
    """By what is wrong with them."""
    with pytest.raises(WeightsError, match=told):
        read_shards(scripts() | broken, "pack")


def test_missing_shards_are_refused() -> None:
    """A manifest alone is no model."""
    with pytest.raises(WeightsError, match="pack: holds no shards or no manifest"):
        read_shards({"x/model.min.js": b"a"}, "pack")


def test_wire_format_knows_all_four_kinds() -> None:
    """A varint, eight bytes, a text and four bytes."""
    message = varint(1 << 3) + varint(300) + bytes([2 << 3 | 1]) + struct.pack("<d", 0.5)
    message += piece(3, b"text") + bytes([4 << 3 | 5]) + struct.pack("<f", 1.5)
    found = [(n, v if isinstance(v, int) else bytes(v)) for n, v in fields(memoryview(message))]

    assert found == [
        (1, 300),
        (2, struct.pack("<d", 0.5)),
        (3, b"text"),
        (4, struct.pack("<f", 1.5)),
    ]
