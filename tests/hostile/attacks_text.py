"""Text that is not what it looks like: other encodings, letters that look alike, YAML's other ways to write things."""

from tests.hostile.attacks import MODEL, SPEC, Attack, spec
from tests.hostile.attacks_specification import S

BYTES = SPEC.encode()
NUMBER = "is not a number (write the number alone: the unit stands in the key)"


def _text(message: str, content: bytes) -> Attack:
    return Attack(S, message, {"s.yaml": content})


def _rate(written: str, message: str) -> Attack:
    workload = f"workload: {{requests_per_s: {written}, input_tokens: 1000, output_tokens: 200}}\n"
    return _text(f"s.yaml:2:28: workload.requests_per_s: {message}", spec(workload=workload))


def _named(*names: str) -> bytes:
    block = "- {{name: {}, model: {}, workload: {{requests_per_s: 2, input_tokens: 9, output_tokens: 9}}}}\n"
    return ("workloads:\n" + "".join(block.format(name, MODEL) for name in names)).encode()


ENCODINGS = {
    "UTF-16": _text("s.yaml:1:1: document: byte 0xff is not UTF-8 text (save the file as UTF-8", SPEC.encode("utf-16")),
    "UTF-16 without a mark": _text("s.yaml:1:2: document: character U+0000 cannot stand", SPEC.encode("utf-16-le")),
    "UTF-32": _text("byte 0xff is not UTF-8 text", SPEC.encode("utf-32")),
    "a mark inside": _text("\\ufeffworkload: is an unknown key", BYTES.replace(b"workload", b"\xef\xbb\xbfworkload")),
    "lines that end in NEL": _text("s.yaml:1:45: document: is not YAML", SPEC.replace("\n", "\x85").encode()),
    "lines that end in U+2028": _text("s.yaml:1:45: document: is not YAML", SPEC.replace("\n", "\u2028").encode()),
    "a key with no width inside": _text(
        "work\\u200bload: is an unknown key (did you mean workload?)", BYTES.replace(b"work", "work\u200b".encode(), 1)
    ),
    "a Cyrillic key": _text("is an unknown key (did you mean model?)", BYTES.replace(b"mod", "m\u043ed".encode())),
    "a key twice, once Cyrillic": _text("s.yaml:3:1: ", BYTES + "m\u043edel: x\n".encode()),
    "a key twice": _text("s.yaml:3:1: model: stands twice (it stands at s.yaml:1:1 already; keep one)", BYTES + BYTES),
    "a blank that does not break": _text("requests_per_s:\\xa02: ", BYTES.replace(b": 2", ":\u00a02".encode())),
    "a name from right to left": _text("workloads[0].name: 'a\\u202eb' is not a name", _named('"a\u202eb"')),
    "a name with no width inside": _text("workloads[0].name: 'a\\u200bb' is not a name", _named('"a\u200bb"')),
    "a name over two lines": _text("workloads[0].name: 'a\\n' is not a name", _named('"a\\n"')),
    "a name twice, composed and not": _text("workloads[1].name: ", _named("\u00e9", "e\u0301")),
    "an accelerator with an accent": _text("is no accelerator", spec(more="limits: {accelerators: [l\u03084]}\n")),
}
WRITTEN = {
    "a rate in full width": _rate("\uff12", f"'\uff12' {NUMBER}"),
    "a rate in Devanagari": _rate("\u0968", f"'\u0968' {NUMBER}"),
    "a rate in superscript": _rate("\u00b2", f"'\u00b2' {NUMBER}"),
    "a rate that is a day": _rate("2026-11-23", f"'2026-11-23' {NUMBER}"),
    "a rate that is a truth": _rate("true", f"true {NUMBER}"),
    "a rate that is a text": _rate("'2'", f"'2' {NUMBER}"),
    "a rate with underscores": _rate("2_000", f"'2_000' {NUMBER}"),
    "a rate in binary": _rate("0b10", f"'0b10' {NUMBER}"),
    "a rate that is minus zero": _rate("-0.0", "-0.0 is out of range (it must be at least 1e-06)"),
    "a rate that is infinite": _rate("-.inf", "-.inf is infinite, or too large for a number (write a finite number)"),
    "a tag for a number": _text("has the tag 'tag:yaml.org,2002:int'", BYTES.replace(b": 2,", b": !!int 2,")),
    "a tag for bytes": _text("has the tag 'tag:yaml.org,2002:binary'", BYTES.replace(b": 2,", b": !!binary Mg==,")),
    "a tag of one's own": _text("has the tag '!x'", BYTES.replace(b": 2,", b": !x 2,")),
    "yes for true": _text("'yes' is neither true nor false", spec(more="quality: {admit_unknown: yes}\n")),
    "a merge key": _text("prices.<<: is an unknown key", spec(more="limits: &a {max_pools: 1}\nprices: {<<: *a}\n")),
    "a merge bomb": _text(
        "holds more than 20000 values, aliases expanded",
        b"x0: &x0 {x: 1}\n" + b"".join(b"x%d: &x%d {<<: [*x%d, *x%d]}\n" % (n + 1, n + 1, n, n) for n in range(30)),
    ),
    "an anchor of another document": _text("a second document begins", b"a: &a 1\n---\nb: *a\n"),
    "an anchor that is none": _text("s.yaml:1:4: document: alias *a names no finished anchor", b"a: *a\n"),
    "a second document": _text("s.yaml:3:1: document: a second document begins", BYTES + b"---\n" + BYTES),
    "something after the end": _text("s.yaml:4:1: document: a second document begins", BYTES + b"...\nmore: 1\n"),
    "YAML 1.1": _text("is not YAML 1.2 (remove the %YAML line)", b"%YAML 1.1\n---\n" + BYTES),
    "a key that is a list": _text("s.yaml:1:3: document: a key is not a plain word", b"? [a, b]\n: 1\n"),
    "a key that is an alias": _text("s.yaml:2:1: document: a key is not a plain word", b"&a model: x\n*a : y\n"),
    "a set": _text("s.yaml:1:3: model: has no value (give one, or remove the key)", b"? model\n? workload\n"),
    "a key that is nothing": _text("s.yaml:3:1: ~: is an unknown key", BYTES + b"~: 1\n"),
    "tabs": _text("s.yaml:1:7: document: is not YAML: found character", b"model:\t\tx\n\tworkload: 1\n"),
}
TEXTS = ENCODINGS | WRITTEN
