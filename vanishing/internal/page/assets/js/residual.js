// Residual networks: what goes through the skips and what through the branches.

function residualSection() {
  const s = section('residual', 'Residual paths',
    'The gradient that reaches a block’s input comes through its skip and through its branch. Above: the size of both parts. Below: the cosine between them, and how much of the gradient passes how many branches.');
  const sizes = lineChart(240);
  const cosines = lineChart(200);
  const spectrum = lineChart(200);
  const spectrumBox = el('div', {}, el('h3', {}, 'Path lengths'), spectrum.node);
  const cosineBox = el('div', {}, el('h3', {}, 'Cosine of skip and branch'), cosines.node);
  const layout = [el('h3', {}, 'Gradient at the block’s input'), sizes.node, el('div', { class: 'pair' }, cosineBox, spectrumBox)];

  function draw() {
    const run = current();
    s.node.hidden = !runs().some((one) => one.blocks.length || one.paths.length);
    if (s.node.hidden) return;
    const at = recordAt(run.details);
    if (!run.details.blocks || at < 0) {
      s.body.replaceChildren(empty(run.blocks.length
        ? 'There is nothing to show of the blocks: skips and branches are recorded in steps with details, and there is none among the records.'
        : `${nameOf(run)} has no residual blocks.`));
      return s.note('');
    }
    if (!sizes.node.isConnected) s.body.replaceChildren(...layout);
    const xs = run.blocks.map((_, b) => b + 1);
    const column = (name) => run.details.blocks[name].map((values) => values[at]);
    const shared = { xs, xTitle: 'block, from input to output', xName: (x) => `block ${x} · ${run.blocks[x - 1].path}` };
    const dots = xs.length <= 60;
    sizes.set({
      ...shared, label: 'Gradient through skips and branches, by block.', kind: 'log', decades: 2, yTitle: 'RMS of dL/dx',
      series: [
        { name: 'both', colour: themed('ink'), width: 1.5, dash: [3, 3], values: column('total_rms') },
        { name: 'skip', colour: themed('gain-skip'), dots, values: column('skip_rms') },
        { name: 'branch', colour: themed('gain-activation'), dots, values: column('branch_rms') },
      ],
    });
    cosines.set({
      ...shared, label: 'Cosine between the gradients through skip and branch, by block.', kind: 'linear', low: -1.05, high: 1.05, yTitle: 'cosine',
      guides: [{ at: 0, name: '' }],
      series: [{ name: 'cosine', colour: themed('s1'), dots, values: column('cosine'), missing: true }],
    });
    drawSpectrum(run);
    s.note(`${nameOf(run)}, ${whenOf(run.details)}. `, spectrumWords(run));
  }

  function spectrumAt(run) {
    return run.paths[recordAt({ steps: run.paths.map((one) => one.step) })];
  }

  function drawSpectrum(run) {
    const found = spectrumAt(run);
    spectrumBox.hidden = !found;
    if (!found) return;
    const xs = found.shares.map((_, k) => k);
    const series = [{ name: 'measured', colour: themed('s1'), dots: xs.length <= 60, values: found.shares }];
    const expected = run.theory && run.theory.paths;
    if (expected && expected.length) series.push({ name: 'theory at initialisation', colour: themed('ink'), width: 1.5, dash: [3, 4], values: xs.map((k) => expected[k]) });
    spectrum.set({
      label: 'Share of the gradient by the number of branches that its path passes.', xs, xTitle: 'branches on the path', yTitle: 'share', kind: 'log', decades: 2, most: 12,
      xName: (k) => `paths of ${plural(k, 'branch').replace('branchs', 'branches')}`, format: percent, series,
    });
  }

  function spectrumWords(run) {
    const found = spectrumAt(run);
    if (!found) return 'Path lengths were not recorded.';
    return `At step ${whole(found.step)} the gradient passes ${short(found.mean)} of ${found.shares.length - 1} branches in the mean; the parts sum to the gradient within ${short(found.error)} of it.`;
  }
  return { node: s.node, draw };
}
