// The learning curves: loss, accuracy and learning rate of all networks by step. Vertical lines end the epochs.

// The lines of a network: its batches, and its epochs on the training and on the validation data.
const curveKinds = [
  { name: t('batch'), width: 1, faint: true },
  { name: t('epoch, training data'), width: 2, dash: [] },
  { name: t('epoch, validation data'), width: 2, dash: [6, 4] },
];

function curvesSection() {
  const s = section('loss', t('Learning curves'), t('The loss of each batch before its update; the scores on the training data, gathered while the weights move; and those on the validation data after each epoch.'));
  const charts = { loss: lineChart(300), accuracy: lineChart(300), rate: lineChart(130) };
  const legend = el('div', { class: 'legend' });
  const accuracyBox = el('div', {}, el('h3', {}, t('Accuracy')), charts.accuracy.node);
  const pair = el('div', { class: 'pair' }, el('div', {}, el('h3', {}, t('Loss')), charts.loss.node), accuracyBox);
  const rateBox = el('div', {}, el('h3', {}, t('Learning rate')), charts.rate.node);
  s.body.append(legend, pair, rateBox);

  function draw() {
    s.node.hidden = !runs().some((run) => run.loss.steps.length || run.history.length);
    if (s.node.hidden) return;
    const accurate = runs().some((run) => run.history.some((e) => e.train_accuracy != null || e.val_accuracy != null));
    accuracyBox.hidden = !accurate;
    pair.classList.toggle('single', !accurate);
    legend.replaceChildren(...curveKeys().map(lineKey));
    drawLoss(charts.loss);
    if (accurate) drawAccuracy(charts.accuracy);
    rateBox.hidden = !runs().some((run) => new Set(run.rate.values).size > 1);
    if (!rateBox.hidden) drawRate(charts.rate);
    s.note(sentences(runs().filter((run) => run.clipped).map((run) =>
      t('%s: the gradient was clipped in %s of the recorded steps.', nameOf(run), percent(run.clipped / run.records)))));
  }
  return { node: s.node, draw };
}

function drawLoss(chart) {
  const lines = runs().flatMap((run, i) => [
    { kind: 0, i, points: run.loss.steps.map((step, k) => [step, run.loss.values[k]]) },
    ...epochLines(run, i, 'loss'),
  ]);
  const guesses = new Set(runs().map((run) => run.baseline).filter((v) => v > 0).map((v) => Number(v.toPrecision(2))));
  const negative = lines.some((line) => line.points.some(([, v]) => v < 0));
  drawCurves(chart, lines, {
    label: t('Loss by step.'), yTitle: t('loss'), kind: negative ? 'linear' : 'log', decades: 0.5,
    guides: [...guesses].map((at) => ({ at, name: t('guessing: %s', short(at)) })),
  });
}

function drawAccuracy(chart) {
  drawCurves(chart, runs().flatMap((run, i) => epochLines(run, i, 'accuracy')), {
    label: t('Accuracy by step.'), yTitle: t('accuracy'), kind: 'linear', low: 0, high: 1.12, format: percent, tick: percent,
  });
}

function drawRate(chart) {
  const lines = runs().map((run, i) => ({ kind: 1, i, points: run.rate.steps.map((step, k) => [step, run.rate.values[k]]) }));
  drawCurves(chart, lines, { label: t('Learning rate by step.'), yTitle: t('rate'), kind: 'log', decades: 0.5 });
}

// curveKeys is the legend of all charts: the networks by colour, and the kinds of lines.
function curveKeys() {
  const several = runs().length > 1;
  const networks = several ? runs().map((run, i) => ({ name: nameOf(run), colour: seriesColour(i) })) : [];
  const scores = (data) => runs().some((run) => run.history.some((e) => e[`${data}_loss`] != null));
  const found = [runs().some((run) => run.loss.steps.length), scores('train'), scores('val')];
  const kinds = curveKinds.filter((_, kind) => found[kind]).map((kind) => ({ ...kind, colour: several ? themed('soft') : seriesColour(0) }));
  return found[1] || found[2] ? [...networks, ...kinds] : networks;
}

// epochLines are a network's scores of the epochs.
function epochLines(run, i, score) {
  return ['train', 'val'].map((data, k) => ({
    kind: k + 1, i, dots: true, points: run.history.filter((e) => e[`${data}_${score}`] != null).map((e) => [e.step, e[`${data}_${score}`]]),
  })).filter((line) => line.points.length);
}

// drawCurves draws lines of all networks on one axis of steps.
function drawCurves(chart, lines, spec) {
  const xs = [...new Set(lines.flatMap((line) => line.points.map(([step]) => step)))].sort((a, b) => a - b);
  const kinds = curveKinds.filter((_, kind) => lines.some((line) => line.kind === kind));
  const several = runs().length > 1;
  const series = lines.map(({ kind, i, dots, points }) => {
    const { name, width, dash, faint } = curveKinds[kind];
    const at = new Map(points);
    const title = [several ? nameOf(runs()[i]) : null, kinds.length > 1 ? name : null].filter(Boolean).join(' · ') || spec.yTitle;
    return { name: title, colour: seriesColour(i) + (faint && kinds.length > 1 ? '80' : ''), width, dash, dots: dots || xs.length < 3, values: xs.map((x) => at.get(x)) };
  });
  const history = longestHistory();
  const epochAt = (x) => history.findIndex((e) => x <= e.step);
  chart.set({
    ...spec, label: sentences([spec.label, curveWords(series)]), xs, xTitle: t('step'), series, keys: [], start: 0,
    xName: (x) => (epochAt(x) < 0 ? t('step %s', whole(x)) : t('step %s, epoch %s', whole(x), history[epochAt(x)].epoch + 1)),
    ends: history.map((e) => ({ at: e.step, name: t('epoch %s', e.epoch + 1) })),
  });
}

// curveWords describes the ends of each line.
function curveWords(series) {
  return sentences(series.map((one) => {
    const known = one.values.filter((v) => v !== undefined);
    return t('%s: from %s to %s.', one.name, exact(known[0]), exact(known[known.length - 1]));
  }));
}

// longestHistory is the history of the network with the most epochs, if all networks with a history share its steps.
function longestHistory() {
  const [first, ...others] = runs().map((run) => run.history).filter((history) => history.length).sort((a, b) => b.length - a.length);
  if (!first || others.some((history) => history.some((e, k) => e.step !== first[k].step))) return [];
  return first;
}
