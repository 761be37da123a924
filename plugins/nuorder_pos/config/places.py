"""Where in a YAML document something stands."""

from __future__ import annotations

from collections.abc import Iterator

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

Loc = tuple[str | int, ...]


class Places:
    """Lines and raw text of a composed document, by path of keys and positions."""

    def __init__(self, root: Node | None) -> None:
        self._root = root
        self.twice: list[tuple[int, str]] = [] if root is None else list(_repeated_keys(root, frozenset()))
        """(line, key) of keys that their mapping has already; YAML would silently take the last."""

    def line(self, loc: Loc) -> int:
        """Line (from 1) of the key or element at ``loc``, or of the nearest thing around it."""
        line, node = 1, self._root
        for step in loc:
            found = _child(node, step)
            if found is None:
                break
            label, node = found
            line = label.start_mark.line + 1
        return line

    def text(self, loc: Loc) -> str | None:
        """The scalar at ``loc`` as it was written, ``None`` if there is no scalar."""
        node = self._root
        for step in loc:
            found = _child(node, step)
            if found is None:
                return None
            node = found[1]
        return str(node.value) if isinstance(node, ScalarNode) else None


def _child(node: Node | None, step: str | int) -> tuple[Node, Node] | None:
    """(what carries the line, value) below ``node``."""
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if str(key.value) == str(step):
                return key, value
    elif isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None


def _repeated_keys(node: Node, above: frozenset[int]) -> Iterator[tuple[int, str]]:
    if id(node) in above:  # an anchor that holds itself
        return
    above |= {id(node)}
    if isinstance(node, MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen and name != "<<":
                yield key.start_mark.line + 1, name
            seen.add(name)
            yield from _repeated_keys(value, above)
    elif isinstance(node, SequenceNode):
        for value in node.value:
            yield from _repeated_keys(value, above)
