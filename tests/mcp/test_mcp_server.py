"""The tools through the SDK's in-process client."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

pytest.importorskip("mcp", reason="the extra [mcp] is not installed")

from mcp import Client

from planner.errors import PlannerError
from planner.mcp.server import _Tools, server
from planner.pipeline.schemas import SCHEMAS
from tests import reviewed


def asked(what: Callable[[Client], Awaitable[Any]]) -> Any:
    async def talk() -> Any:
        async with Client(server(reviewed.catalog())) as client:
            return await what(client)

    return asyncio.run(talk())


def called(name: str, **arguments: Any) -> Any:
    return asked(lambda client: client.call_tool(name, arguments))


def answer(name: str, **arguments: Any) -> Any:
    result = called(name, **arguments)
    assert not result.is_error, result.content
    found = result.structured_content
    return found["result"] if set(found) == {"result"} else found


def test_every_tool_is_listed_with_its_schema() -> None:
    tools = asked(lambda client: client.list_tools()).tools
    assert [tool.name for tool in tools] == ["solve", "explain", "estimate", "check", "diff", "search_catalog"]
    assert all(tool.description and tool.input_schema["type"] == "object" for tool in tools)


def test_solve_answers_with_the_plan_document() -> None:
    assert answer("solve", specification=reviewed.SPEC) == json.loads(reviewed.plan().model_dump_json())


def test_explain_says_the_decision_first() -> None:
    found = answer("explain", specification=reviewed.SPEC)
    assert "USD per million tokens" in found["words"][0]
    assert found["rivals"]
    assert found["chosen"]["usd_per_mtok"] == found["totals"]["usd_per_mtok"]
    nothing = answer("explain", specification=reviewed.SPEC, overrides=["slo.ttft_p95_ms=1"])
    assert nothing["words"][0].startswith("No plan meets the request")
    assert nothing["clash"]


def test_a_wrong_specification_is_an_error_with_its_place() -> None:
    result = called("solve", specification=reviewed.SPEC.replace("slo:", "slos:"))
    assert result.is_error
    assert "specification:4:1" in result.content[0].text


def test_check_and_diff_read_what_solve_wrote() -> None:
    plan = json.loads(reviewed.plan().model_dump_json())
    assert answer("check", plan=plan) == []
    assert answer("diff", old=plan, new=plan)["same"] is True


def test_schemas_are_resources() -> None:
    async def read(client: Client) -> dict[str, str]:
        found = (await client.list_resources()).resources
        return {str(each.uri): (await client.read_resource(str(each.uri))).contents[0].text for each in found}  # type: ignore[union-attr]

    texts = asked(read)
    assert list(texts) == [f"planner://schema/{name}" for name in SCHEMAS]
    for name, text in zip(SCHEMAS, texts.values(), strict=True):
        assert json.loads(text) == json.loads(json.dumps(SCHEMAS[name]()))


def test_estimate_and_catalogue_search_answer() -> None:
    assert answer("estimate", model="meta-llama/Meta-Llama-3.1-8B", accelerator="l40s")["fits"] is True
    rows = answer("search_catalog", kind="accelerators", text="nvidia h100")
    assert rows
    assert all("h100" in json.dumps(row).lower() for row in rows)
    assert answer("search_catalog", kind="accelerators", text="no such thing") == []


def deep(levels: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(levels):
        found = {"a": found}
    return found


MODEL = "meta-llama/Meta-Llama-3.1-8B"
STORED = {"schema": 1, "status": "optimal"}


@pytest.mark.parametrize(
    ("tool", "arguments", "expected"),
    [
        ("solve", {"specification": ""}, "specification:1:1: document: is empty"),
        ("solve", {"specification": "\0"}, "U+0000 cannot stand in YAML"),
        ("solve", {"specification": "a: \ud800"}, "specification:1:4: document: byte 0xed is not UTF-8 text"),
        ("solve", {"specification": "a: " + "[" * 100_000}, "is nested more than 32 deep"),
        ("solve", {"specification": "x" * 2_000_000}, "is larger than 512 KiB"),
        ("solve", {"specification": reviewed.SPEC.replace(MODEL, "/dev/zero")}, "'/dev/zero' is not a regular file"),
        ("solve", {"specification": reviewed.SPEC, "overrides": ["\ud800=1"]}, "is not key=value"),
        ("solve", {"specification": reviewed.SPEC, "overrides": ["a." * 10_000 + "a=1"]}, "more than 32 deep"),
        ("explain", {"specification": "[]"}, "is an empty list, not a section of keys"),
        ("estimate", {"model": "/dev/zero", "accelerator": "l40s"}, "/dev/zero: no regular file"),
        ("estimate", {"model": "\0", "accelerator": "l40s"}, "is neither a model of the catalogue nor a file"),
        ("estimate", {"model": "x" * 10_000, "accelerator": "l40s"}, "is neither a model of the catalogue nor a file"),
        ("estimate", {"model": MODEL, "accelerator": "\x1b[2J"}, "is not in the catalogue"),
        ("estimate", {"model": MODEL, "accelerator": "l40s", "concurrency": 10**400}, "is more than 2147483647"),
        ("estimate", {"model": MODEL, "accelerator": "l40s", "tensor_parallel": 10**400}, "is not a whole number"),
        ("estimate", {"model": MODEL, "accelerator": "l40s", "input_tokens": -(10**400)}, "is not a number from 1"),
        ("check", {"plan": {}}, "schema None is not 1"),
        ("check", {"plan": {"schema": True}}, "schema True is not 1"),
        ("check", {"plan": STORED}, "plan: objective: Field required"),
        ("check", {"plan": {"schema": 1, "input": deep(5000)}}, "nested too deeply"),
        ("diff", {"old": STORED, "new": {"schema": 2}}, "Field required"),
        ("diff", {"old": {"schema": 2}, "new": STORED}, "schema 2 is not 1"),
    ],
)
def test_hostile_arguments_are_refused_in_words(tool: str, arguments: dict[str, Any], expected: str) -> None:
    found = _Tools(reviewed.catalog())
    with pytest.raises(PlannerError) as refused:
        getattr(found, tool)(**arguments)
    assert expected in str(refused.value)
    assert len(str(refused.value)) < 2000
