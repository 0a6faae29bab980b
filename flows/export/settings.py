"""What an export may be asked to be. Imports nothing heavy."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, model_validator

Form = Literal["safetensors", "gguf", "adapter"]
Precision = Literal["fp32", "bf16", "fp16", "q8_0"]
Purpose = Literal["serve_internal", "serve_external", "distribute"]
FORMS: tuple[Form, ...] = get_args(Form)
PRECISIONS: tuple[Precision, ...] = get_args(Precision)
TOLERANCE: dict[Precision, float] = {"fp32": 1e-3, "fp16": 0.05, "bf16": 0.5, "q8_0": 1.0}
"""Nats that an answer's likely tokens may move by, as the rounding of each makes them; figures in docs/guide.md."""


class Order(BaseModel):
    """`use` is what the licences must allow: to serve inside or outside the house, or to hand the files on."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    form: Form
    precision: Precision = "bf16"
    use: Purpose = "serve_internal"

    @model_validator(mode="after")
    def _fits(self) -> Order:
        if self.form == "adapter" and "precision" in self.model_fields_set:
            raise ValueError("an adapter leaves as it was trained: --format adapter, without a precision")
        if self.form == "safetensors" and self.precision == "q8_0":
            raise ValueError("q8_0 is a precision of gguf files: choose fp32, bf16 or fp16 for safetensors")
        return self
