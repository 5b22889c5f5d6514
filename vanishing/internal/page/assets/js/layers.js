// The table of the layers: every number of the chosen step.

const layerColumns = ['delta_rms', 'weight.grad_l2', 'weight.norm_l2', 'weight.update_ratio', 'pre_mean', 'pre_std', 'act_mean', 'act_std',
  'act_grad_rms', 'act_zero', 'saturated', 'dead', 'weight.snr', 'weight.unchanged', 'flushed'];

function layersSection(network) {
  const s = section('layers', t('Layers'), t('All numbers of one step, to read.'));
  const table = el('div', { class: 'scroll tall', tabindex: 0, role: 'group', 'aria-label': t('Layers') });
  const fold = el('details', { toggle: () => draw() }, el('summary', {}, t('Show the table')), table);
  s.body.append(fold);
  function draw() {
    if (!fold.open) return;
    const run = network();
    const columns = layerColumns.map((name) => {
      const { quantity, tier } = tierWith(run, name);
      return { quantity, values: name === 'delta_rms' ? deltaOf(run) : columnOf(run, tier, name) };
    }).filter((one) => one.values && one.values.length && !(one.quantity.missing && one.values.every(Number.isNaN)));
    table.replaceChildren(el('table', {},
      el('thead', {}, el('tr', {}, [t('depth'), t('layer'), t('kind'), t('width'), ...columns.map((one) => one.quantity.title)].map((text) => el('th', { scope: 'col' }, text)))),
      el('tbody', {}, run.layers.map((layer, l) => el('tr', {},
        el('td', { class: 'number' }, layer.depth),
        el('th', { scope: 'row' }, layer.path, layer.init ? el('small', {}, kindOf(layer.init)) : null),
        el('td', {}, [kindOf(layer.activation), kindOf(layer.norm), layer.on_skip ? t('on a skip') : null].filter(Boolean).join(', ')),
        el('td', { class: 'number' }, layer.fan_in ? `${layer.fan_in} → ${layer.units || '?'}` : layer.units || '–'),
        columns.map((one) => el('td', { class: 'number' }, value(one.quantity, one.values[l]))))))));
    const when = state.step === null 
      ? t('RMS(δ) is the median of all records, the rest is of the last') : t('%s; details of %s', whenOf(run.norms), whenOf(run.details) || t('none'));
    s.note(t('%s: %s.', nameOf(run), when));
  }
  return { node: s.node, draw };
}
