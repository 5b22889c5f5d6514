// A chart of lines, by uPlot. set takes
//
//   label         a description for screen readers
//   xs            the positions of the values
//   xTitle, xName(x)   the title of the horizontal axis, and the name of a position in the box beside the pointer
//   yTitle, kind  'log' or 'linear'; on a logarithmic axis zero, NaN and infinity are marks at the edges
//   decades, most the minimum and the maximum height of a logarithmic axis
//   low, high     the ends of a linear axis
//   series        {name, colour, dash, width, dots, values, from, to, rings}: from and to are a band in decades around the
//                 line, rings the indices with a ring; undefined values are positions of other series only
//   start         the first position of the axis, if not the first of xs
//   guides        {at, name}: values with a horizontal line
//   ends          {at, name}: positions with a vertical line
//   keys          {name, colour, dash}: the legend; those of the series by default
function lineChart(height) { // in pixels, or a function of the width
  const host = el('div', { class: 'lines', tabindex: 0 });
  const legend = el('div', { class: 'legend' });
  const node = el('div', {}, legend, host);
  let plot = null;
  let spec = null;

  function set(next) {
    const cursor = plot && plot.cursor.left >= 0 && host.matches(':hover, :focus') ? plot.cursor : null;
    if (plot) plot.destroy();
    spec = next;
    host.setAttribute('role', 'img');
    host.setAttribute('aria-label', sentences([spec.label, t('Arrow keys read the values.')]));
    legend.replaceChildren(...legendOf(spec));
    const width = host.clientWidth;
    plot = new uPlot(optionsOf(spec, width, heightFor(height, width)), dataOf(spec), host);
    if (cursor) plot.setCursor({ left: cursor.left, top: cursor.top });
  }

  function read(u) {
    const i = u.cursor.idx;
    if (i == null || u.cursor.left < 0) return tip.hide();
    const lines = [spec.xName(spec.xs[i])];
    for (const s of spec.series) {
      if (s.values[i] !== undefined) lines.push([s.name, (spec.format || exact)(s.values[i]), s.colour]);
    }
    if (lines.length === 1) return tip.hide();
    const over = u.over.getBoundingClientRect();
    tip.show(over.left + u.cursor.left, over.top + Math.max(u.cursor.top, 0), lines);
  }

  function optionsOf(s, width, h) {
    const [low, high] = rangeOf(s);
    const axis = (side) => ({
      stroke: () => themed('soft'), font: '12px system-ui, sans-serif', labelFont: '12px system-ui, sans-serif', labelSize: 18,
      grid: { stroke: () => themed('line'), width: 1, show: side === 'y' }, ticks: { stroke: () => themed('line'), width: 1, size: 5 },
    });
    const logarithmic = s.kind === 'log';
    return {
      width, height: h, legend: { show: false }, padding: [12, 18, 0, 0],
      scales: { x: { time: false, range: (_, a, b) => rangeOfPositions(s, a, b) }, y: { range: () => [low, high] } },
      cursor: { points: { show: false }, y: false, drag: { x: true, y: false } },
      axes: [
        { ...axis('x'), label: s.xTitle, size: 30, values: (_, splits) => splits.map(whole), space: 60, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 1e7, 1e8] },
        {
          ...axis('y'), label: s.yTitle, size: 54,
          splits: (u) => {
            const n = Math.max(2, Math.floor(u.bbox.height / (window.devicePixelRatio || 1) / 34));
            return logarithmic ? logTicks(low, high, n) : linearTicks(low, high, n);
          },
          values: (_, splits) => splits.map(logarithmic ? logLabel : (v) => (s.tick || short)(Number(v.toPrecision(6)))),
        },
      ],
      series: [{}, ...s.series.map((one) => ({
        label: one.name, stroke: one.colour, width: one.width ?? 2, dash: one.dash,
        points: { show: one.dots ?? false, size: 6, width: 1.5, fill: themed('paper'), stroke: one.colour },
      }))],
      hooks: {
        setCursor: [read],
        drawClear: [(u) => { drawEnds(u, s); drawBands(u, s); }],
        draw: [(u) => { drawGuides(u, s); drawMarks(u, s); }],
      },
    };
  }

  host.addEventListener('mouseleave', () => tip.hide());
  host.addEventListener('blur', () => tip.hide());
  host.addEventListener('keydown', (event) => {
    const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === 'Escape') tip.hide();
    if (!move || !plot) return;
    event.preventDefault();
    const i = Math.min(Math.max((plot.cursor.idx ?? -move) + move, 0), spec.xs.length - 1);
    plot.setCursor({ left: plot.valToPos(spec.xs[i], 'x'), top: plot.over.clientHeight / 3 });
  });
  return { node, host, set };
}

// rangeOfPositions is the range of the horizontal axis. uPlot asks for one to twice a single position.
function rangeOfPositions({ xs, start }, low, high) {
  if (xs.length > 1) return [start ?? low, high];
  return start < xs[0] ? [start, xs[0]] : [xs[0] - 1, xs[0] + 1];
}

// place is the position of a value on the axis; null if it has none.
function place(spec, v) {
  if (v === undefined) return undefined;
  if (spec.kind !== 'log') return v != null && Number.isFinite(v) ? v : null;
  return v != null && drawable(v) ? Math.log10(v) : null;
}

function dataOf(spec) {
  return [spec.xs, ...spec.series.map((s) => s.values.map((v) => place(spec, v)))];
}

function rangeOf(spec) {
  if (spec.kind !== 'log' && spec.low != null) return [spec.low, spec.high];
  if (spec.kind === 'log') {
    const lists = spec.series.map((s) => s.values);
    for (const s of spec.series) if (s.from) lists.push(s.from.map((e) => 10 ** e), s.to.map((e) => 10 ** e));
    if (spec.guides) lists.push(spec.guides.map((g) => g.at));
    const [low, high] = logRange(lists, spec.decades ?? 1);
    return widened([Math.max(low, high - (spec.most ?? Infinity)), high]);
  }
  const all = spec.series.flatMap((s) => s.values).filter((v) => v != null && Number.isFinite(v));
  if (!all.length) return [0, 1];
  const [low, high] = [all.reduce((a, b) => Math.min(a, b)), all.reduce((a, b) => Math.max(a, b))];
  return low === high ? [low - 1, high + 1] : widened([low, high]);
}

// drawBands paints the bands, below all lines.
function drawBands(u, spec) {
  for (const s of spec.series) {
    if (!s.from) continue;
    const points = spec.xs.map((x, i) => [x, s.from[i], s.to[i]]).filter(([, a, b]) => Number.isFinite(a) && Number.isFinite(b));
    u.ctx.save();
    u.ctx.beginPath();
    u.ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
    u.ctx.clip();
    u.ctx.beginPath();
    for (const [x, , b] of points) u.ctx.lineTo(u.valToPos(x, 'x', true), u.valToPos(b, 'y', true));
    for (const [x, a] of points.reverse()) u.ctx.lineTo(u.valToPos(x, 'x', true), u.valToPos(a, 'y', true));
    u.ctx.fillStyle = themed('band');
    u.ctx.fill();
    u.ctx.restore();
  }
}

function drawGuides(u, spec) {
  for (const g of spec.guides || []) {
    const y = u.valToPos(place(spec, g.at), 'y', true);
    const ratio = window.devicePixelRatio || 1;
    u.ctx.save();
    u.ctx.strokeStyle = themed('soft');
    u.ctx.setLineDash([4 * ratio, 4 * ratio]);
    u.ctx.lineWidth = ratio;
    u.ctx.beginPath();
    u.ctx.moveTo(u.bbox.left, y);
    u.ctx.lineTo(u.bbox.left + u.bbox.width, y);
    u.ctx.stroke();
    u.ctx.restore();
  }
}

// drawEnds draws the vertical lines, and as many of their names as fit.
function drawEnds(u, spec) {
  const ratio = window.devicePixelRatio || 1;
  const c = u.ctx;
  c.save();
  c.strokeStyle = themed('line');
  c.fillStyle = themed('soft');
  c.font = `${11 * ratio}px system-ui, sans-serif`;
  c.textAlign = 'right';
  c.textBaseline = 'top';
  let free = -Infinity; // right end of the last name
  for (const end of spec.ends || []) {
    const x = Math.round(u.valToPos(end.at, 'x', true));
    c.beginPath();
    c.moveTo(x, u.bbox.top);
    c.lineTo(x, u.bbox.top + u.bbox.height);
    c.stroke();
    const left = x - c.measureText(end.name).width - 8 * ratio;
    if (left < free || left < u.bbox.left) continue;
    c.fillText(end.name, x - 4 * ratio, u.bbox.top + 3 * ratio);
    free = x;
  }
  c.restore();
}

// drawMarks draws zeros as hollow triangles on the lower edge, infinities as full triangles on the upper edge, and NaN as crosses
// there. Rings mark values that deviate from a prediction.
function drawMarks(u, spec) {
  const ratio = window.devicePixelRatio || 1;
  const c = u.ctx;
  const [top, bottom] = [u.bbox.top + 2 * ratio, u.bbox.top + u.bbox.height - ratio];
  c.save();
  c.lineWidth = 1.4 * ratio;
  c.setLineDash([]);
  spec.series.forEach((s) => {
    c.strokeStyle = s.colour;
    c.fillStyle = s.colour;
    s.values.forEach((v, i) => {
      const mark = spec.kind === 'log' || v === 0 ? markOf(v) : v == null || Number.isFinite(v) ? null : markOf(v);
      if (!mark || spec.kind !== 'log' && mark === 'zero' || s.missing && mark === 'nan') return;
      const x = u.valToPos(spec.xs[i], 'x', true);
      const r = 4 * ratio;
      c.beginPath();
      if (mark === 'zero') {
        c.moveTo(x, bottom); c.lineTo(x - r, bottom - 2 * r); c.lineTo(x + r, bottom - 2 * r); c.closePath(); c.stroke();
      } else if (mark === 'inf') {
        c.moveTo(x, top); c.lineTo(x - r, top + 2 * r); c.lineTo(x + r, top + 2 * r); c.fill();
      } else {
        c.moveTo(x - r, top); c.lineTo(x + r, top + 2 * r); c.moveTo(x + r, top); c.lineTo(x - r, top + 2 * r); c.stroke();
      }
    });
    for (const i of s.rings || []) {
      const at = place(spec, s.values[i]);
      if (at == null) continue;
      c.beginPath();
      c.arc(u.valToPos(spec.xs[i], 'x', true), u.valToPos(at, 'y', true), 7 * ratio, 0, 7);
      c.strokeStyle = themed('ink');
      c.stroke();
    }
  });
  c.restore();
}

// lineKey is the legend of a line.
function lineKey({ name, colour, width = 2, dash = [] }) {
  return el('span', { class: 'key' }, swatch((c, w, h) => {
    c.strokeStyle = colour;
    c.lineWidth = width;
    c.setLineDash(dash);
    c.beginPath();
    c.moveTo(0, h / 2);
    c.lineTo(w, h / 2);
    c.stroke();
  }, 26), name);
}

// legendOf names the lines and the marks that occur.
function legendOf(spec) {
  const keys = [...(spec.keys || spec.series), ...(spec.guides || []).filter((g) => g.name).map((g) => ({ name: g.name, colour: themed('soft'), width: 1, dash: [4, 4] }))].map(lineKey);
  if (spec.series.some((s) => s.from)) keys.push(el('span', { class: 'key' }, el('i', { class: 'band' }), t('prediction ± 2 sd')));
  if (spec.series.some((s) => s.rings && s.rings.length)) keys.push(el('span', { class: 'key' }, el('i', { class: 'ring' }), t('deviates from theory')));
  if (spec.kind !== 'log') return keys;
  const marks = new Set(spec.series.flatMap((s) => s.values.map(markOf)
    .filter((mark) => mark && !(s.missing && mark === 'nan'))));
  if (marks.has('zero')) keys.push(el('span', { class: 'key' }, el('b', {}, '▽'), t('exactly zero')));
  if (marks.has('nan')) keys.push(el('span', { class: 'key' }, el('b', {}, '×'), 'NaN'));
  if (marks.has('inf')) keys.push(el('span', { class: 'key' }, el('b', {}, '▼'), t('infinite')));
  return keys;
}
