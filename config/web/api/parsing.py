"""The JSON parser of the API. It is apart from ``door``, which the framework loads only after its parsers."""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import IO, Any, Final

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import JSONParser

from config.text import LONGEST, is_unseen, shown, storable, unstorable, wrong

DEEPEST: Final = 32


class StrictJSONParser(JSONParser):
    """JSON with storable texts and numbers only; others are a 400 naming the key path, such as ``rows.0.owner``."""

    most: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE

    def parse(self, stream: IO[Any], *_how: Any, **_context: Any) -> Any:
        """The body as values, nested at most ``DEEPEST`` levels and no larger than ``most`` bytes.

        Always read as UTF-8, whatever charset the request names.
        """
        limit = self.most
        text = stream.read(limit + 1)
        if len(text) > limit:
            raise ParseError(_("The body is larger than %(most)s bytes.") % {"most": limit})
        try:
            body = json.loads(str(text, "utf-8"), object_pairs_hook=_once_each)
        except RecursionError as error:
            raise _too_deep() from error
        except ValueError as error:
            raise ParseError(_("The body is no JSON in UTF-8.")) from error
        if not _is_plain(body):
            _check(body)
        return body


class LargeJSONParser(StrictJSONParser):
    """The same for many rows of the record at once."""

    most = 16 * 2**20


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object; ParseError where a key comes twice, of which one value would be lost in silence."""
    values = dict(pairs)
    if len(values) < len(pairs):
        twice = next(key for key, number in Counter(key for key, _value in pairs).items() if number > 1)
        raise ParseError(_("The key “%(key)s” stands twice in one object of the body.") % {"key": shown(twice)})
    return values


def _is_plain(body: Any) -> bool:
    """Whether all keys and values can be stored, as most bodies can: told without knowing where each stands."""
    level = [body]
    for _depth in range(DEEPEST + 1):
        below: list[Any] = []
        texts: set[str] = set()  # rows have the same keys, and many of the same values
        for value in level:
            kind = type(value)
            if kind is str:
                texts.add(value)
            elif kind is dict:
                texts.update(value)
                below += value.values()
            elif kind is list:
                below += value
            elif kind is float and not math.isfinite(value):
                return False
        if not all(map(_is_plain_text, texts)):
            return False
        level = below
        if not level:
            return True
    return False


def _is_plain_text(text: str) -> bool:
    """Whether no field would refuse ``text``; False also where some would not."""
    if not (text.isprintable() and len(text) < LONGEST):
        return False
    return not text.isspace() if text.isascii() else storable(text) and not is_unseen(text)


def _check(body: Any) -> None:
    """Raise ValidationError at the first key or value that cannot be stored, level by level."""
    level: list[tuple[str, Any]] = [("", body)]
    for _depth in range(DEEPEST + 1):
        below: list[tuple[str, Any]] = []
        for path, value in level:
            if isinstance(value, str) and (problem := wrong(_field(path), value)):
                raise _refused(path, problem)
            if isinstance(value, float) and not math.isfinite(value):
                raise _refused(path, _("A finite number is needed."))
            if isinstance(value, list):
                below += ((f"{path}.{at}" if path else str(at), inner) for at, inner in enumerate(value))
            if isinstance(value, dict):
                for key, inner in value.items():
                    key_path = f"{path}.{key}" if path else key
                    if not storable(key):
                        raise _refused(key_path, unstorable(key_path))
                    below.append((key_path, inner))
        level = below
        if not level:
            return
    raise _too_deep()


def _field(path: str) -> str:
    """The last field name of a key path, without list positions."""
    return next((part for part in reversed(path.split(".")) if not part.isdigit()), "")


def _refused(path: str, sentence: str) -> ValidationError:
    return ValidationError({shown(path) or "detail": [sentence]})


def _too_deep() -> ParseError:
    return ParseError(_("The body is nested deeper than %(most)s levels.") % {"most": DEEPEST})
