/** What the server tells by itself, and whether it is there at all. */
import { attendance } from './api.js';
import { announce, byId } from './dom.js';

const RETRY_MS = 3_000;

/**
 * @typedef {{ connection: string, progress: { phase: string, done: number, total: number, what: string } | null }} Progress
 * @param {{ onChange: () => void, onFound: () => void, onProgress: (progress: Progress) => void, onSignedOut: () => void }} handlers
 */
export function listen({ onChange, onFound, onProgress, onSignedOut }) {
  let wasLost = false;
  /** @type {EventSource | null} */
  let source = null;

  const lost = () => {
    const banner = byId('lost');
    if (!wasLost) {
      banner.hidden = false;
      banner.textContent =
        'The daemon does not answer. What you see may be out of date; this page tries again by itself. If it stays so: cosell-sync start, or look at its log.';
    }
    wasLost = true;
  };
  const found = () => {
    byId('lost').hidden = true;
    if (!wasLost) return;
    wasLost = false;
    announce('The daemon answers again.');
    onFound();
  };

  const connect = () => {
    source?.close();
    source = new EventSource('/api/events');
    source.addEventListener('hello', found);
    source.addEventListener('changed', onChange);
    source.addEventListener('preview', onChange);
    source.addEventListener('progress', (event) => onProgress(JSON.parse(event.data)));
    source.addEventListener('error', async () => {
      source?.close();
      const answer = await fetch('/api/session', { credentials: 'same-origin', headers: attendance() }).catch(
        () => null,
      );
      if (answer === null || !answer.ok) lost();
      else if (!(await answer.json().catch(() => ({ mayRead: true }))).mayRead) return onSignedOut();
      setTimeout(connect, RETRY_MS);
    });
  };
  connect();
  addEventListener('pagehide', () => source?.close());
}
