"""The import rules of the house as a contract for import-linter.

1. Domains import one way (``order``, left to right: a later app may import an earlier one) and, of config, ``ground``.
2. Edges (modules named in ``edges``) may import any domain; nobody imports another app's edge, no domain any edge.
   A shared edge composes what several domains export and may be imported by every edge.
"""

from __future__ import annotations

from typing import NamedTuple

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class Place(NamedTuple):
    """Where a module stands: its app, and whether it is an edge there."""

    app: str
    edge: bool
    shared: bool


class Direction(Contract):
    """Judges every direct import; by induction that also rules out the indirect ones."""

    order = fields.ListField(subfield=fields.StringField())
    ground = fields.ListField(subfield=fields.StringField())
    edges = fields.ListField(subfield=fields.StringField())
    shared_edges = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002, FBT001 -- import-linter's signature
        wrong = [
            (importer, imported, reason)
            for importer in sorted(graph.modules)
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if (reason := self.objection(importer, imported))
        ]
        return ContractCheck(kept=not wrong, metadata={"wrong": wrong})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, imported, reason in check.metadata["wrong"]:
            output.print_error(f"{importer} imports {imported}: {reason}")

    def objection(self, importer: str, imported: str) -> str | None:
        """Why ``importer`` may not import ``imported``; None when it may."""
        if ".migrations" in importer:
            return None
        source, target = self.place(importer), self.place(imported)
        if source.app == "config":
            return None
        if source.app == "ground":
            return None if target.app == "ground" else "what lies below the apps imports none of them"
        if target.edge:
            return self._objection_to_edge(source, target)
        return None if source.edge else self._objection_to_domain(source, target)

    def place(self, module: str) -> Place:
        """``ground``, ``config`` or one of the apps, and the kind of module there."""
        below = any(module == root or module.startswith(f"{root}.") for root in self.ground)
        if below and not set(module.split(".")) & set(self.edges):
            return Place("ground", edge=False, shared=False)
        app, _, rest = module.partition(".")
        shared = module in self.shared_edges
        return Place(app, edge=shared or rest.split(".")[0] in self.edges, shared=shared)

    def _objection_to_edge(self, source: Place, target: Place) -> str | None:
        if not source.edge:
            return "a domain imports no edge"
        return None if target.shared or source.app == target.app else "no edge imports another app's edge"

    def _objection_to_domain(self, source: Place, target: Place) -> str | None:
        if target.app == "ground":
            return None
        if target.app == "config":
            return "of config a domain imports only what lies below it"
        return (
            None if self.order.index(target.app) <= self.order.index(source.app) else "a domain imports leftwards only"
        )
