"""Each kind of step on a service by hand: what to type, what must be seen, and what to do if it is not seen."""

from __future__ import annotations

import shlex
from pathlib import Path

from mmpctl.cluster.step import Step
from mmpctl.procedure.instruction_parts import HERE, MMP, SFTP, Document, look_at, printed_serial, quoted, typed
from mmpctl.renewal.jobs.services.service_facts import ServiceFacts
from mmpctl.services.seen_services import UnitKey
from mmpctl.services.service_goal import WantedPair, WantedStore, WantedUnit
from mmpctl.services.service_history import unit_of_step

_LINES = "every line begins with SUCCESS; no line at all is not enough"


def upload(facts: ServiceFacts, step: Step) -> Document:
    """Return how a person sends the new files of a node's services.

    Args:
        facts: of the step's group.
        step: of the plan, or of what is left of it.
    """
    sources = facts.sources.get(step.node, {})
    digests = facts.goal.digests_on(step.node)
    stores = [one for one in _new(facts, step) if isinstance(one, WantedStore)]
    files = [
        {"source": source.path, "name": name, "bytes": source.size, "sha256": digests[name]}
        for name, source in sources.items()
        if name in digests and name in step.payload
    ]
    mended = [name for name, source in sources.items() if source.mended]
    warning = (
        f"{', '.join(mended)}: the certificates in the file here are in another order, or some are missing. Make a "
        "copy with the service's own certificate first, then each CA after the one that it signed, the root last, and "
        "send that copy; its size and SHA-256 must be those below."
    )
    return {
        "warning": warning if mended else None,
        "files": files,
        "type": [
            *(typed(step, SFTP, f"put {quoted(Path(str(one['source'])))} /{one['name']}") for one in files),
            *(line for store in stores for line in _extended(step, store)),
            typed(step, SFTP, "ls -l"),
        ],
        "must_see": ["`ls -l` shows each file with the number of bytes above" if files else "`ls -l` shows the files"],
        "if_not": ["Send the file again. The node does not use it before the step `certs`."],
    }


def verify(facts: ServiceFacts, step: Step) -> Document:
    """Return how a person verifies the new files on a node.

    Args:
        facts: of the step's group.
        step: of the plan, or of what is left of it.
    """
    new = _new(facts, step)
    pairs = [one for one in new if isinstance(one, WantedPair)]
    stores = [one for one in new if isinstance(one, WantedStore)]
    return {
        "type": [
            line
            for pair in pairs
            for line in (
                typed(step, MMP, f"pki inspect {pair.new.certificate}"),
                typed(step, MMP, f"pki match {pair.new.key} {pair.new.certificate}"),
            )
        ]
        + [typed(step, MMP, f"pki inspect {file}") for store in stores for file in (store.old[-1], *store.sent)],
        "must_see": [
            *(
                f"`pki inspect {pair.new.certificate}` shows first the serial number {printed_serial(pair.serial)}"
                for pair in pairs
            ),
            *(["`pki match` does not report that a key and a certificate do not match"] if pairs else []),
            *(
                f"`pki inspect {store.new[-1]}` shows all that `pki inspect {store.old[-1]}` shows, and "
                f"{len(store.added)} more"
                for store in stores
            ),
        ],
        "if_not": ["Send those files again, and do not switch the service off before they are right."],
    }


def disable(facts: ServiceFacts, step: Step) -> Document:
    """Return how a person switches a service off.

    Args:
        facts: of the step's group.
        step: of the plan, or of what is left of it.
    """
    unit = _unit(facts, step)
    given = unit.given if unit is not None and not step.again else ()
    shown = [f"the service shows {', '.join(one.arguments(back=True))}" for one in given]
    service = UnitKey.of_part(step.node, step.part).service
    return {
        "look_first": [look_at(step.node, service, ["Enabled is true", *shown])],
        "type": [typed(step, MMP, step.command), typed(step, MMP, service)],
        "must_see": ["Enabled is false"],
        "if_not": [f"Look again for a minute. If it stays on, stop: {service} works on with the files of before."],
    }


def setting(facts: ServiceFacts, step: Step) -> Document:
    """Return how a person names the files of one pair, or a file of trust, to its service.

    Args:
        facts: of the step's group.
        step: of the plan, or of what is left of it.
    """
    return {
        "type": [typed(step, MMP, step.command)],
        "must_see": ["the node is back at its prompt, without an error"],
        "if_not": _way_back(facts, step),
    }


def enable(facts: ServiceFacts, step: Step) -> Document:
    """Return how a person switches a service on, or restarts it.

    Args:
        facts: of the step's group.
        step: of the plan, or of what is left of it.
    """
    return {
        "type": [typed(step, MMP, step.command)],
        "must_see": [_LINES],
        "if_not": ["Stop and ask."] if step.again else _way_back(facts, step),
    }


def restart(facts: ServiceFacts, step: Step) -> Document:
    """Return how a person restarts a service that is never switched off.

    Args:
        facts: of the step's group.
        step: of the plan, or of what is left of it.
    """
    most = facts.goal.max_calls
    counted = most is not None and step.node not in facts.goal.restarts and not step.again
    few = f" Go on only if no more than {most} are on it: its Web Admin shows them on the status page."
    return {"warning": f"The calls on {step.node} drop.{few if counted else ''}", **enable(facts, step)}


def prove(facts: ServiceFacts, step: Step) -> Document:
    """Return how a person proves that a service uses the right files.

    Args:
        facts: of the step's group.
        step: of the plan, or of what is left of it.
    """
    unit = _unit(facts, step)
    pairs = unit.presenting if unit is not None else ()
    files: tuple[WantedStore | WantedPair, ...] = (*(unit.stores if unit is not None else ()), *pairs)
    node = facts.group.node(step.node)
    seen = node.services.get(UnitKey.of_part(step.node, step.part).service)
    ports = {pair.setting.command: seen.ports.get(pair.setting.command, ()) for pair in pairs} if seen else {}
    places = {command: [f"{node.address}:{port}" for port in found] for command, found in ports.items()}
    connect = [
        typed(step, HERE, f"openssl s_client -connect {place} </dev/null | openssl x509 -noout {_asked(pair, step)}")
        for pair in pairs
        for place in places.get(pair.setting.command, ())
    ]
    return {
        "type": [typed(step, MMP, step.command), *connect],
        "must_see": [
            *(f"the service shows {', '.join(one.arguments(back=step.again))}" for one in files),
            *(
                f"`{pair.setting.command}` at {' and at '.join(places.get(pair.setting.command) or ['its port'])} "
                f"shows {_connected(pair, step)}"
                for pair in pairs
                if pair.setting.listens
            ),
        ],
        "if_not": ["Stop and ask."] if step.again else _way_back(facts, step),
    }


def _extended(step: Step, store: WantedStore) -> tuple[dict[str, str], ...]:
    """Return how a person makes a file of more certificates out of the one in use."""
    old, new = (f"{step.node}-{files[-1]}" for files in (store.old, store.new))
    return (
        typed(step, SFTP, f"get /{store.old[-1]} {quoted(Path(old))}"),
        # The last line of a file may have no end.
        typed(step, HERE, f"awk 1 {quoted(Path(old))} > {quoted(Path(new))}"),
        *(
            typed(step, HERE, f"printf '%s\\n' {shlex.join(pem.splitlines())} >> {quoted(Path(new))}")
            for pem in store.added
        ),
        typed(step, SFTP, f"put {quoted(Path(new))} /{store.new[-1]}"),
    )


def _new(facts: ServiceFacts, step: Step) -> list[WantedStore | WantedPair]:
    """Return what the files of a step are for: what is done needs none any more."""
    return [one for one in facts.goal.given_on(step.node) if not {*one.sent}.isdisjoint(step.payload)]


def _is_old(pair: WantedPair, step: Step) -> bool:
    return step.again or pair.presents.leaf == pair.presented.leaf


def _asked(pair: WantedPair, step: Step) -> str:
    return "-fingerprint -sha256" if _is_old(pair, step) else "-serial -enddate"


def _connected(pair: WantedPair, step: Step) -> str:
    """Return what OpenSSL prints of the certificate that must be presented."""
    if _is_old(pair, step):
        leaf = (pair.presented.leaf or "").upper()
        pairs = ":".join(leaf[at : at + 2] for at in range(0, len(leaf), 2))
        return f"the certificate that it had: Fingerprint={pairs}"
    digits = pair.serial.zfill(len(pair.serial) + len(pair.serial) % 2).upper()
    return f"the new certificate: serial={digits}"


def _way_back(facts: ServiceFacts, step: Step) -> list[str]:
    unit = _unit(facts, step)
    if unit is None:
        return ["Stop and ask."]
    verbs = (f"{one.setting.command}{' certs' if isinstance(one, WantedPair) else ''}" for one in unit.given)
    back = [f"`{verb} {' '.join(one.arguments(back=True))}`" for verb, one in zip(verbs, unit.given, strict=True)]
    effective = f"`{unit.service.name} {'restart' if unit.key.service == 'callbridge' else 'enable'}`"
    return [f"Type the old files again: {', '.join(back)}, then {effective}, look that it is on, and stop."]


def _unit(facts: ServiceFacts, step: Step) -> WantedUnit | None:
    key = unit_of_step(step.key)
    return facts.goal.unit(key) if key is not None else None
