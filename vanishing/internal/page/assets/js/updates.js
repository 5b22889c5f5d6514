// The update ratios of the weights, by step.

function updatesSection(network) {
  const s = section('updates', t('Update ratios'),
    t('How far an update moves a layer’s weight, relative to its size: ‖ΔW‖ / ‖W‖. About 1e−3 is usual. A layer far below it hardly changes; one far above it is unstable.'));
  const chart = lineChart(290);
  s.body.append(chart.node);
  function draw() {
    const run = network();
    const ratios = run.details.values['weight.update_ratio'];
    const layers = someOf(run.path.filter((l) => ratios[l].some((v) => !Number.isNaN(v))), 8);
    s.node.hidden = !layers.length;
    if (s.node.hidden) return;
    const xs = run.details.steps;
    chart.set({
      label: t('Update ratio of %s layers by step.', layers.length), xs, xTitle: t('step'), yTitle: '‖ΔW‖ / ‖W‖', xName: (x) => t('step %s', whole(x)), kind: 'log', decades: 3,
      guides: [{ at: 1e-3, name: t('1e−3, as usual') }],
      series: layers.map((l, i) => ({
        name: t('layer %s', run.layers[l].depth), colour: depthColour(i, layers.length), width: 1.5, dots: xs.length < 3, missing: true,
        values: ratios[l],
      })),
    });
    const many = run.path.length > layers.length ? t('%s of %s layers are shown; the heat map can show all.', layers.length, run.path.length) : '';
    s.note(sentences([t('%s.', nameOf(run)), many, thinned([run.details])]));
  }
  return { node: s.node, draw };
}

// depthColour is the colour of the i-th of n layers, from the part of the colour scale that is visible on the theme's paper.
function depthColour(i, n) {
  const from = isDark() ? 0.35 : 0.12;
  return heat(from + (0.97 - from) * 0.82 * (n > 1 ? i / (n - 1) : 0));
}
