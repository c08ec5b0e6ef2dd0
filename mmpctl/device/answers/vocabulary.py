"""The device's words as patterns: prompt, demands for a password, refusals, labels of secrets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from mmpctl.device import device_words as words


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The patterns of `mmpctl.device.device_words`, compiled.

    Args:
        prompt: the prompt at a line start and at the end of everything; group 1 is the host name.
        password_demand: a demand for a password at the end of everything.
        password_question: the whole question, during a login, for a password; groups are the accounts that it names.
        new_password: a word that makes such a question a demand for a new password.
        password_notice: the device reports that the password has expired.
        refusal: a line by which the device refuses a command.
        unknown: a line by which it says that it knows no such command.
        usage: the heading of an answer that says how a command is typed.
        data: a line that makes an output data, even where it reports an error.
        question: what makes a text a question.
        pair_fits: the whole verdict that a key and a certificate belong together.
        pair_differs: the whole verdict that they don't.
        check_passed: a line by which a service that starts says that it has passed a check; group 1 says which.
        check_failed: likewise of one that it has not passed.
        request_made: the answer, without white space, that a key and a request were made; groups are the two files.
        secret: a line with a secret; group 1 is what may be shown.
        secret_key: a line with a secret that its label calls a key; likewise.
        secret_label: a line that ends with the label of a secret, which stands below it.
        weak_secret_label: likewise, where it may also be a heading above other labels.
        secret_tail: a line that speaks of a secret; group 1 ends with its word.
        secret_word: any word by which a secret is known, in lower case; see `may_hold_secret`.
        prompt_like: a line that begins as a prompt does.
        alarm: a word in a line that nobody knows of the cluster's status, for which the line is not passed over.
        status_labels: the labels of the facts in the cluster's status, in lower case.
    """

    prompt: re.Pattern[str]
    password_demand: re.Pattern[str]
    password_question: re.Pattern[str]
    new_password: re.Pattern[str]
    password_notice: re.Pattern[str]
    refusal: re.Pattern[str]
    unknown: re.Pattern[str]
    usage: re.Pattern[str]
    data: re.Pattern[str]
    question: re.Pattern[str]
    pair_fits: re.Pattern[str]
    pair_differs: re.Pattern[str]
    check_passed: re.Pattern[str]
    check_failed: re.Pattern[str]
    request_made: re.Pattern[str]
    secret: re.Pattern[str]
    secret_key: re.Pattern[str]
    secret_label: re.Pattern[str]
    weak_secret_label: re.Pattern[str]
    secret_tail: re.Pattern[str]
    secret_word: re.Pattern[str]
    prompt_like: re.Pattern[str]
    alarm: re.Pattern[str]
    status_labels: frozenset[str]

    def may_hold_secret(self, text: str) -> bool:
        """Tell whether a text has any word by which a secret is known; a text without one holds none.

        Args:
            text: any text.
        """
        # A pattern that knows no cases is ten times as fast, and every text goes through here.
        return self.secret_word.search(text.casefold()) is not None

    def is_unknown(self, output: str) -> bool:
        """Tell whether an output says that the release does not know the command, or the account may not use it.

        Args:
            output: of a command.
        """
        return self.unknown.search(output) is not None

    def is_usage(self, output: str) -> bool:
        """Tell whether an output says how a command is typed, and nothing before it.

        Args:
            output: of a command.
        """
        return self.usage.match(output.lstrip()) is not None

    def refuses(self, output: str) -> bool:
        """Tell whether an output says that the command was refused.

        Args:
            output: the output of one command, without echo and prompt.
        """
        return bool(self.refusal.search(output)) and not self.data.search(output)


@cache
def vocabulary() -> Vocabulary:
    """Return the vocabulary, compiled once per process."""
    return Vocabulary(
        prompt=re.compile(rf"(?:\A|\n){words.PROMPT}\r*\Z"),
        password_demand=re.compile(words.PASSWORD_DEMAND),
        password_question=re.compile(words.PASSWORD_QUESTION),
        new_password=re.compile(words.NEW_PASSWORD),
        password_notice=re.compile(words.PASSWORD_NOTICE),
        refusal=re.compile("|".join((words.UNKNOWN, words.USAGE, words.REFUSAL)), re.MULTILINE),
        unknown=re.compile(words.UNKNOWN, re.MULTILINE),
        usage=re.compile(words.USAGE, re.MULTILINE),
        data=re.compile(words.DATA, re.MULTILINE),
        question=re.compile(words.QUESTION),
        pair_fits=re.compile(words.PAIR_FITS),
        pair_differs=re.compile(words.PAIR_DIFFERS),
        check_passed=re.compile(words.CHECK_PASSED),
        check_failed=re.compile(words.CHECK_FAILED),
        request_made=re.compile(words.REQUEST_MADE),
        prompt_like=re.compile(rf"[ \t]*{words.PROMPT.rstrip()}"),
        alarm=re.compile(rf"\b(?:{'|'.join(words.ALARMS)})", re.IGNORECASE),
        status_labels=frozenset(words.STATUS_LABELS),
        **_secrets(),
    )


def _secrets() -> dict[str, re.Pattern[str]]:
    strong, weak = "|".join(words.SECRETS), "|".join(words.WEAK_SECRETS)
    # A label ends before a comma and the like that begin the next part of a distinguished name: `CN=Token, O=x`.
    rest = r"(?:[ \t]?(?![,+/][ \t]?[A-Za-z.0-9]{1,30}[ \t]?=)[^\s:=]){0,60}?"
    not_label = rf"(?![ \t_-](?:{'|'.join(words.NOT_SECRET_LABELS)}))"
    colon = r"[ \t]*[:=][ \t]*(?![ \t])"
    harmless = rf"(?:{'|'.join(words.NOT_SECRET)})[ \t]*$"
    own = rf"(?<![A-Za-z0-9])(?:{strong})(?![A-Za-z0-9]){not_label}"
    any_ = rf"(?<![A-Za-z0-9])(?:{strong}|{weak})(?![A-Za-z0-9]){not_label}"
    # Without a colon a column of blanks stands between the two; `secret.bak   1024` is the name of a file and its size.
    column = rf"{own}(?!\.\w){rest}[ \t]{{2,}}(?![ \t:=])"
    before = "".join(rf"(?<!\b{word}[ \t_-])" for word in words.NOT_SECRET_KEYS)
    key = rf"(?<![A-Za-z0-9]){before}key[\"']?"
    alone = rf"[ \t]*(?![ \t])[\w \t()&/.\"'-]*?{key}{colon}"
    within = rf"[^\n]*?[\"'][\w -]*{key}{colon}|[^\n]*?{key}[ \t]*=[ \t]*(?![ \t])"
    harmless_key = rf"(?:{'|'.join((*words.NOT_SECRET, *words.NOT_SECRET_KEY_VALUES))})[ \t]*$"
    made = {
        "secret": rf"^([^\n]*?(?:{any_}{rest}{colon}|{column}))(?!{harmless})\S[^\n]*$",
        "secret_key": rf"^({alone}|{within})(?!{harmless_key})\S[^\n]*$",
        "secret_label": rf"{own}{rest}[ \t]*[:=][ \t]*$",
        "weak_secret_label": rf"(?:{any_}{rest}|{key})[ \t]*[:=][ \t]*$",
        "secret_tail": rf"^([^\n]*?(?:{strong})\b)[^\n]*$",
    }
    patterns = {name: re.compile(pattern, re.MULTILINE | re.IGNORECASE) for name, pattern in made.items()}
    return {**patterns, "secret_word": re.compile(rf"{strong}|{weak}|key")}
