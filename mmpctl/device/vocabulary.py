"""The device's words as patterns: prompt, demands for a password, refusals, labels of secrets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ruamel.yaml import YAML


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The patterns of `vocabulary.yaml`, compiled.

    Args:
        prompt: the prompt at a line start and at the end of everything; group 1 is the host name.
        password_demand: a demand for a password at the end of everything.
        password_question: the whole question, during a login, for the account's password.
        new_password: a word that makes such a question a demand for a new password.
        password_notice: the device says that the password has expired.
        refusal: a line by which the device refuses a command.
        unknown: a line by which it says that it knows no such command.
        data: a line that makes an output data, even where it reports an error.
        question: what makes a text a question.
        pair_fits: the whole verdict that a key and a certificate belong together.
        pair_differs: the whole verdict that they don't.
        secret: a line with a secret; group 1 is what may be shown.
        secret_label: a line that ends with the label of a secret.
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
    data: re.Pattern[str]
    question: re.Pattern[str]
    pair_fits: re.Pattern[str]
    pair_differs: re.Pattern[str]
    secret: re.Pattern[str]
    secret_label: re.Pattern[str]
    prompt_like: re.Pattern[str]
    alarm: re.Pattern[str]
    status_labels: frozenset[str]

    def refuses(self, output: str) -> bool:
        """Tell whether an output says that the command was refused.

        Args:
            output: the output of one command, without echo and prompt.
        """
        return bool(self.refusal.search(output)) and not self.data.search(output)


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary, read once per process."""
    words = YAML(typ="safe").load(files("mmpctl.device").joinpath("vocabulary.yaml").read_text("utf-8"))
    label = rf"\b(?:{'|'.join(words['secrets'])})\b[^\n:=]{{0,60}}?"
    colon = r"(?:[ \t]*[:=][ \t]*|[ \t]{2,}(?![:=]))"
    harmless = rf"(?:{'|'.join(words['not_secret'])})[ \t]*$"
    return Vocabulary(
        prompt=re.compile(rf"(?:\A|\n){words['prompt']}\r*\Z"),
        password_demand=re.compile(words["password_demand"]),
        password_question=re.compile(words["password_question"]),
        new_password=re.compile(words["new_password"]),
        password_notice=re.compile(words["password_notice"]),
        refusal=re.compile("|".join((words["unknown"], *words["refusals"])), re.MULTILINE),
        unknown=re.compile(words["unknown"], re.MULTILINE),
        data=re.compile(words["data"], re.MULTILINE),
        question=re.compile(words["question"]),
        pair_fits=re.compile(words["pair_fits"]),
        pair_differs=re.compile(words["pair_differs"]),
        secret=re.compile(rf"^([^\n]*?{label}{colon})(?!{harmless})\S[^\n]*$", re.MULTILINE | re.IGNORECASE),
        secret_label=re.compile(rf"{label}[ \t]*[:=][ \t]*$", re.IGNORECASE),
        prompt_like=re.compile(rf"[ \t]*{words['prompt'].rstrip()}"),
        alarm=re.compile(rf"\b(?:{'|'.join(words['alarms'])})", re.IGNORECASE),
        status_labels=frozenset(words["status_labels"]),
    )
