// One player for every film of a page: play, pause, one frame on or back, by mouse and by keyboard.
// It holds still for who asks for less motion. Nothing is fetched; without it the first frame stands.
(root) => {
  const frames = JSON.parse(root.querySelector("script[type='application/json']").textContent);
  const image = root.querySelector("img"), layers = root.querySelector("svg");
  const slider = root.querySelector("input"), said = root.querySelector("output");
  const [back, play, on] = root.querySelectorAll("button");
  let now = Number(slider.value), timer = null;
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");

  function show(frame) {
    now = (frame + frames.images.length) % frames.images.length;
    image.src = frames.images[now];
    if (layers) {
      layers.querySelectorAll("path").forEach((path, k) =>
        path.setAttribute("d", frames.paths[now][path.dataset.role] || ""));
    }
    slider.value = now;
    said.textContent = frames.said[now];
  }
  function pause() {
    clearInterval(timer);
    timer = null;
    play.textContent = "▶ Play";
  }
  function start() {
    timer = setInterval(() => {
      if (!root.isConnected || (frames.once && now === frames.images.length - 1)) return pause();
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
    if (frames.once && now === frames.images.length - 1) show(0);
    start();
  };
  back.onclick = () => step(-1);
  on.onclick = () => step(1);
  slider.oninput = () => { pause(); show(Number(slider.value)); };
  root.onkeydown = (event) => {
    const keys = {ArrowLeft: () => step(-1), ArrowRight: () => step(1), " ": () => play.click(),
                  Home: () => { pause(); show(0); }, End: () => { pause(); show(frames.images.length - 1); }};
    if (!keys[event.key] || (event.key === " " && event.target.tagName === "BUTTON")) return;
    event.preventDefault();
    event.stopPropagation();  // the notebook has keys of its own
    keys[event.key]();
  };
  still.onchange = () => still.matches && pause();
  root.querySelector(".course-keys").hidden = false;
  if (!still.matches && !frames.once) start();
}
