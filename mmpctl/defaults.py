"""What holds where neither an option nor a script says otherwise: one value for both, and help shows it unloaded."""

from __future__ import annotations

from typing import Final

# Days before its end from which a certificate is due.
DUE_DAYS: Final = 30
# So old may the last good backup of a node be, days.
BACKUP_DAYS: Final = 30
# So many clusters are renewed at the same time.
CLUSTERS_AT_ONCE: Final = 4
# How new files are called on the device: a word of `mmpctl.cluster.target.Naming`.
NAMES: Final = "versioned"
# So long the certificates of a private CA last, days: about twenty and ten years.
CA_ROOT_DAYS: Final = 7305
CA_ISSUING_DAYS: Final = 3652
# The most that may be asked for, days: about a hundred years, which every program can still write as a date.
MOST_DAYS: Final = 36525
# The kind of a new key: a word of `mmpctl.authority.profile.KeyKind`.
KEY_KIND: Final = "rsa3072"
