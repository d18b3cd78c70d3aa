"""Compiles ``catalog/**/*.yaml`` into the one JSON file that a wheel carries; YAML stays what people edit."""

import json
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from ruamel.yaml import YAML

TARGET = "planner/_catalog/catalog.json"


class CatalogBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the compiled catalogue to every wheel but an editable one, which reads the YAML itself."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the JSON into a scratch folder and have it included as :data:`TARGET`."""
        if version == "editable":
            return
        self._scratch = tempfile.TemporaryDirectory()
        compiled = Path(self._scratch.name) / "catalog.json"
        compiled.write_text(compiled_catalog(Path(self.root) / "catalog"), encoding="utf-8")
        build_data["force_include"][str(compiled)] = TARGET

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the scratch folder."""
        if version != "editable":
            self._scratch.cleanup()


def compiled_catalog(folder: Path) -> str:
    """Return ``{"files": {name below the folder: content}}`` as JSON, dates as ISO text."""
    files = {
        path.relative_to(folder).as_posix(): YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*/*.yaml"))
    }
    return json.dumps({"files": files}, separators=(",", ":"), default=_iso)


def _iso(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    message = f"{value!r} has no place in a catalogue file"
    raise TypeError(message)
