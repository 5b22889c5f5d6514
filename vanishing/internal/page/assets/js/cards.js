// The verdicts and findings in sentences. The finding that is the verdict is part of its card, and notes are folded away.

const verdictSigns = { healthy: '✓', vanishing: '↘', exploding: '↗', 'non-finite': '✕', stuck: '–', undetermined: '?' };

// cardsSection shows the cards of all networks in columns. The verdict of a single network is on the first screen.
function cardsSection() {
  const node = el('section', { id: 'verdicts', 'aria-label': t('Findings') });
  function draw() {
    const several = runs().length > 1;
    node.className = several ? 'cards columns' : 'cards';
    node.replaceChildren(...runs().map((run, i) => el('div', {}, several ? verdictCard(run, i) : null, findingCards(run))));
    node.hidden = !node.textContent;
  }
  return { node, draw };
}

function verdictCard(run, i) {
  const own = run.findings.find((f) => isVerdict(run, f));
  return el('article', { class: `verdict ${run.verdict}` },
    el('header', {}, badge(run), runs().length > 1 ? el('h3', {}, el('i', { class: 'dot', style: `background:${seriesColour(i)}` }), nameOf(run)) : null),
    el('p', { class: 'sentence' }, run.sentence),
    run.why ? el('p', { class: 'why' }, el('b', {}, t('Why: ')), t('%s.', run.why)) : null,
    run.expected ? el('p', { class: 'why' }, run.expected) : null,
    own ? remedyOf(own) : null,
    numbersOf(run, own));
}

// isVerdict tells whether a finding says what the verdict says.
const isVerdict = (run, f) => f.rule === run.verdict;

// numbersOf is what the verdict rests on, folded away.
function numbersOf(run, own) {
  const facts = [];
  if (Number.isFinite(run.slope)) {
    facts.push(fact(t('per layer, toward the input'), `× ${exact(Number((10 ** -run.slope).toPrecision(3)))}`));
    facts.push(fact(t('over the depth'), t('%s decades', signed(run.change, 1))));
    facts.push(fact(t('fit of the line, R²'), run.r2.toFixed(3)));
  }
  if (!facts.length && !run.evidence && !own) return null;
  return fold(`${nameOf(run)}/numbers`, 'numbers', t('The numbers'),
    facts.length ? el('dl', {}, facts) : null,
    run.evidence ? el('p', { class: 'evidence' }, run.evidence) : null,
    own ? factsOf(run, own) : null);
}

function fact(name, text) {
  return el('div', {}, el('dt', {}, name), el('dd', {}, text));
}

// findingCards are the cards of the findings, and a fold with the notes.
function findingCards(run) {
  const others = run.findings.filter((f) => !isVerdict(run, f));
  const [notes, grave] = [others.filter((f) => f.severity === 'note'), others.filter((f) => f.severity !== 'note')];
  const cards = grave.map((f) => findingCard(run, f));
  if (notes.length) cards.push(fold(`${nameOf(run)}/notes`, 'notes', plural(notes.length, 'note'), notes.map((f) => findingCard(run, f))));
  return cards.length ? el('div', { class: 'findings' }, cards) : null;
}

// findingCard is folded if several networks are compared, to keep the charts near.
function findingCard(run, f) {
  const head = [el('span', { class: 'badge' }, words[f.severity] || f.severity), el('h3', {}, named(f.rule))];
  const body = [f.sentence === run.sentence ? null : el('p', { class: 'sentence' }, f.sentence), remedyOf(f), factsOf(run, f)];
  if (runs().length > 1) return fold(`${nameOf(run)}/${f.rule}`, `finding ${f.severity}`, head, body);
  return el('article', { class: `finding ${f.severity}` }, el('header', {}, head), body);
}

function remedyOf(f) {
  return [f.remedy ? el('p', { class: 'why' }, el('b', {}, t('Remedy: ')), f.remedy) : null, f.code ? codeLine(f.code) : null];
}

// factsOf is what a finding rests on, and the layers where it holds.
function factsOf(run, f) {
  const where = f.layers.length > 1 ? t('Layers %s, first at step %s.', layerList(run, f.layers), whole(f.step))
    : f.layers.length ? t('Layer %s, first at step %s.', layerList(run, f.layers), whole(f.step)) : '';
  return [
    f.evidence && f.evidence !== run.evidence ? el('p', { class: 'evidence' }, f.evidence) : null,
    where ? el('p', { class: 'evidence' }, where) : null,
    Number.isFinite(f.confidence) ? confidence(f.confidence) : null,
  ];
}

function confidence(share) {
  const text = percent(Math.round(100 * share) / 100);
  return el('div', { class: 'confidence' },
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
