"""An interrupted run at a site, from the desk: what a look has found, before anybody says that it goes on."""

from __future__ import annotations

from mmpctl.documents.checked import DocumentError, checked
from mmpctl.documents.renewal import RenewalDocument
from mmpctl.errors import RefusedError
from mmpctl.reach.answer_lines import Part, Row
from mmpctl.reach.engine import Engine, Errand
from mmpctl.reach.sites_file import RemoteSite
from mmpctl.reach.tickets.checked_answers import read_rest
from mmpctl.reach.tickets.work_requests import OperatorAsked, RestFound, ResumeRequest
from mmpctl.reach.wire import WireError
from mmpctl.renewal.unit import Unit


def look(engine: Engine, site: RemoteSite, run: str, asked: OperatorAsked, *, accept_run: bool = False) -> RestFound:
    """Have a site look at a run and at its nodes; the run stays as it is.

    Args:
        engine: carries the request.
        site: that has the run.
        run: its name.
        asked: what the operator has said.
        accept_run: a person's word that this is the run that it says.

    Raises:
        RefusedError: the site cannot do it, or does not answer to the end.
    """
    found: list[RestFound] = []

    def take(_errand: Errand, told: Row | Part) -> None:
        if not isinstance(told, Part) or told.name != run:
            raise WireError("it reports on another run")
        found.append(read_rest(told.told, run))

    (answer,) = engine.run([Errand(site, ResumeRequest(run, None, asked, accept_run))], take)
    if answer.error is not None or not found:
        why = answer.error.message if answer.error else f"the site {site.name} did not report on the run {run}"
        raise RefusedError(
            why, code="site-lost", advice=f"{answer.error.advice if answer.error else ''} Nothing was begun."
        )
    return found[0]


def units_of(rest: RestFound) -> tuple[Unit, ...]:
    """Return the units of a run that go on.

    Args:
        rest: what a look has found.
    """
    return tuple(Unit(rest.job, str(one["name"]), "") for one in rest.units)


def document_in(rest: RestFound, site: str) -> RenewalDocument:
    """Return the document of a run of which nothing goes on, or that nobody has confirmed.

    Args:
        rest: what a look has found.
        site: that has the run.

    Raises:
        WireError: it is no such document.
    """
    try:
        document = checked(rest.answer, RenewalDocument, f"what the site {site} tells of {rest.run}")
    except DocumentError as error:
        raise WireError(error.message) from None
    return {**document, "clusters": [{**one, "site": site, "run": rest.run} for one in document["clusters"]]}
