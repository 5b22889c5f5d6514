// A plane is a canvas for charts of cells and bars. A chart has
//
//   height       in pixels, or a function of the width
//   label        a description for screen readers
//   margin       {left, right, top, bottom}, for the axes
//   draw(c, box) paints into the box within the margins
//   grid()       the number of [columns, rows] to point at
//   find(x, y, box)         the [column, row] at a point
//   read(column, row, box)  its values and place: {lines, x, y, w, h}, or null
function plane(chart) {
  const canvas = el('canvas', { tabindex: 0 });
  const mark = el('div', { class: 'mark', hidden: true });
  const node = el('div', { class: 'plane' }, canvas, mark);
  let box = null;
  let at = null;

  function draw() {
    const width = node.clientWidth;
    if (!width) return;
    const height = heightFor(chart.height, width);
    const ratio = Math.min(window.devicePixelRatio || 1, 3);
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.height = `${height}px`;
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', sentences([chart.label(), t('Arrow keys read the values.')]));
    const m = chart.margin(width);
    box = { x: m.left, y: m.top, w: width - m.left - m.right, h: height - m.top - m.bottom };
    const c = canvas.getContext('2d');
    c.scale(ratio, ratio);
    c.font = '12px system-ui, sans-serif';
    chart.draw(c, box);
    if (at) show(at);
  }

  function show(next) {
    const [columns, rows] = chart.grid();
    if (!columns || !rows) return hide();
    at = [Math.min(Math.max(next[0], 0), columns - 1), Math.min(Math.max(next[1], 0), rows - 1)];
    const found = chart.read(at[0], at[1], box);
    if (!found) return hide();
    Object.assign(mark.style, { left: `${found.x}px`, top: `${found.y}px`, width: `${Math.max(found.w, 3)}px`, height: `${Math.max(found.h, 3)}px` });
    mark.hidden = false;
    const frame = canvas.getBoundingClientRect();
    tip.show(frame.left + found.x + found.w / 2, frame.top + found.y + found.h / 2, found.lines);
  }

  function hide() {
    if (!at) return;
    at = null;
    mark.hidden = true;
    tip.hide();
  }

  const point = (event) => {
    const frame = canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - frame.left, event.clientY - frame.top];
    if (!box || x < box.x || x > box.x + box.w || y < box.y || y > box.y + box.h) return hide();
    const next = chart.find(x, y, box);
    if (next) show(next); else hide();
  };
  canvas.addEventListener('pointermove', point);
  canvas.addEventListener('pointerdown', point);
  canvas.addEventListener('pointerleave', hide);
  canvas.addEventListener('blur', hide);
  canvas.addEventListener('keydown', (event) => {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (event.key === 'Escape') hide();
    if (!move) return;
    event.preventDefault();
    show(at ? [at[0] + move[0], at[1] + move[1]] : [0, 0]);
  });
  return { node, canvas, draw };
}

// heightFor is the height of a chart of a width; on paper it is lower, so that more of them fit a page.
function heightFor(height, width) {
  if (typeof height === 'function') return height(width);
  return theme.printing ? Math.round(0.72 * height) : height;
}

// axisText writes labels in the colour of axes.
function axisText(c, text, x, y, align = 'center', baseline = 'middle') {
  c.fillStyle = themed('soft');
  c.textAlign = align;
  c.textBaseline = baseline;
  c.fillText(text, x, y);
}

// sideTitle writes the name of a vertical axis.
function sideTitle(c, text, box) {
  c.save();
  c.translate(12, box.y + box.h / 2);
  c.rotate(-Math.PI / 2);
  axisText(c, text, 0, 0);
  c.restore();
}

// gridLine draws a thin line across the box.
function gridLine(c, x1, y1, x2, y2, colour = themed('line')) {
  c.strokeStyle = colour;
  c.lineWidth = 1;
  c.beginPath();
  c.moveTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5);
  c.lineTo(Math.round(x2) + 0.5, Math.round(y2) + 0.5);
  c.stroke();
}
