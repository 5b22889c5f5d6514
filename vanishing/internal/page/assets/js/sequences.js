// Recurrent layers: the gradient by layer and lag, which is the number of steps back from the last, beside what theory expects.

function sequencesSection(network) {
  const s = section('sequences', t('Gradient over time'),
    t('How far back the gradient of recurrent layers reaches: from left to right the steps back from the last, input below, output above. Each value is relative to the gradient at the last step of the last recurrent layer that has one there.'));
  const legend = el('div', { class: 'legend' });
  const map = sequenceMap(network);
  const maps = el('div');
  const lines = lineChart(240);
  s.body.append(legend, maps, el('div', { class: 'pair single' }, el('div', {}, el('h3', {}, t('Gradient by steps back')), lines.node)));

  function draw() {
    const run = network();
    const rows = relativeRows(run.sequences);
    s.node.hidden = !rows.length;
    if (s.node.hidden) return maps.replaceChildren();
    if (!maps.firstChild) maps.append(map.node);
    const marks = new Set();
    const scale = widened(logRange(rows.map((row) => row.values), 2), 0);
    map.paint(rows, scale, marks);
    legend.replaceChildren(colourBar(scale, { kind: 'size' }), ...markLegend(marks));
    drawLines(run, rows);
    s.note(sentences([t('%s, %s.', nameOf(run), whenOf(run.sequences)), horizonWords(run)]));
  }

  function drawLines(run, rows) {
    const xs = [...new Set(rows.flatMap((row) => row.lags))].sort((a, b) => a - b);
    const some = someOf(rows, 7);
    const byLag = (row, values) => {
      const at = new Map(row.lags.map((lag, k) => [lag, values[k]]));
      return xs.map((lag) => at.get(lag));
    };
    const measured = some.map((row, i) => ({ name: pathOf(run, row), colour: seriesColour(i), dots: xs.length <= 60, values: byLag(row, row.values) }));
    const expected = some.filter((row) => row.expected.length)
      .map((row) => ({ name: t('%s, theory', pathOf(run, row)), colour: themed('ink'), width: 1.5, dash: [3, 4], values: byLag(row, row.expected) }));
    lines.set({
      label: t('Gradient of recurrent layers by steps back.'), xs, xTitle: t('steps back'), xName: (x) => t('%s steps back', whole(x)),
      kind: 'log', decades: 2, yTitle: t('relative gradient'), series: [...measured, ...expected],
      keys: [...measured, ...expected.slice(0, 1).map((one) => ({ ...one, name: t('theory at initialisation') }))],
    });
  }
  return { node: s.node, draw };
}

const pathOf = (run, row) => run.layers[row.layer].path;

// relativeRows are the recurrent layers in the chosen record, with sizes relative to lag 0 of the last of them that has a gradient there, or to the
// first lag that a sample of the batch has. Others are missing. The prediction begins where the anchor's measured gradient does.
function relativeRows(sequences) {
  const at = recordAt(sequences);
  if (at < 0) return [];
  const missing = (one, v) => Number.isNaN(v) && !one.delta[at].every(Number.isNaN);
  const end = (one) => one.delta[at].find((v) => !missing(one, v));
  const ends = sequences.list.map(end).filter(drawable);
  const unit = ends.length ? ends[ends.length - 1] : 1; // without one all marks stay what they are
  return sequences.list.map((one) => {
    const anchor = end(sequences.list[one.anchor]) / unit;
    return { layer: one.layer, lags: one.lags, values: one.delta[at].map((v) => (missing(one, v) ? null : v / unit)), expected: drawable(anchor) ? one.expected.map((v) => v * anchor) : [] };
  });
}

// horizonWords say how far back the gradient of some layers reaches.
function horizonWords(run) {
  const steps = (lag) => (lag ? whole(lag) : '–');
  const words = someOf(run.sequences.list, 7).map((one) => t('%s: %s and %s.', pathOf(run, one), steps(one.horizon_e), steps(one.horizon_1000)));
  return sentences([t('Steps back at which the gradient has fallen by a factor of e and of 1000, in the median over the recorded steps (–: it does not fall so far):'), ...words]);
}

// sequenceMap is the heat map. A recorded step extends half way to its neighbours.
function sequenceMap(network) {
  let rows = [];
  let scale = [0, 1];
  let marks = new Set();
  const last = () => Math.max(...rows.map((row) => row.lags[row.lags.length - 1]));
  const place = (lag, box) => box.x + (lag + 0.5) / (last() + 1) * box.w;
  const middle = (a, b) => (a + b) / 2;
  const colour = (v) => heat((Math.log10(v) - scale[0]) / (scale[1] - scale[0]));
  const cell = (row, k, r, box) => {
    const { lags } = row;
    const left = place(k ? middle(lags[k - 1], lags[k]) : lags[k] - 0.5, box);
    const right = place(k + 1 < lags.length ? middle(lags[k], lags[k + 1]) : lags[k] + 0.5, box);
    return { x: left, y: box.y + r * box.h / rows.length, w: right - left, h: box.h / rows.length };
  };
  const chart = plane({
    height: () => Math.min(Math.max(28 * rows.length, 84), theme.printing ? 170 : 420) + 50,
    label: () => t('Heat map of the gradient over time of %s, %s layers by %s steps back.', nameOf(network()), rows.length, last() + 1),
    margin: () => ({ left: 52, right: 8, top: 6, bottom: 44 }),
    grid: () => [Math.max(...rows.map((row) => row.lags.length)), rows.length],
    find: (x, y, box) => {
      const r = Math.min(Math.floor((y - box.y) / box.h * rows.length), rows.length - 1);
      const k = rows[r].lags.findIndex((_, i) => { const c = cell(rows[r], i, r, box); return x >= c.x && x <= c.x + c.w; });
      return k < 0 ? null : [k, r];
    },
    read: (column, r, box) => {
      const row = rows[r];
      const k = Math.min(column, row.lags.length - 1);
      const v = row.values[k];
      return { ...cell(row, k, r, box), lines: [layerName(network(), row.layer), [t('steps back'), whole(row.lags[k])], [t('relative gradient'), v == null ? '–' : exact(v), drawable(v) ? colour(v) : null]] };
    },
    draw: (c, box) => {
      rows.forEach((row, r) => row.values.forEach((v, k) => {
        if (v == null) return;
        const { x, y, w, h } = cell(row, k, r, box);
        const mark = markOf(v);
        if (mark) { marks.add(mark); return paintMark(c, mark, x, y, Math.max(w, 1) + 0.6, h + 0.6); }
        c.fillStyle = colour(v);
        c.fillRect(x, y, w + 0.6, h + 0.6);
      }));
      for (const r of indexTicks(rows.length, Math.max(2, Math.floor(box.h / 28)))) {
        axisText(c, network().layers[rows[r].layer].depth, box.x - 8, box.y + (r + 0.5) * box.h / rows.length, 'right');
      }
      for (const lag of indexTicks(last() + 1, Math.max(2, Math.floor(box.w / 80)))) axisText(c, whole(lag), place(lag, box), box.y + box.h + 14);
      axisText(c, t('steps back'), box.x + box.w / 2, box.y + box.h + 34);
      sideTitle(c, t('layer'), box);
    },
  });
  return {
    node: chart.node,
    paint: (list, range, found) => {
      [rows, scale, marks] = [[...list].reverse(), range, found]; // the output above
      chart.draw();
    },
  };
}
