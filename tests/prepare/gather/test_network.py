from tf_cyclegan.prepare.gather.network import cause_of


def nested():
    try:
        try:
            raise OSError(111, "Connection refused")
        except OSError as error:
            raise ValueError("pool failed") from error
    except ValueError:
        raise RuntimeError("request failed")  # noqa: B904


def test_the_message_at_the_bottom_is_reported():
    try:
        nested()
    except RuntimeError as error:
        assert cause_of(error) == "[Errno 111] Connection refused"


def test_an_error_without_words_is_reported_by_its_name():
    assert cause_of(TimeoutError()) == "TimeoutError"


def test_a_long_message_is_one_short_line():
    assert cause_of(ValueError("a\n b" * 100)) == ("a b" * 100)[:120]
