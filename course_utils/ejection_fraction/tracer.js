// Left ventricular contours on grey frames, moved by mouse, finger or keys; in picture pixels.
// The formulas are those of contours.py: a contour is 16 numbers, three landmarks and ten bulges.
const SVG = "http://www.w3.org/2000/svg";
const STEP = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const HEIGHTS = [0.15, 0.36, 0.57, 0.76, 0.91];
const CLOSEST = 1e-6, SHOWN = 300, FINE = 0.5, COARSE = 3;
// In the order of the curve, which is the order of the Tab key: [name, index of its first number].
export const HANDLES = [["annulus left", 0], ["left 1", 6], ["left 2", 7], ["left 3", 8],
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

export function place(numbers, index) {
  if (index < 6) return [numbers[index], numbers[index + 1]];
  const [[x, y], [ox, oy]] = foot(numbers, index);
  return [x + ox * numbers[index], y + oy * numbers[index]];
}

export function moved(numbers, index, x, y) {
  const now = [...numbers];
  if (index < 6) { now[index] = x; now[index + 1] = y; return now; }
  const [[fx, fy], [ox, oy]] = foot(numbers, index);
  now[index] = (x - fx) * ox + (y - fy) * oy;
  return now;
}

// Centripetal Catmull-Rom in Hermite form, `count` points from the left to the right annulus.
export function curve(numbers, count = 97) {
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

function add(tag, style, parent) {
  const node = document.createElement(tag);
  node.style.cssText = style;
  parent.appendChild(node);
  return node;
}

function render({ model, el }) {
  el.setAttribute("data-lm-suppress-shortcuts", "true");  // or "r" would change the cell
  const box = add("div", "", el);
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", model.get("alt"));
  add("style", "", box).textContent =
    ".course-handle{outline:none;cursor:move}"
    + ".course-handle:focus .ring{stroke:#fff;stroke-width:2}";
  box.style.cssText = "display:flex;flex-wrap:wrap;gap:12px 20px;align-items:flex-start";
  const two = 2 * SHOWN + 12;  // two frames beside each other, and the reading to their right
  const row = add("div", `display:flex;flex-wrap:wrap;gap:12px;flex:0 1 ${two}px`, box);
  const draws = model.get("sources").map((_, frame) => show(frame));
  const words = add("div", "flex:1 1 230px;position:sticky;top:8px", box);
  const readout = add("p", "font-size:1.15em;font-weight:600;margin:1.5em 0 0.4em", words);
  readout.setAttribute("aria-live", "polite");
  const before = add("p", "margin:0 0 0.4em", words);
  add("p", "margin:1em 0;font-size:0.9em", words).textContent =
    "Drag a point, or reach it with Tab and use the arrow keys (Shift: larger steps). "
    + "Backspace or r: back to the automatic contour of that frame.";

  function show(frame) {
    const [width, height] = model.get("sizes")[frame], title = model.get("titles")[frame];
    const dot = width / SHOWN;  // one dot of the screen, in picture pixels
    const figure = add("figure", `margin:0;flex:0 1 ${SHOWN}px;min-width:200px`, row);
    const caption = add("figcaption",
      "display:flex;justify-content:space-between;align-items:center;gap:6px", figure);
    add("span", "font-weight:600", caption).textContent = title;
    const back = add("button", "font:inherit;font-size:0.85em;padding:2px 8px", caption);
    back.type = "button";
    back.textContent = "Back to automatic";
    back.setAttribute("aria-label", `Back to automatic: ${title}`);
    back.addEventListener("click", () => put(frame, model.get("automatic")[frame]));
    const svg = make("svg", { viewBox: `0 0 ${width} ${height}`, role: "group",
      "aria-label": title }, figure);
    svg.style.cssText = "width:100%;touch-action:none;display:block;user-select:none";
    make("image", { href: model.get("sources")[frame], width, height }, svg);
    // (0, 0) is the middle of the first pixel.
    const shapes = make("g", { transform: "translate(0.5 0.5)" }, svg);
    const line = { fill: "none", "vector-effect": "non-scaling-stroke", "stroke-width": 2 };
    const start = make("path", { ...line, stroke: "#fff", "stroke-width": 1,
      "stroke-dasharray": "2 4" }, shapes);
    start.setAttribute("d", path(curve(model.get("automatic")[frame])) + "Z");
    const wall = make("path", { ...line, stroke: "#E69F00" }, shapes);
    const plane = make("path", { ...line, stroke: "#56B4E9", "stroke-dasharray": "6 3" }, shapes);
    const grips = HANDLES.map(([name, index]) => {
      const grip = make("g", { class: "course-handle", tabindex: 0, role: "slider",
        "aria-label": `${name}, ${title}`, "aria-valuemin": 0, "aria-valuemax": width }, shapes);
      const landmark = index < 6;
      make("circle", { r: 11 * dot, fill: "transparent" }, grip);
      make("circle", { r: (landmark ? 6 : 4) * dot, class: "ring",
        fill: landmark ? "#56B4E9" : "#E69F00", "vector-effect": "non-scaling-stroke" }, grip);
      listen(grip, frame, index);
      return grip;
    });

    function listen(grip, frame, index) {
      let held = [0, 0];
      const under = (event) => {
        const there = new DOMPoint(event.clientX, event.clientY)
          .matrixTransform(svg.getScreenCTM().inverse());
        return [there.x - 0.5, there.y - 0.5];
      };
      grip.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        grip.setPointerCapture(event.pointerId);
        grip.focus();
        const [x, y] = place(model.get("traced")[frame], index), [px, py] = under(event);
        held = [x - px, y - py];
      });
      grip.addEventListener("pointermove", (event) => {
        if (!grip.hasPointerCapture(event.pointerId)) return;
        const [x, y] = under(event);
        drag(x + held[0], y + held[1]);
      });
      grip.addEventListener("keydown", (event) => {
        const numbers = model.get("traced")[frame];
        if (event.key === "Backspace" || event.key === "r" || event.key === "R")
          put(frame, model.get("automatic")[frame]);
        else if (event.key in STEP) nudge(numbers, STEP[event.key], event.shiftKey ? COARSE : FINE);
        else return;
        event.preventDefault(); event.stopPropagation();
      });
      function nudge(numbers, [dx, dy], far) {
        if (index < 6) return drag(numbers[index] + dx * far, numbers[index + 1] + dy * far);
        // A wall slides in and out only; an arrow that points about that way moves it a whole step.
        const [, [ox, oy]] = foot(numbers, index), turn = dx * ox + dy * oy, now = [...numbers];
        if (Math.abs(turn) < 0.2) return;
        now[index] += Math.sign(turn) * far;
        put(frame, now);
      }
      function drag(x, y) {
        const inside = (value, size) => Math.min(size - 0.5, Math.max(-0.5, value));
        put(frame, moved(model.get("traced")[frame], index, inside(x, width), inside(y, height)));
      }
    }

    return () => {
      const numbers = model.get("traced")[frame], points = curve(numbers), untouched = same(frame);
      wall.setAttribute("d", path(points));
      plane.setAttribute("d", path([points[0], points[points.length - 1]]));
      start.style.display = untouched ? "none" : "";
      back.disabled = untouched;
      grips.forEach((grip, which) => {
        const [x, y] = place(numbers, HANDLES[which][1]);
        grip.setAttribute("transform", `translate(${x} ${y})`);
        grip.setAttribute("aria-valuenow", x.toFixed(1));
        grip.setAttribute("aria-valuetext", `${x.toFixed(1)} across, ${y.toFixed(1)} down`);
      });
    };
  }

  function path(points) {
    return "M" + points.map(([x, y]) => `${x.toFixed(3)} ${y.toFixed(3)}`).join("L");
  }
  function same(frame) {
    const automatic = model.get("automatic")[frame];
    return model.get("traced")[frame].every((value, i) => value === automatic[i]);
  }
  function put(frame, numbers) {
    model.set("traced", model.get("traced").map((old, i) => (i === frame ? [...numbers] : old)));
    model.save_changes();
  }
  const draw = () => draws.forEach((one) => one());
  const say = () => {
    readout.textContent = model.get("reading");
    before.textContent = `Automatic: ${model.get("first")}`;
  };
  model.on("change:traced", draw);
  model.on("change:reading", say);
  draw(); say();
}

export default { render };
