// The page: it assembles the sections, and redraws the visible ones after a change.

const main = document.getElementById('app');
const answer = answerSection();
const about = aboutSection();
const overview = [cardsSection(), curvesSection(), heatSection()];
const network = [...chapter(current), layersSection(current)];
const sections = [answer, ...overview, ...network, about];

const heading = el('h1', {}, t('Gradients'));
const settings = el('p', { class: 'settings' });
const status = el('span', { class: 'status', role: 'status' });
const tabs = el('div', { class: 'tabs', role: 'group', 'aria-label': t('Network') });
const slider = el('input', { type: 'range', min: 0, step: 1, 'aria-label': t('Step'), input: () => chooseRecord(Number(slider.value)) });
const when = el('output', {});
const median = el('button', { type: 'button', click: () => chooseRecord(null) }, t('Whole run'));
const toolbar = el('nav', { class: 'toolbar', 'aria-label': t('What is shown') }, tabs, el('div', { class: 'steps' }, median, slider, when));

// chooseRecord shows one of the chosen network's records, or the whole run for null.
function chooseRecord(at) {
  state.step = at === null ? null : current().norms.steps[at];
  redraw();
}

function drawToolbar() {
  tabs.hidden = runs().length < 2;
  tabs.replaceChildren(...runs().map((run, i) => el('button', {
    type: 'button', 'aria-pressed': String(run === current()), click: () => { state.run = i; redraw(); },
  }, el('i', { class: 'dot', style: `background:${seriesColour(i)}` }), nameOf(run))));
  const { norms } = current();
  slider.max = Math.max(norms.steps.length - 1, 0);
  slider.disabled = norms.steps.length < 2;
  slider.value = Math.max(recordAt(norms), 0);
  median.setAttribute('aria-pressed', String(state.step === null));
  const at = recordAt(norms);
  const step = () => (hasEpochs(current()) ? t('step %s, epoch %s', whole(norms.steps[at]), whole(norms.epochs[at] + 1)) : t('step %s', whole(norms.steps[at])));
  when.textContent = state.step === null || at < 0 ? t('profile and budget: median · else: last step') : step();
}

// redraw draws the visible sections, and the others when they become visible.
function redraw() {
  if (!runs().length) return;
  drawToolbar();
  for (const one of sections) {
    one.stale = true;
    if (one.seen || one.node.hidden) drawSection(one);
  }
}

function drawSection(one) {
  one.stale = false;
  one.draw();
}

const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    const one = sections.find((s) => s.node === entry.target);
    one.seen = entry.isIntersecting;
    if (one.seen && one.stale) drawSection(one);
  }
}, { rootMargin: '200px' });

// showData shows new data and keeps the visitor's choices.
function showData(data) {
  state.data = decode(data);
  main.classList.toggle('waiting', !runs().length);
  heading.textContent = runs().length === 1 ? nameOf(current()) : runs().length ? plural(runs().length, 'network') : t('Gradients');
  settings.replaceChildren(...dotted([...splitSettings().shared, ...(runs().length === 1 ? lastScores(current()) : [])]));
  redraw();
}

// The theme: that of the system, until the visitor chooses the other one. Printed pages are light, and have all sections.
const dark = matchMedia('(prefers-color-scheme: dark)');
const theme = { chosen: null, printing: false };
const isDark = () => !theme.printing && (theme.chosen || (dark.matches ? 'dark' : 'light')) === 'dark';
const themeButton = el('button', { type: 'button', class: 'theme', click: () => setTheme({ chosen: isDark() ? 'light' : 'dark' }) });

function setTheme(change) {
  Object.assign(theme, change);
  document.documentElement.dataset.theme = isDark() ? 'dark' : 'light';
  document.documentElement.classList.toggle('printing', theme.printing);
  main.classList.toggle('several', runs().length > 1);
  themeButton.textContent = isDark() ? t('☀ Light') : t('☾ Dark');
  redraw();
}

dark.addEventListener('change', () => setTheme({}));
window.addEventListener('beforeprint', () => {
  setTheme({ printing: true });
  sections.forEach(drawSection);
  printChapters();
});
window.addEventListener('afterprint', () => {
  chapters.replaceChildren();
  setTheme({ printing: false });
});

main.classList.add('waiting');
main.replaceChildren(
  el('header', { class: 'top' }, el('div', {}, el('p', { class: 'over' }, t('Gradient report')), heading), el('div', { class: 'side' }, status, themeButton)),
  settings, running,
  el('p', { class: 'wait' }, t('Waiting for the first recorded step.')),
  el('div', { class: 'page' }, answer.node),
  toolbar,
  el('div', { class: 'page overview' }, overview.map((one) => one.node)),
  el('div', { class: 'page network' }, network.map((one) => one.node)),
  chapters, about.node, tip.node);
// Before the watcher's first report all sections count as visible, so that a page can be printed as soon as it is loaded.
for (const one of sections) {
  one.seen = true;
  watcher.observe(one.node);
}
setTheme({});

let width = main.clientWidth;
new ResizeObserver(() => {
  if (main.clientWidth === width) return;
  width = main.clientWidth;
  redraw();
}).observe(main);
