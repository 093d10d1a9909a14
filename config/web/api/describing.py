"""How the OpenAPI document describes an operation. It is apart from ``schema``, which the framework loads only after it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema


class OperationSchema(AutoSchema):
    """Lists are asked for by the parameters that their resource reads."""

    def get_override_parameters(self) -> list[Any]:
        given: list[Any] = super().get_override_parameters()
        view: Any = self.view
        is_list = self.method == "GET" and getattr(view, "action", "") in getattr(view, "walked", ())
        asked = view.asks() if is_list else None
        return [*given, asked] if asked and asked().fields else given
