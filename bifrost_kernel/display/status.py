"""What this Bifrost is and has, and every magic with an example."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class StatusView:
    """The state of a desk.

    Parameters
    ----------
    home
        Folder that everything is kept in.
    libraries
        (name, version); Bifrost's own among them.
    simulators, providers
        Names of those at hand.
    symbols, strategies
        How many there are.
    magics
        (name, what it does, an example).
    """

    home: str
    libraries: tuple[tuple[str, str], ...]
    simulators: tuple[str, ...]
    providers: tuple[str, ...]
    symbols: int
    strategies: int
    magics: tuple[tuple[str, str, str], ...] = ()

    @property
    def version(self) -> str:
        """Bifrost's version."""
        return dict(self.libraries).get("bifrost_kernel", "unknown")

    def __repr__(self) -> str:
        from bifrost_kernel.display.text import text_table

        facts = text_table(["", ""], self._facts(), indent=2)
        parts = [f"Bifrost {self.version}", facts]
        if self.magics:
            parts.append(text_table(["Magic", "What it does", "Example"], self.magics, indent=2))
        return "\n\n".join(parts)

    def _repr_html_(self) -> str:
        from bifrost_kernel.display.markup import join, pairs_table, table, tag
        from bifrost_kernel.display.page import output_html
        from bifrost_kernel.display.report_html import head_html

        parts = [
            head_html("Bifrost", self.version),
            pairs_table(dict(self._facts()), class_="bf-facts"),
        ]
        if self.magics:
            rows = [
                (tag("b", name), summary, tag("span", example, class_="bf-code"))
                for name, summary, example in self.magics
            ]
            shown = table(("Magic", "What it does", "Example"), rows, caption="Magics",
                          class_="bf-prose")  # fmt: skip
            parts.append(tag("div", shown, class_="bf-section"))
        return output_html(join(parts))

    def _facts(self) -> list[tuple[str, str]]:
        from bifrost_kernel.display.simulators import name_simulators
        from bifrost_kernel.look.numbers import format_count

        others = [f"{name} {version}" for name, version in self.libraries
                  if name != "bifrost_kernel"]  # fmt: skip
        return [
            ("Home", self.home),
            ("Simulators", name_simulators(self.simulators, dict(self.libraries))),
            ("Providers", ", ".join(self.providers)),
            ("Instruments", format_count(self.symbols)),
            ("Strategies", format_count(self.strategies)),
            ("Libraries", ", ".join(others)),
        ]
