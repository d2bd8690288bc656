"""The page's own code in the browser: it sets the page's language and takes pasted pictures."""

import streamlit as st

# Streamlit's uploader does not support pasting, but it takes files that are put into its file input.
_JS = """
export default function ({ data }) {
  document.documentElement.lang = data.language;
  const paste = (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    const input = document.querySelector('[data-testid="stFileUploader"] input[type="file"]');
    if (!files.length || !input) return;
    event.preventDefault();
    const transfer = new DataTransfer();
    files.forEach((file) => transfer.items.add(file));
    input.files = transfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  document.addEventListener("paste", paste);
  return () => document.removeEventListener("paste", paste);
}
"""

_listen = st.components.v2.component("paste", js=_JS, html="<span></span>")


def listen(language: str) -> None:
    """Sets the page's language in the browser, and puts pasted pictures into the uploader."""
    _listen(key="paste", data={"language": language})
