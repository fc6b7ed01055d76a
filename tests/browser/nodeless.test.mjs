// The page of a silo without devices: a dataset is submitted before any node is there, and made when one comes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { missing, startCluster } from './cluster.mjs';

const skip = missing();
if (skip && process.env.HANDSOFF_REQUIRE_SERVERS === '1') throw new Error(skip);
let cluster, browser, page;

before(async () => {
  if (skip) return;
  cluster = await startCluster(['gate'], 'none');
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage'] });
  page = await browser.newPage();
  page.setDefaultTimeout(400_000);
});

after(async () => {
  await browser?.close();
  await cluster?.stop();
});

test('a dataset is submitted without a node and made by the first that comes', { skip }, async () => {
  await page.goto(cluster.address('gate'));
  const key = page.getByRole('dialog', { name: 'Sign in' });
  await key.getByLabel('API key').fill(cluster.keys.operator);
  await page.keyboard.press('Enter');
  await page.getByText('No node has joined yet.').waitFor();
  await page.getByRole('button', { name: 'New dataset' }).click();
  const dialog = page.getByRole('dialog', { name: 'New dataset' });
  await dialog.getByLabel('Pair').selectOption({ label: 'scenes-64 (64×64)' });
  await dialog.getByLabel('Name').fill('early');
  await dialog.getByLabel('Samples').fill('8');
  await dialog.getByRole('button', { name: 'Estimate' }).click();
  await dialog.getByText('with no node yet, it will wait').waitFor();
  assert.equal(await dialog.locator('.error').textContent(), '');
  await dialog.getByRole('button', { name: 'Submit' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await cluster.add('worker', 'cpu');
  await page.locator('#dataset-table tbody tr', { hasText: 'early' }).locator('.badge.complete').waitFor();
});
