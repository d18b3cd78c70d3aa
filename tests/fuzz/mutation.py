"""Inputs near to right ones: a seed with some of its parts cut, doubled, swapped or replaced by something nasty."""

from hypothesis import strategies as st

from tests.fuzz.targets import seeds

NASTY = (
    b"\0", b"\xff", b"\xed\xa0\x80", "\u202e".encode(), b"\x1b[2J", b"\r", b"\n", b"\t", b'"', b"'", b"{", b"}", b"[",
    b"]",
    b":", b": ", b",", b"- ", b"#", b"&a ", b"*a", b"!!python/name:os.system ", b"? ", b"|\n", b"---\n", b"%YAML 1.1\n",
    b"0", b"-1", b"-0.0", b"1e308", b"1e-308", b"1e999", b".nan", b".inf", b"NaN", b"Infinity", b"null", b"true", b"~",
    b"9" * 400, b"0x7fffffffffffffff", b"9223372036854775808", b"1.5", b"../../../etc/passwd", b"/dev/null", b"{}",
    b"[]",
    b"2026-02-30", b"0001-01-01", b"a" * 300, b"[" * 200, b"{a: " * 40, "\u00b2".encode(), "\ud7ff".encode(),
)  # fmt: skip


def short(target: str) -> list[bytes]:
    """Return the seeds that are quick to refuse: up to 10 kB, and not nested a thousand deep."""
    return [data for data in seeds(target) if len(data) <= 10_000 and data.count(b"[") < 500]


@st.composite
def near(draw: st.DrawFn, target: str) -> bytes:
    """Return a seed of ``target`` after one to six edits."""
    data = bytearray(draw(st.sampled_from(short(target))))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 12)))
        part = draw(st.sampled_from(("nasty", "double", "cut", "swap", "noise")))
        if part == "nasty":
            data[start:end] = draw(st.sampled_from(NASTY))
        elif part == "double":
            data[start:start] = data[start:end]
        elif part == "cut":
            del data[start:end]
        elif part == "swap":
            other = draw(st.integers(0, len(data)))
            data[start:end] = data[other : other + end - start]
        else:
            data[start:end] = draw(st.binary(max_size=6))
    return bytes(data)


@st.composite
def value_changed(draw: st.DrawFn, target: str) -> bytes:
    """Return a seed of ``target`` with one of its words or numbers replaced by something nasty."""
    data = draw(st.sampled_from(short(target)))
    starts = [0, *(at for at in range(1, len(data)) if data[at : at + 1].isalnum() and not data[at - 1 : at].isalnum())]
    start = draw(st.sampled_from(starts))
    end = start
    while end < len(data) and (data[end : end + 1].isalnum() or data[end : end + 1] in b".-"):
        end += 1
    return data[:start] + draw(st.sampled_from(NASTY)) + data[end:]
