"""The words of the device that the session must know: regular expressions, in Python's dialect."""

# ruff: noqa: S105 - patterns of questions for passwords, and no passwords

from __future__ import annotations

from typing import Final

# The prompt, without anchors; group 1 is the host name.
PROMPT: Final = "([A-Za-z0-9][A-Za-z0-9._-]*)> "

# A demand for a password on the command line, at the very end of what arrived: we are logged in, so it wants a new one.
PASSWORD_DEMAND: Final = r"(?im)^(?=[^\n]*pass(?:word|phrase))[^\n]*[:?]\s*\Z"

# The question for the password of the account that logs in, the whole of it: nothing else gets the password. Groups are
# the names of accounts in it.
PASSWORD_QUESTION: Final = (
    r"(?i)\A\s*(?:\(([^()\s]+)\)\s*)?(?:(?:enter|your)\s+)*(?:(\S+)'s\s+)?password"
    r"(?:\s+(?:for|of)\s+(\S+?))?\s*(?:[:?]\s*)?\Z"
)

# Words beside a question during the login that make it a demand for a new password.
NEW_PASSWORD: Final = r"(?i)\b(?:new|again|retype|re-enter|repeat|confirm|change|changed|expired|choose)\b"

# What the device says before it demands a new password or ends the session for want of one.
PASSWORD_NOTICE: Final = (
    r"(?im)^(?:(?!password)[^\n])*password[^\n]*(?:expired|must be changed|has to be changed|change required)"
)

# A line by which the device says that it knows no such command: it is of another release, or the account may not use
# it.
UNKNOWN: Final = (
    r"(?i)^(?:ERROR:\s*(?!\s))?"
    r"(?:(?:unknown|invalid|unrecogni[sz]ed) command|[^\n:]*command not (?:found|known|recogni[sz]ed))"
)

# Another line by which the device refuses a command.
REFUSAL: Final = "^ERROR:"

# The heading of an answer that says how a command is typed: this one was not understood as it was typed.
USAGE: Final = r"^[Uu]sage:\s*$"

# An output with such a line is data, even where it also reports an error.
DATA: Final = r"^Status\s*:"

# The verdict of `pki match`; nobody has seen it, so that only plain words count, and anything else is no verdict.
PAIR_FITS: Final = r"(?i)^(?:(?:SUCCESS|OK):?\s*)?(?:the )?key and (?:the )?certificate match(?:es)?\.?\s*\Z"
PAIR_DIFFERS: Final = (
    r"(?i)^(?:(?:ERROR|FAILURE):?\s*)?(?:the )?key and (?:the )?certificate do(?:es)? not match\.?\s*\Z"
)

# A line by which a service that starts says that it has passed a check, or has not; the words behind it are open.
CHECK_PASSED: Final = r"^SUCCESS:[ \t]*(\S.*)$"
CHECK_FAILED: Final = r"^FAILURE:[ \t]*(\S.*)$"

# The answer of `pki csr` when it has made both files, without its white space: long lines are cut anywhere.
REQUEST_MADE: Final = r"Createdkeyfile([\w-]+\.key)andCSR([\w-]+\.csr)"

# What makes a text a question. It only decides how soon we give up: no question is answered for it.
QUESTION: Final = r"(?i)[(\[](?:y/n|yes/no)[)\]]"

# Words that make a label one of a secret, wherever it stands in a line.
SECRETS: Final = (
    "passwords?",
    "passwd",
    "passphrases?",
    "pwd",
    "psk",
    "secrets?",
)

# Likewise; but these are words of names and headings too: the value is on the same line, or below without a label.
WEAK_SECRETS: Final = (
    "tokens?",
    "credentials?",
    "community",
)

# What follows on such a word where the label is not one of the secret itself: `Password expiry`.
NOT_SECRET_LABELS: Final = (
    "expir",
    "last",
    "chang",
    "age",
    "polic",
    "rule",
    "length",
    "valid",
    "lifetime",
)

# A label that ends in the word `key` is one of a secret, unless one of these words stands before it: then it is the
# name of a file, as in `Server Key`, or a key that everybody may see.
NOT_SECRET_KEYS: Final = (
    "server",
    "client",
    "tls",
    "host",
    "public",
)

# Values of any other key that give nothing away: names of certificate files, and sizes.
NOT_SECRET_KEY_VALUES: Final = (
    r"[\w+-][\w.+-]*\.(?:key|cer|crt|pem|csr)(?:[ \t]*\([^()\n]*\))?",
    r"\([^()\n]*\bbits?\b[^()\n]*\)",
)

# Values behind any of these labels that give nothing away.
NOT_SECRET: Final = (
    "none",
    "disabled",
    "enabled",
)

# Beginnings of words in an unknown line of `database cluster status` for which the line is not passed over: it reports
# an error, or may contradict the facts beside it.
ALARMS: Final = (
    "error",
    "fail",
    "fatal",
    "warning",
    "alarm",
    "corrupt",
    "denied",
    "refused",
    "lost",
    "split",
    "expired",
    "disconnected",
    "out of sync",
    "not in sync",
    "disabl",
    "master",
    "primary",
)

# The labels of the facts in `database cluster status`, in lower case.
STATUS_LABELS: Final = (
    "status",
    "nodes",
    "node in use",
    "interface",
    "certificates",
    "server key",
    "server certificate",
    "client key",
    "client certificate",
    "ca certificate",
    "last command",
)
