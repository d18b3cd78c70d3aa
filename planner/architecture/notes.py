"""What a reading leaves out or takes as given, said in words."""

from planner.architecture.families import Family
from planner.architecture.fields import Fields
from planner.architecture.layers import Layer, SoftmaxAttention
from planner.architecture.residuals import attends_to_depth

_TOWERS = {"vision_config": "the vision tower", "audio_config": "the audio tower"}
_PREDICTION_KEYS = ("num_nextn_predict_layers", "mtp_num_hidden_layers", "num_mtp_modules")


def left_out(root: Fields, fields: Fields) -> tuple[str, ...]:
    """Return what stands in the checkpoint and not in the language model: towers and multi-token-prediction layers."""
    towers = tuple(f"{words} is left out" for key, words in _TOWERS.items() if root.get(key) is not None)
    counts = [fields.optional(key, low=0) for key in _PREDICTION_KEYS]
    most = max((count for count in counts if count), default=0)
    return (*towers, f"{most} multi-token-prediction layer(s) are left out") if most else towers


def taken_as_given(fields: Fields, family: Family, layers: tuple[Layer, ...]) -> tuple[str, ...]:
    """Return what the engine may do otherwise: shared keys cached twice, chunks, 32-bit weights."""
    notes: tuple[str, ...] = ()
    softmax = [layer.mixer for layer in layers if isinstance(layer.mixer, SoftmaxAttention)]
    if any(mixer.shared_key_value for mixer in softmax):
        notes += (
            "keys serve as values in some layers and are cached once; an engine that stores both takes twice as much",
        )
    if family.windows == "chunked" and any(mixer.window for mixer in softmax):
        notes += ("attention within chunks is counted as a window of one chunk, its largest extent",)
    if attends_to_depth(fields, family):
        notes += ("attention residuals are counted in parameters, their passes over earlier blocks not in time",)
    if family.other_heads and fields.get("attention_other_setting") is None:
        notes += ("no attention_other_setting is stated: sliding layers are taken with the heads of full ones",)
    if "float32" in (fields.get("torch_dtype"), fields.get("dtype")):
        notes += ("the configuration states float32; weights that are not quantised are counted in 16 bits",)
    return notes
