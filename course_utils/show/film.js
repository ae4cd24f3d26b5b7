// One player for every film of a page: play, pause, one frame on or back, by mouse and by keyboard.
// It holds still for who asks for less motion. Nothing is fetched; without it the first frame stands.
// After each frame it sends `course-frame`; `root.player` is for what is built on it.
(root, frames) => {
  const image = root.querySelector("img"), layers = root.querySelector(".course-lines");
  const mark = root.querySelector(".course-mark"), stage = root.querySelector(".course-stage");
  const slider = root.querySelector("input"), said = root.querySelector("output");
  const [back, play, on] = root.querySelectorAll("button");
  const last = frames.images.length - 1;
  let now = Number(slider.value), timer = null;
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");

  function show(frame) {
    now = (frame + last + 1) % (last + 1);
    image.src = frames.images[now];
    if (layers) {
      layers.querySelectorAll("path").forEach((path, k) =>
        path.setAttribute("d", frames.paths[now][path.dataset.role] || ""));
    }
    if (mark) for (const end of ["x1", "x2"]) mark.setAttribute(end, 6 + 388 * now / Math.max(last, 1));
    slider.value = now;
    said.textContent = frames.said[now];
    tell();
  }
  function tell() {
    root.dispatchEvent(new CustomEvent("course-frame", { detail: { frame: now, playing: !!timer } }));
  }
  function pause() {
    clearInterval(timer);
    timer = null;
    play.textContent = "▶ Play";
    tell();
  }
  function start() {
    timer = setInterval(() => {
      if (!root.isConnected || (frames.once && now === last)) return pause();
      show(now + 1);
    }, frames.interval);
    play.textContent = "❚❚ Pause";
  }
  function step(by) {
    pause();
    show(now + by);
  }
  play.onclick = () => {
    if (timer) return pause();
    if (frames.once && now === last) show(0);
    start();
  };
  back.onclick = () => step(-1);
  on.onclick = () => step(1);
  slider.oninput = () => { pause(); show(Number(slider.value)); };
  root.onkeydown = (event) => {
    const keys = {ArrowLeft: () => step(-1), ArrowRight: () => step(1), " ": () => play.click(),
                  Home: () => { pause(); show(0); }, End: () => { pause(); show(last); }};
    if (!keys[event.key] || (event.key === " " && event.target.tagName === "BUTTON")) return;
    event.preventDefault();
    event.stopPropagation();  // the notebook has keys of its own
    keys[event.key]();
  };
  stage.onpointerdown = () => stage.focus({ preventScroll: true });
  still.onchange = () => still.matches && pause();
  root.querySelector(".course-keys").hidden = last < 1;
  root.player = { show, pause, frame: () => now, playing: () => !!timer };
  if (frames.moving && last > 0 && !still.matches) start();
}
