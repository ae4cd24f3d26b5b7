// One screen in four steps, and at the end the step that no software takes.
"use strict";
const STEPS = [
  ["1 As exported", "exported", "exported",
    "A name, a number, a birthday, a hospital: in the form that travels with the file (below), and in the picture itself."],
  ["2 Form emptied", "exported", "cleaned",
    "Now the form names nobody. Many stop here and call the file anonymous. Look at the picture: nothing in it has changed."],
  ["3 Picture cleaned", "cleaned", "cleaned",
    "Everything outside the sector is black. Is it clean? Ask the software that cleaned it: box what it finds."],
  ["4 Boxes blanked", "blanked", "blanked",
    "What it boxed inside the sector is black, too, and it finds no more writing. Would you send this file?"],
  ["5 Your eye", "blanked", "blanked",
    "It would have been wrong to. Writing is left in two places, and the software sees neither. Press the parts of the picture where you see it."],
];
let step = 0, boxed = false;
const buttons = STEPS.map(([title], n) => {
  const one = document.createElement("button");
  one.type = "button";
  one.textContent = title;
  one.onclick = () => go(n);
  byId("steps").appendChild(one);
  return one;
});
const ROWS = ["Top", "Middle", "Bottom"], COLUMNS = ["left", "centre", "right"];
const [wide, high] = NAME.size, found = new Set();
const WHY = { Jane: "slanted and grey, across the wall. Software looks for lines of bright letters; this is none.",
  J: "the rest of the first letter of a label. The box began one letter too late, and a single letter is no line." };
const parts = NAME.missed.map(({ at: [x, y] }) => 3 * Math.floor(3 * y / high) + Math.floor(3 * x / wide));

function go(to) {
  step = to;
  const [, picture, tags, said] = STEPS[step], seen = NAME.steps[picture];
  buttons.forEach((one, n) => one.setAttribute("aria-pressed", n === step));
  byId("said").textContent = said;
  byId("scan").src = seen.picture;
  byId("scan").alt = `A synthetic apical view on a screen, step ${step + 1}. ` + (picture === "exported"
    ? "Around the sector stand a name, a number, a birthday, a hospital and a time; in the tissue two more pieces of writing."
    : "Outside the sector it is black.");
  byId("grid").classList.toggle("hidden", step !== STEPS.length - 1);
  const rows = Object.entries(NAME.steps[tags].tags).map(([tag, value]) => [NAME.words[tag], value || "(empty)"]);
  const table = tableOf("The form inside the file", ["Line", "What it says"], rows);
  table.querySelectorAll(".count").forEach((cell) => cell.classList.remove("count"));
  byId("tags").replaceChildren(table);
  mark();
}
function mark() {
  const marks = byId("marks"), boxes = NAME.steps[STEPS[step][1]].boxes;
  marks.replaceChildren();
  byId("boxes").setAttribute("aria-pressed", boxed);
  const line = { fill: "none", "stroke-width": 2.5 };
  if (boxed) for (const [a, b, c, d] of boxes)
    node("rect", { x: a - 4, y: b - 4, width: c - a + 8, height: d - b + 8, stroke: "#F0E442", ...line }, marks);
  if (step === STEPS.length - 1) found.forEach((n) => {
    const [x, y] = NAME.missed[n].at;
    node("circle", { cx: x, cy: y, r: 40, stroke: "#56B4E9", ...line }, marks);
  });
  if (boxed) {
    const count = boxes.length;
    byId("said").textContent = `${STEPS[step][3]} The software boxes ${count === 1 ? "one place" : count ? `${count} places` : "nothing"}.`;
  }
}
ROWS.forEach((row, r) => COLUMNS.forEach((column, c) => {
  const one = document.createElement("button");
  one.type = "button";
  one.setAttribute("aria-label", `${row} ${column}`);
  one.onclick = () => {
    const which = parts.indexOf(3 * r + c);
    if (which < 0) return void (byId("said").textContent = `Not there (${row.toLowerCase()} ${column}). Look for letters in the tissue.`);
    found.add(which);
    mark();
    const { text } = NAME.missed[which], more = found.size < parts.length
      ? "One more is left." : "That was all. So the last step is a person who looks at every frame.";
    byId("said").textContent = `Yes: '${text}', ${WHY[text]} ${more}`;
  };
  byId("grid").appendChild(one);
}));
byId("boxes").onclick = () => { boxed = !boxed; go(step); };
go(0);
