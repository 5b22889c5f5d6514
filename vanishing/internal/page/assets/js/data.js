// The data of the page, and the visitor's choices.

const specials = { NaN: NaN, '+Inf': Infinity, '-Inf': -Infinity };
const num = (v) => (typeof v === 'string' ? specials[v] : v);
const nums = (list) => (list ? list.map(num) : list);

const scoreKeys = ['train_loss', 'train_accuracy', 'val_loss', 'val_accuracy'];

// decode replaces the strings for NaN and infinities by numbers. It changes only lists of numbers: a layer may be called "NaN".
function decode(data) {
  for (const run of data.runs) {
    for (const key of ['slope', 'r2', 'change', 'ratio']) run[key] = num(run[key]);
    for (const f of run.findings) f.layers = f.layers || [];
    run.median = nums(run.median);
    run.baseline = num(run.baseline);
    run.loss.values = nums(run.loss.values);
    run.rate.values = nums(run.rate.values);
    for (const epoch of run.history) {
      epoch.epoch = epoch.epoch || 0;
      for (const key of scoreKeys) epoch[key] = num(epoch[key]);
    }
    for (const tier of [run.norms, run.details]) {
      for (const table of [tier.values, tier.blocks || {}]) {
        for (const name of Object.keys(table)) table[name] = table[name].map(nums);
      }
    }
    for (const part of Object.keys(run.budget.values)) run.budget.values[part] = nums(run.budget.values[part]);
    if (run.theory) {
      for (const key of Object.keys(run.theory.columns)) run.theory.columns[key] = nums(run.theory.columns[key]);
      run.theory.paths = nums(run.theory.paths);
      for (const one of run.theory.signal || []) for (const key of Object.keys(one)) one[key] = num(one[key]);
      for (const key of ['xi', 'beta']) run.theory[key] = num(run.theory[key]);
    }
    for (const key of ['logits', 'spreads', 'before', 'after']) run.attentions[key] = (run.attentions[key] || []).map(nums);
    for (const one of run.attentions.list) one.spreads = (one.spreads || []).map(nums);
    for (const one of run.sequences.list) [one.delta, one.expected] = [one.delta.map(nums), nums(one.expected)];
    for (const spectrum of run.paths) {
      spectrum.shares = nums(spectrum.shares);
      for (const key of ['mean', 'error']) spectrum[key] = num(spectrum[key]);
    }
    for (const { outcome } of run.trials.filter((trial) => trial.outcome)) {
      outcome.delta = nums(outcome.delta);
      for (const key of ['change', 'early', 'late', 'loss', 'after']) outcome[key] = num(outcome[key]);
    }
    // the layers from input to output, without projections on skips
    run.path = run.layers.map((_, l) => l).filter((l) => !run.layers[l].on_skip);
  }
  return data;
}

// state is the data and the visitor's choices.
const state = {
  data: { quantities: { norms: [], details: [] }, runs: [] },
  run: 0, // index of the chosen run
  step: null, // the chosen step; null for the median of all
};

const runs = () => state.data.runs;
const current = () => runs()[Math.min(state.run, runs().length - 1)];
// hasEpochs tells whether a network's steps are counted in epochs, which profiles of other programs may leave out.
const hasEpochs = (run) => run.history.length > 0 || run.norms.epochs.some((epoch) => epoch > 0);
const nameOf = (run) => run.name || t('network');
const layerName = (run, l) => `${t('layer %s', run.layers[l].depth)} · ${run.layers[l].path}`;

// recordAt is the index of a tier's last record up to the chosen step, or of its last record if no step is chosen; -1 without
// records.
function recordAt(tier) {
  if (state.step === null) return tier.steps.length - 1;
  let at = tier.steps.length ? 0 : -1;
  tier.steps.forEach((step, i) => { if (step <= state.step) at = i; });
  return at;
}

// columnOf is a quantity of all layers in the chosen record of its tier; null without one.
function columnOf(run, tier, name) {
  const at = recordAt(tier);
  return at < 0 ? null : tier.values[name].map((values) => values[at]);
}

// deltaOf is RMS(delta) of all layers, in the chosen step or as the median of all.
function deltaOf(run) {
  return state.step === null ? run.median : columnOf(run, run.norms, 'delta_rms');
}

// tierWith finds a quantity and its tier.
function tierWith(run, name) {
  const norm = state.data.quantities.norms.find((q) => q.name === name);
  const quantity = norm || state.data.quantities.details.find((q) => q.name === name);
  return { quantity, tier: norm ? run.norms : run.details };
}

// someOf picks at most n equally spaced elements of a list, the first and the last among them.
function someOf(list, n) {
  if (list.length <= n) return list;
  return Array.from({ length: n }, (_, i) => list[Math.round(i * (list.length - 1) / (n - 1))]);
}

// whenOf names the step of a tier's numbers.
function whenOf(tier) {
  const at = recordAt(tier);
  return at < 0 ? '' : t('step %s', whole(tier.steps[at]));
}
