const base = '/api/v1';

/** A failure as the API tells it: its detail is a line for people. */
export class Problem extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/** Calls the API; the body and the answer are JSON. */
export async function call(method, path, body) {
  let response;
  try {
    response = await fetch(base + path, { method, credentials: 'same-origin', headers: body ? { 'Content-Type': 'application/json' } : {}, body: body && JSON.stringify(body) });
  } catch {
    throw new Problem(0, 'the silo does not answer');
  }
  if (response.ok) return response.status === 204 ? null : response.json();
  const problem = await response.json().catch(() => null);
  throw new Problem(response.status, problem?.detail ?? problem?.title ?? `the silo answered ${response.status}`);
}

/** Address of a sample or of a part of it. */
export const sample = (dataset, index, part = '') => `${base}/datasets/${encodeURIComponent(dataset)}/samples/${index}${part}`;

/** Address of a sample drawn with these labels, large enough for that many pixels. */
export function overlay(dataset, index, parts, size, pixels) {
  const scale = Math.max(1, Math.min(8, Math.ceil(pixels / size)));
  return `${sample(dataset, index, '/overlay')}?parts=${parts.join(',')}&scale=${scale}`;
}

/** Hears the cluster's events; EventSource comes back by itself, and each event carries the whole state. */
export function events(onView, onLink) {
  const source = new EventSource(`${base}/events`);
  source.addEventListener('cluster', event => {
    onLink(true);
    onView(JSON.parse(event.data));
  });
  source.addEventListener('error', () => {
    onLink(false);
    if (source.readyState !== EventSource.CLOSED) return;
    source.close();
    setTimeout(async () => {
      const refused = await call('GET', '/session').then(() => false, problem => problem.status === 401);
      if (refused) location.reload(); // who was signed in is not any more: the page begins anew and asks
      else events(onView, onLink);
    }, 3000);
  });
}
