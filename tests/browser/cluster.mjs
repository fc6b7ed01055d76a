// A real cluster for the browser: Redis, and silos as processes of their own.
import { spawn, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const handsoff = join(repository, 'src/Client/bin/Release/net10.0/linux-x64/handsoff.dll');
const environment = { ...process.env, OMP_NUM_THREADS: '1' };

/** Why the tests cannot run here, or false. */
export function missing() {
  if (!existsSync(handsoff)) return `${handsoff} is not built (dotnet build -c Release)`;
  for (const program of ['redis-server', 'chromium']) {
    if (!process.env.PATH.split(':').some(folder => existsSync(join(folder, program)))) return `${program} is not installed (eng/install-test-servers.sh)`;
  }
  return false;
}

function freePort() {
  return new Promise((done, failed) => {
    const server = createServer().on('error', failed).listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

function start(program, args, ready) {
  const child = spawn(program, args, { cwd: repository, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const up = new Promise((done, failed) => {
    const hear = chunk => {
      said += chunk;
      if (ready.test(said)) done(child);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('exit', code => failed(new Error(`${program} ${args[0]} ended with ${code}: ${said.slice(-2000)}`)));
  });
  child.ended = new Promise(done => child.on('exit', done));
  return up;
}

/** Silos by name, each with its page's address; one key of each role. More silos can be started later. */
export async function startCluster(names, devices = 'cpu') {
  const folder = mkdtempSync(join(tmpdir(), 'handsoff-browser-'));
  const store = join(folder, 'store');
  const redisPort = await freePort();
  const children = [await start('redis-server', ['--port', redisPort, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder], /Ready to accept connections/)];
  const key = role => execFileSync('dotnet', [handsoff, 'key', 'create', '--store', store, '--role', role, '--name', 'browser test'], { cwd: repository, encoding: 'utf8' }).trim();
  const keys = { reader: key('reader'), operator: key('operator') };
  const silos = new Map();
  const add = async (name, devices) => {
    const http = await freePort();
    const child = await start('dotnet', [handsoff, 'silo', '--name', name, '--devices', devices, '--threads', '1', '--store', store, '--redis', `127.0.0.1:${redisPort}`,
      '--cache', join(folder, `cache-${name}`), '--http', `http://127.0.0.1:${http}`], new RegExp(`ready ${name}`));
    children.push(child);
    silos.set(name, { child, address: `http://127.0.0.1:${http}/` });
  };
  for (const name of names) await add(name, devices);
  return {
    keys,
    add,
    address: name => silos.get(name).address,
    async kill(name) {
      silos.get(name).child.kill('SIGKILL');
      await silos.get(name).child.ended;
    },
    async stop() {
      for (const child of children.reverse()) {
        child.kill('SIGKILL');
        await child.ended;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
