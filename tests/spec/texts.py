"""The specification that most tests start from, and the types of the fixtures."""

from collections.abc import Callable

from planner.spec.schema import Spec

CHAT = """\
model: meta-llama/Meta-Llama-3.1-70B
workload:
  requests_per_s: 10
  input_tokens: 4000
  output_tokens: 500
"""

Load = Callable[..., Spec]
Problems = Callable[..., tuple[str, ...]]
