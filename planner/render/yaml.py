"""Data as YAML 1.2 in block style, keys in their order, anything odd escaped."""

from io import StringIO

from ruamel.yaml import YAML


def yaml_text(data: object) -> str:
    """Return ``data`` (what JSON can hold) as a YAML document."""
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # typed by its default, None
    yaml.allow_unicode = False
    stream = StringIO()
    yaml.dump(data, stream)
    return stream.getvalue()
