// Remedies that were tried on a copy of the network, with one batch: the best first.

function trialsSection(network) {
  const s = section('trials', t('What would help'), t('Remedies that were tried on a copy of the network with one batch, ordered by their effect on the gradient’s change over the depth; 0 decades is level.'));
  function draw() {
    const run = network();
    s.node.hidden = !run.trials.length;
    if (s.node.hidden) return;
    const outcomes = run.trials.map((trial) => trial.outcome).filter(Boolean);
    const widest = Math.max(1, ...outcomes.map((o) => Math.abs(o.change)).filter(Number.isFinite));
    const range = logRange(outcomes.map((o) => o.delta || []), 3);
    const heads = [[t('remedy')], [t('change over depth'), 2], [t('profile')], [t('update ratio, first / last hidden layer')], [t('loss, before → after')], [t('code')]];
    s.body.replaceChildren(el('div', { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': t('What would help') }, el('table', {},
      el('thead', {}, el('tr', {}, heads.map(([text, colspan]) => el('th', { scope: 'col', colspan }, text)))),
      el('tbody', {}, run.trials.map((trial) => trialRow(trial, widest, range))))));
    s.note(t('%s. All profiles have one scale, from %s to %s.', nameOf(run), short(10 ** range[0]), short(10 ** range[1])));
  }
  return { node: s.node, draw };
}

function trialRow(trial, widest, range) {
  const o = trial.outcome;
  if (!o) return el('tr', { class: 'untried' }, el('th', { scope: 'row' }, trial.name), el('td', { colspan: 6 }, t('not tried: %s', trial.note || t('no reason is given'))));
  return el('tr', {},
    el('th', { scope: 'row' }, trial.name, trial.note ? el('small', {}, trial.note) : null),
    el('td', { class: 'number change' }, signed(o.change, 1)),
    el('td', { class: 'bar' }, effectBar(o.change, widest)),
    el('td', {}, sparkline(o.delta, range)),
    el('td', { class: 'number' }, `${short(o.early)} / ${short(o.late)}`),
    el('td', { class: 'number' }, `${short3(o.loss)} → ${short3(o.after)}`),
    el('td', {}, trial.code ? codeLine(trial.code) : null));
}

// effectBar extends to the left for a gradient that shrinks, to the right for one that grows. The zero line is the middle of the
// column.
function effectBar(change, widest) {
  const part = Number.isNaN(change) ? 0 : 50 * Math.min(Math.abs(change) / widest, 1);
  const side = change < 0 ? 'right:50%' : 'left:50%';
  return el('span', { class: 'effect', 'aria-hidden': 'true' }, el('i', { style: `${side};width:${part}%` }));
}

// sparkline is a small profile on the scale that all rows share.
function sparkline(delta, [low, high]) {
  const known = (delta || []).filter(drawable);
  if (!known.length) return el('span', {}, '–');
  const canvas = swatch((c, w, h) => {
    c.strokeStyle = themed('s1');
    c.lineWidth = 1.5;
    c.beginPath();
    delta.forEach((v, i) => {
      if (drawable(v)) c.lineTo(2 + i * (w - 4) / Math.max(delta.length - 1, 1), h - 2 - (h - 4) * (Math.log10(v) - low) / (high - low));
    });
    c.stroke();
  }, theme.printing ? 80 : 110, 30);
  canvas.removeAttribute('aria-hidden');
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', t('from %s to %s', exact(delta[0]), exact(delta[delta.length - 1])));
  return canvas;
}
