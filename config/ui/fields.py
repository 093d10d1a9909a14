"""How forms are drawn: our field template for every field of every form."""

from __future__ import annotations

from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """``{{ form }}`` and ``{% field form.name %}`` look the same; widgets may be overridden."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"
