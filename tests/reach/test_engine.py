"""A desk asks many sites: whatever one of them says, or does not say, is told of that site and of no other."""

from __future__ import annotations

import json
import shlex
import sys
import threading
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from mmpctl.audit.scope import Scope
from mmpctl.errors import UsageError
from mmpctl.inventory.nodes import Node
from mmpctl.reach.address import LocalCommand, SshAddress
from mmpctl.reach.answer_lines import Alive, End, Failure, Hello, Line, Part, Row, line_text
from mmpctl.reach.desk import Selected, audit, status
from mmpctl.reach.engine import Answer, Engine, Errand
from mmpctl.reach.lines.site_line import Bounds
from mmpctl.reach.site_inventory import digest_of
from mmpctl.reach.sites.sites_told import site_document
from mmpctl.reach.sites_file import RemoteSite
from mmpctl.reach.verbs import AuditRequest
from mmpctl.times import now_utc
from tests.support.children import PATIENCE_SECONDS
from tests.support.gate import some
from tests.support.site_lines import NODES, OSLO, hello, row

PATIENT = Bounds(PATIENCE_SECONDS, PATIENCE_SECONDS)
EMPTY = (hello(), End(0))
WHOLE = (hello(), row("osl-1"), Alive(), row("osl-2"), End(2))


def says(*lines: Line | str, then: str = "", site: str = "oslo") -> RemoteSite:
    """A site that says hello, takes its request, says the rest, and does what the shell is told.

    Args:
        lines: what it says.
        then: more of the shell's program.
        site: its name.
    """
    texts = [one if isinstance(one, str) else line_text(one).rstrip() for one in lines]
    first, *rest = [f"printf '%s\\n' {shlex.quote(text)}" for text in texts] or [""]
    program = "\n".join((first, "read -r request" if texts else "", *rest, then))
    return RemoteSite(site, LocalCommand(("sh", "-c", program)))


def echo(line: Line) -> str:
    return f"printf '%s\\n' {shlex.quote(line_text(line).rstrip())}"


def answer(site: RemoteSite, bounds: Bounds = PATIENT) -> tuple[Answer, list[str]]:
    """What comes of one site, and the nodes that it tells of."""
    heard: list[str] = []
    errand = Errand(site, AuditRequest(("osl-1", "osl-2"), now_utc()), digest_of(OSLO))

    def told(errand: Errand, row: Row | Part) -> None:
        assert isinstance(row, Row)
        heard.append(row.node)

    (one,) = Engine(bounds=bounds).run([errand], told)
    return one, heard


def test_a_whole_answer() -> None:
    # Its clock is that of now, however long ago these tests were loaded.
    one, heard = answer(says(hello(), *WHOLE[1:]))
    assert (one.error, one.rows, heard, one.same_inventory) == (None, 2, ["osl-1", "osl-2"], True)
    assert one.hello is not None and one.clock_ahead is not None and one.clock_ahead > -PATIENCE_SECONDS


def test_a_site_that_reads_a_large_inventory_says_that_it_is_alive_before_its_hello() -> None:
    first = 3 * line_text(Alive()) + line_text(hello()).rstrip()
    one, heard = answer(says(first, *WHOLE[1:]))
    assert (one.error, one.rows, heard) == (None, 2, ["osl-1", "osl-2"])


def test_a_site_that_is_alive_and_never_says_who_it_is_is_given_up() -> None:
    alive = f"printf '%s\\n' {shlex.quote(line_text(Alive()).rstrip())}"
    site = RemoteSite("oslo", LocalCommand(("sh", "-c", f"while {alive}; do sleep 0.05; done")))
    one, _ = answer(site, Bounds(PATIENCE_SECONDS, PATIENCE_SECONDS, beginning=0.5))
    assert one.error is not None and "is alive, but has not said in 0 seconds who it is" in one.error.message


@pytest.mark.parametrize(
    ("site", "told"),
    [
        (says(), "cannot be reached (exit code 0)"),
        (
            says(then="echo 'Connection refused.' >&2; exit 255"),
            "cannot be reached (exit code 255): Connection refused",
        ),
        (says(hello(), then="kill -9 $$"), "hung up (signal 9)"),
        (says(hello(), row("osl-1"), then="exit 3"), "hung up (exit code 3)"),
        (says(hello(), row("osl-1"), End(2)), "has sent 2 rows, of which 1 came"),
        (
            says(hello(), Failure("usage", "there are no credentials", "Set them.")),
            "cannot do it: there are no credentials",
        ),
        (
            says("Welcome to this machine"),
            "does not speak as mmpctl does (the line is not JSON): 'Welcome to this machine'",
        ),
        (says(row("osl-1")), "does not say who it is"),
        (says(hello(), hello()), "says twice who it is"),
        (says(hello(site="paris")), "answers as the site paris"),
        (says(hello(wire=7)), "speaks version 7 of the wire"),
        (says(hello(), '{"line": "row", "node": 5, "told": {}}'), "does not speak as mmpctl does"),
        (RemoteSite("oslo", LocalCommand(("no-such-program",))), "cannot be reached: no-such-program does not start"),
    ],
)
def test_an_answer_that_is_not_whole(site: RemoteSite, told: str) -> None:
    one, _ = answer(site)
    assert one.error is not None and one.error.message.startswith(f"the site oslo {told}")
    assert one.error.advice


@pytest.mark.parametrize(
    ("words", "config", "typed"),
    [
        (("/srv/site",), None, "`/srv/site </dev/null`"),
        (("docker", "exec", "--env=KEY=secret"), None, "`docker … </dev/null`, with all of its words in the file"),
        (None, None, "`ssh -p 2222 -l me gw.example.com </dev/null`"),
        (None, Path("my config"), "`ssh -F 'my config' -p 2222 -l me gw.example.com </dev/null`"),
    ],
)
def test_what_to_type_next_is_told_as_it_is_typed(
    words: tuple[str, ...] | None, config: Path | None, typed: str
) -> None:
    address = SshAddress("gw.example.com", "me", 2222) if words is None else LocalCommand(words)
    assert address.to_try(config).startswith(typed) and "secret" not in address.to_try(config)
    one, _ = answer(says(then="echo 'No route to host' >&2; exit 255"))
    assert one.error is not None and "Type `sh … </dev/null`" in one.error.advice


@pytest.mark.parametrize(
    ("site", "bounds", "told"),
    some(
        [
            (says(then="exec sleep 600"), Bounds(0.2, PATIENCE_SECONDS), "nothing came for 0 seconds"),
            (says(hello(), then="exec sleep 600"), Bounds(PATIENCE_SECONDS, 0.2), "nothing came for 0 seconds"),
            (
                says(hello(), then="echo 'tired' >&2; exec sleep 600"),
                Bounds(PATIENCE_SECONDS, 1),
                "for 1 seconds: tired",
            ),
        ],
        every=3,
    ),
)
def test_a_site_that_says_nothing_is_given_up(site: RemoteSite, bounds: Bounds, told: str) -> None:
    one, _ = answer(site, bounds)
    assert one.error is not None and told in one.error.message


def test_a_line_without_end_is_given_up() -> None:
    one, _ = answer(says(hello(), then="exec tr '\\0' x < /dev/zero"))
    assert one.error is not None and "a line of more than 16 MiB" in one.error.message


def test_a_site_that_never_reads_a_long_request_is_given_up() -> None:
    names = tuple(f"node-of-oslo-{number}" for number in range(20_000))
    deaf = RemoteSite("oslo", LocalCommand(("sh", "-c", f"{echo(hello())}; exec sleep 600")))
    errand = Errand(deaf, AuditRequest(names, now_utc()))
    (one,) = Engine(bounds=Bounds(PATIENCE_SECONDS, 1)).run([errand], lambda *_: None)
    assert one.error is not None and "nothing came for 1 seconds" in one.error.message


def test_a_long_request_comes_whole_while_the_site_speaks() -> None:
    names = tuple(f"node-of-oslo-{number}" for number in range(20_000))
    # More than a pipe takes, both ways.
    rows = f"yes {shlex.quote(line_text(row('osl-1')).rstrip())} | head -n 1000"
    program = "; ".join((echo(hello()), rows, "read -r request", echo(End(1000))))
    site = RemoteSite("oslo", LocalCommand(("sh", "-c", program)))
    (one,) = Engine(bounds=PATIENT).run([Errand(site, AuditRequest(names, now_utc()))], lambda *_: None)
    assert (one.error, one.rows) == (None, 1000)


@pytest.mark.parametrize(
    "line",
    [
        hello(version="x" * 100_000),
        hello(site="x" * 100_000),
        hello(wire=10**4000),
        Failure("usage", "x" * 50_000, "y" * 50_000),
        f'{{"line": "{"x" * 100_000}"}}',
        f'{{"line": "row", "node": "{"x" * 100_000}", "told": {{}}}}',
        f'{{"line": "end", "rows": {10**4000}}}',
    ],
)
def test_a_site_fills_no_screen(line: Line | str) -> None:
    lines = (line,) if isinstance(line, Hello) else (hello(), line)
    report, answers = audit(Engine(bounds=PATIENT), here(lines), Scope(now_utc()))
    error = answers[0].error
    assert len(json.dumps(site_document(answers[0]))) < 3000
    assert error is None or len(error.told) < 3000
    assert report.code == 10


@pytest.mark.parametrize("clock", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-31T12:00:00"])
def test_a_clock_that_no_calendar_has(clock: str) -> None:
    text = json.dumps({**json.loads(line_text(hello())), "clock": clock})
    one, _ = answer(says(text, End(0)))
    assert one.error is not None and "`clock` of the line 'hello' is not a moment" in one.error.message


def test_a_site_that_is_alive_and_tells_nothing_is_given_up() -> None:
    alive = f"while {echo(Alive())}; do sleep 0.05; done"
    one, heard = answer(says(hello(), row("osl-1"), then=alive), Bounds(PATIENCE_SECONDS, PATIENCE_SECONDS, news=0.5))
    assert one.error is not None and "is alive, but has told nothing for 0 seconds" in one.error.message
    assert heard == ["osl-1"]


def test_half_a_character_is_refused() -> None:
    # Python reads it, and no file can be written with it.
    text = line_text(row("osl-1")).replace("no answer", "\\ud800 no answer").rstrip()
    one, heard = answer(says(hello(), text, End(1)))
    assert one.error is not None and "is not JSON" in one.error.message and heard == []
    whole = line_text(row("osl-1")).replace("no answer", "\\ud83d\\ude00").rstrip()
    assert answer(says(hello(), whole, End(1)))[0].error is None


def test_a_fault_while_one_site_is_heard_is_nothing_to_the_others() -> None:
    def told(errand: Errand, row: Row | Part) -> None:
        if errand.site.name == "oslo":
            raise ZeroDivisionError

    sites = [says(hello(site=name), row("one"), End(1), site=name) for name in ("oslo", "london")]
    errands = [Errand(site, AuditRequest(("one",), now_utc())) for site in sites]
    oslo, london = Engine(bounds=PATIENT).run(errands, told)
    assert oslo.error is not None and "unexpected ZeroDivisionError" in oslo.error.message
    assert (london.error, london.rows) == (None, 1)


def test_what_a_site_says_moves_no_cursor() -> None:
    one, _ = answer(says("\x1b[2Jgone", then=""))
    assert one.error is not None and "\x1b" not in one.error.message


def test_ctrl_c_hangs_up_on_all_sites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = tmp_path / "ended"
    waiting = says(hello(), row("osl-1"), then=f"cat > /dev/null; touch {shlex.quote(str(ended))}")
    begun = threading.Event()

    def interrupted(futures: object) -> None:
        assert begun.wait(PATIENCE_SECONDS)
        raise KeyboardInterrupt

    monkeypatch.setattr("mmpctl.reach.engine.wait", interrupted)
    errand = Errand(waiting, AuditRequest(("osl-1",), now_utc()), "")
    with pytest.raises(KeyboardInterrupt):
        Engine(bounds=PATIENT).run([errand], lambda errand, row: begun.set())
    assert ended.exists(), "its input has ended, and it has ended by itself"


def selected(sites: Mapping[str, RemoteSite]) -> Selected:
    return Selected(NODES, NODES, sites)


def here(lines: tuple[Line | str, ...]) -> Selected:
    """Oslo says these lines, and London all it should."""
    london = says(hello(site="london"), row("lon-1"), row("lon-2"), End(2), site="london")
    return selected({"oslo": says(*lines), "london": london})


@pytest.mark.parametrize(
    ("lines", "seen"),
    [
        (WHOLE, {"osl-1", "osl-2"}),
        ((hello(), row("osl-2"), "oh"), {"osl-2"}),
        ((hello(), row("osl-1"), row("osl-1"), End(2)), {"osl-1"}),
        ((hello(), row("lon-1"), End(1)), set()),
        ((hello(), '{"line": "row", "node": "osl-1", "told": {"error": 5}}', End(1)), set()),
        (EMPTY, set()),
        ((), set()),
    ],
    ids=["whole", "half", "one node twice", "a node of another site", "no row", "nothing", "away"],
)
def test_each_node_is_in_the_report_whatever_a_site_does(lines: tuple[Line | str, ...], seen: set[str]) -> None:
    told: list[str] = []
    report, answers = audit(
        Engine(bounds=PATIENT), here(lines), Scope(now_utc()), lambda one: told.append(one.node.name)
    )
    nodes = {node.node.name: node for cluster in report.clusters for node in cluster.nodes}
    assert list(nodes) == [node.name for node in NODES], "in the order of the inventory"
    assert set(told) == seen | {"lon-1", "lon-2"}
    for name, node in nodes.items():
        why = "is away" if answers[0].error else "has not told of the node"
        assert str(node.error).startswith("no answer" if name in told else f"the site oslo {why}")
    assert [one.error is None for one in answers] == [lines in (WHOLE, EMPTY), True]
    assert report.code == 10


def test_a_status_has_each_node_too() -> None:
    report, answers = status(Engine(bounds=PATIENT), here(()))
    assert [node.reachable for node in report.nodes.values()] == [False] * 4
    # London speaks of audits here: that is no row of a status.
    assert all(one.error is not None for one in answers)
    assert report.code == 10


@pytest.mark.parametrize(
    ("node", "told"),
    [
        (
            Node("par-1", "10.9.0.1", 22, "paris", None, None, ""),
            "the node par-1 is of the site paris, which",
        ),
        (Node("x", "10.9.0.1", 22, None, None, None, ""), "the node x has no site"),
    ],
)
def test_a_node_that_belongs_to_no_known_site_is_an_error_before_any_site_is_asked(node: Node, told: str) -> None:
    asked = Selected([*NODES, node], [*NODES, node], {"oslo": says(), "london": says(site="london")})
    with pytest.raises(UsageError) as error:
        audit(Engine(), asked, Scope(now_utc()))
    assert told in error.value.message


def test_clock_and_inventory_are_compared() -> None:
    one, _ = answer(says(hello(clock=now_utc() - timedelta(hours=3), inventory="0" * 64), End(0)))
    assert one.same_inventory is False and one.clock_ahead is not None and one.clock_ahead < -10_000


def test_a_site_hears_names_and_no_more(tmp_path: Path) -> None:
    kept = tmp_path / "request"
    one, _ = answer(
        RemoteSite(
            "oslo",
            LocalCommand(
                (
                    sys.executable,
                    "-c",
                    f"print({line_text(hello())!r}, end='', flush=True); open({str(kept)!r}, 'w').write(input());"
                    f"print({line_text(End(0))!r})",
                )
            ),
        )
    )
    assert one.error is None
    request = json.loads(kept.read_text())
    assert set(request) == {
        "wire", "verb", "held", "nodes", "now", "due_days", "presented", "thorough", "backup_days",
    }  # fmt: skip
    assert request["held"] is True
