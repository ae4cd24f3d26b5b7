// One switch between two scanners: the scan, both outlines, and where this person stands among all.
"use strict";
const [HOME, OTHER] = SCANNERS.scanners, LOOKS = { truth: ["#56B4E9", ""], network: ["#E69F00", "14 7"] };
let person = 0, device = HOME;
const row = () => SCANNERS.shown[person];  // the place of the person on show among all

function show() {
  const seen = SCANNERS.people[person][device], dice = SCANNERS.dice[device][row()];
  const button = byId("switch"), picture = byId("screen");
  button.setAttribute("aria-checked", device === OTHER);
  button.textContent = `${device === HOME ? "●○" : "○●"} ${device}: switch to ${device === HOME ? OTHER : HOME}`;
  byId("scan").src = seen.picture;
  byId("scan").alt = `Synthetic calf of person ${person + 1} on ${device}, the muscle outlined by truth and network. Dice ${dice.toFixed(2)}.`;
  picture.style.aspectRatio = seen.aspect;
  picture.style.maxWidth = `min(760px, ${Math.round(560 * seen.aspect)}px)`;
  const lines = byId("lines");
  lines.setAttribute("viewBox", `-0.5 -0.5 ${seen.size[0]} ${seen.size[1]}`);
  lines.replaceChildren();
  for (const [role, [colour, dashes]] of Object.entries(LOOKS))
    for (const [paint, width] of [["#101010", 4], [colour, 2]])
      node("path", { d: seen.paths[role], fill: "none", stroke: paint, "stroke-width": width,
        "stroke-dasharray": dashes, "vector-effect": "non-scaling-stroke" }, lines);
  byId("dice").textContent = `Dice ${dice.toFixed(2)}`;
  const last = person === SCANNERS.people.length - 1;
  const change = SCANNERS.dice[OTHER][row()] - SCANNERS.dice[HOME][row()];
  byId("said").textContent = `${last ? `The one of all ${SCANNERS.change.n} who falls most` : `Person ${person + 1}`}, ${device}, depth ${SCANNERS.depth[device][row()]} mm. `
    + `From ${HOME} to ${OTHER}: ${signed(change, 2)}. Synthetic.`;
  byId("before").disabled = person === 0;
  byId("after").disabled = last;
  everybody();
}
function everybody() {
  const svg = byId("all"), wide = Math.max(svg.clientWidth, 280), high = 250;
  const values = SCANNERS.scanners.map((name) => SCANNERS.dice[name]);
  const least = Math.floor(10 * Math.min(...values.flat())) / 10;
  const y = (dice) => 16 + (high - 56) * (1 - dice) / (1 - least);
  const x = [wide * 0.25, wide * 0.75];
  svg.setAttribute("viewBox", `0 0 ${wide} ${high}`);
  svg.style.aspectRatio = `${wide} / ${high}`;
  svg.replaceChildren();
  values[0].forEach((first, n) => {
    const now = n === row(), look = now ? { stroke: "var(--orange)", "stroke-width": 3.5 } : { stroke: "var(--soft)", "stroke-width": 1, opacity: 0.6 };
    node("line", { x1: x[0], x2: x[1], y1: y(first), y2: y(values[1][n]), ...look }, svg);
  });
  x.forEach((at, k) => {
    values[k].forEach((dice, n) => node("circle", { cx: at, cy: y(dice), r: n === row() ? 7 : 4,
      fill: n === row() ? "var(--orange)" : "var(--blue)" }, svg));
    node("text", { x: at, y: high - 10, "text-anchor": "middle" }, svg, SCANNERS.scanners[k]);
  });
  for (const dice of [least, (1 + least) / 2, 1])
    node("text", { x: 4, y: y(dice) + 5, class: "soft" }, svg, dice.toFixed(2));
  svg.setAttribute("aria-label", `Dice of ${values[0].length} synthetic people, the same on both scanners: mean ${mean(values[0]).toFixed(2)} on ${HOME}, ${mean(values[1]).toFixed(2)} on ${OTHER}.`);
}
const turn = (by) => { person += by; show(); };
byId("switch").onclick = () => { device = device === HOME ? OTHER : HOME; show(); };
byId("before").onclick = () => turn(-1);
byId("after").onclick = () => turn(1);
const { estimate, low, high, n } = SCANNERS.change;
byId("change").textContent = `Each line is one person, scanned twice. From ${HOME} to ${OTHER} Dice changes by ${signed(estimate, 3)} `
  + `(95 % interval ${signed(low, 3)} to ${signed(high, 3)}; n = ${n} synthetic people, one image each). `
  + "People set another depth on another machine, so this is machine and depth together.";
new ResizeObserver(everybody).observe(byId("all").parentElement);
show();
