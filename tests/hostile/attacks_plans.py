"""Hostile plans, and hostile expressions of ``--fail-on``."""

from tests.hostile.attacks import Attack, link, nested, pipe, sparse, spec

PLANS = {
    "plan: /dev/zero": Attack("check /dev/zero", "/dev/zero: cannot be read: not a regular file"),
    "plan: a pipe": Attack("check p.json", "p.json: cannot be read: a pipe that", {"p.json": pipe}),
    "plan: a gigabyte": Attack("check p.json", "1073741824 bytes, at most", {"p.json": sparse(b"{}")}),
    "plan: a loop of links": Attack("diff p.json p.json", "symbolic links", {"p.json": link("p.json")}),
    "plan: deep": Attack("check p.json", "nested too deeply", {"p.json": nested("[", "]", 100_000)}),
    "plan: deep input": Attack(
        "check p.json", "p.json", {"p.json": b'{"schema": 1, "input": ' + b'{"a":' * 900 + b"1" + b"}" * 901}
    ),
    "plan: huge integer": Attack("check p.json", "not JSON", {"p.json": b'{"schema": ' + b"9" * 100_000 + b"}"}),
    "plan: of another schema": Attack("check p.json", "is not 1", {"p.json": b'{"schema": "' + b"x" * 100_000 + b'"}'}),
    "plan: of the next schema": Attack("check p.json", "is not 1", {"p.json": b'{"schema": 2}'}),
    "plan: of schema true": Attack("check p.json", "is not 1", {"p.json": b'{"schema": true}'}),
    "plan: of schema 1.5": Attack("check p.json", "is not 1", {"p.json": b'{"schema": 1.5}'}),
    "plan: of no schema": Attack("check p.json", "schema", {"p.json": b"{}"}),
    "plan: schema twice": Attack("check p.json", "p.json", {"p.json": b'{"schema": 1, "schema": 2}'}),
    "plan: nothing but a schema": Attack("check p.json", "p.json", {"p.json": b'{"schema": 1}'}),
    "plan: UTF-16": Attack("check p.json", "p.json", {"p.json": '{"schema": 1}'.encode("utf-16")}),
    "plan: broken UTF-8": Attack("check p.json", "p.json", {"p.json": b'{"schema": 1, "\xff": 1}'}),
    "plan: a list": Attack("check p.json", "p.json", {"p.json": b"[1]"}),
    "plan: a pickle": Attack("check p.json", "not JSON", {"p.json": b"\x80\x04\x95cposix\nsystem\n(Vtouch pwned\ntR."}),
    "plan: many empty lists": Attack("check p.json", "p.json", {"p.json": b"[" + b"[]," * 2_600_000 + b"[]]"}),
    "plan: against a device": Attack(
        "solve s.yaml --against /dev/zero", "not a regular file", {"s.yaml": spec()}
    ),
}  # fmt: skip


def _gate(expression: str, message: str) -> Attack:
    return Attack(("diff", "a.json", "b.json", "--fail-on", expression), message)


EXPRESSIONS = {
    "gate: blanks": _gate("infeasible" + " " * 100_000 + "x", "--fail-on"),
    "gate: digits": _gate("gap > " + "1" * 100_000 + "x", "--fail-on"),
    "gate: infinite": _gate("gap > 1e999", "is not a number"),
    "gate: a long name": _gate("x" * 100_000, "--fail-on"),
    "gate: ten thousand terms": _gate(" and ".join(["infeasible"] * 10_000), "--fail-on"),
    "gate: code": _gate("__import__('os').system('touch pwned')", "is not METRIC"),
    "gate: terminal escapes": _gate("\x1b[2J > 1", "--fail-on"),
    "gate: nothing": _gate("", "is not METRIC"),
}
