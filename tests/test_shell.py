"""What is shown can be pasted: shells give back the very words."""

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tf_cyclegan.errors import UserError
from tf_cyclegan.shell import option, show_command

# Whatever a file system keeps.
WORDS = st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12), max_size=5)
HARD = [
    "a b",
    "it's",
    'say "x"',
    "Café",
    "$HOME",
    "`date`",
    "a\\",
    "\\\\server\\x",
    "C:\\My Pictures",
    "*",
    "~",
    "#1",
    "a;b",
    "!!",
]


@given(words=WORDS)
def test_the_words_come_back(words):
    assert shlex.split(show_command(*words)) == ["python", "-m", "tf_cyclegan", *words]


@pytest.mark.parametrize("shell", [s for s in ("sh", "bash", "dash", "zsh") if shutil.which(s)])
@settings(deadline=None, max_examples=20)
@given(words=WORDS)
def test_a_shell_gives_the_words_back(shell, words):
    """The shell calls a function of that name instead of Python."""
    for some in (words, HARD):
        script = "python() { printf '%s\\0' \"$@\"; }\n" + show_command(*some) + "\n"
        out = subprocess.run([shell], input=script.encode(), capture_output=True, check=True).stdout
        assert out.decode() == "".join(f"{word}\0" for word in ("-m", "tf_cyclegan", *some))


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        *(("data/monet", "data/monet"), ("a b", '"a b"'), ("Gemälde", '"Gemälde"'), ("a,b", '"a,b"')),
        *(("C:\\My Pictures", '"C:\\My Pictures"'), ("it's", '"it\'s"'), ("a$b", "'a$b'")),
    ],
)
def test_where_one_form_does_for_all_shells_it_is_taken(word, shown):
    """PowerShell parts lists at commas, and cmd knows double quotes alone."""
    assert show_command(word) == f"python -m tf_cyclegan {shown}"


def test_a_path_is_never_an_option():
    assert show_command(Path("-x.pth"), "-x").endswith(" ./-x.pth -x")


def test_values_that_would_be_taken_for_options_or_lost_are_in_one_word():
    assert option("lambda_light", -1e-05) == ["--lambda-light=-1e-05"]
    assert option("generator_f", "") == ["--generator-f="]
    assert [*option("flip", False), *option("xla", True)] == ["--no-flip", "--xla"]
    assert option("batch", 4) == ["--batch", "4"]


def test_an_error_keeps_the_command_as_it_is_and_stays_one_line():
    command = show_command("evaluate", "two  spaces")
    assert str(UserError(f"first: {command}")).endswith('"two  spaces"')
    assert str(UserError("one \n  two\r\nthree")) == "one two three"
