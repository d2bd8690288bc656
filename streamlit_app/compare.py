"""Photo and painting, one over the other, with a line between them that moves by mouse, touch and keyboard."""

import base64

import streamlit as st

# The range input is what keyboard and screen reader meet. It lies under a stage that takes pointers itself, because
# Safari on phones moves a range only by its small thumb.
_HTML = """
<div class="stage">
  <img class="after" draggable="false"><img class="before" draggable="false">
  <input type="range" min="0" max="100" step="1" value="50">
  <span class="tag left" aria-hidden="true"></span><span class="tag right" aria-hidden="true"></span>
  <span class="line" aria-hidden="true"><span class="grip">‹ ›</span></span>
</div>
"""

_CSS = """
.stage { position: relative; --at: 50%; border-radius: var(--st-base-radius); overflow: hidden; line-height: 0;
  cursor: ew-resize; touch-action: pan-y; user-select: none; -webkit-user-select: none; margin: 0 auto;
  box-shadow: 0 1px 2px rgb(0 0 0 / .25), 0 12px 32px -16px rgb(0 0 0 / .55); }
img { display: block; width: 100%; height: 100%; object-fit: contain; }
.before { position: absolute; inset: 0; clip-path: inset(0 calc(100% - var(--at)) 0 0); }
input { position: absolute; inset: auto 0 0 0; width: 100%; height: 44px; margin: 0; opacity: 0; pointer-events: none; }
.line { position: absolute; top: 0; bottom: 0; left: var(--at); width: 2px; margin-left: -1px; background: #fff;
  box-shadow: 0 0 0 1px rgb(0 0 0 / .35); }
.grip { position: absolute; top: 50%; left: 50%; width: 44px; height: 44px; margin: -22px 0 0 -22px;
  border-radius: 50%; background: #fff; color: #2a211a; font: 600 18px/42px system-ui, sans-serif; text-align: center;
  letter-spacing: 2px; box-shadow: 0 1px 6px rgb(0 0 0 / .5); }
input:focus-visible ~ .line .grip { outline: 4px solid var(--st-primary-color); outline-offset: 3px; }
.tag { position: absolute; top: 12px; padding: 4px 10px; border-radius: 99px; background: rgb(20 14 10 / .8);
  color: #fff; font: 500 14px/20px system-ui, sans-serif; pointer-events: none; transition: opacity .2s; }
.left { left: 12px; } .right { right: 12px; }
.near-left .left, .near-right .right { opacity: 0; }
@media (prefers-reduced-motion: reduce) { .tag { transition: none; } }
"""

_JS = """
export default function ({ parentElement, data }) {
  const stage = parentElement.querySelector(".stage");
  const input = stage.querySelector("input");
  const images = { before: stage.querySelector(".before"), after: stage.querySelector(".after") };
  for (const [name, image] of Object.entries(images)) {
    if (image.src !== data[name]) image.src = data[name];
    image.alt = data[name + "_alt"];
  }
  stage.style.aspectRatio = `${data.width} / ${data.height}`;
  stage.style.maxWidth = `min(100%, ${Math.max(data.width, 720)}px, calc(82vh * ${data.width / data.height}))`;
  stage.querySelector(".left").textContent = data.before_label;
  stage.querySelector(".right").textContent = data.after_label;
  input.setAttribute("aria-label", data.label);
  const move = () => {
    const at = Number(input.value);
    stage.style.setProperty("--at", `${at}%`);
    stage.classList.toggle("near-left", at < 18);
    stage.classList.toggle("near-right", at > 82);
    input.setAttribute("aria-valuetext", data.value.replace("{}", at));
  };
  const follow = (event) => {
    const box = stage.getBoundingClientRect();
    input.value = Math.round(100 * Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)));
    move();
  };
  input.oninput = move;
  stage.onpointerdown = (event) => {
    if (event.button) return;
    stage.setPointerCapture(event.pointerId);
    event.preventDefault();
    input.focus({ preventScroll: true });
    follow(event);
  };
  stage.onpointermove = (event) => { if (stage.hasPointerCapture(event.pointerId)) follow(event); };
  move();
}
"""

_show = st.components.v2.component("compare", html=_HTML, css=_CSS, js=_JS)


def data_url(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()


def show_compare(
    photo: bytes, painting: bytes, size: tuple[int, int], *, name: str, style: str, texts: dict[str, str]
) -> None:
    """Shows two JPEGs of the same picture; moving the line between them makes no request to the server.

    Args:
        photo: left of the line.
        painting: right of it.
        size: width and height of both in pixels.
        name: of the photo, for those who hear the page.
        style: its name, likewise.
        texts: of the page.
    """
    _show(
        key="compare",
        data={
            "before": data_url(photo),
            "after": data_url(painting),
            "width": size[0],
            "height": size[1],
            "before_alt": texts["photo_alt"].format(name),
            "after_alt": texts["painting_alt"].format(name, style),
            "before_label": texts["photo"],
            "after_label": texts["painting"],
            "label": texts["compare"],
            "value": texts["compare_value"],
        },
    )
