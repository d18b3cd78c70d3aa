"""Counts of published models that were not made by our code.

``parameters`` is the exact count of the language model's class, instantiated without weights from the published
configuration (transformers 5.23.0, torch 2.13), without vision tower and multi-token-prediction layers; ``active`` is
that count less the routed experts that a token does not visit, embedding and head included. Cached elements are by
closed form: ``2 x key-value heads x head size`` a layer and token (``kv_lora_rank + qk_rope_head_dim`` for latent
attention), states a sequence for recurrent layers. Configurations: ai-dynamo/aiconfigurator at 095f58a5
(``model_configs/``) and litgpt 0.5.13 (``config.py``), which copied them from the published ones.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Counts:
    """Expected numbers; ``None`` where none was published or computed. ``tokens``: elements a token, all layers."""

    parameters: int
    active: int | None = None
    tokens: int | None = None
    full: int | None = None
    sliding: int | None = None
    index: int | None = None
    state: int | None = None
    convolution: int | None = None


PUBLISHED = {
    "meta-llama/Llama-3.2-1B": Counts(1235814400, tokens=16384),
    "meta-llama/Llama-3.2-3B": Counts(3212749824, tokens=57344),
    "meta-llama/Meta-Llama-3.1-8B": Counts(8030261248, tokens=65536),
    "meta-llama/Meta-Llama-3.1-70B": Counts(70553706496, tokens=163840),
    "meta-llama/Llama-3.3-70B-Instruct": Counts(70553706496, tokens=163840),
    "meta-llama/Meta-Llama-3.1-405B": Counts(405853388800, tokens=258048),
    "meta-llama/Llama-4-Scout-17B-16E-Instruct": Counts(107769861120, active=17172894720, tokens=98304),
    "meta-llama/Llama-4-Maverick-17B-128E-Instruct": Counts(400711848960, active=17184691200, tokens=98304),
    "mistralai/Mistral-7B-Instruct-v0.3": Counts(7248023552, tokens=65536),
    "mistralai/Mistral-Small-3.1-24B-Instruct-2503": Counts(23572403200, tokens=81920),
    "mistralai/Mistral-Large-Instruct-2407": Counts(122610069504, tokens=180224),
    "mistralai/Mixtral-8x7B-v0.1": Counts(46702792704, active=12879925248, tokens=65536),
    "mistralai/Mixtral-8x22B-v0.1": Counts(140620634112, active=39152031744, tokens=114688),
    "Qwen/Qwen2.5-7B-Instruct": Counts(7615616512, tokens=28672),
    "Qwen/Qwen2.5-14B-Instruct": Counts(14770033664, tokens=98304),
    "Qwen/Qwen2.5-32B-Instruct": Counts(32763876352, tokens=131072),
    "Qwen/Qwen2.5-72B-Instruct": Counts(72706203648, tokens=163840),
    "Qwen/Qwen3-0.6B": Counts(596049920, tokens=57344),
    "Qwen/Qwen3-1.7B": Counts(1720574976, tokens=57344),
    "Qwen/Qwen3-4B": Counts(4022468096, tokens=73728),
    "Qwen/Qwen3-8B": Counts(8190735360, tokens=73728),
    "Qwen/Qwen3-14B": Counts(14768307200, tokens=81920),
    "Qwen/Qwen3-32B": Counts(32762123264, tokens=131072),
    "Qwen/Qwen3-30B-A3B": Counts(30532122624, active=3353032704, tokens=49152),
    "Qwen/Qwen3-235B-A22B": Counts(235093634560, active=22190763520, tokens=96256),
    "Qwen/Qwen3-Coder-480B-A35B-Instruct": Counts(480154875392, active=35474765312, tokens=126976),
    "Qwen/Qwen3-Next-80B-A3B-Instruct": Counts(
        79674391296, active=3874929408, full=12288, state=18874368, convolution=884736,
    ),
    "Qwen/Qwen3.5-27B": Counts(26895998464, full=32768, state=37748736, convolution=1474560),
    "Qwen/Qwen3.5-35B-A3B": Counts(34660610688, active=3454988928, full=10240, state=15728640, convolution=737280),
    "Qwen/Qwen3.5-122B-A10B": Counts(
        122111526912, active=9771288576, full=12288, state=37748736, convolution=1327104,
    ),
    "Qwen/Qwen3.5-397B-A17B": Counts(
        396346350336, active=17349040896, full=15360, state=47185920, convolution=1658880,
    ),
    "deepseek-ai/DeepSeek-V3": Counts(671026404352, active=37552282624, tokens=35136),
    "deepseek-ai/DeepSeek-R1": Counts(671026404352, active=37552282624, tokens=35136),
    "deepseek-ai/DeepSeek-V3.2": Counts(671877929216, active=38403807488, tokens=35136, index=7808),
    "deepseek-ai/DeepSeek-V4-Flash": Counts(284332230231, active=13799622231),
    "deepseek-ai/DeepSeek-V4-Pro": Counts(1572997179491, active=49779058787),
    "openai/gpt-oss-20b": Counts(20914757184, active=4187440704, full=12288, sliding=12288),
    "openai/gpt-oss-120b": Counts(116829156672, active=5711982912, full=18432, sliding=18432),
    "moonshotai/Kimi-K2-Instruct": Counts(1026408209408, active=32861477888, tokens=35136),
    "moonshotai/Kimi-K2.5": Counts(1026408209408, active=32861477888, tokens=35136),
    "zai-org/GLM-4.5-Air": Counts(106852245504, active=13424123904, tokens=94208),
    "zai-org/GLM-5": Counts(743911199232, active=41784709632, tokens=44928, index=9984),
    "zai-org/GLM-5.2": Counts(743377000704, active=41250511104, tokens=44928, index=9984),
    "MiniMaxAI/MiniMax-M2.5": Counts(228689748992, active=11030537216, tokens=126976),
    "XiaomiMiMo/MiMo-V2-Flash": Counts(308778768832, active=15445924288, full=11520, sliding=99840),
    "google/gemma-2-9b-it": Counts(9241705984, full=86016, sliding=86016),
    "google/gemma-2-27b-it": Counts(27227128320, full=94208, sliding=94208),
    "google/gemma-3-4b-it": Counts(3880263168, full=10240, sliding=59392),
    "google/gemma-3-12b-it": Counts(11766034176, full=32768, sliding=163840),
    "google/gemma-3-27b-it": Counts(27009346304, full=40960, sliding=212992),
    "google/gemma-4-26B-A4B": Counts(25233141760, active=3822530560, full=5120, sliding=102400),
    "microsoft/phi-4": Counts(14659507200, tokens=102400),
    "microsoft/Phi-3.5-mini-instruct": Counts(3821079552, tokens=196608),
    "nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16": Counts(
        31577937344, active=3580073408, tokens=3072, state=12058624, convolution=423936,
    ),
    "nvidia/NVIDIA-Nemotron-3-Super-120B-A12B-FP8": Counts(
        120668687360, active=12770216960, tokens=4096, state=41943040, convolution=1228800,
    ),
    "nvidia/NVIDIA-Nemotron-3-Ultra-550B-A55B-BF16": Counts(
        549308968960, active=56058818560, tokens=6144, state=100663296, convolution=2654208,
    ),
    "nvidia/Nemotron-H-56B-Base-8K": Counts(56324350464, tokens=20480, state=226492416, convolution=3317760),
    "meta-llama/Llama-2-7b-hf": Counts(6738415616, tokens=262144),
    "meta-llama/Llama-2-13b-hf": Counts(13015864320, tokens=409600),
    "meta-llama/Llama-2-70b-hf": Counts(68976648192, tokens=163840),
}  # fmt: skip
