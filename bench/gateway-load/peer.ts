import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Contender } from './contender';
import { freePort, startSilent } from './processes';

const PEER = '@portkey-ai/gateway';
const VERSION = '1.15.2';
/** Its streams fail with later ones. */
const PINS = { hono: '4.9.7', '@hono/node-server': '1.13.5' };

/** The peer with its pins, installed from npm into a folder that is no part of this repository. @param folder Kept for the next run. */
export function installPeer(folder: string): string {
  const script = path.join(folder, 'node_modules', PEER, 'build', 'start-server.js');
  if (fs.existsSync(script)) return script;
  fs.mkdirSync(folder, { recursive: true });
  const manifest = { private: true, dependencies: { [PEER]: VERSION }, overrides: PINS };
  fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest));
  execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  return script;
}

export function peerGateway(script: string, upstreamPort: number): Contender {
  return {
    model: 'mock-1',
    headers: {
      authorization: 'Bearer sk-bench',
      'x-portkey-provider': 'openai',
      'x-portkey-custom-host': `http://127.0.0.1:${upstreamPort}/v1`,
    },
    healthPath: '/',
    // It prints no port and takes none of 0.
    start: async (port) =>
      startSilent([script, '--headless', `--port=${port ?? (await freePort())}`], { PATH: process.env.PATH, NODE_ENV: 'production' }),
  };
}

export const peerName = `${PEER} ${VERSION}`;
