// What the numbers rest on: which steps were recorded, and what recording cost.

function aboutSection() {
  const node = el('footer', { id: 'about' });
  return { node, draw: () => node.replaceChildren(...runs().map((run) => el('p', {}, el('b', {}, nameOf(run)), ' ', aboutWords(run)))) };
}

function aboutWords(run) {
  const words = [`${plural(run.layers.length, 'layer')} in ${run.dtype || 'an unknown type'}${run.seed === '0' ? '' : `, seed ${run.seed}`}.`];
  if (run.optimizer) words.push(`Optimiser: ${kindOf(run.optimizer)}.`);
  const { steps, recorded, kept, layers, norms, details, histograms } = run.sampling;
  const records = Math.max(recorded || 0, run.records);
  words.push(steps ? `Of ${plural(steps, 'step')} ${whole(records)} were recorded` : `${plural(records, 'step')} were recorded`);
  words[words.length - 1] += kept && kept < records ? ` and ${whole(kept)} of them kept.` : '.';
  const schedules = [['norms', norms], ['details', details], ['histograms', histograms]].filter(([, text]) => text);
  if (schedules.length) words.push(`Schedules: ${schedules.map(([tier, text]) => `${tier} ${text}`).join(', ')}.`);
  if (layers) words.push(`Layers watched: ${layers}.`);
  if (run.cost && run.cost.run_s > 0) {
    const time = run.cost.run_s - (run.cost.once_s || 0);
    words.push(`Recording took ${short(run.cost.recording_s)} s of ${short(time)} s, ${percent(time > 0 ? run.cost.recording_s / time : 0)} of the time.`);
  }
  return words.join(' ');
}
