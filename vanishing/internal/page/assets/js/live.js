// The source of the data: the page itself, or the server that made it.

// follow listens to a server. The browser reconnects after a lost connection. It gives up after an error status; then follow
// reconnects.
function follow(url) {
  const source = new EventSource(url);
  let waiting = null; // the last message while the page was hidden
  const take = (text) => {
    const message = JSON.parse(text);
    const { finished } = message;
    showData(message.page);
    showProgress(message);
    setStatus(finished ? 'done' : 'live', finished ? t('finished') : t('live'));
  };
  source.addEventListener('open', () => setStatus('live', t('live')));
  source.addEventListener('failure', (event) => setStatus('lost', event.data));
  source.addEventListener('data', (event) => {
    if (document.hidden) waiting = event.data; else take(event.data);
  });
  document.addEventListener('visibilitychange', () => {
    if (document.hidden || waiting === null) return;
    take(waiting);
    waiting = null;
  });
  source.addEventListener('error', () => {
    setStatus('lost', t('connection lost, trying again'));
    if (source.readyState !== EventSource.CLOSED) return;
    source.close();
    setTimeout(() => follow(url), 1000);
  });
}

function setStatus(kind, text) {
  status.className = `status ${kind}`;
  status.textContent = text;
}

if (main.dataset.events) {
  setStatus('lost', t('connecting'));
  follow(main.dataset.events);
} else {
  showData(JSON.parse(document.getElementById('data').textContent));
}
