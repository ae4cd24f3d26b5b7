// A probe on a chest: sliders, buttons or arrow keys move it; the picture, two meters and the advice follow.
// Every picture is on one sheet, so a move only draws. It records by itself when the view stays good.
const SVG = "http://www.w3.org/2000/svg", PIXELS = 112, TICK = 100;
const KEYS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const STYLE = `
.course-sweep{display:flex;flex-wrap:wrap;gap:14px;max-width:760px;outline-offset:-1px;line-height:1.35}
.course-sweep canvas{width:100%;aspect-ratio:1;background:#000;display:block;border:3px solid #000;box-sizing:border-box}
.course-sweep .screen{flex:3 1 260px;max-width:430px}
.course-sweep .side{flex:2 1 210px}
.course-sweep .advice{font-size:1.45em;font-weight:700;min-height:1.5em;margin:.15em 0}
.course-sweep .bar{height:14px;border:1px solid rgba(127,127,127,.7);position:relative;margin:.15em 0 .4em}
.course-sweep .bar i{position:absolute;left:0;top:0;bottom:0;background:#3b8ad8}
.course-sweep .bar b{position:absolute;top:-4px;bottom:-4px;width:2px;background:currentColor}
.course-sweep .hand{display:grid;grid-template-columns:auto auto 1fr auto;gap:.3em .5em;align-items:center;margin:.3em 0}
.course-sweep .hand input{width:100%;min-width:60px}
.course-sweep button{font:inherit;padding:.2em .6em}
.course-sweep svg{width:100%;max-width:300px;display:block}
.course-sweep p{margin:.2em 0}
.course-sweep .small{font-size:.88em}`;

function node(name, attributes, parent, space) {
  const made = space ? document.createElementNS(space, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes))
    key === "text" ? (made.textContent = value) : made.setAttribute(key, value);
  parent.appendChild(made);
  return made;
}

function render({ model, el }) {
  const slides = model.get("slides"), tilts = model.get("tilts"), blind = model.get("blind");
  const gate = model.get("gate"), heart = model.get("heart");
  node("style", { text: STYLE }, el);
  const root = node("div", { class: "course-sweep", role: "group", tabindex: 0, "aria-label": model.get("alt") +
    " Left and right arrow: slide. Up and down arrow: tilt." }, el);
  const screen = node("div", { class: "screen" }, root), side = node("div", { class: "side" }, root);
  const advice = blind ? null : node("p", { class: "advice" }, screen);  // above the picture: seen on every screen
  const canvas = node("canvas", { width: 448, height: 448, role: "img", "aria-label": model.get("alt") }, screen);
  const pen = canvas.getContext("2d"), half = document.createElement("canvas");
  half.width = half.height = 2 * PIXELS;
  const sharp = half.getContext("2d");

  const spoken = node("p", { class: "small", role: "status" }, side);
  const meters = {};
  for (const [name, word, data] of [["view", "View", "views"], ["picture", "Picture", "pictures"]]) {
    if (blind || !model.get(data).length) continue;
    meters[name] = { text: node("p", { class: "small" }, side), word, data };
    const bar = node("div", { class: "bar" }, side);
    meters[name].fill = node("i", {}, bar);
    if (name === "view") node("b", { style: `left:${100 * gate.on}%` }, bar);
  }
  const sketch = blind ? null : chest(side);
  const hand = node("div", { class: "hand" }, screen), inputs = [];
  for (const [axis, word] of [[0, "Slide"], [1, "Tilt"]]) {  // the sketch has the head on the left: so has each slider
    const count = (axis ? tilts : slides).length - 1;
    node("span", { text: word }, hand);
    const head = node("button", { type: "button", text: "◀ head", "aria-label": `${word} towards the head` }, hand);
    const input = node("input", { type: "range", min: 0, max: count, "aria-label": `${word}, head to feet` }, hand);
    const feet = node("button", { type: "button", text: "feet ▶", "aria-label": `${word} towards the feet` }, hand);
    head.onclick = () => move(axis, 1); feet.onclick = () => move(axis, -1);
    input.oninput = () => put(axis, count - input.value);
    inputs.push({ input, count });
  }
  const buttons = node("p", {}, screen);
  const take = node("button", { type: "button", text: blind ? "Record" : "Start again" }, buttons);
  take.onclick = () => { blind ? record() : restart(); };
  node("span", { class: "small", text: " Keys: ← → slide, ↑ ↓ tilt. Synthetic, not for diagnosis." }, buttons);

  root.addEventListener("keydown", (event) => {
    if (!(event.key in KEYS)) return;
    event.preventDefault(); event.stopPropagation();
    const [slide, tilt] = KEYS[event.key];
    if (slide) move(0, slide); else move(1, tilt);
  });

  const start = [...model.get("place")], sheet = new Image();
  let open = false, run = 0, began = 0, moved = false, wobble = 0;
  sheet.onload = draw;
  sheet.src = model.get("sheet");

  const now = () => model.get("place")[0] * tilts.length + model.get("place")[1];
  function move(axis, step) { put(axis, model.get("place")[axis] + step); }
  function put(axis, value) {
    const asked = performance.now(), place = [...model.get("place")];
    place[axis] = Math.min((axis ? tilts : slides).length - 1, Math.max(0, value));
    if (!moved) { moved = true; began = asked; }
    model.set("place", place);
    draw();
    root.dataset.ms = (performance.now() - asked).toFixed(1);
    model.save_changes();
  }
  function record() {
    model.set("taken", [...model.get("place")]); model.save_changes(); said();
  }
  function restart() {
    open = false; run = 0; moved = false; model.set("taken", []); model.set("place", start); model.save_changes(); draw();
  }
  function said() {
    const taken = model.get("taken");
    canvas.style.borderColor = taken.length ? "#0a9970" : "#000";
    if (!taken.length) { spoken.textContent = blind ? "Find the best view, then record." : "Not recorded yet."; return; }
    const seconds = began ? ` after ${((performance.now() - began) / 1000).toFixed(0)} s` : "";
    const truth = model.get("truths")[taken[0] * tilts.length + taken[1]];
    spoken.textContent = blind ? "✓ Recorded. The check below says how good it is." : `✓ Recorded${seconds}. True quality of this view: ${truth.toFixed(2)}.`;
  }
  function draw() {
    const [slide, tilt] = model.get("place");
    for (const one of [sharp, pen]) one.imageSmoothingQuality = "high";
    if (sheet.complete) {  // twice by two is smoother than once by four
      sharp.drawImage(sheet, tilt * PIXELS, slide * PIXELS, PIXELS, PIXELS, 0, 0, half.width, half.height);
      pen.drawImage(half, 0, 0, canvas.width, canvas.height);
    }
    inputs.forEach(({ input, count }, axis) => { input.value = count - model.get("place")[axis]; });
    if (!blind) {
      advice.textContent = model.get("words")[now()] === "hold" ? "● hold" : "➜ " + model.get("words")[now()];
      for (const { text, fill, word, data } of Object.values(meters)) {
        const value = model.get(data)[now()];
        text.textContent = `${word} ${value.toFixed(2)}`; fill.style.width = `${100 * value}%`;
      }
      sketch(slides[slide], tilts[tilt]);
    }
    said();
  }
  function tick() {  // the machine looks ten times a second; its number trembles a little
    if (blind || model.get("taken").length || !moved) return;
    wobble = 0.8 * wobble + 0.6 * (Math.random() + Math.random() - 1) * 0.03;
    const score = model.get("views")[now()] + wobble;
    open = score >= (open ? gate.off : gate.on);
    run = open ? run + 1 : 0;
    if (run > 0) spoken.textContent = "Hold: recording " + "▮".repeat(Math.min(6, 1 + Math.floor(6 * run / gate.dwell)));
    else if (moved) spoken.textContent = "Not recorded yet.";
    if (run >= gate.dwell) record();
  }
  const clock = setInterval(tick, TICK);
  model.on("change:place", draw); model.on("change:taken", said);
  draw();
  return () => clearInterval(clock);

  function chest(parent) {  // from the side: head on the left, skin on top, the plane of the picture as a line
    const view = node("svg", { viewBox: "-70 -22 140 150", role: "img", "aria-label":
      "The chest from the side: the heart, the probe, and the plane of the picture as a line." }, parent, SVG);
    const { b, c, h, wall, skin } = heart, ring = b * Math.sqrt(1 - (h / c) ** 2);
    node("path", { d: "M-70 0H70", stroke: "currentColor", "stroke-width": 1.5 }, view, SVG);
    node("text", { x: -68, y: -5, "font-size": 9, fill: "currentColor", text: "head" }, view, SVG);
    node("text", { x: 68, y: -5, "font-size": 9, "text-anchor": "end", fill: "currentColor", text: "feet" }, view, SVG);
    for (const [out, look] of [[wall, "rgba(176,86,142,.55)"], [0, "rgba(20,20,20,.85)"]]) {
      const low = (c + h), rb = ring + out;
      node("path", { d: `M${-rb} ${skin}A${b + out} ${c + out} 0 1 1 ${rb} ${skin}Z`, fill: look }, view, SVG);
    }
    const plane = node("g", {}, view, SVG);
    node("path", { d: "M0 0V132", stroke: "#E69F00", "stroke-width": 2, "stroke-dasharray": "5 3" }, plane, SVG);
    node("path", { d: "M-6 0V-10L-4 -20H4L6 -10V0Z", fill: "#8a9096", stroke: "currentColor" }, plane, SVG);
    return (slide, tilt) => plane.setAttribute("transform", `translate(${-slide} 0) rotate(${tilt})`);
  }
}

export default { render };
