"""The operator's files of a renewal of services, for whoever sends them by hand."""

from __future__ import annotations

from mmpctl.renewal.jobs.services.preparation import Prepared
from mmpctl.renewal.jobs.services.service_facts import SourceOnDisk
from mmpctl.services.renewable import FileRole


def sources_of(prepared: Prepared) -> dict[str, dict[str, SourceOnDisk]]:
    """Return where each file lies that is sent, by inventory name and by name on the device.

    Args:
        prepared: the group, its goal and the files.
    """
    sources: dict[str, dict[str, SourceOnDisk]] = {}
    for (key, _), given in prepared.sets.items():
        files = {
            FileRole.KEY: given.files.key,
            FileRole.CERTIFICATE: given.files.certificate,
            FileRole.BUNDLE: given.files.bundle,
        }
        names = (name for name in given.names() if name is not None)
        for name, (role, content) in zip(names, given.contents().items(), strict=True):
            file = files[role]
            if file is not None:
                sent = content.reveal()
                mended = sent != file.content.reveal()
                sources.setdefault(key.node, {})[name] = SourceOnDisk(str(file.path.absolute()), len(sent), mended)
    return sources
