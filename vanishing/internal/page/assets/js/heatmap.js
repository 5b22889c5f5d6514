// The heat map: a quantity of every layer in every shown step, as a colour.

const heatQuantities = ['delta_rms', 'weight.grad_l2', 'weight.update_ratio', 'weight.norm_l2', 'flushed', 'act_grad_rms', 'pre_std', 'act_std',
  'act_zero', 'saturated', 'dead', 'weight.snr', 'weight.unchanged'];

function heatSection() {
  let name = 'delta_rms';
  let offered = 0; // quantities in the list
  const choice = el('div');
  const s = section('heatmap', t('Layer × step'), t('How each layer fares in the course of training: a column for each step, input below, output above.'), choice);
  const maps = el('div', { class: 'maps' });
  const legend = el('div', { class: 'legend' });
  s.body.append(legend, maps);
  let planes = [];
  let shown = null;

  function draw() {
    const { quantity } = tierWith(current(), name);
    drawChoice();
    const tables = runs().map((run) => tierWith(run, name).tier);
    const filled = runs().map((run, i) => i).filter((i) => tables[i].steps.length && runs()[i].layers.length);
    s.node.hidden = !filled.length;
    if (s.node.hidden) return;
    const scale = widened(logRange(filled.flatMap((i) => tables[i].values[name]), 2), 0);
    const key = `${name}/${filled.join()}`;
    if (key !== shown) {
      shown = key;
      planes = filled.map((i) => heatMap(i, () => name));
      maps.replaceChildren(...planes.map((p, k) => el('figure', {}, filled.length > 1 ? el('figcaption', {}, nameOf(runs()[filled[k]])) : null, p.node)));
      maps.classList.toggle('several', filled.length > 1);
      maps.classList.toggle('thirds', filled.length % 3 === 0);
    }
    const marks = new Set();
    planes.forEach((p) => p.paint(quantity, scale, marks, filled.length > 1));
    legend.replaceChildren(colourBar(scale, quantity), ...markLegend(marks));
    s.note(sentences([t('%s: %s.', quantity.title, quantity.about), thinned(filled.map((i) => tables[i]))]));
  }

  // drawChoice lists the recorded quantities. Of a live run there may be more of them later.
  function drawChoice() {
    const options = heatQuantities.filter((q) => runs().some((run) => tierWith(run, q).tier.steps.length))
      .map((q) => [q, tierWith(current(), q).quantity.title]);
    if (options.length === offered) return;
    offered = options.length;
    choice.replaceChildren(select(t('Quantity'), options, name, (v) => { name = v; draw(); }));
  }
  return { node: s.node, draw };
}

// thinned is a sentence about the number of shown records, if some are left out.
function thinned(tiers) {
  return sentences([...new Set(tiers.filter((one) => one.steps.length < one.of).map((one) => t('Of %s records %s are shown, evenly spread.', whole(one.of), whole(one.steps.length))))]);
}

function heatMap(index, nameNow) {
  let quantity = null;
  let scale = [0, 1];
  let marks = new Set();
  let small = false;
  const run = () => runs()[index];
  const tier = () => tierWith(run(), nameNow()).tier;
  const cell = (box) => [box.w / tier().steps.length, box.h / run().layers.length];
  const chart = plane({
    height: () => Math.min(Math.max(14 * run().layers.length, 170), theme.printing ? 170 : small ? 260 : 420) + 50,
    label: () => t('Heat map of %s of %s, %s layers by %s steps.', quantity.title, nameOf(run()), run().layers.length, tier().steps.length),
    margin: () => ({ left: 52, right: 8, top: 6, bottom: 44 }),
    grid: () => [tier().steps.length, run().layers.length],
    find: (x, y, box) => {
      const [w, h] = cell(box);
      return [Math.floor((x - box.x) / w), Math.floor((y - box.y) / h)];
    },
    read: (column, row, box) => {
      const [w, h] = cell(box);
      const l = run().layers.length - 1 - row;
      const v = tier().values[nameNow()][l][column];
      return {
        x: box.x + column * w, y: box.y + row * h, w, h,
        lines: [layerName(run(), l), [t('step'), whole(tier().steps[column])], ...(hasEpochs(run()) ? [[t('epoch'), whole(tier().epochs[column] + 1)]] : []), [quantity.title, value(quantity, v), drawable(v) ? heat((Math.log10(v) - scale[0]) / (scale[1] - scale[0])) : null]],
      };
    },
    draw: (c, box) => {
      paintCells(c, box);
      paintAxes(c, box);
    },
  });

  // paintCells paints the marks last, so that other cells do not cover a mark smaller than a pixel.
  function paintCells(c, box) {
    const values = tier().values[nameNow()];
    const [w, h] = cell(box);
    const odd = [];
    values.forEach((line, l) => line.forEach((v, k) => {
      const [x, y] = [box.x + k * w, box.y + box.h - (l + 1) * h];
      const mark = quantity.missing && Number.isNaN(v) ? null : markOf(v);
      if (mark) odd.push([mark, x, y]);
      if (v == null || !drawable(v)) return;
      c.fillStyle = heat((Math.log10(v) - scale[0]) / (scale[1] - scale[0]));
      c.fillRect(x, y, w + 0.6, h + 0.6);
    }));
    for (const mark of ['zero', 'inf', 'nan']) {
      const these = odd.filter(([m]) => m === mark);
      if (these.length) marks.add(mark);
      if (w * h < 30) {
        c.fillStyle = themed(mark);
        for (const [, x, y] of these) c.fillRect(x, y, Math.max(w, 1) + 0.4, Math.max(h, 1) + 0.4);
      } else {
        for (const [, x, y] of these) paintMark(c, mark, x, y, w + 0.6, h + 0.6);
      }
    }
  }

  function paintAxes(c, box) {
    const [w, h] = cell(box);
    const layers = run().layers;
    for (const l of indexTicks(layers.length, Math.max(2, Math.floor(box.h / 28)))) {
      axisText(c, layers[l].depth, box.x - 8, box.y + box.h - (l + 0.5) * h, 'right');
    }
    const { steps } = tier();
    for (const k of indexTicks(steps.length, Math.max(2, Math.floor(box.w / 80)))) {
      axisText(c, whole(steps[k]), Math.max(box.x + (k + 0.5) * w, box.x + 4), box.y + box.h + 14);
    }
    axisText(c, t('step'), box.x + box.w / 2, box.y + box.h + 34);
    sideTitle(c, t('layer'), box);
  }

  return {
    node: chart.node, canvas: chart.canvas,
    paint: (q, range, found, many) => {
      [quantity, scale, marks, small] = [q, range, found, many];
      chart.draw();
    },
  };
}

// colourBar is the legend of the colour scale.
function colourBar([low, high], quantity) {
  const bar = swatch((c, w, h) => {
    for (let i = 0; i < w; i++) {
      c.fillStyle = heat(i / (w - 1));
      c.fillRect(i, 0, 1.5, h);
    }
  }, 160, 12);
  const name = (e) => (quantity.kind === 'share' ? percent(Number((10 ** e).toPrecision(2))) : short(10 ** e));
  return el('span', { class: 'key bar' }, name(low), bar, name(high));
}
