import { call, events } from './api.js';
import { $, text, toast } from './dom.js';
import { rate } from './format.js';
import { showDatasets } from './datasets.js';
import { showNodes } from './nodes.js';
import { startChart, addToChart } from './throughput.js';
import { selectDataset, showSelected } from './samples.js';
import { startSubmit } from './submit.js';

const roles = ['reader', 'writer', 'operator'];

/** Who looks, and what they may do. */
const session = { role: 'reader', may: role => roles.indexOf(session.role) >= roles.indexOf(role) };

async function signIn() {
  const dialog = $('#sign-in');
  const form = $('form', dialog);
  dialog.addEventListener('cancel', event => event.preventDefault());
  dialog.showModal();
  return new Promise(resolve => form.addEventListener('submit', async event => {
    event.preventDefault();
    try {
      const who = await call('POST', '/session', { key: form.elements.key.value.trim() });
      dialog.close();
      resolve(who);
    } catch (problem) {
      text($('.error', dialog), problem.message);
    }
  }));
}

async function start() {
  let who;
  try {
    who = await call('GET', '/session');
  } catch (problem) {
    if (problem.status !== 401) {
      toast(problem.message, true);
      setTimeout(start, 3000);
      return;
    }
    who = await signIn();
  }
  session.role = who.role;
  text($('#user'), `${who.name} (${who.role})`);
  $('#sign-out').hidden = !who.signs_out;
  $('#sign-out').addEventListener('click', async () => {
    await call('DELETE', '/session');
    location.reload();
  });
  $('#orleans').hidden = !session.may('operator');
  if (session.may('writer')) startSubmit($('#new'));

  await startChart(await call('GET', '/history'));
  // Only #/NAME chooses: other fragments (the skip link's) leave what is shown.
  let name = null;
  const chosen = () => {
    if (location.hash.startsWith('#/')) name = decodeURIComponent(location.hash.slice(2)) || null;
    return name;
  };
  window.addEventListener('hashchange', () => {
    if (location.hash.startsWith('#/')) selectDataset(chosen());
  });
  let first = true;
  events(view => {
    text($('#sum-rate'), view.rate ? `${rate(view.rate)} /s` : '–');
    text($('#sum-running'), String(view.datasets.filter(d => d.phase === 'running').length));
    const up = view.nodes.filter(n => n.state !== 'lost' && n.state !== 'left').length;
    text($('#sum-nodes'), up === view.nodes.length ? String(up) : `${up} of ${view.nodes.length}`);
    addToChart(view);
    showDatasets(view.datasets, session, chosen());
    showNodes(view.nodes, session);
    if (first) selectDataset(chosen() ?? (view.datasets.find(d => d.phase === 'running') ?? view.datasets[0])?.name ?? null);
    first = first && view.datasets.length === 0;
    showSelected(view.datasets);
  }, up => {
    const link = $('#link');
    link.className = up ? 'link live' : 'link down';
    text(link, up ? 'live' : 'reconnecting');
  });
}

start();
