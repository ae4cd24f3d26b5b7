// Two crosses on a picture that a mouse, a finger or the arrow keys can move. Positions are in picture pixels.
const SVG = "http://www.w3.org/2000/svg";
const STEP = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function make(name, attributes, parent) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  parent.appendChild(node);
  return node;
}

function render({ model, el }) {
  const [width, height] = model.get("size");
  const svg = make("svg", { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": model.get("alt") }, el);
  svg.style.cssText = `width:100%;max-width:${Math.max(width, 640)}px;touch-action:none;display:block`;
  make("image", { href: model.get("source"), width, height, x: 0, y: 0 }, svg);
  const line = make("line", { stroke: "#56B4E9", "stroke-width": 1.5, "stroke-dasharray": "5 4" }, svg);
  const readout = document.createElement("p");
  readout.setAttribute("aria-live", "polite");
  readout.style.cssText = "font-size:1.05em;margin:0.4em 0";
  el.appendChild(readout);

  const crosses = model.get("points").map((_, index) => {
    const cross = make("g", { tabindex: 0, role: "slider", style: "cursor:move" }, svg);
    make("circle", { r: 16, fill: "transparent" }, cross);
    make("path", { d: "M-9 0H9M0 -9V9", stroke: "#E69F00", "stroke-width": 2.5 }, cross);
    cross.addEventListener("pointerdown", (event) => { cross.setPointerCapture(event.pointerId); cross.focus(); });
    cross.addEventListener("pointermove", (event) => {
      if (!cross.hasPointerCapture(event.pointerId)) return;
      const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      move(index, place.x - 0.5, place.y - 0.5);
    });
    cross.addEventListener("keydown", (event) => {
      if (!(event.key in STEP)) return;
      event.preventDefault(); event.stopPropagation();
      const [dx, dy] = STEP[event.key], far = event.shiftKey ? 10 : 0.5, [x, y] = model.get("points")[index];
      move(index, x + dx * far, y + dy * far);
    });
    return cross;
  });

  function move(index, x, y) {
    const points = model.get("points").map((point) => [...point]);
    points[index] = [Math.min(width - 1, Math.max(0, Math.round(x * 2) / 2)),
                     Math.min(height - 1, Math.max(0, Math.round(y * 2) / 2))];
    model.set("points", points);
    model.save_changes();
  }

  function draw() {
    const points = model.get("points");
    crosses.forEach((cross, index) => {
      const [x, y] = points[index];
      cross.setAttribute("transform", `translate(${x + 0.5} ${y + 0.5})`);
      cross.setAttribute("aria-label", `calliper ${index + 1}`);
      cross.setAttribute("aria-valuenow", x);
      cross.setAttribute("aria-valuetext", `${x} across, ${y} down`);
    });
    const [[x1, y1], [x2, y2]] = points;
    for (const [key, value] of Object.entries({ x1: x1 + 0.5, y1: y1 + 0.5, x2: x2 + 0.5, y2: y2 + 0.5 }))
      line.setAttribute(key, value);
  }
  const say = () => { readout.textContent = model.get("reading"); };
  model.on("change:points", draw);
  model.on("change:reading", say);
  draw(); say();
}

export default { render };
