// Attention: small maps of the heads, their logits and their spread by step, and how alike tokens are by layer.

const mapSide = 80; // pixels of a head's map
const mapGap = 10;
const mapLabel = 18;
const lowestShare = -2; // the decimal logarithm of the share at the lower end of the colours

function attentionSection(network) {
  const s = section('attention', t('Attention'),
    t('Each map is a head: from top to bottom the positions that look, from left to right those looked at, and bright where the probability is. Spread: the entropy of the probabilities over that of even ones.'));
  const legend = el('div', { class: 'legend' });
  const heads = el('div', { class: 'heads' });
  const charts = [lineChart(220), lineChart(220), lineChart(220), lineChart(220)];
  const titles = [t('Largest logit'), t('Spread of the heads'), t('How alike tokens are'), t('Share that a block writes')];
  const boxes = charts.map((chart, i) => el('div', {}, el('h3', {}, titles[i]), chart.node));
  s.body.append(legend, heads, el('div', { class: 'pair' }, boxes.slice(0, 2)), el('div', { class: 'pair' }, boxes.slice(2)));
  let shown = null;
  let planes = [];

  function draw() {
    const run = network();
    const { attentions, details } = run;
    s.node.hidden = !attentions.list.length || !details.steps.length;
    if (s.node.hidden) return;
    drawMaps(run);
    const at = recordAt(details);
    const some = someOf(attentions.list.map((_, i) => i), 7);
    const bySteps = (label, lists, rest) => ({
      label, xs: details.steps, xTitle: t('step'), xName: (x) => t('step %s', whole(x)), start: 0,
      series: some.map((i, k) => ({ name: attentions.list[i].path, colour: seriesColour(k), dots: details.steps.length <= 60, values: lists[i], missing: true })), ...rest,
    });
    const positive = attentions.logits.map((values) => values.map((v) => (v <= 0 ? undefined : v))); // others have no place on the axis
    charts[0].set(bySteps(t('Largest logit by step.'), positive, { kind: 'log', decades: 2, yTitle: t('logit') }));
    charts[1].set(bySteps(t('Spread of the heads by step.'), attentions.spreads, { kind: 'linear', low: 0, high: 1.05, yTitle: t('spread'), format: percent, tick: percent }));
    const xs = attentions.list.map((_, i) => i + 1);
    const column = (lists) => lists.map((values) => values[at]);
    charts[2].set({
      label: t('Mean cosine between two tokens, by attention.'), xs, xTitle: t('attention, from input to output'), xName: (x) => attentions.list[x - 1].path,
      kind: 'linear', low: Math.min(0, ...column(attentions.before).concat(column(attentions.after)).filter(Number.isFinite)) - 0.05, high: 1.05, yTitle: t('cosine'), guides: [{ at: 1, name: '' }],
      series: [
        { name: t('before'), colour: themed('s0'), dash: [4, 4], dots: xs.length <= 60, values: column(attentions.before), missing: true },
        { name: t('after'), colour: themed('s1'), dots: xs.length <= 60, values: column(attentions.after), missing: true },
      ],
    });
    drawWrites(run, at);
    s.note(sentences([t('%s, %s.', nameOf(run), whenOf(details)), mapWords(attentions)]));
  }

  function drawWrites(run, at) {
    const shares = (run.details.blocks && run.details.blocks.write_share) || [];
    const values = shares.map((one) => one[at]);
    boxes[3].hidden = !values.some((v) => Number.isFinite(v));
    if (boxes[3].hidden) return;
    charts[3].set({
      label: t('Share that a block writes into the residual stream, by block.'), xs: run.blocks.map((_, b) => b + 1), xTitle: t('block, from input to output'),
      xName: (x) => `${t('block %s', x)} · ${run.blocks[x - 1].path}`, kind: 'log', decades: 1, yTitle: t('share'), format: percent,
      series: [{ name: t('of the sum'), colour: themed('s1'), dots: values.length <= 60, values, missing: true }],
    });
  }

  function drawMaps(run) {
    const at = recordAt({ steps: run.attentions.map_steps });
    const list = run.attentions.list.filter((one) => one.maps && at >= 0);
    legend.hidden = heads.hidden = !list.length;
    if (!list.length) return;
    const key = `${nameOf(run)}/${list.length}`;
    if (key !== shown) {
      shown = key;
      planes = list.map((_, i) => headMaps(() => network().attentions, i));
      heads.replaceChildren(...planes.map((chart, i) => el('figure', {}, el('figcaption', {}, list[i].path), chart.node)));
      legend.replaceChildren(colourBar([lowestShare, 0], { kind: 'share' }));
    }
    planes.forEach((chart) => chart.draw());
  }

  function mapWords(attentions) {
    const at = recordAt({ steps: attentions.map_steps });
    return at < 0 ? t('Maps were not recorded.') : t('Maps of step %s.', whole(attentions.map_steps[at]));
  }
  return { node: s.node, draw };
}

// headMaps draws the maps of all heads of an attention side by side.
function headMaps(attentions, i) {
  const one = () => attentions().list.filter((a) => a.maps)[i];
  const now = () => one().maps[recordAt({ steps: attentions().map_steps })];
  const spreads = () => one().spreads[recordAt({ steps: attentions().map_steps })];
  const perRow = (w) => Math.max(1, Math.floor((w + mapGap) / (mapSide + mapGap)));
  const corner = (h, box) => [box.x + (h % perRow(box.w)) * (mapSide + mapGap), box.y + Math.floor(h / perRow(box.w)) * (mapSide + mapLabel + 6)];
  return plane({
    height: (width) => Math.ceil(now().heads.length / perRow(width - 2)) * (mapSide + mapLabel + 6),
    label: () => t('Maps of the heads of %s. %s', one().path, spreads().map((v, h) => t('Head %s: spread %s.', h + 1, percent(v))).join(' ')),
    margin: () => ({ left: 1, right: 1, top: 1, bottom: 0 }),
    grid: () => [now().heads.length * now().columns, now().rows],
    find: (x, y, box) => {
      const { columns, rows, heads } = now();
      for (let h = 0; h < heads.length; h++) {
        const [left, top] = corner(h, box);
        if (x < left || x >= left + mapSide || y < top || y >= top + mapSide) continue;
        return [h * columns + Math.floor((x - left) / mapSide * columns), Math.floor((y - top) / mapSide * rows)];
      }
      return null;
    },
    read: (column, row, box) => {
      const { columns, rows, heads } = now();
      const [h, c] = [Math.floor(column / columns), column % columns];
      const [left, top] = corner(h, box);
      const share = heads[h][row * columns + c] / 1000;
      const a = one();
      return {
        x: left + c * mapSide / columns, y: top + row * mapSide / rows, w: mapSide / columns, h: mapSide / rows,
        lines: [t('Head %s', h + 1), [t('spread'), percent(spreads()[h])], [t('queries'), partWords(row, a.queries, rows)], [t('keys'), partWords(c, a.keys, columns)], [t('share'), percent(share), shareColour(share)]],
      };
    },
    draw: (c, box) => {
      const { columns, rows, heads } = now();
      heads.forEach((cells, h) => {
        const [left, top] = corner(h, box);
        c.fillStyle = themed('line');
        c.fillRect(left - 1, top - 1, mapSide + 2, mapSide + 2);
        cells.forEach((v, at) => {
          c.fillStyle = shareColour(v / 1000);
          const [x, y] = [Math.round(left + (at % columns) * mapSide / columns), Math.round(top + Math.floor(at / columns) * mapSide / rows)];
          c.fillRect(x, y, Math.round(left + (at % columns + 1) * mapSide / columns) - x, Math.round(top + (Math.floor(at / columns) + 1) * mapSide / rows) - y);
        });
        axisText(c, Number.isFinite(spreads()[h]) ? t('spread %s', percent(Number(spreads()[h].toPrecision(2)))) : '–', left + mapSide / 2, top + mapSide + 10);
      });
    },
  });
}

// shareColour is the colour of a share; that of nothing is the paper's.
const shareColour = (share) => (share > 0 ? heat(1 - Math.log10(share) / lowestShare) : themed('paper'));

// partWords names the positions of a part of many.
function partWords(part, many, parts) {
  const [first, last] = [Math.floor(part * many / parts) + 1, Math.floor((part + 1) * many / parts)];
  return first === last ? whole(first) : t('%s to %s', whole(first), whole(last));
}
