"""The finite abstraction: which values of a field are the same to some flows.

`Space.of(worlds, flow)` gathers what the conditions and look-ups of one version or several ask of a record. What they
compare a field with, and the keys by which rows of tables are found, split its values into classes (`Domain`);
predicates on texts are one `Bit` each; what is neither is `Derived` and evaluated for each record. A record is then a
`Vector` of small numbers, and every class has a concrete member. What things mean is asked of `flowctl.expr`, and of
`flowctl.tables`: nothing here compares, folds or looks up by itself.
"""

from flowctl.classes.asked import Asked, Bit, Derived, Feature, Source, question
from flowctl.classes.axioms import Axiom, axioms
from flowctl.classes.domain import Domain, domain_of
from flowctl.classes.lookups import Lookup
from flowctl.classes.shape import Shape
from flowctl.classes.space import Space, Vector

__all__ = [
    "Asked", "Axiom", "Bit", "Derived", "Domain", "Feature", "Lookup", "Shape", "Source", "Space", "Vector", "axioms",
    "domain_of", "question",
]  # fmt: skip
