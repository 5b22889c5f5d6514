// The profile: the size of the gradient over the depth.

function profileSection() {
  const s = section('profile', 'Profile over depth',
    'RMS(δ), the size of the gradient of the loss with respect to each layer’s pre-activations. It travels from right to left; level is healthy, and a straight slope is the same factor in every layer.');
  const chart = lineChart(360);
  s.body.append(chart.node);
  function draw() {
    const depths = [...new Set(runs().flatMap((run) => run.path.map((l) => run.layers[l].depth)))].sort((a, b) => a - b);
    if (!depths.length) return s.note('No layers were recorded.');
    const series = runs().flatMap((run, i) => {
      const delta = deltaOf(run);
      return delta ? [profileLine(run, i, depths, delta)] : [];
    });
    const notes = [];
    const expected = prediction(current(), depths, notes);
    if (expected) series.push(expected);
    const when = state.step === null ? 'median of all finite records' : whenOf(current().norms);
    notes.unshift(`Shown: ${when}.`);
    chart.set({
      label: `Size of the gradient over the layers. ${profileWords(series)}`, xs: depths, xTitle: 'layer, from input to output', yTitle: 'RMS(δ)',
      xName: (depth) => depthName(depth), kind: 'log', decades: 6, series,
    });
    s.note(notes.join(' '));
  }
  return { node: s.node, draw };
}

function profileLine(run, i, depths, delta) {
  const values = depths.map(() => undefined);
  for (const l of run.path) {
    const at = depths.indexOf(run.layers[l].depth);
    values[at] = delta[l];
  }
  // the layers that the rule about theory names
  const odd = run.findings.filter((f) => f.rule === 'theory-mismatch').flatMap((f) => f.layers);
  const rings = odd.filter((l) => run.layers[l]).map((l) => depths.indexOf(run.layers[l].depth));
  return { name: nameOf(run), colour: seriesColour(i), dash: seriesDash(i), dots: depths.length <= 60, values, rings };
}

function depthName(depth) {
  const run = current();
  const l = run.path.find((at) => run.layers[at].depth === depth);
  if (l === undefined) return `layer ${depth}`;
  const layer = run.layers[l];
  return [layerName(run, l), kindOf(layer.activation), kindOf(layer.norm)].filter(Boolean).join(' · ');
}

// prediction is the line of theory with its band, put where the last hidden layer was measured, as theory says how the
// gradient changes and not how large it is.
function prediction(run, depths, notes) {
  const t = run.theory;
  if (!t) return null;
  if (t.none) {
    notes.push(`No prediction: ${t.none}.`);
    return null;
  }
  const delta = deltaOf(run);
  const last = run.path[run.path.length - 2];
  if (last === undefined || !delta || !drawable(delta[last])) {
    notes.push('The prediction needs a gradient in the last hidden layer, and there is none.');
    return null;
  }
  const shift = Math.log10(delta[last]) - t.columns.delta[last];
  const line = { name: `theory at initialisation${runs().length > 1 ? `, ${nameOf(run)}` : ''}`, colour: themed('ink'), dash: [3, 4], width: 1.5 };
  for (const key of ['values', 'from', 'to']) line[key] = depths.map(() => undefined);
  for (const l of run.path) {
    const at = depths.indexOf(run.layers[l].depth);
    const e = t.columns.delta[l] + shift;
    if (!Number.isFinite(e)) continue;
    line.values[at] = 10 ** e;
    line.from[at] = e - 2 * t.columns.band[l];
    line.to[at] = e + 2 * t.columns.band[l];
  }
  if (Number.isFinite(t.xi)) notes.push(`By theory the squared gradient changes by a factor of e over ${short(t.xi)} layers.`);
  if (t.beta > 1) notes.push(`The network is so deep for its width (β = ${short(t.beta)}) that one initialisation is not like another.`);
  return line;
}

// profileWords tells the ends of each line.
function profileWords(series) {
  return series.map((one) => {
    const known = one.values.filter((v) => v !== undefined);
    return `${one.name}: ${exact(known[0])} at the input end, ${exact(known[known.length - 1])} at the output.`;
  }).join(' ');
}
