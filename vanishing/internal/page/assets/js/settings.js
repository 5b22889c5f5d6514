// The configuration of the networks: the settings that all share, in the header, and those in which they differ, beside their names.

// settingsOf lists a network's settings as texts, by name.
function settingsOf(run) {
  const hidden = run.path.slice(0, -1).map((l) => run.layers[l]);
  const common = (of) => (new Set(hidden.map(of)).size === 1 ? of(hidden[0]) : '');
  const width = common((layer) => layer.units);
  const last = run.norms.epochs[run.norms.epochs.length - 1];
  return {
    layers: width ? t('%s of %s units', plural(hidden.length, 'hidden layer'), width) : plural(run.layers.length, 'layer'),
    activation: common((layer) => kindOf(layer.activation)),
    norm: common((layer) => kindOf(layer.norm)),
    blocks: run.blocks.length ? plural(run.blocks.length, 'residual block') : '',
    init: common((layer) => kindOf(layer.init)),
    optimizer: kindOf(run.optimizer),
    batch: run.batch ? t('batch %s', whole(run.batch)) : '',
    length: [hasEpochs(run) && last !== undefined ? plural(last + 1, 'epoch') : '', run.sampling.steps ? plural(run.sampling.steps, 'step') : ''].filter(Boolean).join(t(', ')),
    dtype: run.dtype,
    seed: run.seed === '0' ? '' : t('seed %s', run.seed),
  };
}

// dotted puts dots between texts, at which alone lines end.
const dotted = (texts) => texts.flatMap((text, i) => [i > 0 ? ' · ' : '', el('span', { class: 'whole' }, text)]);

// splitSettings returns the texts that all networks share, and for each network the others.
function splitSettings() {
  const all = runs().map(settingsOf);
  const same = (name) => all.every((one) => one[name] === all[0][name]);
  const pick = (one, keep) => Object.keys(one).filter((name) => one[name] && same(name) === keep).map((name) => one[name]);
  return { shared: all.length ? pick(all[0], true) : [], own: all.map((one) => pick(one, false)) };
}
