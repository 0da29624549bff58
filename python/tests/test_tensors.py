from pathlib import Path

import numpy as np
import pytest
import saferl
from conftest import packed, safetensors


def entry(dtype: str, shape: list[int], *offsets: int) -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": list(offsets)}


def opened(folder: Path, data: bytes) -> saferl.Tensors:
    (folder / "t.safetensors").write_bytes(data)
    return saferl.load_tensors(folder / "t.safetensors")


def test_every_array_comes_back_with_its_type_shape_and_bits(tmp_path):
    arrays = {
        "flag": np.array([True, False, True]),
        "odd": np.arange(3, dtype=np.float64),  # begins at byte 3: data need not be aligned
        "single": np.array([[1.5, np.nan], [-np.inf, -0.0]], np.float32),
        "half": np.array([[0.5, 65504.0]], np.float16), "whole": np.array(-(2**63), np.int64),
        "empty": np.zeros((0, 4), np.float32), "bytes": np.frombuffer(b"\0\xff", np.uint8),
    }
    tensors = opened(tmp_path, packed(arrays, {"step": "7"}))
    assert list(tensors) == list(arrays) and len(tensors) == 7 and tensors.metadata == {"step": "7"}
    for name, values in arrays.items():
        assert tensors[name].dtype == values.dtype and tensors[name].shape == values.shape
        assert tensors[name].tobytes() == values.tobytes()
    assert tensors.type_of("half") == "F16" and tensors.shape_of("empty") == (0, 4)


def test_brain_floats_are_widened_without_a_change(tmp_path):
    values = np.array([1.0, -2.5, np.inf, 3.0e38], np.float32)
    upper = (values.view(np.uint32) >> 16).astype("<u2")
    tensors = opened(tmp_path, safetensors({"b": entry("BF16", [2, 2], 0, 8)}, upper.tobytes()))
    expected = (upper.astype(np.uint32) << 16).view(np.float32).reshape(2, 2)
    assert tensors["b"].dtype == np.float32 and not tensors["b"].flags.writeable
    np.testing.assert_array_equal(tensors["b"], expected)


def test_arrays_cannot_be_written_to_and_outlive_the_file(tmp_path):
    values = opened(tmp_path, packed({"a": np.ones(3, np.float32)}))["a"]
    (tmp_path / "t.safetensors").unlink()
    with pytest.raises(ValueError, match="read-only"):
        values[0] = 2
    assert values.sum() == 3


def test_tensors_below_a_name_lose_it(tmp_path):
    arrays = {name: np.zeros(1, np.float32) for name in ("vh.weights.l0", "vh.weights.out", "vh.weightsX.l0", "vr.weights.l0")}
    assert list(opened(tmp_path, packed(arrays)).select("vh.weights")) == ["l0", "out"]


def test_a_name_that_is_not_there_is_a_key_error(tmp_path):
    tensors = opened(tmp_path, packed({"a": np.zeros(1, np.float32)}))
    assert "b" not in tensors
    with pytest.raises(KeyError, match="'b' is no tensor of"):
        tensors["b"]


F = entry("F32", [1], 0, 4)


@pytest.mark.parametrize(("data", "reason"), [
    (b"", "0 bytes are too few for the length of a header"),
    (b"\2\0\0\0\0\0\0", "7 bytes are too few"),
    ((2**63).to_bytes(8, "little") + b"{}", "a header of 9223372036854775808 bytes does not fit into the file of 10"),
    ((3).to_bytes(8, "little") + b"{}", "a header of 3 bytes does not fit"),
    (safetensors(b" {}"), 'the header does not begin with "{"'),
    (safetensors(b"{} x"), "the header cannot be read: Extra data"),
    (safetensors(b'{"\xff": 1}'), "the header cannot be read: 'utf-8'"),
    (safetensors(b'{"a":' * 3000 + b"1" + b"}" * 3000), "the header cannot be read"),
    (safetensors(b'{"a":1,"a":2}'), 'the key "a" stands there twice'),
    (safetensors({"__metadata__": {"a": 1}}), "__metadata__ holds more than texts"),
    (safetensors({"a": [1]}), 'tensor "a" needs a dtype, a shape and two data_offsets, and nothing else'),
    (safetensors({"a": F | {"x": 1}}, b"0000"), 'tensor "a" needs a dtype'),
    (safetensors({"a": entry("F8", [1], 0, 4)}, b"0000"), 'tensor "a" has the unknown dtype "F8"'),
    (safetensors({"a": {"dtype": ["F32"], "shape": [1], "data_offsets": [0, 4]}}, b"0000"), 'unknown dtype ["F32"]'),
    (safetensors({"a": entry("F32", [-1], 0, 4)}, b"0000"), 'the numbers of tensor "a" are not whole and at least 0'),
    (safetensors({"a": entry("F32", [True], 0, 4)}, b"0000"), 'the numbers of tensor "a"'),
    (safetensors({"a": entry("F32", [1.0], 0, 4)}, b"0000"), 'the numbers of tensor "a"'),
    (safetensors({"a": entry("F32", [1], 0)}, b"0000"), 'tensor "a" needs two data_offsets'),
    (safetensors({"a": F, "b": entry("F32", [1], 5, 9)}, b"0" * 9), 'tensor "b" leaves a hole before byte 5'),
    (safetensors({"a": F, "b": entry("F32", [1], 3, 7)}, b"0" * 7), 'tensor "b" overlaps what is before byte 4'),
    (safetensors({"a": entry("F32", [2], 0, 8)}, b"0000"), 'tensor "a" ends at byte 8 of 4 bytes'),
    (safetensors({"a": F, "b": entry("F32", [0], 4, 2)}, b"0000"), 'tensor "b" ends at byte 2 of 4'),
    (safetensors({"a": entry("F32", [2], 0, 4)}, b"0000"), 'tensor "a" of shape [2] needs 8 bytes, not 4'),
    (safetensors({"a": entry("F32", [2**62, 0], 0, 0)}), 'the shape of tensor "a" is too large'),
    (safetensors({"a": entry("F32", [0, 2**64], 0, 0)}), 'the shape of tensor "a" is too large'),
    (safetensors({"a": F}, b"00000"), "1 bytes follow the last tensor"),
    (safetensors({"a": entry("BOOL", [2], 0, 2)}, b"\1\2"), "neither 0 nor 1"),
])
def test_a_file_that_breaks_a_rule_is_refused(tmp_path, data, reason):
    with pytest.raises(saferl.RunError) as caught:
        opened(tmp_path, data)
    start = f"{tmp_path}/t.safetensors: not a valid safetensors file: "
    assert str(caught.value).startswith(start) and reason in str(caught.value)
    assert str(caught.value).endswith(". Copy or convert the file again.")


def test_more_dimensions_than_numpy_has_are_refused_by_name(tmp_path):
    tensors = opened(tmp_path, safetensors({"a": entry("F32", [1] * 100, 0, 4)}, b"0000"))
    with pytest.raises(saferl.RunError, match='tensor "a": '):
        tensors["a"]


def test_what_is_no_file_is_refused(tmp_path):
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(saferl.RunError, match="no such file"):
            saferl.load_tensors(path)
