// The sharpness of the loss: by step against the limit of the optimiser's steps, and by layer.

function sharpnessSection(network) {
  const s = section('sharpness', t('Sharpness'),
    t('The largest eigenvalue of the loss’s Hessian. Beyond the limit the optimiser’s steps along the sharpest direction overshoot more each time. Training often stays near the limit while the loss falls.'));
  const bySteps = lineChart(240);
  const byLayers = lineChart(240);
  s.body.append(el('div', { class: 'pair' }, el('div', {}, el('h3', {}, t('By step')), bySteps.node), el('div', {}, el('h3', {}, t('By layer')), byLayers.node)));

  function draw() {
    const run = network();
    const at = recordAt({ steps: run.sharpness.map((one) => one.step) });
    s.node.hidden = at < 0;
    if (s.node.hidden) return;
    const list = run.sharpness;
    const found = list[at];
    const limits = list.map((one) => one.limit || undefined);
    bySteps.set({
      label: t('Sharpness by step.'), xs: list.map((one) => one.step), xTitle: t('step'), xName: (x) => t('step %s', whole(x)), kind: 'log', decades: 1, yTitle: t('eigenvalue'), start: 0,
      series: [
        { name: t('network'), colour: themed('s1'), dots: list.length <= 60, values: list.map((one) => one.value) },
        ...(limits.some((v) => v) ? [{ name: t('limit of the steps'), colour: themed('ink'), width: 1.5, dash: [4, 4], values: limits }] : []),
      ],
    });
    const xs = run.layers.map((_, l) => l + 1);
    byLayers.set({
      label: t('Sharpness by layer.'), xs, xTitle: t('layer, from input to output'), xName: (x) => run.layers[x - 1].path, kind: 'log', decades: 1, most: 8, yTitle: t('eigenvalue'),
      series: [{ name: t('of the layer alone'), colour: themed('s1'), dots: xs.length <= 60, values: found.layers || [], missing: true }],
    });
    s.note(sentences([t('%s, %s.', nameOf(run), t('step %s', whole(found.step))), sharpnessWords(found)]));
  }
  return { node: s.node, draw };
}

function sharpnessWords(found) {
  if (!found.limit) return t('The sharpness is %s; the limit of this optimiser is not known.', short(found.value));
  return t('The sharpness is %s, which is %s times the limit.', short(found.value), short(found.value / found.limit));
}
