// Residual networks: the parts of the gradient through skips and branches.

function residualSection(network) {
  const s = section('residual', t('Residual paths'),
    t('The gradient that reaches a block’s input comes through its skip and through its branch. Above: the size of both parts. Below: the cosine between them, and how much of the gradient passes how many branches.'));
  const sizes = lineChart(240);
  const cosines = lineChart(200);
  const spectrum = lineChart(200);
  const spectrumBox = el('div', {}, el('h3', {}, t('Path lengths')), spectrum.node);
  const cosineBox = el('div', {}, el('h3', {}, t('Cosine of skip and branch')), cosines.node);
  s.body.append(el('h3', {}, t('Gradient at the block’s input')), sizes.node, el('div', { class: 'pair' }, cosineBox, spectrumBox));

  function draw() {
    const run = network();
    const at = recordAt(run.details);
    const known = run.details.blocks && run.details.blocks.total_rms.some((values) => values.some((v) => !Number.isNaN(v)));
    s.node.hidden = !known || at < 0; // blocks whose skips were removed have no parts
    if (s.node.hidden) return;
    const xs = run.blocks.map((_, b) => b + 1);
    const column = (name) => run.details.blocks[name].map((values) => values[at]);
    const shared = { xs, xTitle: t('block, from input to output'), xName: (x) => `${t('block %s', x)} · ${run.blocks[x - 1].path}` };
    const dots = xs.length <= 60;
    sizes.set({
      ...shared, label: t('Gradient through skips and branches, by block.'), kind: 'log', decades: 2, yTitle: t('RMS of dL/dx'),
      series: [
        { name: t('both'), colour: themed('ink'), width: 1.5, dash: [3, 3], values: column('total_rms') },
        { name: t('skip'), colour: themed('gain-skip'), dots, values: column('skip_rms') },
        { name: t('branch'), colour: themed('gain-activation'), dots, values: column('branch_rms') },
      ],
    });
    cosines.set({
      ...shared, label: t('Cosine between the gradients through skip and branch, by block.'), kind: 'linear', low: -1.05, high: 1.05, yTitle: t('cosine'),
      guides: [{ at: 0, name: '' }],
      series: [{ name: t('cosine'), colour: themed('s1'), dots, values: column('cosine'), missing: true }],
    });
    drawSpectrum(run);
    s.note(sentences([t('%s, %s.', nameOf(run), whenOf(run.details)), spectrumWords(run)]));
  }

  function spectrumAt(run) {
    return run.paths[recordAt({ steps: run.paths.map((one) => one.step) })];
  }

  function drawSpectrum(run) {
    const found = spectrumAt(run);
    spectrumBox.hidden = !found;
    if (!found) return;
    const xs = found.shares.map((_, k) => k);
    const series = [{ name: t('measured'), colour: themed('s1'), dots: xs.length <= 60, values: found.shares }];
    const expected = run.theory && run.theory.paths;
    if (expected && expected.length) series.push({ name: t('theory at initialisation'), colour: themed('ink'), width: 1.5, dash: [3, 4], values: xs.map((k) => expected[k]) });
    spectrum.set({
      label: t('Share of the gradient by the number of branches that its path passes.'), xs, xTitle: t('branches on the path'), yTitle: t('share'), kind: 'log', decades: 2, most: 12,
      xName: (k) => k === 1 ? t('paths of 1 branch') : t('paths of %s branches', whole(k)), format: percent, series,
    });
  }

  function spectrumWords(run) {
    const found = spectrumAt(run);
    if (!found) return t('Path lengths were not recorded.');
    return t('At step %s the gradient passes %s of %s branches on average; the parts sum to the gradient with a relative error of %s.',
      whole(found.step), short(found.mean), found.shares.length - 1, short(found.error));
  }
  return { node: s.node, draw };
}
