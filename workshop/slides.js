// One slide at a time, by key, button or finger; 'n' shows what the teacher needs to know. Nothing is fetched.
(() => {
  const slides = [...document.querySelectorAll("main > section")];
  const place = document.querySelector("#place");
  const [back, on, notes] = document.querySelectorAll("nav button");
  let now = 0;

  function show(number, whole) {
    now = Math.min(Math.max(number, 0), slides.length - 1);
    slides.forEach((slide, k) => { slide.hidden = k !== now; });
    slides[now].querySelectorAll(".later").forEach((part) => { part.hidden = !whole; });
    place.textContent = `${now + 1} of ${slides.length}`;
    history.replaceState(null, "", `#${now + 1}`);
    window.scrollTo(0, 0);
    back.disabled = now === 0;
  }
  function forward() {
    const part = slides[now].querySelector(".later[hidden]");
    if (part) {
      part.hidden = false;
      part.scrollIntoView({ block: "nearest" });
    } else if (now < slides.length - 1) show(now + 1, false);
  }
  function backward() { show(now - 1, true); }
  function turn() {
    const open = document.body.classList.toggle("notes");
    notes.setAttribute("aria-pressed", open);
  }
  const keys = {
    ArrowRight: forward, PageDown: forward, " ": forward, ArrowLeft: backward, PageUp: backward,
    Home: () => show(0, false), End: () => show(slides.length - 1, false), n: turn,
  };
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("input, select, .course-stage")) return;
    if (event.key === " " && event.target.closest("button, summary")) return;  // it presses them
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
  });
  back.onclick = backward;
  on.onclick = forward;
  notes.onclick = turn;
  let from = null;
  document.addEventListener("touchstart", (event) => {
    from = event.target.closest("input, .course-stage, .wide") ? null : event.touches[0].clientX;
  }, { passive: true });
  document.addEventListener("touchend", (event) => {
    const moved = from === null ? 0 : event.changedTouches[0].clientX - from;
    if (moved < -60) forward();
    if (moved > 60) backward();
  });
  window.addEventListener("beforeprint", () => slides.forEach((slide) => {
    slide.hidden = false;
    slide.querySelectorAll(".later").forEach((part) => { part.hidden = false; });
  }));
  window.addEventListener("afterprint", () => show(now, true));
  show((Number(location.hash.slice(1)) || 1) - 1, false);
})();
