// Photo and painting, one over the other, with a line between them that moves by mouse, touch and keyboard.
// The range input is what keyboard and screen reader meet. It lies under a stage that takes pointers itself, because
// Safari on phones moves a range only by its small thumb.
const REST = 30;

export default function ({ parentElement, data }) {
  const find = (name) => parentElement.querySelector(name);
  const stage = find(".stage");
  const input = find("input");
  for (const [name, image] of Object.entries({ before: find(".before"), after: find(".after") })) {
    if (image.src !== data[name]) image.src = data[name];
    image.alt = data[`${name}_alt`];
  }
  stage.style.setProperty("--ratio", `${data.width / data.height}`);
  stage.classList.toggle("busy", data.busy);
  find(".left").textContent = data.photo;
  find(".right").textContent = data.painting;
  for (const name of ["title", "period"]) {
    for (const place of parentElement.querySelectorAll(`.${name}`)) place.textContent = data[name];
  }
  find(".note").textContent = data.note;
  input.setAttribute("aria-label", data.label);

  const show = (at) => {
    input.value = at;
    stage.style.setProperty("--at", `${at}%`);
    stage.classList.toggle("near-left", at < 18);
    stage.classList.toggle("near-right", at > 82);
    input.setAttribute("aria-valuetext", data.value.replace("{}", input.value));
  };
  const move = (at) => {
    stage.moving = null;
    show(at);
  };
  const follow = (event) => {
    const box = stage.getBoundingClientRect();
    move(Math.round(100 * Math.min(1, Math.max(0, (event.clientX - box.left) / box.width))));
  };
  input.oninput = () => move(Number(input.value));
  stage.onpointerdown = (event) => {
    if (event.button) return;
    stage.setPointerCapture(event.pointerId);
    event.preventDefault();
    input.focus({ preventScroll: true });
    follow(event);
  };
  stage.onpointermove = (event) => { if (stage.hasPointerCapture(event.pointerId)) follow(event); };

  // A photo that is new is painted before the visitor's eyes, once.
  if (stage.picture !== data.picture) {
    stage.picture = data.picture;
    const unveil = (start) => (now) => {
      const passed = Math.min(1, Math.max(0, (now - start) / 1400));
      if (stage.moving !== start) return;
      show(Math.round(100 - (100 - REST) * (1 - (1 - passed) ** 3)));
      if (passed < 1) requestAnimationFrame(unveil(start));
    };
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) move(REST);
    else {
      stage.moving = performance.now();
      requestAnimationFrame(unveil(stage.moving));
    }
  } else show(Number(input.value));

  const mini = find(".mini");
  find(".mini img").src = data.after;
  mini.onclick = () => find(".frame").scrollIntoView({ block: "center", behavior: "smooth" });
  const watch = new IntersectionObserver(([seen]) => {
    mini.classList.toggle("shown", !seen.isIntersecting && seen.boundingClientRect.top < 0);
  });
  watch.observe(find(".frame"));
  return () => watch.disconnect();
}
