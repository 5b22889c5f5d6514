// Histograms over time: a column for each step, a cell for each bucket. Buckets are powers of two, by sign: large positive numbers
// at the top, zero in the middle, large negative ones at the bottom.

const histogramKinds = [['delta', 'δ = dL/dz'], ['pre', t('z, pre-activations')], ['grad', 'dL/dW'], ['value', t('W, weights')]];

function histogramSection(network) {
  let kind = 'delta';
  let layer = null; // index into the list of layers with histograms
  const controls = el('div', { class: 'controls' });
  const s = section('histograms', t('Histograms over time'),
    t('How the numbers of one layer are spread over signs and sizes, on a logarithmic scale, step by step. The colour is the share of the numbers.'), controls);
  let run = null;
  let columns = []; // by step: {rows, all}, the counts by row and their sum
  let span = { low: 0, high: 0, odd: [] };
  // rows from the top: NaN and infinity, then positive buckets from large to small, zero, and negative ones from small to large
  const rowCount = () => span.odd.length + 2 * (span.high - span.low) + 1;
  const chart = plane({
    height: 330,
    label: () => t('Histograms of %s over %s.', histogramKinds.find(([name]) => name === kind)[1], plural(columns.length, 'step')),
    margin: () => ({ left: 76, right: 8, top: 6, bottom: 44 }),
    grid: () => [columns.length, rowCount()],
    find: (x, y, box) => [Math.floor((x - box.x) / (box.w / columns.length)), Math.floor((y - box.y) / (box.h / rowCount()))],
    read: (k, row, box) => {
      const [w, h] = [box.w / columns.length, box.h / rowCount()];
      const count = columns[k].rows.get(row) || 0;
      return {
        x: box.x + k * w, y: box.y + row * h, w, h,
        lines: [t('step %s', whole(run.histograms.steps[k])), [t('numbers'), rowName(row)], [t('count'), t('%s of %s', whole(count), whole(columns[k].all))], [t('share'), percent(columns[k].all ? count / columns[k].all : 0)]],
      };
    },
    draw: (c, box) => drawCells(c, box),
  });

  function rowName(row) {
    const i = row - span.odd.length;
    const buckets = span.high - span.low;
    if (i < 0) return markNames[span.odd[row]];
    if (i === buckets) return t('exactly zero');
    const e = i < buckets ? span.high - 1 - i : span.low + i - buckets - 1;
    const [a, b] = [short(2 ** e), short(2 ** (e + 1))];
    return i < buckets ? t('%s to %s', a, b) : t('%s to %s', `−${b}`, `−${a}`);
  }

  function prepare() {
    const list = (run.histograms.kinds[kind] || [])[layer] || [];
    const known = list.filter(Boolean);
    const used = known.filter((h) => h[4].length || h[5].length);
    span = {
      low: used.length ? Math.min(...used.map((h) => h[0])) : 0,
      high: used.length ? Math.max(...used.map((h) => h[0] + Math.max(h[4].length, h[5].length))) : 1,
      odd: [known.some((h) => h[3]) ? 'inf' : null, known.some((h) => h[2]) ? 'nan' : null].filter(Boolean),
    };
    columns = list.map((h) => {
      const rows = new Map();
      if (!h) return { rows, all: 0 };
      const [low, zero, nan, inf, negative, positive] = h;
      const buckets = span.high - span.low;
      const first = span.odd.length;
      const put = (row, n) => { if (n) rows.set(row, n); };
      positive.forEach((n, i) => put(first + span.high - 1 - (low + i), n));
      put(first + buckets, zero);
      negative.forEach((n, i) => put(first + buckets + 1 + low + i - span.low, n));
      span.odd.forEach((mark, i) => put(i, mark === 'nan' ? nan : inf));
      return { rows, all: [...rows.values()].reduce((a, b) => a + b, 0) };
    });
    return known.length > 0;
  }

  function drawCells(c, box) {
    const [w, h] = [box.w / columns.length, box.h / rowCount()];
    const zeroRow = span.odd.length + span.high - span.low;
    columns.forEach(({ rows, all }, k) => rows.forEach((count, row) => {
      const [x, y] = [box.x + k * w, box.y + row * h];
      if (row < span.odd.length) return paintMark(c, span.odd[row], x, y, w + 0.5, h);
      c.fillStyle = heat(1 + Math.log10(count / all) / 4); // four decades of shares
      c.fillRect(x, y, w + 0.5, h + 0.5);
    }));
    gridLine(c, box.x, box.y + zeroRow * h, box.x + box.w, box.y + zeroRow * h);
    gridLine(c, box.x, box.y + (zeroRow + 1) * h, box.x + box.w, box.y + (zeroRow + 1) * h);
    axisText(c, '0', box.x - 8, box.y + (zeroRow + 0.5) * h, 'right');
    const buckets = span.high - span.low;
    for (const i of indexTicks(buckets, Math.max(1, Math.floor(buckets * h / 30)))) {
      if (i * h < 12 && buckets > 1) continue;
      const text = short(2 ** (span.low + i));
      axisText(c, text, box.x - 8, box.y + (zeroRow - i) * h, 'right');
      axisText(c, `−${text}`, box.x - 8, box.y + (zeroRow + 1 + i) * h, 'right');
    }
    for (const k of indexTicks(columns.length, Math.max(2, Math.floor(box.w / 80)))) {
      axisText(c, whole(run.histograms.steps[k]), Math.max(box.x + (k + 0.5) * w, box.x + 4), box.y + box.h + 14);
    }
    axisText(c, t('step'), box.x + box.w / 2, box.y + box.h + 34);
    span.odd.forEach((mark, i) => axisText(c, markNames[mark], box.x - 8, box.y + (i + 0.5) * h, 'right'));
  }

  function draw() {
    run = network();
    const { layers } = run.histograms;
    s.node.hidden = !layers.length;
    if (s.node.hidden) return;
    layer = Math.min(layer ?? 0, layers.length - 1);
    controls.replaceChildren(
      select(t('Numbers'), histogramKinds, kind, (v) => { kind = v; draw(); }),
      select(t('Layer'), layers.map((l, i) => [i, layerName(run, l)]), layer, (v) => { layer = Number(v); draw(); }));
    if (!prepare()) {
      s.body.replaceChildren(empty(t('There is no such histogram of this layer.')));
      return s.note('');
    }
    const bar = swatch((c, w, h) => { for (let i = 0; i < w; i++) { c.fillStyle = heat(i / (w - 1)); c.fillRect(i, 0, 1.5, h); } }, 160, 12);
    s.body.replaceChildren(el('div', { class: 'legend' }, el('span', { class: 'key bar' }, '0.01 %', bar, '100 %')), chart.node);
    chart.draw();
    const some = layers.length < run.layers.length ? t('The page holds those of %s of %s layers.', layers.length, run.layers.length) : '';
    s.note(sentences([t('%s.', nameOf(run)), some, thinned([run.histograms])]));
  }
  return { node: s.node, draw };
}
