"""Reads a page as a browser would: what is open at the end, and what is in it."""

from html.parser import HTMLParser

_EMPTY = ("meta", "img", "line", "polygon", "polyline", "circle", "rect", "path", "br")


class Reader(HTMLParser):
    """Tags that stay open, tags with their attributes, and text."""

    def __init__(self, page):
        super().__init__()
        self.open, self.tags, self.text = [], [], ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in _EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data
