// The first screen: the gradient over the depth of all networks, and their verdicts in one line each; of a single network the verdict's card.

function answerSection() {
  const s = section('profile', t('The gradient over the depth'), '');
  const chart = lineChart((width) => (theme.printing ? 300 : width < 500 ? 230 : 400));
  const verdicts = el('div');
  s.body.append(el('div', { class: 'answer' }, chart.node, verdicts));
  function draw() {
    verdicts.replaceChildren(runs().length > 1 ? verdictRows() : verdictCard(current(), 0));
    s.note(sentences(drawProfile(chart)));
  }
  return { node: s.node, draw };
}

function verdictRows() {
  const { own } = splitSettings();
  return el('ul', { class: 'rows', 'aria-label': t('Verdicts') }, runs().map((run, i) => verdictRow(run, i, own[i])));
}

function verdictRow(run, i, settings) {
  const facts = [...settings, ...lastScores(run)];
  return el('li', { class: run.verdict },
    el('div', { class: 'name' }, lineKey({ name: nameOf(run), colour: seriesColour(i), dash: seriesDash(i) }), badge(run)),
    el('p', {}, run.headline),
    facts.length ? el('p', { class: 'facts' }, dotted(facts)) : null);
}

// badge is a verdict with its sign.
function badge(run) {
  return el('span', { class: 'badge' }, el('span', { 'aria-hidden': 'true' }, verdictSigns[run.verdict] || '?'), named(run.verdict));
}

// lastScores are the loss and the accuracy of the last epoch, on the validation data if there are any.
function lastScores(run) {
  const last = run.history[run.history.length - 1];
  if (!last) return [];
  const validated = last.val_loss != null;
  const [loss, accuracy] = validated ? [last.val_loss, last.val_accuracy] : [last.train_loss, last.train_accuracy];
  const list = [validated ? t('validation loss %s', short3(loss)) : t('loss %s', short3(loss))];
  if (accuracy != null) list.push(t('accuracy %s', percent(Number(accuracy.toPrecision(3)))));
  return list;
}
