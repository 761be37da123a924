"""A page as a reader of its source sees it: tags, forms, links and text. For tests that look at what was sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
)


@dataclass
class Form:
    """A form: where it goes, what it sends as it stands, and its buttons."""

    method: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[dict[str, str]] = field(default_factory=list)


class Page(HTMLParser):
    """What a page consists of."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.inline: list[str] = []
        """What stands inside of script and style elements."""
        self.forms: list[Form] = []
        self._texts: list[str] = []
        self._inside: list[str] = []
        self._by_id: dict[str, Form] = {}
        self._select: tuple[Form | None, str] | None = None
        self.feed(source)
        self.close()

    @property
    def text(self) -> str:
        """All that is to be read, blanks made one."""
        return " ".join(" ".join(self._texts).split())

    def all(self, tag: str) -> list[dict[str, str]]:
        """The attributes of every such tag."""
        return [attributes for name, attributes in self.tags if name == tag]

    def form(self, ending: str) -> Form:
        """The form whose address ends like this."""
        (found,) = [one for one in self.forms if one.action.split("?")[0].endswith(ending)]
        return found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.tags.append((tag, attributes))
        if tag not in _VOID:
            self._inside.append(tag)
        if tag == "form":
            form = Form(attributes.get("method", "get").lower(), attributes.get("action", ""))
            self.forms.append(form)
            self._by_id[attributes.get("id", "")] = form
        elif tag in ("input", "textarea", "select", "button"):
            self._field(tag, attributes)
        elif tag == "option" and self._select is not None:
            owner, name = self._select
            if owner is not None and ("selected" in attributes or name not in owner.fields):
                owner.fields[name] = attributes.get("value", "")

    def _field(self, tag: str, attributes: dict[str, str]) -> None:
        owner = self._by_id.get(attributes["form"]) if "form" in attributes else self._around()
        name = attributes.get("name", "")
        if tag == "select":
            self._select = (owner, name)
        if owner is None:
            return
        kind = attributes.get("type", "text")
        if tag == "button" or kind == "submit":
            owner.buttons.append(attributes)
        elif tag == "select" or not name or "disabled" in attributes:
            return
        elif kind not in ("radio", "checkbox") or "checked" in attributes:
            owner.fields[name] = attributes.get("value", "")

    def _around(self) -> Form | None:
        return self.forms[-1] if "form" in self._inside else None

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None
        if tag in self._inside:
            while self._inside.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self._inside and self._inside[-1] in ("script", "style"):
            if data.strip():
                self.inline.append(data)
        else:
            self._texts.append(data)
