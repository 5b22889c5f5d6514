// Scales and their ticks.

// logRange is the range of the logarithms of all drawable values, at least `decades` wide.
function logRange(lists, decades = 1) {
  let low = Infinity;
  let high = -Infinity;
  for (const list of lists) {
    for (const v of list) {
      if (v == null || !drawable(v)) continue;
      low = Math.min(low, Math.log10(v));
      high = Math.max(high, Math.log10(v));
    }
  }
  if (low > high) [low, high] = [0, 0];
  const missing = Math.max(0, decades - (high - low));
  return [low - missing / 2, high + missing / 2];
}

// widened extends a range at both ends by a part of its length.
function widened([low, high], part = 0.06) {
  const room = Math.max((high - low) * part, 1e-9);
  return [low - room, high + room];
}

// logDigits are the numbers to label within a power of ten on short logarithmic scales.
const logDigits = [[1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9], [1, 1.5, 2, 3, 5, 7], [1, 2, 5], [1, 3], [1]].map((digits) => digits.map(Math.log10));

// logTicks are two or more positions to label on a logarithmic scale, with at most n distances between them: powers of ten, and numbers
// between them on short scales.
function logTicks(low, high, n) {
  const inside = (digits, step) => {
    const ticks = [];
    for (let e = Math.floor(low / step) * step; e <= high; e += step) ticks.push(...digits.map((digit) => e + digit));
    return ticks.filter((at) => at >= low && at <= high);
  };
  const span = high - low;
  const short = span < 2.5 ? logDigits.map((digits) => inside(digits, 1)) : [];
  const powers = inside([0], niceStep(span, n, [1, 2, 3, 5]));
  const ticks = [...short.filter((list) => list.length <= n), powers].find((list) => list.length >= 2);
  if (ticks) return ticks;
  const many = [...short, inside([0], 1)].findLast((list) => list.length >= 2) || powers;
  return [many[0], many[many.length - 1]];
}

// logLabel is the label of a position on a logarithmic scale.
function logLabel(at) {
  const exponent = Math.round(at);
  return Math.abs(at - exponent) < 1e-9 && Math.abs(exponent) > 2 ? power(exponent) : short(10 ** at);
}

// linearTicks are about n round numbers in a range.
function linearTicks(low, high, n) {
  const step = niceStep(high - low, n, [1, 2, 5]);
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) ticks.push(i * step);
  return ticks;
}

// niceStep is the smallest round step that fits into a span at most n times. With units of logarithmic scales, which have a 3, it
// is at least 1; with those of linear scales it may be smaller.
function niceStep(span, n, units) {
  let scale = units.includes(3) ? 1 : 10 ** Math.floor(Math.log10(Math.max(span, 1e-12) / n));
  for (;; scale *= 10) {
    for (const unit of units) if (span / (unit * scale) <= n) return unit * scale;
  }
}

// indexTicks are equally spaced indices of a list to label.
function indexTicks(length, n) {
  const step = Math.max(1, niceStep(length, Math.max(n, 1), [1, 2, 5]));
  const ticks = [];
  for (let i = 0; i < length; i += step) ticks.push(i);
  return ticks;
}
