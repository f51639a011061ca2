"""Putting the magics into a shell, and taking them out again."""

from __future__ import annotations

import logging
import re
from collections import ChainMap
from typing import TYPE_CHECKING, Any

from IPython.core.completer import SimpleCompletion, context_matcher
from IPython.core.magic import needs_local_scope, no_var_expand
from traitlets import Enum, TraitError, Unicode, validate
from traitlets.config import Configurable

from bifrost_kernel.display.appearance import choose_palette, chosen_palette
from bifrost_kernel.display.formatters import render_error
from bifrost_kernel.domain.errors import InterruptedRunError
from bifrost_kernel.look.tokens import GainLoss
from bifrost_kernel.magics.completion import Completions, complete, split_magic
from bifrost_kernel.magics.expansion import split_words
from bifrost_kernel.magics.forms import Request
from bifrost_kernel.magics.help import HelpText, describe
from bifrost_kernel.magics.overview import COMMANDS
from bifrost_kernel.magics.parser import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from IPython.core.completer import CompletionContext, SimpleMatcherResult

    from bifrost_kernel.magics.forms import Command

_log = logging.getLogger(__name__)
FALLBACK_PREFIX = "bf_"


class Bifrost(Configurable):  # type: ignore[misc]  # traitlets is not followed by mypy
    """What ``%config Bifrost`` sets, and what is registered in one shell."""

    prefix = Unicode(
        "", help="Written before every magic's name: with 'bf_', %bars becomes %bf_bars."
    ).tag(config=True)

    palette = Enum(
        [one.value for one in GainLoss],
        default_value=GainLoss.ACCESSIBLE.value,
        help="Colours of gain and loss: accessible, green-red or red-green.",
    ).tag(config=True)

    def __init__(self, shell: Any, desk: Any) -> None:
        super().__init__(parent=shell)
        self._palette_before = chosen_palette()
        self._shell = shell
        self._desk = desk
        self._commands: dict[str, Command] = {}
        self._functions: dict[str, Callable[..., object]] = {}
        self._matcher = self._make_matcher()
        self.observe(self._rename, "prefix")
        self.observe(self._recolour, "palette")

    def install(self) -> None:
        """Register every magic, the completion and the configuration."""
        for command in COMMANDS:
            self._register(command)
        if self._matcher not in self._shell.Completer.custom_matchers:
            self._shell.Completer.custom_matchers.append(self._matcher)
        if self not in self._shell.configurables:
            self._shell.configurables.append(self)
            choose_palette(self.palette)

    def remove(self) -> None:
        """Take out what `install` put in, and nothing else."""
        self._forget_magics()
        if self._matcher in self._shell.Completer.custom_matchers:
            self._shell.Completer.custom_matchers.remove(self._matcher)
        if self in self._shell.configurables:
            self._shell.configurables.remove(self)
            choose_palette(self._palette_before)

    def complete(self, line: str) -> Completions | None:
        """Return what can stand at the end of `line`; None when it is not one of our magics."""
        found = split_magic(line)
        if found is None or found[1] not in self._commands:
            return None
        is_cell, name, rest = found
        namespace = self._shell.user_ns
        return complete(self._commands[name], rest, self._desk, namespace, is_cell=is_cell)

    @validate("prefix")  # type: ignore[untyped-decorator]  # traitlets is not followed by mypy
    def _check_prefix(self, proposal: Any) -> str:
        value: str = proposal["value"]
        if value and not value.isidentifier():
            raise TraitError(f"prefix: expected letters, digits and _, was {value!r}")
        return value

    def _rename(self, _change: Any) -> None:
        self._forget_magics()
        self.install()

    def _recolour(self, _change: Any) -> None:
        choose_palette(self.palette)

    def _register(self, command: Command) -> None:
        name = self.prefix + command.name
        manager = self._shell.magics_manager
        if any(name in manager.magics[kind] for kind in ("line", "cell")):
            name = FALLBACK_PREFIX + name
            _log.warning("%%%s is taken, so Bifrost's is %%%s", command.name, name)
        function = self._make_magic(command, name)
        manager.register_function(function, magic_kind="line_cell", magic_name=name)
        self._functions[name] = function
        self._commands[name] = command

    def _forget_magics(self) -> None:
        manager = self._shell.magics_manager
        for name, function in self._functions.items():
            for kind in ("line", "cell"):
                if manager.magics[kind].get(name) is function:
                    del manager.magics[kind][name]
            if getattr(manager.user_magics, name, None) is function:
                delattr(manager.user_magics, name)
        self._functions.clear()
        self._commands.clear()

    def _make_magic(self, command: Command, name: str) -> Callable[..., object]:
        shell, desk = self._shell, self._desk
        prefix = name.removesuffix(command.name)

        def magic(
            line: str, cell: str | None = None, local_ns: Mapping[str, Any] | None = None
        ) -> object:
            is_quiet = line.rstrip().endswith(";")
            text = line.rstrip().rstrip(";") if is_quiet else line
            namespace = _scope(shell, local_ns)
            words = split_words(text, namespace)
            if "--help" in words:
                return HelpText(describe(command, prefix))
            parsed = parse(command, words, is_cell=cell is not None)
            request = Request(desk, shell, namespace, parsed.values, parsed.parameters, body=cell)
            result = _ask(parsed.form.verb, request, name)
            return None if is_quiet and not _is_assigned(shell, name) else result

        magic.__name__ = magic.__qualname__ = name
        magic.__doc__ = describe(command, prefix)
        return needs_local_scope(no_var_expand(magic))

    def _make_matcher(self) -> Callable[[CompletionContext], SimpleMatcherResult]:
        def bifrost_matcher(context: CompletionContext) -> SimpleMatcherResult:
            try:
                found = self.complete(context.text_until_cursor)
            except Exception:  # noqa: BLE001 - a key press must not print over what is being typed
                _log.debug("completion failed", exc_info=True)
                found = None
            if found is None or not found.items:
                return {"completions": [], "suppress": False}
            return {
                "completions": [SimpleCompletion(text, type=kind) for text, kind in found.items],
                "matched_fragment": found.fragment,
                "suppress": True,
                "ordered": True,
            }

        decorated: Callable[[CompletionContext], SimpleMatcherResult]
        decorated = context_matcher(priority=1000, identifier="bifrost")(bifrost_matcher)
        return decorated


def register(shell: Any, desk: Any) -> None:
    """Put the magics, their completion and ``%config Bifrost`` into a shell.

    Parameters
    ----------
    shell
        The interactive shell.
    desk
        What every magic asks.

    Notes
    -----
    A magic whose name another extension has taken gets the prefix ``bf_``, and says so once.
    """
    unregister(shell)
    InterruptedRunError._render_traceback_ = render_error  # type: ignore[attr-defined]  # IPython's hook
    Bifrost(shell, desk).install()


def unregister(shell: Any) -> None:
    """Take out what `register` put in; magics of others stay as they were."""
    if "_render_traceback_" in vars(InterruptedRunError):
        del InterruptedRunError._render_traceback_  # type: ignore[attr-defined]  # IPython's hook
    for one in list(shell.configurables):
        if isinstance(one, Bifrost):
            one.remove()


def _ask(verb: Callable[[Request], object], request: Request, name: str) -> object:
    try:
        return verb(request)
    except InterruptedRunError:
        raise
    except KeyboardInterrupt:
        raise InterruptedRunError(
            f"%{name} was interrupted: what was kept before is whole, and nothing is "
            "half-written. Run it again"
        ) from None


def _scope(shell: Any, local_ns: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if local_ns is None or local_ns is shell.user_ns:
        return shell.user_ns  # type: ignore[no-any-return]  # untyped shell
    return ChainMap(dict(local_ns), shell.user_ns)


def _is_assigned(shell: Any, name: str) -> bool:
    history = shell.history_manager.input_hist_raw
    typed = history[-1] if history else ""
    return re.search(rf"=\s*%{re.escape(name)}\b", typed) is not None
