"""What was done to the answers of a CA before they were laid down: a word for each kind, with the files."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from mmpctl.signing.containers import Found
from mmpctl.signing.fitting import Fitted, NodeAnswer

_NAMED: Final = 4


def treatments(answers: Sequence[NodeAnswer], given: Sequence[Found]) -> list[str]:
    """Return a sentence for each kind of thing that was done, with the certificates it was done to.

    Args:
        answers: of all nodes.
        given: the certificates that came this time, in the order of their files.
    """
    files: dict[str, list[str]] = defaultdict(list)
    # The place of each certificate among those of its file; where it stands twice, its first.
    by_origin: dict[str, dict[str, int]] = defaultdict(dict)
    for place, one in enumerate(given):
        by_origin[one.origin].setdefault(one.certificate.fingerprint_sha256, place)
    times = Counter(one.certificate.fingerprint_sha256 for one in given)
    for answer in answers:
        for name, fitted in answer.fitted.items():
            file = f"{answer.requests.cluster}/{answer.requests.node}/{name}.cer"
            for word in _words(fitted, by_origin.get(fitted.leaf.origin, {}), times):
                files[word].append(file)
    return [f"{word}: {_listed(held)}" for word, held in files.items()]


def _words(fitted: Fitted, together: Mapping[str, int], times: Counter[str]) -> Iterator[str]:
    leaf, *above = (one.fingerprint_sha256 for one in fitted.path)
    if leaf not in together:
        return
    if fitted.leaf.form:
        yield f"Converted from {fitted.leaf.form}"
    if not all(one in together for one in above):
        yield "Completed with the CAs above from other files"
    order = [together[one] for one in (leaf, *above) if one in together]
    if order != sorted(order):
        yield "Reordered"
    if times[leaf] > 1:
        yield "Came twice"


def _listed(files: Sequence[str]) -> str:
    more = f" and {len(files) - _NAMED} more" if len(files) > _NAMED else ""
    return f"{', '.join(files[:_NAMED])}{more}"
