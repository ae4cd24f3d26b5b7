// What every page without code shares. Plain scripts: a page opened as a file may load no modules.
"use strict";
const SPACE = "http://www.w3.org/2000/svg";
const byId = (id) => document.getElementById(id);
const whole = (value) => Math.floor(value + 0.5);
const signed = (value, digits = 1) => (value < 0 ? "−" : "+") + Math.abs(value).toFixed(digits);

function node(name, attributes = {}, parent = null, text = "") {
  const made = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text) made.textContent = text;
  parent?.appendChild(made);
  return made;
}

// A table: heads, rows of texts; the first column names its row, the others are numbers.
function tableOf(caption, heads, rows) {
  const table = document.createElement("table");
  table.createCaption().textContent = caption;
  const cell = (row, kind, text, scope, count) => {
    const one = document.createElement(kind);
    one.textContent = text;
    if (scope) one.scope = scope;
    if (count) one.className = "count";
    row.appendChild(one);
  };
  const head = table.createTHead().insertRow();
  heads.forEach((text, k) => cell(head, "th", text, "col", k > 0));
  const body = table.createTBody();
  for (const texts of rows) {
    const row = body.insertRow();
    texts.forEach((text, k) => cell(row, k ? "td" : "th", text, k ? "" : "row", k > 0));
  }
  return table;
}

const mean = (values) => values.reduce((sum, one) => sum + one, 0) / values.length;
function spread(values) {  // the SD of a sample
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, one) => sum + (one - middle) ** 2, 0) / (values.length - 1));
}
