// How far the runs of a live page are.

const running = el('div', { class: 'running', hidden: true });

// showProgress shows a bar for each run that goes on.
function showProgress({ progress, begun, planned }) {
  running.hidden = !progress.length;
  running.replaceChildren(...progress.map((one, i) => {
    const number = begun - progress.length + 1 + i;
    const name = planned > 1 ? t('%s, network %s of %s', one.name || t('network'), number, planned) : one.name;
    return el('div', {},
      el('span', {}, name),
      el('progress', { value: one.step, max: Math.max(one.steps, 1), 'aria-label': t('progress of %s', name) }),
      el('span', {}, progressWords(one, planned - begun, planned)));
  }));
}

// progressWords says how far a run is. The networks that are to come are taken to need as long as this one.
function progressWords({ step, steps, rate, left, all }, toCome, planned) {
  const list = [t('step %s of %s', whole(step), whole(steps))];
  if (rate > 0) list.push(t('%s samples a second', whole(Number(rate.toPrecision(2)))), t('%s left', duration(left)));
  if (rate > 0 && toCome > 0) list.push(t('about %s left for all %s networks', duration(left + toCome * all), planned));
  return list.join(' · ');
}

// duration writes a time in its largest unit, without false digits.
function duration(seconds) {
  if (seconds < 60) return t('%s s', Math.ceil(seconds));
  if (seconds < 3600) return t('%s min', Math.ceil(seconds / 60));
  return t('%s h', (seconds / 3600).toFixed(1));
}
