// The budget: the effect of each operation on the gradient's size, layer by layer, in decades; in the chosen step, or as the median
// of all. The sums are from the last hidden layer to the first, as in the sentence of the verdict.

const gainParts = ['activation', 'weight', 'norm', 'skip', 'other'];

function budgetSection(network) {
  const s = section('budget', t('Where the gradient is won and lost'),
    t('From each layer to the one before it, RMS(δ) changes by these factors: bars above the line are gains, bars below are losses, in decades (factors of ten). The dot is their sum.'));
  const totals = el('div', { class: 'legend' });
  let run = null;
  let columns = null; // the parts, by name and layer
  let layers = []; // those with parts
  let summed = []; // those of them between the last hidden layer and the first
  let range = [-1, 1];
  const chart = plane({
    height: 300,
    label: () => t('Budget of the gradient over %s. %s.', plural(layers.length, 'layer'), totalWords()),
    margin: () => ({ left: 70, right: 8, top: 8, bottom: 44 }),
    grid: () => [layers.length, 1],
    find: (x, _, box) => [Math.floor((x - box.x) / (box.w / layers.length)), 0],
    read: (column, _, box) => {
      const l = layers[column];
      const w = box.w / layers.length;
      return {
        x: box.x + column * w, y: box.y, w, h: box.h,
        lines: [t('into %s', layerName(run, l)), ...gainParts.map((part) => [titleOf(part), signed(columns[part][l], 4), colourOf(part)]),
          [t('sum'), signed(sumOf(l), 4)]],
      };
    },
    draw: (c, box) => drawBars(c, box),
  });
  s.body.append(totals, chart.node);
  const colourOf = (part) => themed(`gain-${part}`);
  const titleOf = (part) => tierWith(run, `gains.${part}`).quantity.title;
  const sumOf = (l) => gainParts.reduce((sum, part) => sum + columns[part][l], 0);
  const totalOf = (part) => summed.reduce((sum, l) => sum + columns[part][l], 0);
  const partsUsed = () => gainParts.filter((part) => layers.some((l) => columns[part][l] !== 0));
  const totalWords = () => partsUsed().map((part) => `${titleOf(part)} ${signed(totalOf(part))}`).join(t(', '));

  function draw() {
    run = network();
    columns = columnsOf();
    layers = run.path.filter((l) => !Number.isNaN(sumOf(l)));
    s.node.hidden = !layers.length;
    if (s.node.hidden) return;
    const { first, last, records } = run.budget;
    summed = layers.filter((l) => l >= first && l < last && Number.isFinite(sumOf(l)));
    const stacks = layers.flatMap((l) => [stack(l, 1), stack(l, -1)]).filter(Number.isFinite);
    range = widened([Math.min(-0.1, ...stacks), Math.max(0.1, ...stacks)]);
    totals.replaceChildren(...partsUsed().map((part) =>
      el('span', { class: 'key' }, swatch((c, w, h) => { c.fillStyle = colourOf(part); c.fillRect(0, 0, w, h); }), `${titleOf(part)} `, el('b', {}, signed(totalOf(part))))));
    chart.draw();
    if (!summed.length) return s.note('');
    const total = summed.reduce((sum, l) => sum + sumOf(l), 0);
    const unknown = run.path.filter((l) => l >= first && l < last).length - summed.length;
    s.note(t('%s, %s. ', nameOf(run), state.step === null ? t('median of %s', plural(records, 'record')) : whenOf(run.details)),
      t('From the last hidden layer to layer %s RMS(δ) changes by ', run.layers[first].depth), el('b', {}, t('%s decades', signed(total, 1))),
      unknown ? t(': %s, without %s whose split is not known.', totalWords(), plural(unknown, 'layer')) : t(': %s.', totalWords()));
  }

  // columnsOf returns the parts by layer: all NaN without details.
  function columnsOf() {
    const of = (part) => (state.step === null ? run.budget.values[part] : columnOf(run, run.details, `gains.${part}`));
    return Object.fromEntries(gainParts.map((part) => [part, of(part) || run.layers.map(() => NaN)]));
  }

  // stack is the height of a layer's bars of one sign.
  const stack = (l, sign) => gainParts.reduce((sum, part) => sum + (columns[part][l] * sign > 0 ? columns[part][l] : 0), 0);

  function drawBars(c, box) {
    const y = (v) => box.y + box.h * (range[1] - Math.min(Math.max(v, range[0]), range[1])) / (range[1] - range[0]);
    const w = box.w / layers.length;
    for (const at of linearTicks(range[0], range[1], 7)) {
      gridLine(c, box.x, y(at), box.x + box.w, y(at));
      axisText(c, signed(at, Math.abs(at) < 1 ? 2 : at % 1 ? 1 : 0), box.x - 8, y(at), 'right');
    }
    const gap = w > 8 ? Math.min(w * 0.2, 6) : 0;
    layers.forEach((l, i) => {
      const x = box.x + i * w + gap / 2;
      for (const sign of [1, -1]) {
        let at = 0;
        for (const part of gainParts) {
          const v = columns[part][l];
          if (!(v * sign > 0)) continue;
          c.fillStyle = colourOf(part);
          c.fillRect(x, Math.min(y(at), y(at + v)), Math.max(w - gap, 1), Math.max(Math.abs(y(at) - y(at + v)), 0.7));
          at += v;
        }
      }
    });
    gridLine(c, box.x, y(0), box.x + box.w, y(0), themed('ink'));
    c.fillStyle = themed('ink');
    if (w > 3) {
      layers.forEach((l, i) => {
        c.beginPath();
        c.arc(box.x + (i + 0.5) * w, y(sumOf(l)), Math.min(3, w / 3), 0, 7);
        c.fill();
      });
    }
    for (const i of indexTicks(layers.length, Math.max(2, Math.floor(box.w / 50)))) {
      axisText(c, run.layers[layers[i]].depth, box.x + (i + 0.5) * w, box.y + box.h + 14);
    }
    axisText(c, t('layer, from input to output'), box.x + box.w / 2, box.y + box.h + 34);
    sideTitle(c, t('decades'), box);
  }
  return { node: s.node, draw };
}
