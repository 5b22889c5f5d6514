// Residual networks: the forward signal at the blocks.

function signalSection(network) {
  const s = section('signal', t('The signal at the blocks'),
    t('A channel’s mean and variance are over the batch and all pixels. Each chart shows their average over the channels, at the end of each block. With batch normalisation before the activations the variance grows by the branch’s, block by block, and starts again where the shape changes.'));
  const names = ['variance', 'branch_variance', 'squared_mean'];
  const titles = [t('Variance'), t('Variance of the branch'), t('Squared mean')];
  const axes = [titles[0], titles[0], titles[2]].map((title) => title.toLowerCase()); // a longer one does not fit
  const charts = names.map(() => lineChart(200));
  const boxes = charts.map((chart, i) => el('div', {}, el('h3', {}, titles[i]), chart.node));
  s.body.append(boxes[0], el('div', { class: 'pair' }, boxes.slice(1)));

  function draw() {
    const run = network();
    const at = recordAt(run.details);
    const measured = (name) => run.details.blocks[`signal.${name}`].map((values) => values[at]);
    s.node.hidden = !run.details.blocks || at < 0 || !run.details.blocks['signal.variance'] || !measured('variance').some((v) => markOf(v) !== 'nan');
    if (s.node.hidden) return;
    const xs = run.blocks.map((_, b) => b + 1);
    const scale = measured('variance').filter((v) => drawable(v)).reduce((a, b) => Math.max(a, b), 0);
    const expected = (run.theory && run.theory.signal) || [];
    names.forEach((name, i) => {
      const series = [{ name: t('measured'), colour: themed('s1'), dots: xs.length <= 60, values: measured(name) }];
      if (expected.length) series.push({ name: t('theory at initialisation'), colour: themed('ink'), width: 1.5, dash: [3, 4], values: expected.map((one) => one[name]) });
      charts[i].set({
        ...axisFor(series, scale), label: t('%s of the signal, by block.', titles[i]), xs, xTitle: t('block, from input to output'),
        xName: (x) => `${t('block %s', x)} · ${run.blocks[x - 1].path}`, yTitle: axes[i], series, ends: stagesOf(run.blocks),
      });
    });
    s.note(sentences([t('%s, %s.', nameOf(run), whenOf(run.details)), expected.length ? '' : t('There is no prediction.')]));
  }
  return { node: s.node, draw };
}

// axisFor is a linear axis from 0, on which growth in proportion to the depth is a line, or a logarithmic one for a wide range. Numbers
// that are rounding errors of the scale lie on 0. The stages have their names above the lines.
function axisFor(series, scale) {
  const sizes = series.flatMap((one) => one.values).filter((v) => v != null && drawable(v));
  const low = sizes.reduce((a, b) => Math.min(a, b), Infinity);
  const high = sizes.reduce((a, b) => Math.max(a, b), 0);
  if (high < 1e-9 * scale) return { kind: 'linear', low: 0, high: 1.25 * scale };
  if (high > 50 * low) return { kind: 'log', decades: 2, most: 40 };
  return { kind: 'linear', low: 0, high: 1.25 * (high || 1) };
}

// stagesOf are the ends of the stages: of the blocks whose paths begin alike, as layer1/block2.
function stagesOf(blocks) {
  const stage = (block) => (block.path.includes('/') ? block.path.split('/')[0] : '');
  const ends = blocks.map((block, i) => ({ at: i + 1.5, name: stage(block) })).filter((end, i) => i + 1 === blocks.length || stage(blocks[i + 1]) !== end.name);
  return ends.length > 1 ? ends.slice(0, -1) : [];
}
