"""Loading configurations from files: folders, sizes, encodings, broken JSON."""

import json
import time
from pathlib import Path

import pytest

from planner.architecture.config import read_config
from planner.architecture.loading import LARGEST_FILE_BYTES, load_architecture
from planner.errors import ArchitectureError
from tests.architecture import minis


def written(folder: Path, text: str | bytes, name: str = "config.json") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refusal(path: Path | str) -> str:
    with pytest.raises(ArchitectureError) as caught:
        load_architecture(path)
    return str(caught.value)


def test_file_and_folder_give_the_same(tmp_path: Path) -> None:
    path = written(tmp_path, json.dumps(minis.DEEPSEEK))
    expected = read_config(minis.DEEPSEEK, name="model")
    assert load_architecture(path, name="model") == expected
    assert load_architecture(tmp_path, name="model") == expected
    assert load_architecture(str(path)).name == str(path)


def test_byte_order_mark_and_infinity_are_read(tmp_path: Path) -> None:
    text = json.dumps({**minis.LLAMA, "time_step_limit": [0.0, float("inf")]})
    assert load_architecture(written(tmp_path, b"\xef\xbb\xbf" + text.encode())).layer_count == 2


def test_quantisation_beside_the_configuration(tmp_path: Path) -> None:
    legacy = {"producer": {"name": "modelopt"}, "quantization": {"quant_algo": "FP8", "exclude_modules": ["lm_head"]}}
    written(tmp_path, json.dumps(legacy), "hf_quant_config.json")
    path = written(tmp_path, json.dumps(minis.LLAMA))
    for place in (path, tmp_path):
        quantisation = load_architecture(place).quantisation
        assert quantisation is not None
        assert quantisation.weight_format == "fp8"
    assert load_architecture(written(tmp_path, json.dumps(minis.LLAMA), "other.json")).quantisation is None
    written(tmp_path, json.dumps(legacy), "mine_hf_quant_config.json")
    assert load_architecture(written(tmp_path, json.dumps(minis.LLAMA), "mine_config.json")).quantisation is not None


def test_the_format_file_means_the_configuration_beside_it(tmp_path: Path) -> None:
    legacy = {"producer": {"name": "modelopt"}, "quantization": {"quant_algo": "NVFP4", "exclude_modules": ["lm_head"]}}
    for prefix in ("", "mine_"):
        quant = written(tmp_path, json.dumps(legacy), f"{prefix}hf_quant_config.json")
        assert "give the config.json beside it" in refusal(quant)
        config = written(tmp_path, json.dumps(minis.LLAMA), f"{prefix}config.json")
        assert load_architecture(quant, name="model") == load_architecture(config, name="model")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"model_type": "llama",\n  "hidden_size": }', ":2:18: not JSON"),
        ("", ":1:1: not JSON"),
        ("[1, 2]", ":1:1: holds a list, not a mapping"),
        ("null", "holds a NoneType"),
        ('{"hidden_size": 1, "hidden_size": 2}', "key 'hidden_size' stands twice"),
        ("[" * 100_000, "nested too deeply"),
        ('{"hidden_size": ' + "9" * 5000 + "}", "not JSON"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"\x80\x02}q", "not UTF-8"),
    ],
)
def test_broken_files_are_refused_with_their_place(tmp_path: Path, text: str | bytes, words: str) -> None:
    path = written(tmp_path, text)
    message = refusal(path)
    assert message.startswith(str(path))
    assert words in message
    assert "(give a config.json" in message


def test_large_files_are_refused_without_being_parsed(tmp_path: Path) -> None:
    path = written(tmp_path, b" " * (LARGEST_FILE_BYTES + 1))
    started = time.perf_counter()
    assert f"larger than {LARGEST_FILE_BYTES} bytes" in refusal(path)
    assert time.perf_counter() - started < 2.0


def test_three_megabytes_of_named_modules_are_read(tmp_path: Path) -> None:
    """As in nvidia/MiniMax-M3-NVFP4: 22,422 modules named one by one."""
    layers = {f"model.layers.{i}.mlp.experts.{j}.down_proj" + "x" * 80: {"quant_algo": "NVFP4"}
              for i in range(60) for j in range(370)}  # fmt: skip
    quantisation = {"quant_method": "modelopt", "quant_algo": "MIXED_PRECISION", "quantized_layers": layers}
    path = written(tmp_path, json.dumps({**minis.LLAMA, "quantization_config": quantisation}))
    assert path.stat().st_size > 3_000_000
    started = time.perf_counter()
    assert load_architecture(path).quantisation is not None
    assert time.perf_counter() - started < 5.0


@pytest.mark.parametrize("path", ["", "nowhere", "no\0where", "x" * 5000])
def test_paths_that_cannot_be_read(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "cannot be read" in refusal(path)


def test_a_device_is_no_configuration() -> None:
    assert "no regular file" in refusal("/dev/null")
