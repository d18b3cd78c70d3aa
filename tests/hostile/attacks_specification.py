"""Hostile specifications: bombs, what is no text, values out of every range, paths that lead where they should not."""

from tests.hostile.attacks import SPEC, Attack, Making, link, nested, pipe, sparse, spec

LAUGHS = "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
RATES = "workload: {{demand: {{csv: {}}}, input_tokens: 1000, output_tokens: 200}}\n"
TRACE = "workload: {{requests_per_s: 2, lengths: {{trace: {}}}}}\n"
LENGTHS = b"input_tokens,output_tokens\n"
HOURS = b"hour,requests_per_s\n"
S = "candidates s.yaml"


def _rate(value: str) -> bytes:
    return spec(workload=f"workload: {{requests_per_s: {value}, input_tokens: 1000, output_tokens: 200}}\n")


DOCUMENTS = {
    "billion laughs": Attack(S, "holds more than 20000 values, aliases expanded", {"s.yaml": LAUGHS.encode()}),
    "deep brackets": Attack(S, "is nested more than 32 deep", {"s.yaml": b"model: " + nested("[", "]", 100_000)}),
    "deep braces": Attack(S, "is nested more than 32 deep", {"s.yaml": b"{a: " * 50_000}),
    "a gigabyte of nothing": Attack(S, "is larger than 512 KiB", {"s.yaml": sparse(SPEC.encode())}),
    "endless zeros": Attack("candidates /dev/zero", "specification: cannot be read: not a regular file"),
    "endless noise": Attack("candidates /dev/urandom", "specification: cannot be read: not a regular file"),
    "no end on stdin": Attack("candidates -", "<stdin>:1:1: document: is larger than", stdin=b"\n" * 600_000),
    "a pipe without a writer": Attack(S, "s.yaml: specification: cannot be read: a pipe that", {"s.yaml": pipe}),
    "a folder": Attack("candidates .", "cannot be read: is a directory"),
    "a loop of links": Attack(S, "cannot be read: too many levels of symbolic links", {"s.yaml": link("s.yaml")}),
    "a name of 5,000 letters": Attack(f"candidates {'x' * 5000}", "cannot be read: file name too long"),
    "NUL": Attack(S, "s.yaml:1:8: document: character U+0000 cannot stand", {"s.yaml": b"model: \0\n"}),
    "broken UTF-8": Attack(S, "s.yaml:1:8: document: byte 0xff is not UTF-8", {"s.yaml": b"model: \xff\xfe\n"}),
    "an overlong UTF-8 slash": Attack(S, "byte 0xc0 is not UTF-8", {"s.yaml": b"model: ..\xc0\xaf..\n"}),
    "lone surrogate": Attack(S, "byte 0xed is not UTF-8", {"s.yaml": b"model: \xed\xa0\x80\n"}),
    "a tag that runs code": Attack(
        S, "has the tag", {"s.yaml": b"model: !!python/object/apply:os.system ['touch pwned']\n"}
    ),
    "recursive anchor": Attack(S, "names no finished anchor", {"s.yaml": b"model: &a {x: *a}\n"}),
    "terminal escapes in a key": Attack(S, "U+001B cannot stand", {"s.yaml": b"\x1b]0;owned\x07: 1\n"}),
    "escapes spelt out": Attack(S, "\\x1b]0;owned\\x07: is an unknown", {"s.yaml": b'"\\e]0;owned\\a": 1\n' + spec()}),
    "right-to-left override": Attack(S, "an unknown key", {"s.yaml": '"\u202eledom": 1\n'.encode() + spec()}),
}  # fmt: skip

VALUES = {
    "a million nines": Attack(S, "seed: 99999", {"s.yaml": spec(more="seed: " + "9" * 400_000 + "\n")}),
    "exponent bomb": Attack(S, "1e999999999 is infinite, or too large", {"s.yaml": _rate("1e999999999")}),
    "hexadecimal bomb": Attack(S, "seed:", {"s.yaml": spec(more="seed: 0x" + "f" * 400_000 + "\n")}),
    "not a number": Attack(S, ".nan is not a number", {"s.yaml": _rate(".nan")}),
    "a rate of 1e300": Attack(S, "is out of range", {"s.yaml": _rate("1e300")}),
    "sexagesimal": Attack(S, "is not a number", {"s.yaml": _rate("1:30:00")}),
    "long scalar": Attack(S, "model: cannot be read: file name too long", {"s.yaml": spec(model="x" * 400_000)}),
    "many unknown keys": Attack(S, "is an unknown key", {"s.yaml": b"".join(b"k%d: 1\n" % i for i in range(9000))}),
    "many wrong names": Attack(
        S, "'h100x' is no", {"s.yaml": spec(more=f"limits: {{accelerators: [{'h100x, ' * 9000}]}}\n")}
    ),
    "a path of ten thousand keys": Attack(
        ("candidates", "s.yaml", "--set", "a." * 10_000 + "a=1"), "is nested more than 32 deep", {"s.yaml": spec()}
    ),
    "an index that is no number": Attack(
        ("candidates", "s.yaml", "--set", "workloads.²=1"), "workloads", {"s.yaml": spec()}
    ),
    "an index of 5,000 digits": Attack(
        ("candidates", "s.yaml", "--set", f"formats[{'9' * 5000}]=1"), "formats", {"s.yaml": spec()}
    ),
    "an alias bomb in --set": Attack(
        ("candidates", "s.yaml", "--set", "model={a: &a [1,1], b: [" + "*a," * 15_000 + "1]}"),
        "holds more than 20000 values", {"s.yaml": spec()},
    ),
    "NUL in --set": Attack(("candidates", "s.yaml", "--set", "model=\x01"), "U+0001 cannot stand", {"s.yaml": spec()}),
}  # fmt: skip


def _model(name: str, message: str, **files: Making) -> Attack:
    return Attack(S, message, {"s.yaml": spec(model=name), **files})


def _trace(message: str, rows: Making | None = None, *, name: str = "t.csv", head: bytes = LENGTHS) -> Attack:
    """Return an attack by a trace of these rows (or what makes it), or by the name of something that stands there."""
    content = head + rows if isinstance(rows, bytes) else rows
    files = {} if content is None else {"t.csv": content}
    return Attack(S, message, {"s.yaml": spec(workload=TRACE.format(name)), **files})


def _rates(message: str, rows: Making | None = None, *, name: str = "r.csv") -> Attack:
    content = HOURS + rows if isinstance(rows, bytes) else rows
    files = {} if content is None else {"r.csv": content}
    return Attack(S, message, {"s.yaml": spec(workload=RATES.format(name)), **files})


ROOT_FILE = "../" * 40 + "etc/passwd"
NO_FILE = "is neither a model of the catalogue nor a file"
LOOP = "too many levels of symbolic links"
PATHS = {
    "model: password file": _model("/etc/passwd", "/etc/passwd:1:1: not JSON"),
    "model: climbing out": _model(ROOT_FILE, "not JSON"),
    "model: /dev/zero": _model("/dev/zero", "'/dev/zero' is not a regular file"),
    "model: a pipe": _model("p", "'p' is not a regular file", p=pipe),
    "model: a loop of links": _model("loop", "model:", loop=link("loop")),
    "model: a link to a device": _model("z", "'z' is not a regular file", z=link("/dev/zero")),
    "model: a folder of folders": _model("d", "holds no config.json", **{"d/config.json/x": b""}),
    "model: NUL in its name": _model('"a\\0b"', NO_FILE),
    "model: an address": _model("https://evil.example/config.json", NO_FILE),
    "trace: /dev/zero": _trace("cannot be read: not a regular file", name="/dev/zero"),
    "trace: a pipe": _trace("cannot be read: not a regular file", pipe),
    "trace: password file": _trace("has no such column", name=ROOT_FILE),
    "trace: a loop of links": _trace(LOOP, link("t.csv")),
    "trace: a gigabyte": _trace("1073741824 bytes, at most", sparse(LENGTHS)),
    "trace: 60 MB of NUL": _trace("is no trace", sparse(LENGTHS, 60 * 10**6)),
    "trace: 60 MB of short rows": _trace("15000001 lines, at most", b"1,1\n" * 15_000_000),
    "trace: as many rows as may be": _trace("'x' is no length", b"1,1\n" * 999_998 + b"x,1\n"),
    "trace: one endless line": _trace("is no trace", b"1" * 30_000_000),
    "trace: not a number": _trace("'nan' is no length", b"nan,1\n"),
    "trace: a quote left open": _trace("is no trace", b'"1,1\n' + b"1,1\n" * 100_000),
    "trace: broken UTF-8": _trace("is not UTF-8", b"1,1\n\xff,1\n"),
    "demand: /dev/zero": _rates("not a regular file", name="/dev/zero"),
    "demand: a gigabyte": _rates("1073741824 bytes, at most", sparse(HOURS)),
    "demand: the year 1e300": _rates("spans", b"0,1\n1e300,1\n"),
    "demand: 16 MB of rows": _rates("4000001 lines, at most", b"0,1\n" * 4_000_000),
    "demand: as many rows as may be": _rates("'0,x' is no hour and rate", b"0,1\n" * 599_998 + b"0,x\n"),
    "demand: NUL": _rates("r.csv", b"0,\0\n"),
    "demand: without end": _rates("is no hour and rate", b"0,inf\n"),
}  # fmt: skip
