// The sections about one network. On the screen they show the chosen one; on paper each network has a chapter of them.

const chapter = (network) => [
  budgetSection(network), updatesSection(network), sharesSection(network), histogramSection(network), residualSection(network),
  attentionSection(network), sequencesSection(network), signalSection(network), sharpnessSection(network),
  trialsSection(network),
];

const chapters = el('div', { class: 'chapters' });

// printChapters makes the chapters if there are several networks.
function printChapters() {
  if (runs().length < 2) return;
  runs().forEach((run, i) => {
    const sections = chapter(() => run);
    for (const { node } of sections) {
      node.removeAttribute('id');
      node.querySelector('h2').removeAttribute('id');
      if (i > 0) node.querySelector('.about').remove(); // as in the first chapter
    }
    chapters.append(el('section', { class: 'chapter' }, el('h2', {}, nameOf(run)), el('div', { class: 'page network' }, sections.map((one) => one.node))));
    sections.forEach((one) => one.draw());
  });
}
