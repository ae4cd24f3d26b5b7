// Made by tools/pages/build.py from film.js and tracer.js in course_utils; do not edit.
"use strict";
const course = (() => {
const player = // One player for every film of a page: play, pause, one frame on or back, by mouse and by keyboard.
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
};
// A beating heart on a large view; its contours, moved by mouse, finger or keys; in picture pixels.
// The formulas are those of contours.py: a contour is 16 numbers, three landmarks and ten bulges.
const SVG = "http://www.w3.org/2000/svg";
const STEP = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const HEIGHTS = [0.15, 0.36, 0.57, 0.76, 0.91];
const CLOSEST = 1e-6, FINE = 0.5, COARSE = 3;
const SOFT = [1, 0.65, 0.25, 0.08];  // how far the handles beside a moved one go along with it
// In the order of the curve, which is the order of the Tab key: [name, index of its first number].
const HANDLES = [["annulus left", 0], ["left 1", 6], ["left 2", 7], ["left 3", 8],
  ["left 4", 9], ["left 5", 10], ["apex", 4], ["right 5", 15], ["right 4", 14], ["right 3", 13],
  ["right 2", 12], ["right 1", 11], ["annulus right", 2]];

// Where a wall handle with no bulge would be, and the direction of its bulge.
function foot(numbers, index) {
  const left = index < 11, [x, y] = left ? numbers.slice(0, 2) : numbers.slice(2, 4);
  const height = HEIGHTS[left ? index - 6 : index - 11];
  const dx = numbers[4] - x, dy = numbers[5] - y, length = Math.max(Math.hypot(dx, dy), CLOSEST);
  const outwards = left ? [dy / length, -dx / length] : [-dy / length, dx / length];
  return [[x + height * dx, y + height * dy], outwards];
}

function place(numbers, index) {
  if (index < 6) return [numbers[index], numbers[index + 1]];
  const [[x, y], [ox, oy]] = foot(numbers, index);
  return [x + ox * numbers[index], y + oy * numbers[index]];
}

function moved(numbers, index, x, y) {
  const now = [...numbers];
  if (index < 6) { now[index] = x; now[index + 1] = y; return now; }
  const [[fx, fy], [ox, oy]] = foot(numbers, index);
  const far = (x - fx) * ox + (y - fy) * oy - numbers[index], first = index < 11 ? 6 : 11;
  for (let other = first; other < first + 5; other++)
    now[other] += far * (SOFT[Math.abs(other - index)] || 0);
  return now;
}

// Centripetal Catmull-Rom in Hermite form, `count` points from the left to the right annulus.
function curve(numbers, count = 97) {
  const at = HANDLES.map(([, index]) => place(numbers, index)), last = at.length - 1;
  const beyond = (a, b) => [2 * a[0] - b[0], 2 * a[1] - b[1]];
  const knots = [beyond(at[0], at[1]), ...at, beyond(at[last], at[last - 1])];
  const steps = knots.slice(1).map((knot, i) =>
    Math.max(Math.sqrt(Math.hypot(knot[0] - knots[i][0], knot[1] - knots[i][1])), CLOSEST));
  const tangents = at.map((_, i) => [0, 1].map((k) => {
    const [a, b, c] = [knots[i][k], knots[i + 1][k], knots[i + 2][k]];
    return (b - a) / steps[i] - (c - a) / (steps[i] + steps[i + 1]) + (c - b) / steps[i + 1];
  }));
  return Array.from({ length: count }, (_, n) => {
    const where = last * n / (count - 1), i = Math.min(Math.floor(where), last - 1);
    const u = where - i, step = steps[i + 1];
    return [0, 1].map((k) =>
      (2 * u ** 3 - 3 * u ** 2 + 1) * at[i][k] + (3 * u ** 2 - 2 * u ** 3) * at[i + 1][k]
      + (u ** 3 - 2 * u ** 2 + u) * step * tangents[i][k]
      + (u ** 3 - u ** 2) * step * tangents[i + 1][k]);
  });
}

function make(name, attributes, parent) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  parent.appendChild(node);
  return node;
}

function add(tag, style, parent, text = "") {
  const node = document.createElement(tag);
  node.style.cssText = style;
  node.textContent = text;
  parent.appendChild(node);
  return node;
}

const path = (points) => "M" + points.map(([x, y]) => `${x.toFixed(2)} ${y.toFixed(2)}`).join("L");
// One large view that plays (`player` is that of every film), and beside it a card. The outline of
// the frames named in `stills` has handles; while the heart beats, that between them follows both.
function render({ model, el }) {
  el.setAttribute("data-lm-suppress-shortcuts", "true");  // or "r" would change the cell
  const box = add("div", "display:flex;flex-wrap:wrap-reverse;gap:10px 22px;align-items:flex-end;"
    + "max-width:1010px", el);
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", model.get("alt"));
  add("style", "", box).textContent =
    ".course-handle{outline:none;cursor:move}.course-handle:focus .ring{stroke:#fff;stroke-width:3}"
    + ".course-tab{font:inherit;padding:2px 10px;border-radius:4px;border:1px solid #8888;"
    + "background:transparent;color:inherit;cursor:pointer}"
    + ".course-tab[aria-pressed=true]{background:#56B4E9;color:#000}"
    + ".course-stage:focus-visible{outline:3px solid #56B4E9}";
  const left = add("div", "flex:3 1 480px;min-width:min(100%,320px);max-width:720px", box);
  const tabs = add("div", "display:flex;flex-wrap:wrap;gap:6px;margin-bottom:6px", left);
  const film = add("div", "", left);
  const card = add("div", "flex:1 1 200px;max-width:640px;position:sticky;top:8px;z-index:2;"
    + "align-self:flex-end;background:var(--jp-layout-color0,Canvas);"
    + "border:1px solid #8886;border-radius:8px;padding:8px 14px;box-sizing:border-box;"
    + "overflow:auto", box);
  const big = add("div", "font-size:2.1em;font-weight:700;line-height:1.15", card);
  big.className = "course-number";
  big.setAttribute("aria-live", "polite");
  const small = add("div", "margin:2px 0", card);
  const remark = add("div", "margin:4px 0;font-weight:600", card);
  const before = add("div", "font-size:0.9em", card);
  const kind = add("div", "font-size:0.8em;opacity:0.75;margin-top:6px", card);
  add("div", "font-size:0.85em;opacity:0.85;margin-top:6px", card,
    "Drag a point, or reach it with Tab and move it with the arrow keys "
    + "(Shift: larger steps). Backspace or r: back to the automatic outline.");

  let view = -1, root, svg, grips = [], wall, plane, start;
  const traced = () => model.get("traced"), stills = () => model.get("stills");
  const automatic = () => model.get("automatic"), now = () => model.get("views")[view];
  const frame = () => root.player.frame();

  function open(number) {  // another view: its film, its size, its outline
    root?.player.pause();
    view = number;
    const { page, told, width, height, aspect } = now();
    film.innerHTML = page;
    root = film.firstElementChild;
    svg = make("svg", { preserveAspectRatio: "none", viewBox: `0 0 ${width} ${height}` },
      root.querySelector(".course-picture"));
    svg.style.cssText = "position:absolute;inset:0;width:100%;height:100%;touch-action:none;"
      + "user-select:none";
    const flat = aspect * height / width;  // a pixel's width over its height, on the screen
    const shapes = make("g", { transform: "translate(0.5 0.5)" }, svg);
    const line = { fill: "none", "vector-effect": "non-scaling-stroke", "stroke-linejoin": "round" };
    const edge = make("path", { ...line, stroke: "#000a", "stroke-width": 4 }, shapes);
    start = make("path", { ...line, stroke: "#fff", "stroke-width": 1, "stroke-dasharray": "2 4" },
      shapes);
    wall = make("path", { ...line, stroke: "#E69F00", "stroke-width": 2 }, shapes);
    wall.edge = edge;
    plane = make("path", { ...line, stroke: "#56B4E9", "stroke-width": 2,
      "stroke-dasharray": "6 3" }, shapes);
    grips = HANDLES.map(([name, index]) => grip(shapes, name, index, width, height, flat));
    player(root, told);
    root.addEventListener("course-frame", draw);
  }

  // The still that belongs to the frame on show, or -1.
  const here = () => stills().findIndex((one) => one.view === view && one.frame === frame());

  function numbers() {  // the contour of the frame on show
    const which = here();
    if (which >= 0) return traced()[which];
    const mine = stills().map((one, i) => ({ ...one, i })).filter((one) => one.view === view);
    const areas = now().told.curve, [a, b] = [areas[mine[0].frame], areas[mine[1].frame]];
    const share = Math.min(1, Math.max(0, (areas[frame()] - b) / (a - b || 1)));
    return now().path[frame()].map((value, k) => mine.reduce((sum, one, n) =>
      sum + (n ? 1 - share : share) * (traced()[one.i][k] - automatic()[one.i][k]), value));
  }

  function draw() {
    const which = here(), contour = numbers(), points = curve(contour), d = path(points);
    const playing = root.player.playing(), untouched = which < 0 || same(which);
    plane.setAttribute("d", path([points[0], points[points.length - 1]]));
    start.style.display = untouched ? "none" : "";
    if (!untouched) start.setAttribute("d", path(curve(automatic()[which])) + "Z");
    wall.setAttribute("d", d); wall.edge.setAttribute("d", d);
    grips.forEach((one, n) => {
      one.style.opacity = playing ? 0.6 : 1;
      const [x, y] = place(contour, HANDLES[n][1]);
      one.setAttribute("transform", `translate(${x} ${y})`);
      one.setAttribute("aria-valuenow", x.toFixed(1));
      one.setAttribute("aria-valuetext", `${x.toFixed(1)} across, ${y.toFixed(1)} down`);
    });
    [...tabs.children].forEach((tab, n) => {
      if (tab.back) tab.disabled = untouched;
      else tab.setAttribute("aria-pressed", n === which && !playing);
    });
  }

  function toStill(which) {
    const one = stills()[which];
    if (one.view !== view) open(one.view);
    root.player.pause();
    root.player.show(one.frame);
  }
  function nearest() {  // the still whose area is nearest to that of the frame on show
    const areas = now().told.curve;
    return stills().map((one, i) => [one.view === view
      ? Math.abs((areas[one.frame] ?? 0) - (areas[frame()] ?? 0)) : Infinity, i])
      .sort((a, b) => a[0] - b[0])[0][1];
  }

  function grip(shapes, name, index, width, height, flat) {
    const one = make("g", { class: "course-handle", tabindex: 0, role: "slider",
      "aria-label": name, "aria-valuemin": 0, "aria-valuemax": width }, shapes);
    const size = width / 640, landmark = index < 6;
    const round = make("g", { transform: `scale(1 ${flat})` }, one);
    make("circle", { r: 16 * size, fill: "transparent" }, round);
    make("circle", { r: (landmark ? 8 : 6) * size, class: "ring", stroke: "#000a",
      fill: landmark ? "#56B4E9" : "#E69F00", "vector-effect": "non-scaling-stroke" }, round);
    let held = [0, 0];
    const under = (event) => {
      const there = new DOMPoint(event.clientX, event.clientY)
        .matrixTransform(svg.getScreenCTM().inverse());
      return [there.x - 0.5, there.y - 0.5];
    };
    const drag = (x, y) => {
      const inside = (value, most) => Math.min(most - 0.5, Math.max(-0.5, value));
      put(here(), moved(traced()[here()], index, inside(x, width), inside(y, height)));
    };
    const ready = () => { if (here() < 0) toStill(nearest()); else root.player.pause(); };
    one.addEventListener("pointerdown", (event) => {
      event.preventDefault(); event.stopPropagation();
      ready();
      one.setPointerCapture(event.pointerId);
      card.style.height = `${card.offsetHeight}px`;  // its words change; the heart must not jump
      one.focus();
      const [x, y] = place(traced()[here()], index), [px, py] = under(event);
      held = [x - px, y - py];
    });
    one.addEventListener("pointermove", (event) => {
      if (!one.hasPointerCapture(event.pointerId)) return;
      const [x, y] = under(event);
      drag(x + held[0], y + held[1]);
    });
    one.addEventListener("lostpointercapture", () => { card.style.height = ""; });
    one.addEventListener("keydown", (event) => {
      const back = ["Backspace", "r", "R"].includes(event.key);
      if (!back && !(event.key in STEP)) return;
      event.preventDefault(); event.stopPropagation();  // the film has arrow keys of its own
      ready();
      if (back) return put(here(), automatic()[here()]);
      const [dx, dy] = STEP[event.key], far = event.shiftKey ? COARSE : FINE;
      const old = traced()[here()], [x, y] = place(old, index);
      if (index < 6) return drag(x + dx * far, y + dy * far);
      // A wall slides in and out only; an arrow that points about that way moves it a whole step.
      const [, [ox, oy]] = foot(old, index), turn = dx * ox + dy * oy;
      if (Math.abs(turn) < 0.2) return;
      const step = Math.sign(turn) * far;
      put(here(), moved(old, index, x + ox * step, y + oy * step));
    });
    return one;
  }

  const same = (which) => traced()[which].every((value, i) => value === automatic()[which][i]);
  function put(which, made) {
    model.set("traced", traced().map((old, i) => (i === which ? [...made] : old)));
    model.save_changes();
  }
  function tab(text, act) {
    const one = add("button", "", tabs, text);
    one.type = "button"; one.className = "course-tab";
    one.addEventListener("click", act);
    return one;
  }

  function build() {
    tabs.replaceChildren();
    stills().forEach((one, which) => tab(one.title, () => toStill(which)));
    tab("Back to automatic", () => put(here(), automatic()[here()])).back = true;
    open(stills()[0].view);
    if (!root.player.playing()) root.player.show(stills()[0].frame);
    say(); draw();
  }
  function say() {
    const words = model.get("card");
    big.textContent = words.big || ""; small.textContent = words.small || "";
    remark.textContent = words.remark ? `⚠ ${words.remark}` : "";
    before.textContent = `Automatic: ${model.get("first")}`;
    kind.textContent = words.kind || "";
  }
  model.on("change:traced", () => draw());
  model.on("change:card", say);
  build();
  return () => root.player.pause();
}
return { player, tracer: render, curve };
})();
