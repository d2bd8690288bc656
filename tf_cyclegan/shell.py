"""Commands of this program as they are shown: each can be pasted into a shell, whatever its folders are called."""

import re
import shlex
from pathlib import PurePath

# To no shell these mean anything but themselves; a comma separates the items of a list in PowerShell.
_PLAIN = re.compile(r"[\w./:+=-]+", re.ASCII)
# What bash, zsh, PowerShell and cmd read alike between double quotes. PowerShell takes curly ones for straight ones.
_ALIKE = re.compile(r'(?:[^"“”„$`!%\\\x00-\x1f\x7f]|\\(?=[^\\]))+')


def show_command(*words: str | PurePath) -> str:
    """`python -m tf_cyclegan` with these words: POSIX shells give them back unchanged, as `shlex.split` does.

    PowerShell and cmd do so too, unless a word holds a quotation mark, a backtick or one of `$ % !`.

    Args:
        words: sub-command, options and values; paths as such, so that one with a leading "-" is no option.
    """
    return " ".join(["python -m tf_cyclegan", *map(_quote, words)])


def option(name: str, value: object) -> list[str]:
    """The words of an option: `--name value`, in one word where the value is empty or begins with "-".

    Args:
        name: of the setting, with underscores.
        value: a bool is a flag: `--name` or `--no-name`.
    """
    dashed, text = name.replace("_", "-"), str(value)
    if isinstance(value, bool):
        return [f"--{dashed}" if value else f"--no-{dashed}"]
    return [f"--{dashed}", text] if text and not text.startswith("-") else [f"--{dashed}={text}"]


def _quote(word: str | PurePath) -> str:
    text = f"./{word}" if isinstance(word, PurePath) and str(word).startswith("-") else str(word)
    if _PLAIN.fullmatch(text):
        return text
    return f'"{text}"' if _ALIKE.fullmatch(text) else shlex.quote(text)
