'use strict';

// words are the page's texts by their English texts; empty for English.
const words = JSON.parse(document.getElementById('words').textContent);

// t is a text in the page's language, with arguments for each %s or %[2]s.
function t(text, ...args) {
  let next = 0;
  return (words[text] || text).replace(/%(?:\[(\d+)\])?s/g, (_, at) => {
    if (at) next = at - 1;
    return args[next++];
  });
}

// named is an identifier for people: in other languages the word for it, with the identifier in brackets.
const named = (identifier) => (words[identifier] ? `${words[identifier]} (${identifier})` : identifier);

// sentences joins sentences, with a space in languages that have spaces.
const sentences = (list) => list.filter(Boolean).join(document.documentElement.lang === 'zh' ? '' : ' ');

// el makes an element. Attributes that are functions are listeners. Children are elements or text, never markup: the name of a
// layer cannot inject elements.
function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') node.addEventListener(name, value);
    else if (value === true) node.setAttribute(name, '');
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.flat(Infinity).filter((child) => child != null));
  return node;
}

// select is a labelled list to choose from. Options are pairs of value and text.
function select(label, options, chosen, change) {
  const list = el('select', { change: () => change(list.value) },
    options.map(([value, text]) => el('option', { value, selected: String(value) === String(chosen) }, text)));
  return el('label', { class: 'select' }, el('span', {}, label), list);
}

// section is one section of the page: a title, a line about its content, controls, and a body.
function section(id, title, about, ...controls) {
  const body = el('div', { class: 'body' });
  const note = el('p', { class: 'note', 'aria-live': 'polite' });
  const node = el('section', { id, class: `card ${id}`, 'aria-labelledby': `${id}-title` },
    el('header', {},
      el('div', {}, el('h2', { id: `${id}-title` }, title), about ? el('p', { class: 'about' }, about) : null),
      el('div', { class: 'controls' }, controls)),
    body, note);
  return { node, body, note: (...text) => note.replaceChildren(...text.flat()) };
}

// fold is a part that the visitor opens; it stays open when the page is drawn again. On paper all folds are open.
const unfolded = new Set();

function fold(key, kind, summary, ...children) {
  const keep = (event) => {
    if (theme.printing) return;
    if (event.target.open) unfolded.add(key); else unfolded.delete(key);
  };
  return el('details', { class: kind, open: theme.printing || unfolded.has(key), toggle: keep }, el('summary', {}, summary), children);
}

// empty is the reason for a missing chart.
function empty(text) {
  return el('p', { class: 'empty' }, text);
}

// copyButton copies a line of code.
function copyButton(text) {
  const button = el('button', {
    type: 'button', class: 'copy', 'aria-label': t('copy %s', text),
    click: async () => {
      try {
        await navigator.clipboard.writeText(text);
      } catch {
        copySelection(button.parentNode.querySelector('code')); // a page from a file may not use the clipboard
      }
      button.textContent = t('copied');
      setTimeout(() => { button.textContent = t('copy'); }, 1500);
    },
  }, t('copy'));
  return button;
}

function copySelection(node) {
  const range = document.createRange();
  range.selectNodeContents(node);
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
  document.execCommand('copy');
}

// codeLine shows a line of code with its button.
function codeLine(text) {
  return el('div', { class: 'code' }, el('code', {}, text), copyButton(text));
}
