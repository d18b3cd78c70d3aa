"""Hostile files of every other kind: configurations, measurements, catalogues, calibrations, prices, plans, gates."""

from tests.hostile.attacks import Attack, Making, link, nested, pipe, sparse, spec
from tests.hostile.attacks_plans import EXPRESSIONS, PLANS

S = "candidates s.yaml"
HEADER = b"model,accelerator,input_tokens,output_tokens,concurrency,tpot_ms\n"
ROW = b"meta-llama/Meta-Llama-3.1-8B,h100-sxm-80gb,1024,256,16,9.0\n"
IMPORT = "catalog import p.csv -o out --provider evil --as-of 2026-11-01"
PRICES = b"InstanceType,AcceleratorName,AcceleratorCount,Price,SpotPrice,Region\n"


def _config(text: bytes) -> Attack:
    return Attack(S, "", {"s.yaml": spec(model="m"), "m/config.json": text})


def _with(attack: Attack, message: str) -> Attack:
    return Attack(attack.command, message, attack.files)


CONFIGS = {
    "config: deep brackets": _with(_config(nested("[", "]", 100_000)), "nested too deeply"),
    "config: deep objects": _with(_config(b'{"a":' * 100_000), "nested too deeply"),
    "config: huge integer": _with(_config(b'{"hidden_size": ' + b"9" * 1_000_000 + b"}"), "not JSON"),
    "config: huge width": _with(_config(b'{"model_type": "llama", "hidden_size": 1e30}'), "hidden_size"),
    "config: a billion layers": _with(
        _config(b'{"model_type": "llama", "hidden_size": 64, "num_hidden_layers": 1000000000}'), "num_hidden_layers"
    ),
    "config: negative width": _with(_config(b'{"model_type": "llama", "hidden_size": -1}'), "hidden_size"),
    "config: not a number": _with(_config(b'{"model_type": "llama", "hidden_size": NaN}'), "hidden_size"),
    "config: key twice": _with(_config(b'{"model_type": "llama", "model_type": "gpt2"}'), "stands twice"),
    "config: broken UTF-8": _with(_config(b'{"model_type": "\xff"}'), "not UTF-8"),
    "config: NUL": _with(_config(b'{"model_type": "\0"}'), "not JSON"),
    "config: a pickle": _with(_config(b"\x80\x04\x95cposix\nsystem\n(Vtouch pwned\ntR."), "config.json"),
    "config: many empty lists": _with(_config(b"[" + b"[]," * 2_600_000 + b"[]]"), "config.json"),
    "config: a gigabyte": Attack(
        S, "larger than", {"s.yaml": spec(model="m"), "m/config.json": sparse(b'{"model_type": "llama"}')}
    ),
    "config: ten megabytes of right JSON": _with(
        _config(b'{"model_type": "llama", "notes": "' + b"x" * 10_000_000 + b'"}'), "larger than 8000000 bytes"
    ),
    "config: key twice, far inside": _with(
        _config(b'{"model_type": "llama", "rope_scaling": {"a": {"b": 1, "b": 2}}}'), "key 'b' stands twice"
    ),
    "config: UTF-16": _with(_config('{"model_type": "llama"}'.encode("utf-16")), "not UTF-8 text"),
    "config: layers that are a text": _with(
        _config(b'{"model_type": "llama", "hidden_size": 64, "num_hidden_layers": "9"}'), "num_hidden_layers"
    ),
    "config: a million keys": _with(
        _config(b"{" + b",".join(b'"k%d":1' % i for i in range(400_000)) + b"}"), "holds 400000 keys"
    ),
    "config: code named": _with(
        _config(b'{"model_type": "evil", "auto_map": {"AutoModel": "evil.Model"}, "trust_remote_code": true}'),
        "architecture 'evil' is not understood",
    ),
    "quantisation: deep": Attack(
        S, "nested too deeply",
        {"s.yaml": spec(model="m"), "m/config.json": b"{}", "m/hf_quant_config.json": b"[" * 99_999},
    ),
}  # fmt: skip


def _measured(message: str, content: Making) -> Attack:
    return Attack("validate m.csv", message, {"m.csv": content})


MEASUREMENTS = {
    "measurements: /dev/zero": Attack("validate /dev/zero", "/dev/zero: cannot be read: not a regular file"),
    "measurements: a pipe": _measured("m.csv: cannot be read: a pipe that", pipe),
    "measurements: a folder": Attack("validate .", ".: cannot be read: is a directory"),
    "measurements: a loop of links": _measured("symbolic links", link("m.csv")),
    "measurements: a gigabyte": _measured("1073741824 bytes", sparse(HEADER + ROW)),
    "measurements: one endless line": _measured("m.csv:2: ", HEADER + b"x" * 60_000_000),
    "measurements: an endless header": _measured("m.csv:1: ", b"x" * 60_000_000),
    "measurements: too many rows": _measured("900001 lines, at most 50000 are read", HEADER + ROW * 900_000),
    "measurements: as many rows as may be": _measured("m.csv:50000: 1 cells", HEADER + ROW * 49_998 + b"x\n"),
    "measurements: as many wrong rows": _measured("m.csv:2: 1 cells", HEADER + b"x\n" * 49_999),
    "measurements: NUL": _measured("m.csv:2", HEADER + b"\0,,,,,\n"),
    "measurements: broken UTF-8": _measured("m.csv: cannot be read", HEADER + b"\xff,,,,,\n"),
    "measurements: 1e999 tokens": _measured("must be positive and finite", HEADER + ROW.replace(b"1024", b"1e999")),
    "measurements: empty": Attack("calibrate m.csv", "no header line", {"m.csv": b""}),
    "measurements: a million columns": _measured("4000001 columns", b"a," * 4_000_000 + b"\n"),
}  # fmt: skip


def _laid(message: str, content: Making, name: str = "c/offers/x.yaml") -> Attack:
    return Attack("catalog list --catalog c", message, {name: content})


def _calibrated(message: str, content: Making) -> Attack:
    return Attack("candidates s.yaml --calibration k", message, {"s.yaml": spec(), "k": content})


NO_ENTRY = "no entry is read from here"
CATALOGUES = {
    "catalogue: deep": _laid("nested too deeply", b"a: " + nested("[", "]", 50_000)),
    "catalogue: alias bomb": _laid("alias *a", b"a: &a [1]\nb: [*a, *a]\n"),
    "catalogue: runs code": _laid("c/offers/x.yaml:1:", b"a: !!python/object/apply:os.system [id]\n"),
    "catalogue: a gigabyte": _laid("1073741824 bytes", sparse(b"a: 1\n")),
    "catalogue: a pipe": _laid(NO_ENTRY, pipe),
    "catalogue: a device": _laid(NO_ENTRY, link("/dev/zero")),
    "catalogue: huge integer": _laid("c/offers/x.yaml", b"a: " + b"9" * 6000),
    "catalogue: no such day": _laid("c/offers/x.yaml", b"a: 2026-99-99\n"),
    "catalogue: binary": _laid("not UTF-8", b"\xff\xfe\0"),
    "catalogue: NUL": _laid("c/offers/x.yaml:1:", b"a: \0\n"),
    "catalogue: a loop of links": _laid(NO_ENTRY, link("offers"), "c/offers"),
    "calibration: /dev/zero": Attack("candidates - --calibration /dev/zero", "not a regular file", stdin=spec()),
    "calibration: a pipe": _calibrated("not a regular file", pipe),
    "calibration: a list": _calibrated("k", b"[1, 2]\n"),
    "calibration: an id that climbs": _calibrated("k", b"id: ../../etc/passwd\nfactors: {}\n"),
    "calibration: not a number": _calibrated("k:", b"id: user\nfactors: {x: .nan}\nsources: []\n"),
    "calibration: deep": _calibrated("nested too deeply", b"id: " + b"[" * 99_999),
}  # fmt: skip


def _import(message: str, content: Making, **files: Making) -> Attack:
    return Attack(IMPORT, message, {"p.csv": content, **files})


LISTED = b"a,H100-SXM-80GB,1,9,,r\n"
IMPORTS = {
    "prices: /dev/zero": Attack(IMPORT.replace("p.csv", "/dev/zero"), "not a regular file"),
    "prices: a pipe": _import("a pipe that nobody writes to", pipe),
    "prices: a gigabyte": _import("p.csv: ", sparse(PRICES)),
    "prices: one endless line": _import("is not CSV", PRICES + b"x" * 30_000_000),
    "prices: too many rows": _import("rows (split it)", PRICES + LISTED * 2_000_000),
    "prices: as many rows as may be": _import("in the catalogue", PRICES + b"a,X,1,9,,r\n" * 199_999),
    "prices: a provider that climbs": Attack(IMPORT.replace("evil", "../evil"), "is no id", {"p.csv": PRICES}),
    "prices: infinite": _import("no instance, no price", PRICES + b"a,H100,1,1e999,,\n"),
    "prices: NUL": _import("p.csv", PRICES + b"\0,\0,\0,\0,\0,\0\n"),
    "prices: on top of a list": _import("holds no offers", PRICES + LISTED, **{"out/offers/evil.yaml": b"[1]\n"}),
}  # fmt: skip

ATTACKS = CONFIGS | MEASUREMENTS | CATALOGUES | IMPORTS | PLANS | EXPRESSIONS
