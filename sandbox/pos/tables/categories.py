"""Categories: a tree kept as nested sets, with its path written out."""

from __future__ import annotations

from sandbox.pos.errors import PosError
from sandbox.pos.schema import Record
from sandbox.pos.tables.base import Body, Table


class Categories(Table):
    """A blank name is the recorded 400; a category with children cannot be deleted."""

    def check(self, record: Record | None, body: Body, privileged: bool) -> None:
        """A name, or a path whose last part is the name."""
        path = str(body.get("fullPathName") or "").strip("/ ")
        if record is None and path and not body.get("name"):
            parent, _, body["name"] = path.rpartition("/")
            body.setdefault("parentID", self._parent(parent))
        self.need_text(record, body, "name", "name cannot be blank.")

    def _parent(self, path: str) -> int:
        """The category at a path, created where it is missing."""
        if not path:
            return 0
        for known in self.state.all("Category"):
            if known["fullPathName"].casefold() == path.casefold():
                return int(known["categoryID"])
        return int(self.create({"fullPathName": path})["categoryID"])

    def saved(self, record: Record, body: Body, creating: bool, privileged: bool) -> None:
        """Nested entities, and what follows from the record."""
        self._number(0, "", 0, 1)

    def delete(self, record: Record) -> Record:
        """DELETE with what follows from it."""
        if any(one["parentID"] == record["categoryID"] for one in self.state.all("Category")):
            raise PosError(400, "A category with sub-categories cannot be deleted.")
        super().delete(record)
        self._number(0, "", 0, 1)
        return record

    def _number(self, parent: int, path: str, depth: int, left: int) -> int:
        """Number the tree below a parent; gives the next free number."""
        for one in [each for each in self.state.all("Category") if each["parentID"] == parent]:
            full = f"{path}/{one['name']}" if path else one["name"]
            one |= {"fullPathName": full, "nodeDepth": depth, "leftNode": left}
            one["rightNode"] = self._number(one["categoryID"], full, depth + 1, left + 1)
            left = one["rightNode"] + 1
        return left
