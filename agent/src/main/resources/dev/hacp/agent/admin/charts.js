// Small line charts of the last minutes, kept in this page only.

const SVG = 'http://www.w3.org/2000/svg';
const WINDOW = 10 * 60 * 1000;
const WIDTH = 400;
const HEIGHT = 144;
const LEFT = 44;
const RIGHT = 6;
const TOP = 8;
const BOTTOM = 20;

export const COLOURS = 6;

export function shape(name, attributes) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    node.setAttribute(key, value);
  }
  return node;
}

/** The samples of each line; a sample is [milliseconds, value], value null = a break. */
export class History {
  constructor() {
    this.lines = new Map();
  }

  add(at, values) {
    for (const name of values.keys()) {
      if (!this.lines.has(name)) {
        this.lines.set(name, []);
      }
    }
    for (const [name, line] of this.lines) {
      line.push([at, values.has(name) ? values.get(name) : null]);
      while (line.length > 0 && line[0][0] < at - WINDOW) {
        line.shift();
      }
      if (line.every(sample => sample[1] === null)) {
        this.lines.delete(name);
      }
    }
  }
}

/** The next 1, 2 or 5 with zeros. */
function ceiling(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1e-9)));
  const step = [1, 2, 5, 10].find(each => each * power >= value);
  return step * power;
}

function path(line, now, span, top) {
  let commands = '';
  let pen = false;
  for (const [at, value] of line) {
    if (value === null) {
      pen = false;
      continue;
    }
    const x = LEFT + (WIDTH - LEFT - RIGHT) * (1 - (now - at) / span);
    const y = TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top);
    commands += `${pen ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`;
    pen = true;
  }
  return commands;
}

/** Draws the lines; `colour` gives the number of each one's colour, `unit` follows the numbers. */
export function draw(svg, title, history, now, colour, unit, least) {
  const all = [...history.lines.values()].flat();
  const values = all.map(sample => sample[1]).filter(value => value !== null);
  const top = ceiling(Math.max(least, ...values));
  const oldest = all.reduce((found, sample) => Math.min(found, sample[0]), now);
  const span = Math.min(WINDOW, Math.max(60 * 1000, now - oldest));
  svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
  const parts = [];
  for (const share of [0, .5, 1]) {
    const y = TOP + (HEIGHT - TOP - BOTTOM) * (1 - share);
    parts.push(shape('line', {x1: LEFT, x2: WIDTH - RIGHT, y1: y, y2: y, class: 'grid'}));
    const label = shape('text', {x: LEFT - 6, y: y + 4, 'text-anchor': 'end'});
    label.textContent = `${+(top * share).toPrecision(3)}${unit}`;
    parts.push(label);
  }
  const start = shape('text', {x: LEFT, y: HEIGHT - 4});
  start.textContent = `${Math.round(span / 60000)} min ago`;
  const end = shape('text', {x: WIDTH - RIGHT, y: HEIGHT - 4, 'text-anchor': 'end'});
  end.textContent = 'now';
  parts.push(start, end);
  const words = [];
  for (const [name, line] of history.lines) {
    parts.push(shape('path', {d: path(line, now, span, top), class: `trace series-${colour(name)}`}));
    const last = line.at(-1)[1];
    words.push(`${name}: ${last === null ? 'none' : `${+last.toPrecision(3)}${unit}`}`);
  }
  svg.replaceChildren(...parts);
  svg.setAttribute('aria-label', `${title}, now ${words.join(', ') || 'no data'}`);
}
