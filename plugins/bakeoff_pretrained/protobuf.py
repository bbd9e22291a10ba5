"""Reader of named arrays in ONNX and TensorFlow graphs, without either library.

Both are protocol buffers; reading weights requires four kinds of fields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bakeoff_pretrained.errors import WeightsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    Arrays = dict[str, npt.NDArray[np.float32]]

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_FLOAT = 1
"""Code of float32 in both ONNX's and TensorFlow's tensors."""


def fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yield number and value of each field of a message: an int for varints, else its bytes.

    Raises:
        WeightsError: the bytes end too early or hold another kind of field.

    Source:
        Google, "Protocol Buffers: Encoding", the wire format.
    """
    position = 0
    while position < len(message):
        key, position = _varint(message, position)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, position = _varint(message, position)
            yield number, value
            continue
        if kind == _BYTES:
            size, position = _varint(message, position)
        elif kind in {_FIXED32, _FIXED64}:
            size = 4 if kind == _FIXED32 else 8
        else:
            raise WeightsError("protocol buffer", f"holds a field of unknown kind {kind}.")
        if position + size > len(message):
            raise WeightsError("protocol buffer", "ends in the middle of a field.")
        yield number, message[position : position + size]
        position += size


def _varint(message: memoryview, position: int) -> tuple[int, int]:
    """Return a number in groups of seven bits, lowest first, and the position after it."""
    value = 0
    for shift in range(0, 70, 7):
        if position >= len(message):
            break
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004  the bit that says that more follows
            return value, position
    raise WeightsError("protocol buffer", "ends in the middle of a number.")


def onnx_initializers(content: bytes) -> Arrays:
    """Return all float32 initializers of an ONNX model by name.

    Source:
        The ONNX authors, `onnx.proto`: ModelProto.graph 7, GraphProto.initializer 5, TensorProto.
    """
    arrays: Arrays = {}
    for number, graph in fields(memoryview(content)):
        if number == 7 and isinstance(graph, memoryview):  # noqa: PLR2004  see Source
            for inner, tensor in fields(graph):
                if inner == 5 and isinstance(tensor, memoryview):  # noqa: PLR2004
                    name, array = _onnx_tensor(tensor)
                    if array is not None:
                        arrays[name] = array
    return arrays


def _onnx_tensor(message: memoryview) -> tuple[str, npt.NDArray[np.float32] | None]:
    """Return name and values of: dims 1, data_type 2, float_data 4, name 8, raw_data 9."""
    name, kind, dims, floats, raw = "", 0, list[int](), b"", b""
    for number, value in fields(message):
        if isinstance(value, int):
            if number == 1:
                dims.append(value)
            elif number == 2:  # noqa: PLR2004  data_type
                kind = value
        elif number == 1:
            dims += _packed(value)
        elif number == 4:  # noqa: PLR2004  float_data
            floats += bytes(value)
        elif number == 8:  # noqa: PLR2004  name
            name = bytes(value).decode()
        elif number == 9:  # noqa: PLR2004  raw_data
            raw = bytes(value)
    return name, _array(raw or floats, dims, name) if kind == _FLOAT else None


def graph_constants(content: bytes) -> Arrays:
    """Return all float32 constants of a TensorFlow graph by the name of their node.

    Source:
        The TensorFlow authors, `graph.proto`, `node_def.proto`, `attr_value.proto`, `tensor.proto`.
    """
    arrays: Arrays = {}
    for number, node in fields(memoryview(content)):
        if number == 1 and isinstance(node, memoryview):
            name, tensor = _const(node)
            if tensor is not None and (array := _graph_tensor(tensor, name)) is not None:
                arrays[name] = array
    return arrays


def _const(node: memoryview) -> tuple[str, memoryview | None]:
    """Return a node's name and `value`: name 1, op 2, attr 5 (key 1, value 2 with tensor 8)."""
    name, op, tensor = "", "", None
    for number, value in fields(node):
        if isinstance(value, int):
            continue
        if number == 1:
            name = bytes(value).decode()
        elif number == 2:  # noqa: PLR2004  op
            op = bytes(value).decode()
        elif number == 5:  # noqa: PLR2004  attr
            entry = dict(fields(value))
            key, content = entry.get(1), entry.get(2)
            if (
                isinstance(key, memoryview)
                and bytes(key) == b"value"
                and isinstance(content, memoryview)
            ):
                inner = dict(fields(content)).get(8)
                tensor = inner if isinstance(inner, memoryview) else None
    return name, tensor if op == "Const" else None


def _graph_tensor(message: memoryview, name: str) -> npt.NDArray[np.float32] | None:
    """Return values of: dtype 1, tensor_shape 2 (dim 2, size 1), tensor_content 4, float_val 5."""
    kind, dims, content, floats = 0, list[int](), b"", b""
    for number, value in fields(message):
        if isinstance(value, int):
            kind = value if number == 1 else kind
        elif number == 2:  # noqa: PLR2004  tensor_shape
            for inner, dim in fields(value):
                if inner == 2 and isinstance(dim, memoryview):  # noqa: PLR2004  dim
                    size = dict(fields(dim)).get(1, 0)
                    dims.append(size if isinstance(size, int) else 0)
        elif number == 4:  # noqa: PLR2004  tensor_content
            content = bytes(value)
        elif number == 5:  # noqa: PLR2004  float_val
            floats += bytes(value)
    return _array(content or floats, dims, name) if kind == _FLOAT else None


def _array(raw: bytes, dims: list[int], name: str) -> npt.NDArray[np.float32]:
    values = np.frombuffer(raw, "<f4") if len(raw) % 4 == 0 else np.zeros(0, np.float32)
    expected = int(np.prod(dims)) if dims else 1
    if len(values) == 1 < expected:  # TensorFlow keeps one value where all are equal
        values = np.full(expected, values[0], np.float32)
    if len(values) != expected:
        raise WeightsError(name, f"expected {expected} float32 values; got {len(raw)} bytes.")
    return values.reshape(dims).astype(np.float32)


def _packed(message: memoryview) -> list[int]:
    numbers, position = [], 0
    while position < len(message):
        value, position = _varint(message, position)
        numbers.append(value)
    return numbers
