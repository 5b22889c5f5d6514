// Saturated and dead units: a row of bars for each share, a bar for each layer.

const shareRows = ['saturated', 'dead', 'act_zero', 'weight.unchanged', 'flushed'];

function sharesSection(network) {
  const s = section('shares', t('Saturated and dead units'), t('Shares of each layer, from none to all. Every share above zero is visible.'));
  let run = null;
  let rows = []; // {quantity, values}
  const row = 46;
  const chart = plane({
    height: () => row * rows.length + 40,
    label: () => sentences(rows.map((one) => t('%s: %s.', one.quantity.title, rangeWords(one.values)))),
    margin: () => ({ left: 138, right: 8, top: 4, bottom: 36 }),
    grid: () => [run.layers.length, rows.length],
    find: (x, y, box) => [Math.floor((x - box.x) / (box.w / run.layers.length)), Math.floor((y - box.y) / row)],
    read: (column, at, box) => {
      const w = box.w / run.layers.length;
      return {
        x: box.x + column * w, y: box.y + at * row + 4, w, h: row - 8,
        lines: [layerName(run, column), ...rows.map((one) => [one.quantity.title, value(one.quantity, one.values[column])])],
      };
    },
    draw: (c, box) => {
      const w = box.w / run.layers.length;
      rows.forEach((one, i) => drawRow(c, one, box.x, box.y + i * row, box.w, w));
      for (const l of indexTicks(run.layers.length, Math.max(2, Math.floor(box.w / 50)))) {
        axisText(c, run.layers[l].depth, box.x + (l + 0.5) * w, box.y + box.h + 12);
      }
      axisText(c, t('layer, from input to output'), box.x + box.w / 2, box.y + box.h + 28);
    },
  });

  s.body.append(chart.node);

  function drawRow(c, one, x, y, width, w) {
    const h = row - 10;
    axisText(c, one.quantity.title, x - 10, y + row / 2, 'right');
    gridLine(c, x, y + 4, x + width, y + 4);
    gridLine(c, x, y + 4 + h, x + width, y + 4 + h, themed('soft'));
    const gap = w > 6 ? Math.min(w * 0.2, 4) : 0;
    one.values.forEach((v, l) => {
      const left = x + l * w + gap / 2;
      if (markOf(v) === 'nan' || markOf(v) === 'inf') {
        if (!one.quantity.missing) paintMark(c, markOf(v), left, y + 4, Math.max(w - gap, 1), h);
        return;
      }
      if (!v) return;
      const height = Math.max(h * Math.min(v, 1), 2);
      c.fillStyle = themed(one.quantity.name === 'dead' ? 's0' : 's1');
      c.fillRect(left, y + 4 + h - height, Math.max(w - gap, 1), height);
    });
  }

  function draw() {
    run = network();
    rows = shareRows.map((name) => {
      const { quantity, tier } = tierWith(run, name);
      return { quantity, values: columnOf(run, tier, name) };
    }).filter((one) => one.values && one.values.length && !(one.quantity.missing && one.values.every(Number.isNaN)));
    s.node.hidden = !rows.length || !run.details.steps.length;
    if (s.node.hidden) return;
    chart.draw();
    s.note(t('%s, %s.', nameOf(run), whenOf(run.details)));
  }
  return { node: s.node, draw };
}

function rangeWords(values) {
  const finite = values.filter(Number.isFinite);
  return finite.length
    ? t('from %s to %s', percent(finite.reduce((a, b) => Math.min(a, b))), percent(finite.reduce((a, b) => Math.max(a, b)))) : t('no finite share');
}
