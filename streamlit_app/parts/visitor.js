// Sets the page's language in the browser, and puts pasted pictures into the uploader: Streamlit's does not
// take them itself, but it takes files that are put into its file input.
export default function ({ data }) {
  document.documentElement.lang = data.language;
  const paste = (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    const input = document.querySelector('.st-key-uploads input[type="file"]');
    if (!files.length || !input) return;
    event.preventDefault();
    const transfer = new DataTransfer();
    files.forEach((file) => transfer.items.add(file));
    input.files = transfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  document.addEventListener("paste", paste);
  // Streamlit's uploader has a name and says that it means nothing.
  const mend = () => document.querySelector('.st-key-uploads [role="presentation"]')?.setAttribute("role", "group");
  const watch = new MutationObserver(mend);
  watch.observe(document.body, { childList: true, subtree: true });
  mend();
  return () => {
    document.removeEventListener("paste", paste);
    watch.disconnect();
  };
}
