// Colours. Those of the theme are variables of the style sheet; those of the colour scale are computed.

// themed reads a colour of the theme, as "ink" or "s0".
function themed(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

// seriesColour is the colour of the i-th network. Dashes tell networks apart too.
const seriesColour = (i) => themed(`s${i % 7}`);
const seriesDash = (i) => [[], [8, 4], [2, 3], [8, 3, 2, 3]][i % 4];

// heights is the colour scale: 256 steps on a curve in OKLCH (Ottosson 2020). Perceived lightness grows evenly from a dark violet
// to a light yellow, so that the scale is readable without colour. The hue passes through blue and green: no two steps look the
// same in any common kind of colour blindness.
const heights = Array.from({ length: 256 }, (_, i) => {
  const t = i / 255;
  return oklch(0.27 + 0.65 * t, 0.115 + 0.04 * Math.sin(Math.PI * t) ** 2 + 0.03 * t ** 3, 300 - 197 * t);
});

// heat is the colour of a height from 0 to 1.
function heat(height) {
  return heights[Math.round(255 * Math.min(Math.max(height, 0), 1))];
}

function oklch(lightness, chroma, hue) {
  const a = chroma * Math.cos(hue * Math.PI / 180);
  const b = chroma * Math.sin(hue * Math.PI / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3;
  const channels = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s,
  ];
  return `rgb(${channels.map((c) => {
    const clipped = Math.min(Math.max(c, 0), 1);
    return Math.round(255 * (clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055));
  }).join(',')})`;
}

// paintMark fills a rectangle for zero, NaN or infinity: with a colour that is not on the scale, and a pattern.
function paintMark(c, mark, x, y, w, h) {
  c.fillStyle = themed(mark);
  c.fillRect(x, y, w, h);
  if (mark === 'inf') return;
  c.save();
  c.beginPath();
  c.rect(x, y, w, h);
  c.clip();
  c.strokeStyle = themed(`${mark}-line`);
  c.lineWidth = 1;
  c.beginPath();
  const first = Math.floor((x - h) / 5) * 5;
  for (let at = first; at < x + w + h; at += 5) {
    c.moveTo(at, y + h);
    c.lineTo(at + h, y);
    if (mark === 'nan') {
      c.moveTo(at, y);
      c.lineTo(at + h, y + h);
    }
  }
  c.stroke();
  c.restore();
}

// swatch is a small canvas for a legend.
function swatch(paint, width = 14, height = 14) {
  const canvas = el('canvas', { class: 'swatch', width: 2 * width, height: 2 * height, style: `width:${width}px;height:${height}px`, 'aria-hidden': 'true' });
  const c = canvas.getContext('2d');
  c.scale(2, 2);
  paint(c, width, height);
  return canvas;
}

// markLegend explains the marks that occur.
function markLegend(marks) {
  return ['zero', 'nan', 'inf'].filter((mark) => marks.has(mark)).map((mark) =>
    el('span', { class: 'key' }, swatch((c, w, h) => paintMark(c, mark, 0, 0, w, h)), markNames[mark]));
}
