"""Contract of report sections: words and numbers, for any run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import escape

from bakeoff.testing.base import Contract, plugins
from bakeoff.testing.runs import small_run
from bakeoff_report.blocks import Block, Section
from bakeoff_report.model.context import ReportContext
from bakeoff_report.page.write import placed_sections, render

if TYPE_CHECKING:
    from bakeoff.registry.catalogue import Component

LAST = 100
"""Largest order of a section."""


class SectionContract(Contract):
    """Contract of a plugin's sections, on a small run and on one without scores."""

    kinds = ("report_sections",)

    def context(self, *, n_ran: int = -1) -> ReportContext:
        """Return the context to test with; override it for a run of another kind."""
        return ReportContext.of([small_run(n_ran=n_ran)], plugins().registry)

    def test_it_makes_a_section_or_nothing(self, component: Component) -> None:
        """A heading, a place, and blocks that the page can set."""
        section = component.load()(self.context())

        assert section is None or isinstance(section, Section)
        if section is not None:
            assert section.title.strip()
            assert 0 <= section.order <= LAST
            assert all(isinstance(block, Block) for block in section.blocks)

    def test_a_run_without_scores_is_no_error(self, component: Component) -> None:
        """A report may be asked for before anything has ended."""
        section = component.load()(self.context(n_ran=0))

        assert section is None or isinstance(section, Section)

    def test_the_page_shows_it(self, component: Component) -> None:
        """Under its heading, and not as broken."""
        context = self.context()
        page = render(context, placed_sections(context, [component]))
        section = component.load()(context)

        assert f"The section {component.name!r} of plugin" not in page
        assert section is None or str(escape(section.title)) in page

    def test_it_leaves_the_tables_as_they_were(self, component: Component) -> None:
        """Sections share them."""
        context = self.context()
        trials, tasks, main = (f.copy() for f in (context.trials, context.tasks, context.main))
        component.load()(context)

        assert trials.equals(context.trials)
        assert tasks.equals(context.tasks)
        assert main.equals(context.main)
