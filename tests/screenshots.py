"""The pictures of the report in the documentation. Run as a module to take them again; needs Chromium and Pillow."""

import sys
import tempfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from planner import document, load_catalog, load_spec, solve
from tests.golden import ROOT
from tests.render.html.chromium import Chromium, browser

FOLDER = ROOT / "docs" / "_static"
COLOURS = 224


@dataclass(frozen=True)
class Shot:
    """A picture: of which example, how wide, from the top of which element, how high, perhaps hovering over a point."""

    name: str
    example: str
    width: int
    height: int
    start: str = "body"
    dark: bool = False
    hover: str = ""


SHOTS = (
    Shot("report-1280", "llama-70b-chat", 1280, 2760, hover=".frontdot"),
    Shot("report-400", "llama-70b-chat", 400, 2600),
    Shot("report-dark", "llama-70b-chat", 1280, 1440, dark=True),
    Shot("report-infeasible", "infeasible", 1280, 1300),
    Shot("report-workloads", "mixed-fleet", 1280, 1300),
    Shot("report-hours", "week-profile", 1280, 620, start="#profile"),
)


def take(page: Chromium, shot: Shot, path: Path) -> bytes:
    """Return a picture as PNG."""
    page.problems.clear()
    page.open(path, shot.width, dark=shot.dark)
    if shot.hover:
        x, y = page.run(
            f"(() => {{ const e = document.querySelector({shot.hover!r}); e.scrollIntoView({{block: 'center'}}); "
            "const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()"
        )
        page.move(x, y)
    top = page.run(f"document.querySelector({shot.start!r}).getBoundingClientRect().y + scrollY")
    found = page.picture(int(top), shot.height)
    if page.problems:
        raise RuntimeError(f"{shot.name}: {page.problems}")
    return found


def main() -> int:
    """Take every picture, few colours, so that they stay small."""
    from PIL import Image  # noqa: PLC0415  comes with matplotlib, and only pictures need it

    catalog = load_catalog()
    with tempfile.TemporaryDirectory() as folder, browser() as page:
        for example in dict.fromkeys(shot.example for shot in SHOTS):
            spec = load_spec(ROOT / "docs" / "examples" / f"{example}.yaml", catalog=catalog)
            html = document(solve(spec, catalog=catalog), "html", spec=spec, catalog=catalog)
            (Path(folder) / f"{example}.html").write_text(html, encoding="utf-8")
        for shot in SHOTS:
            picture = Image.open(BytesIO(take(page, shot, Path(folder) / f"{shot.example}.html")))
            few = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
            few.save(FOLDER / f"{shot.name}.png", optimize=True)
            sys.stdout.write(f"{shot.name}: {picture.size}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
