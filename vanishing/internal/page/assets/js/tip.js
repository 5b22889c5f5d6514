// The box beside the pointer with the exact values, which screen readers read aloud.

const tip = {
  node: el('div', { class: 'tip', role: 'status', hidden: true }),

  // show shows lines beside a point of the window. A line is a text, or a list of label, value and colour.
  show(x, y, lines) {
    this.node.replaceChildren(...lines.map((line) => {
      if (typeof line === 'string') return el('div', { class: 'tip-title' }, line);
      const [label, text, colour] = line;
      return el('div', { class: 'tip-line' },
        el('span', {}, colour ? el('i', { style: `background:${colour}` }) : null, label), el('b', {}, text));
    }));
    this.node.hidden = false;
    const { offsetWidth: w, offsetHeight: h } = this.node;
    const { clientWidth: right, clientHeight: bottom } = document.documentElement;
    this.node.style.left = `${Math.max(4, x + 16 + w > right ? Math.min(x - w - 16, right - w - 4) : x + 16)}px`;
    this.node.style.top = `${Math.max(4, Math.min(y + 14, bottom - h - 4))}px`;
  },

  hide() { this.node.hidden = true; },
};
