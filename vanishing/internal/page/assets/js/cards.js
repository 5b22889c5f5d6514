// The verdicts and findings, in sentences, before any chart.

const verdictSigns = { healthy: '✓', vanishing: '↘', exploding: '↗', 'non-finite': '✕', stuck: '–', undetermined: '?' };

function cardsSection() {
  const node = el('section', { id: 'verdicts', 'aria-label': t('Verdicts') });
  function draw() {
    node.className = runs().length > 1 ? 'cards columns' : 'cards';
    node.replaceChildren(...runs().map((run, i) => el('div', {}, verdictCard(run, i), el('div', { class: 'findings' }, findingCards(run)))));
  }
  return { node, draw };
}

function verdictCard(run, i) {
  const facts = [];
  if (Number.isFinite(run.slope)) {
    facts.push(fact(t('per layer, toward the input'), `× ${exact(Number((10 ** -run.slope).toPrecision(3)))}`));
    facts.push(fact(t('over the depth'), t('%s decades', signed(run.change, 1))));
    facts.push(fact(t('fit of the line, R²'), run.r2.toFixed(3)));
  }
  return el('article', { class: `verdict ${run.verdict}` },
    el('header', {},
      el('span', { class: 'badge' }, el('span', { 'aria-hidden': 'true' }, verdictSigns[run.verdict] || '?'), named(run.verdict)),
      el('h3', {}, runs().length > 1 ? el('i', { class: 'dot', style: `background:${seriesColour(i)}` }) : null, nameOf(run))),
    el('p', { class: 'sentence' }, run.sentence),
    run.why ? el('p', { class: 'why' }, el('b', {}, t('Why: ')), t('%s.', run.why)) : null,
    run.expected ? el('p', { class: 'why' }, run.expected) : null,
    facts.length ? el('dl', {}, facts) : null,
    run.evidence ? el('p', { class: 'evidence' }, run.evidence) : null);
}

function fact(name, text) {
  return el('div', {}, el('dt', {}, name), el('dd', {}, text));
}

// findingCards are the cards of the findings. They are folded if several networks are compared, to keep the charts near.
const unfolded = new Set();

function findingCards(run) {
  const many = runs().length > 1;
  const key = (f) => `${nameOf(run)}/${f.rule}`;
  const card = (f, ...children) => (many
    ? el('details', { class: `finding ${f.severity}`, open: theme.printing || unfolded.has(key(f)), toggle: (event) => keepFold(key(f), event.target.open) }, children)
    : el('article', { class: `finding ${f.severity}` }, children));
  return run.findings.map((f) => card(f,
    el(many ? 'summary' : 'header', {},
      el('span', { class: 'badge' }, words[f.severity] || f.severity),
      el('h3', {}, named(f.rule))),
    f.sentence === run.sentence ? null : el('p', { class: 'sentence' }, f.sentence),
    el('p', { class: 'evidence' }, f.evidence),
    f.layers.length ? el('p', { class: 'evidence' }, f.layers.length > 1
      ? t('Layers %s, first at step %s.', layerList(run, f.layers), whole(f.step)) : t('Layer %s, first at step %s.', layerList(run, f.layers), whole(f.step))) : null,
    Number.isFinite(f.confidence) ? confidence(f.confidence) : null,
    f.remedy ? el('p', { class: 'remedy' }, f.remedy) : null,
    f.code ? codeLine(f.code) : null));
}

// keepFold remembers which cards the visitor has unfolded.
function keepFold(key, open) {
  if (theme.printing) return;
  if (open) unfolded.add(key); else unfolded.delete(key);
}

function confidence(share) {
  const text = percent(Math.round(100 * share) / 100);
  return el('div', { class: 'confidence', 'aria-label': t('confidence %s', text) },
    el('span', {}, t('confidence')), el('span', { class: 'meter' }, el('i', { style: `width:${100 * share}%` })), el('span', {}, text));
}

// layerList names layers by their depth: "1 to 7, 9".
function layerList(run, layers) {
  const depths = layers.filter((l) => run.layers[l]).map((l) => run.layers[l].depth).sort((a, b) => a - b);
  const spans = [];
  for (const depth of depths) {
    const last = spans[spans.length - 1];
    if (last && depth - last[1] <= 1) last[1] = depth; else spans.push([depth, depth]);
  }
  return spans.map(([a, b]) => (a === b ? a : t('%s to %s', a, b))).join(t(', '));
}
