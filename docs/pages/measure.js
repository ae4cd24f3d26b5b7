// The method of discs on an outline with known landmarks: the formulas of course_utils'
// ejection_fraction.discs, and a test compares the two. Points are (x, y) in pixels; spacing is
// (row_mm, col_mm). 20 discs at right angles to the long axis (Lang 2015, doi:10.1016/j.echo.2014.10.003).
"use strict";
const DISCS = 20;

function discsOf(points, spacing) {
  const scaled = points.map(([x, y]) => [x * spacing[1], y * spacing[0]]);
  const first = scaled[0], last = scaled[scaled.length - 1], apex = scaled[(scaled.length - 1) / 2];
  const base = [(first[0] + last[0]) / 2, (first[1] + last[1]) / 2];
  const length = Math.hypot(apex[0] - base[0], apex[1] - base[1]);
  const down = [(base[0] - apex[0]) / length, (base[1] - apex[1]) / length];
  const across = scaled.map(([x, y]) => (x - apex[0]) * down[1] - (y - apex[1]) * down[0]);
  const along = scaled.map(([x, y]) => (x - apex[0]) * down[0] + (y - apex[1]) * down[1]);
  const diameters = Array.from({ length: DISCS }, (_, n) => {
    const level = (n + 0.5) / DISCS * length, ends = [];
    for (let i = 0; i < along.length; i++) {
      const j = (i + 1) % along.length;
      if ((along[i] <= level) === (along[j] <= level)) continue;
      const share = (level - along[i]) / (along[j] - along[i]);
      ends.push(across[i] + share * (across[j] - across[i]));
    }
    return ends.length ? Math.max(...ends) - Math.min(...ends) : 0;
  });
  return { diameters, length };
}

// The volume in mL of one view, or of two at right angles: the longer axis counts.
function volume(first, second = first) {
  const length = Math.max(first.length, second.length);
  const sum = first.diameters.reduce((all, one, n) => all + one * second.diameters[n], 0);
  return Math.PI / 4 * sum * length / DISCS / 1000;
}

// Do the walls cross each other or the mitral plane, or run the wrong way round?
function crossed(points) {
  const next = (i) => points[(i + 1) % points.length];
  const area = points.reduce((sum, [x, y], i) => sum + x * next(i)[1] - next(i)[0] * y, 0);
  if (area <= 0) return true;
  const side = (a, b, c) => (b[1] - a[1]) * (c[0] - a[0]) - (b[0] - a[0]) * (c[1] - a[1]);
  return points.some((a, i) => points.some((c, j) => {
    const b = next(i), d = next(j);
    return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
  }));
}

// The ejection fraction, per cent, of contours (97 points each): ED, ES, and of a second view.
function ejectionFraction(outlines, spacings) {
  const views = outlines.map((points, n) => discsOf(points, spacings[n >> 1]));
  const [ed, es] = [0, 1].map((k) => volume(views[k], views[k + 2] || views[k]));
  return 100 * (ed - es) / ed;
}
