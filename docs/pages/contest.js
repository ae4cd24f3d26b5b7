// Ten hearts by eye; after five or more the truth, and what both got wrong.
"use strict";
const HEARTS = CONTEST.hearts, BEGIN = 50;
let answers = [], place = 0, closed = false, root = null;
const slider = byId("guess");
[slider.min, slider.max] = CONTEST.range;
const readSoFar = () => answers.filter(Number.isFinite).length;

function load() {
  root?.player.pause();
  const over = place >= HEARTS.length;
  byId("where").textContent = over ? `All ${HEARTS.length} hearts are read. Press 'Show the truth'.`
    : `Heart ${place + 1} of ${HEARTS.length}. Watch it beat, and set its ejection fraction.`;
  byId("film").classList.toggle("hidden", over);
  if (!over) {
    byId("film").innerHTML = HEARTS[place].page;
    root = byId("film").firstElementChild;
    course.player(root, HEARTS[place].told);
  }
  slider.value = BEGIN;
  slider.disabled = over;
  byId("number").textContent = "– %";
  byId("mine").disabled = true;
  byId("back").disabled = !place;
  const left = CONTEST.least - readSoFar();
  byId("show").disabled = left > 0;
  byId("hint").textContent = left > 0 ? `The truth is shown after ${left} more.` : "You may see the truth now, or go on; it closes the reading.";
}
function moved() {
  byId("number").textContent = `${slider.value} %`;
  byId("mine").disabled = false;
}
function press() {
  answers[place] = Number(slider.value);
  place += 1;
  load();
  (byId("film").classList.contains("hidden") ? byId("show") : slider).focus({ preventScroll: true });
}
function result() {
  return HEARTS.map((heart, n) => ({ n: n + 1, you: answers[n], machine: heart.machine, truth: heart.truth }))
    .filter((one) => Number.isFinite(one.you));
}
// Bias, limits of agreement, and the exact intervals of the limits (Carkeet 2015).
function agreement(errors) {
  const bias = mean(errors), sd = spread(errors), [near, far] = CONTEST.limits[errors.length];
  const half = CONTEST.within * sd;
  return { bias, low: bias - half, high: bias + half, lowRange: [bias - far * sd, bias - near * sd],
    highRange: [bias + near * sd, bias + far * sd] };
}

function draw() {
  const found = result(), svg = byId("errors"), wide = Math.max(svg.clientWidth, 280), high = 330;
  const rows = [["You", found.map((one) => one.you - one.truth), "var(--orange)", "circle"],
    ["The machine", found.map((one) => one.machine - one.truth), "var(--blue)", "diamond"]];
  const told = rows.map(([, errors]) => agreement(errors));
  const most = 5 + Math.max(CONTEST.glance, ...told.flatMap((one) => [...one.lowRange, ...one.highRange].map(Math.abs)),
    ...rows.flatMap(([, errors]) => errors.map(Math.abs)));
  const at = (error) => 10 + (wide - 20) * (error + most) / (2 * most);
  svg.setAttribute("viewBox", `0 0 ${wide} ${high}`);
  svg.style.aspectRatio = `${wide} / ${high}`;
  svg.replaceChildren();
  node("line", { x1: at(0), x2: at(0), y1: 0, y2: high - 44, stroke: "var(--soft)", "stroke-dasharray": "2 5" }, svg);
  rows.forEach(([name, errors, colour, sign], n) => {
    const y = 62 + 100 * n, { bias, low, high: top, lowRange, highRange } = told[n];
    node("text", { x: wide / 2, y: y - 36, "text-anchor": "middle" }, svg,
      `${name}: bias ${signed(bias)}, limits ${signed(low)} to ${signed(top)}`);
    node("line", { x1: at(low), x2: at(top), y1: y, y2: y, stroke: colour, "stroke-width": 18, opacity: 0.3 }, svg);
    node("line", { x1: at(bias), x2: at(bias), y1: y - 18, y2: y + 18, stroke: colour, "stroke-width": 3 }, svg);
    for (const [a, b] of [lowRange, highRange])
      node("line", { x1: at(a), x2: at(b), y1: y + 26, y2: y + 26, stroke: colour, "stroke-width": 2 }, svg);
    errors.forEach((error) => {
      const x = at(error), look = { fill: colour, stroke: "var(--paper)" };
      if (sign === "circle") node("circle", { cx: x, cy: y, r: 6, ...look }, svg);
      else node("path", { d: `M${x} ${y - 7}l7 7l-7 7l-7 -7z`, ...look }, svg);
    });
  });
  const y = 258;
  node("line", { x1: at(-CONTEST.glance), x2: at(CONTEST.glance), y1: y, y2: y, stroke: "var(--soft)", "stroke-width": 18, opacity: 0.35 }, svg);
  node("text", { x: wide / 2, y: y - 18, "text-anchor": "middle" }, svg, `One expert by eye, real hearts: ± ${whole(CONTEST.glance)}`);
  node("text", { x: wide / 2, y: high - 8, "text-anchor": "middle", class: "soft" }, svg, "estimate less truth, points of EF");
  const step = most > 35 ? 20 : 10;
  for (let error = -step * Math.floor(most / step); error <= most; error += step)
    node("text", { x: at(error), y: high - 28, "text-anchor": "middle", class: "soft" }, svg, error ? signed(error, 0) : "0");
  return { found, rows, told };
}
function outcome() {
  const { found, rows, told } = draw(), off = (one, who) => Math.abs(one[who] - one.truth);
  const nearer = found.filter((one) => off(one, "you") < off(one, "machine")).length;
  byId("headline").textContent = `You were nearer to the truth in ${nearer} of ${found.length} synthetic hearts`;
  const words = rows.map(([name], n) => `${name}: bias ${signed(told[n].bias)}, 95 % limits ${signed(told[n].low)} to ${signed(told[n].high)} points`);
  byId("errors").setAttribute("aria-label", `Errors of both. ${words.join(". ")}. n = ${found.length} hearts.`);
  byId("reading").textContent = `Each point is a heart. The upright mark is the bias, the broad bar runs between the limits within which 95 of 100 errors should lie; `
    + `the thin lines are the 95 % intervals of these limits, from n = ${found.length} hearts: so few say little about them. The contest is not fair: these hearts are clean, `
    + "of the kind that the machine learned from, and those that it refused are not among them.";
  const columns = ["Heart", "You", "Machine", "Truth", "Your error", "Its error"];
  byId("rows").replaceChildren(tableOf(`Per cent; errors in points of EF (synthetic, n = ${found.length})`, columns,
    found.map((one) => [one.n, one.you, one.machine.toFixed(0), one.truth.toFixed(0),
      signed(one.you - one.truth, 0), signed(one.machine - one.truth, 0)].map(String))));
}
function show() {
  closed = true;
  root?.player.pause();
  byId("play").classList.add("hidden");
  byId("outcome").classList.remove("hidden");
  outcome();
  byId("outcome").focus();
}
function again() {
  [answers, place, closed] = [[], 0, false];
  byId("play").classList.remove("hidden");
  byId("outcome").classList.add("hidden");
  load();
}

slider.addEventListener("input", moved);
byId("mine").onclick = press;
byId("back").onclick = () => { place -= 1; answers[place] = NaN; load(); };
byId("show").onclick = show;
byId("again").onclick = again;
new ResizeObserver(() => closed && draw()).observe(byId("outcome"));
load();
