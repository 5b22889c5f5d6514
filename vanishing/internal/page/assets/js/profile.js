// The profile: the size of the gradient over the depth.

// drawProfile draws the lines of all networks and returns sentences about them.
function drawProfile(chart) {
  const depths = [...new Set(runs().flatMap((run) => run.path.map((l) => run.layers[l].depth)))].sort((a, b) => a - b);
  if (!depths.length) return [t('No layers were recorded.')];
  const series = runs().flatMap((run, i) => {
    const delta = deltaOf(run);
    return delta ? [profileLine(run, i, depths, delta)] : [];
  });
  const notes = [
    t('RMS(δ), the size of the gradient of the loss with respect to each layer’s pre-activations. It travels from right to left; level is healthy, and a straight slope is the same factor in every layer.'),
    t('Shown: %s.', state.step === null ? t('median of all finite records') : whenOf(current().norms)),
  ];
  const expected = prediction(current(), depths, notes);
  if (expected) series.push(expected);
  chart.set({
    label: sentences([t('Size of the gradient over the layers.'), profileWords(series)]), xs: depths, xTitle: t('layer, from input to output'), yTitle: 'RMS(δ)',
    xName: (depth) => depthName(depth), kind: 'log', decades: 6, series, keys: expected ? [expected] : [],
  });
  return notes;
}

function profileLine(run, i, depths, delta) {
  const values = depths.map(() => undefined);
  for (const l of run.path) {
    const at = depths.indexOf(run.layers[l].depth);
    values[at] = delta[l];
  }
  // the layers of the finding about theory
  const odd = run.findings.filter((f) => f.rule === 'theory-mismatch').flatMap((f) => f.layers);
  const rings = odd.filter((l) => run.layers[l]).map((l) => depths.indexOf(run.layers[l].depth));
  return { name: nameOf(run), colour: seriesColour(i), dash: seriesDash(i), dots: depths.length <= 60, values, rings };
}

function depthName(depth) {
  const run = current();
  const l = run.path.find((at) => run.layers[at].depth === depth);
  if (l === undefined) return t('layer %s', depth);
  const layer = run.layers[l];
  return [layerName(run, l), kindOf(layer.activation), kindOf(layer.norm)].filter(Boolean).join(' · ');
}

// prediction is the line of theory with its band. Theory predicts the change of the gradient and not its size, so the line starts
// at the measured value of the last hidden layer.
function prediction(run, depths, notes) {
  const { theory } = run;
  if (!theory) return null;
  if (theory.none) {
    notes.push(t('No prediction: %s.', theory.none));
    return null;
  }
  const delta = deltaOf(run);
  const last = run.path[run.path.length - 2];
  if (last === undefined || !delta || !drawable(delta[last])) {
    notes.push(t('The prediction needs a gradient in the last hidden layer, and there is none.'));
    return null;
  }
  const offset = Math.log10(delta[last]) - theory.columns.delta[last];
  if (theory.measured) notes.push(t('Theory goes by the size of the weights in the first record, as no initialiser is declared.'));
  const line = { name: runs().length > 1 ? t('theory at initialisation, %s', nameOf(run)) : t('theory at initialisation'), colour: themed('ink'), dash: [3, 4], width: 1.5 };
  for (const key of ['values', 'from', 'to']) line[key] = depths.map(() => undefined);
  for (const l of run.path) {
    const at = depths.indexOf(run.layers[l].depth);
    const e = theory.columns.delta[l] + offset;
    if (!Number.isFinite(e)) continue;
    line.values[at] = 10 ** e;
    line.from[at] = e - 2 * theory.columns.band[l];
    line.to[at] = e + 2 * theory.columns.band[l];
  }
  if (Number.isFinite(theory.xi)) notes.push(t('By theory the squared gradient changes by a factor of e over %s layers.', short(theory.xi)));
  if (theory.beta > 1) notes.push(t('The network is so deep for its width (β = %s) that random initialisations differ widely.', short(theory.beta)));
  return line;
}

// profileWords describes the ends of each line.
function profileWords(series) {
  return sentences(series.map((one) => {
    const known = one.values.filter((v) => v !== undefined);
    return t('%s: %s at the input end, %s at the output.', one.name, exact(known[0]), exact(known[known.length - 1]));
  }));
}
