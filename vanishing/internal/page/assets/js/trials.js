// Remedies that were tried on a copy of the network, with one batch: the best first.

function trialsSection() {
  const s = section('trials', t('What would help'), t('Remedies that were tried on a copy of the network with one batch, ordered by their effect on the gradient’s change over the depth; 0 decades is level.'));
  function draw() {
    const run = current();
    s.node.hidden = !runs().some((one) => one.trials.length);
    if (!run.trials.length) {
      s.body.replaceChildren(empty(t('No remedy was tried on %s.', nameOf(run))));
      return;
    }
    const widest = Math.max(1, ...run.trials.map((trial) => Math.abs(trial.outcome && trial.outcome.change)).filter(Number.isFinite));
    const head = [t('remedy'), t('change over depth'), t('profile'), t('update ratio, first / last hidden layer'), t('loss, before → after'), ''];
    s.body.replaceChildren(el('div', { class: 'scroll' }, el('table', {},
      el('thead', {}, el('tr', {}, head.map((text) => el('th', { scope: 'col' }, text)))),
      el('tbody', {}, run.trials.map((trial) => trialRow(trial, widest))))));
    s.note(t('%s.', nameOf(run)));
  }
  return { node: s.node, draw };
}

function trialRow(trial, widest) {
  const o = trial.outcome;
  if (!o) return el('tr', { class: 'untried' }, el('th', { scope: 'row' }, trial.name), el('td', { colspan: 5 }, t('not tried: %s', trial.note || t('no reason is given'))));
  return el('tr', {},
    el('th', { scope: 'row' }, trial.name, trial.note ? el('small', {}, trial.note) : null),
    el('td', { class: 'number' }, signed(o.change, 1), effectBar(o.change, widest)),
    el('td', {}, sparkline(o.delta)),
    el('td', { class: 'number' }, `${short(o.early)} / ${short(o.late)}`),
    el('td', { class: 'number' }, `${exact(o.loss)} → ${exact(o.after)}`),
    el('td', {}, trial.code ? codeLine(trial.code) : null));
}

// effectBar extends to the left for a gradient that shrinks, to the right for one that grows.
function effectBar(change, widest) {
  const part = Number.isNaN(change) ? 0 : 50 * Math.min(Math.abs(change) / widest, 1);
  const side = change < 0 ? 'right:50%' : 'left:50%';
  return el('span', { class: 'effect', 'aria-hidden': 'true' }, el('i', { style: `${side};width:${part}%` }));
}

function sparkline(delta) {
  const known = (delta || []).filter(drawable);
  if (!known.length) return el('span', {}, '–');
  const [low, high] = logRange([delta], 3);
  const canvas = swatch((c, w, h) => {
    c.strokeStyle = themed('s1');
    c.lineWidth = 1.5;
    c.beginPath();
    delta.forEach((v, i) => {
      if (drawable(v)) c.lineTo(2 + i * (w - 4) / Math.max(delta.length - 1, 1), h - 2 - (h - 4) * (Math.log10(v) - low) / (high - low));
    });
    c.stroke();
  }, 110, 30);
  canvas.removeAttribute('aria-hidden');
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', t('from %s to %s', exact(delta[0]), exact(delta[delta.length - 1])));
  return canvas;
}
