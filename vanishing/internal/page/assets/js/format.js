// Formats of numbers.

// drawable tells whether a value has a place on a logarithmic scale.
const drawable = (v) => v > 0 && v < Infinity;

// markOf is the mark of a value that is not drawable; null for one that is drawable or missing.
function markOf(v) {
  if (v == null || drawable(v)) return null;
  if (v === 0) return 'zero';
  return Number.isNaN(v) ? 'nan' : 'inf';
}

const markNames = { zero: t('exactly zero'), nan: 'NaN', inf: t('infinite') };

// exact writes a number with all digits of the page.
function exact(v) {
  if (v == null) return '–';
  if (Number.isNaN(v)) return 'NaN';
  if (!Number.isFinite(v)) return v > 0 ? '+Inf' : '−Inf';
  if (v === 0) return '0';
  const size = Math.abs(v);
  const text = size >= 1e-3 && size < 1e6 ? String(Number(v.toPrecision(5))) : v.toExponential(4).replace(/\.?0+e/, 'e');
  return text.replace('e+', 'e').replace(/^-/, '−');
}

// short writes a number with two digits.
function short(v) {
  if (v == null || !Number.isFinite(v) || v === 0) return exact(v);
  return exact(Number(v.toPrecision(2)));
}

// short3 writes a number with three digits.
const short3 = (v) => (v == null || !Number.isFinite(v) || v === 0 ? exact(v) : exact(Number(v.toPrecision(3))));

// signed writes a change with its sign.
function signed(v, decimals = 2) {
  if (v == null || !Number.isFinite(v)) return exact(v);
  const text = Math.abs(v).toFixed(decimals);
  if (Number(text) === 0) return text;
  return (v < 0 ? '−' : '+') + text;
}

// percent writes a share in percent. A small share keeps its digits.
function percent(v) {
  if (v == null || !Number.isFinite(v) || v === 0) return v === 0 ? '0 %' : exact(v);
  const p = 100 * v;
  return `${p >= 0.1 ? Number(p.toPrecision(4)) : exact(p)} %`;
}

// whole writes a count with spaces between its thousands.
function whole(n) {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ' ');
}

// power writes a power of ten.
function power(exponent) {
  return `1e${exponent}`.replace('e-', 'e−');
}

// value writes a number of a quantity.
function value(quantity, v) {
  if (quantity.missing && Number.isNaN(v)) return '–';
  return quantity.kind === 'share' ? percent(v) : exact(v);
}

// kindOf writes an activation, a normalisation, an initialiser or an optimiser with its numbers, as "elu(alpha=1)".
function kindOf(one) {
  if (!one) return '';
  const { kind, name, ...numbers } = one;
  const parts = Object.entries(numbers).map(([key, v]) => (v === true ? key : `${key}=${Number(v.toPrecision(4))}`));
  return (name || kind) + (parts.length ? `(${parts.join(', ')})` : '');
}

// plural is a count with its noun.
const plural = (n, noun) => {
  const text = words[`%d ${noun}s`];
  return text ? text.replace('%d', whole(n)) : `${whole(n)} ${noun}${n === 1 ? '' : 's'}`;
};
