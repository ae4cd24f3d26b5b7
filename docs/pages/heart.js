// The lesson's tracer with a model that lives in this page, and four readings on one scale.
"use strict";
const heard = {}, state = { ...HEART.tool };
const model = {
  get: (name) => state[name],
  set(name, value) { state[name] = value; (heard[`change:${name}`] || []).forEach((act) => act()); },
  save_changes() {},
  on(name, act) { (heard[name] ||= []).push(act); },
};
const untouched = () => state.traced.every((one, n) =>
  one.every((value, k) => value === state.automatic[n][k]));
let mine = HEART.machine.ef, drawn = null, round = 0;

function read() {  // what the card says, and the number below it
  const outlines = state.traced.map((numbers) => course.curve(numbers));
  const kind = HEART.tool.card.kind, none = { big: "EF –", small: "", kind };
  const wrong = outlines.findIndex(crossed);
  const ef = ejectionFraction(outlines, HEART.spacing);
  mine = null;
  if (wrong >= 0) return { ...none, remark: `${state.stills[wrong].title}: the walls cross, so there is no cavity.` };
  if (ef < 0) return { ...none, remark: "The ventricle is larger at end-systole than at end-diastole." };
  if (untouched()) { mine = HEART.machine.ef; return HEART.tool.card; }
  mine = ef;
  const [low, high] = [Math.max(ef - HEART.experts.one, 0), Math.min(ef + HEART.experts.one, 100)];
  return { big: `EF ${whole(ef)} %`, small: `${whole(low)} to ${whole(high)} % (one expert's reading, 95 %)`, remark: "", kind };
}

function chance(seed) {  // mulberry32: the same experts for everybody
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6D2B79F5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
function experts(seed) {  // two readings whose difference has the published mean and SD
  const next = chance(seed), { bias, sd } = HEART.experts;
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return [1, -1].map((sign) =>
    Math.min(95, Math.max(3, HEART.truth + sign * bias / 2 + sd / Math.SQRT2 * normal())));
}

function ruler() {
  const svg = byId("ruler"), wide = Math.max(svg.clientWidth, 280);
  const rows = [["You", mine, HEART.experts.one, "#E69F00"],
    ["The machine", HEART.machine.ef, HEART.machine.interval, "var(--soft)"]];
  if (drawn) {
    drawn.forEach((ef, n) => rows.push([`Expert ${n + 1}`, ef, HEART.experts.one, "var(--blue)"]));
    rows.push(["The truth, as simulated", HEART.truth, null, "var(--ink)"]);
  }
  const high = 50 + 40 * rows.length, at = (ef) => 8 + (wide - 16) * ef / 90;
  svg.setAttribute("viewBox", `0 0 ${wide} ${high}`);
  svg.style.aspectRatio = `${wide} / ${high}`;
  svg.replaceChildren();
  [...HEART.bands].reverse().forEach(([low, top, name], n) => {
    const [x, end] = [at(Math.max(low - 0.5, 0)), at(Math.min(top + 0.5, 90))];
    node("rect", { x, y: 0, width: end - x, height: high, fill: "var(--soft)", opacity: 0.08 + 0.06 * n }, svg);
    if (wide > 620) node("text", { x: (x + end) / 2, y: 16, "text-anchor": "middle" }, svg, name.split(" ")[0]);
  });
  for (let ef = 0; ef <= 90; ef += 10)
    node("text", { x: at(ef), y: high - 6, "text-anchor": ef ? ef === 90 ? "end" : "middle" : "start", class: "soft" }, svg, `${ef}`);
  rows.forEach(([name, ef, half, colour], n) => {
    const y = 52 + 40 * n;
    const label = node("text", { x: 8, y: y - 12 }, svg, ef === null ? `${name}: no number` : `${name}: ${whole(ef)} %`);
    if (ef === null) return;
    if (at(ef) < wide * 0.45) { label.setAttribute("x", wide - 8); label.setAttribute("text-anchor", "end"); }
    if (half) {
      const [low, top] = Array.isArray(half) ? half : [ef - half, ef + half];
      node("line", { x1: at(Math.max(low, 0)), x2: at(Math.min(top, 90)), y1: y, y2: y, stroke: colour, "stroke-width": 3 }, svg);
    }
    node("circle", { cx: at(ef), cy: y, r: 7, fill: colour, stroke: "var(--paper)" }, svg);
  });
  const words = rows.map(([name, ef]) => ef === null ? `${name}: no number` : `${name} ${whole(ef)} %`);
  svg.setAttribute("aria-label", `Ejection fractions on the scale of the guideline. ${words.join(", ")}.`);
}

function tell() {
  if (!drawn) return;
  const [a, b] = drawn.map(whole), you = mine === null ? "no number" : `${whole(mine)} %`;
  byId("told").textContent = `The two experts say ${a} % and ${b} %: ${Math.abs(a - b)} points apart. `
    + `You: ${you}. The machine: ${whole(HEART.machine.ef)} %. The simulator, which knows: ${whole(HEART.truth)} %. `
    + "All of these can differ though nobody was careless.";
}
function ask() {
  drawn = experts(2026 + round++);
  byId("ask").disabled = true;
  byId("others").disabled = false;
  ruler();
  tell();
}

model.on("change:traced", () => { model.set("card", read()); ruler(); tell(); });
course.tracer({ model, el: byId("tracer") });
byId("ask").onclick = ask;
byId("others").onclick = ask;
byId("source").textContent = `The experts are drawn by chance, so that two of them differ as two did in 140 real patients (bias ${HEART.experts.bias}, `
  + `SD ${HEART.experts.sd.toFixed(1)} points; ${HEART.experts.source}). Bars: where 95 of 100 single readings of one expert would lie; for the machine, its own 95 % interval, set on synthetic hearts.`;
new ResizeObserver(ruler).observe(byId("ruler").parentElement);
ruler();
