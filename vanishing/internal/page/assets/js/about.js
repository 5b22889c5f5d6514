// The footer: which steps were recorded, and the cost of recording.

function aboutSection() {
  const node = el('footer', { id: 'about' });
  return { node, draw: () => node.replaceChildren(...runs().map((run) => el('p', {}, el('b', {}, nameOf(run)), ' ', aboutWords(run)))) };
}

function aboutWords(run) {
  const size = [plural(run.layers.length, 'layer'), run.dtype || t('an unknown type')];
  const lines = [run.seed === '0' ? t('%s in %s.', ...size) : t('%s in %s, seed %s.', ...size, run.seed)];
  if (run.optimizer) lines.push(t('Optimiser: %s.', kindOf(run.optimizer)));
  const { steps, recorded, kept, layers, norms, details, histograms } = run.sampling;
  const records = Math.max(recorded || 0, run.records);
  const some = kept && kept < records;
  if (!steps) lines.push(some ? t('%s were recorded and %s of them kept.', plural(records, 'step'), whole(kept)) : t('%s were recorded.', plural(records, 'step')));
  else if (some) lines.push(t('Of %s %s were recorded and %s of them kept.', plural(steps, 'step'), whole(records), whole(kept)));
  else lines.push(t('Of %s %s were recorded.', plural(steps, 'step'), whole(records)));
  const schedules = [[t('norms'), norms], [t('details'), details], [t('histograms'), histograms]].filter(([, text]) => text);
  if (!run.details.steps.length) lines.push(t('No details were recorded, and so no budget, updates or saturation.'));
  if (schedules.length) lines.push(t('Schedules: %s.', schedules.map(([tier, text]) => `${tier} ${text}`).join(t(', '))));
  if (layers) lines.push(t('Layers watched: %s.', layers));
  if (run.cost && run.cost.run_s > 0) {
    const time = run.cost.run_s - (run.cost.once_s || 0);
    lines.push(t('Recording took %s s of %s s, %s of the time.', short(run.cost.recording_s), short(time), percent(time > 0 ? run.cost.recording_s / time : 0)));
  }
  return sentences(lines);
}
