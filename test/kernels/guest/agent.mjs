// Runs in a guest: starts the programs that the host asks for, and tells it what they print and how they end. It reads
// files itself: emulated, to start a program takes a tenth of a second. Both speak lines of JSON, through a virtio port:
//
//   host   {"start": 7, "command": ["uname", "-r"]}   {"signal": "SIGINT", "to": 7}   {"start": 8, "read": "/proc/stat"}
//   guest  {"from": 7, "stdout": "6.1.0-56-amd64\n"}   {"from": 7, "ended": 0}   and {"ready": SECONDS} at first

import { spawn } from 'node:child_process';
import { createReadStream, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { exitStatus } from '../../../demo/exit-status.mjs';

const PORTS = '/sys/class/virtio-ports';

const name = readdirSync(PORTS).find((port) => readFileSync(`${PORTS}/${port}/name`, 'utf8').trim() === 'lab');
const port = `/dev/${name}`;
const output = openSync(port, 'r+');

/** @param {object} message */
function tell(message) {
  const line = Buffer.from(`${JSON.stringify(message)}\n`);
  for (let sent = 0; sent < line.length; ) sent += writeSync(output, line, sent);
}

/** @type {Map<number, import('node:child_process').ChildProcess>} */
const programs = new Map();

/** @param {number} id @param {string[]} command */
function start(id, [program, ...args]) {
  const child = spawn(/** @type {string} */ (program), args, { stdio: ['ignore', 'pipe', 'pipe'] });
  programs.set(id, child);
  for (const stream of /** @type {const} */ (['stdout', 'stderr'])) {
    child[stream].setEncoding('utf8').on('data', (text) => tell({ from: id, [stream]: text }));
  }
  child.on('error', (error) => tell({ from: id, stderr: `${error}\n` }));
  child.on('close', (code, signal) => {
    programs.delete(id);
    tell({ from: id, ended: exitStatus(code, signal) });
  });
}

/** @param {number} id @param {string} path */
function read(id, path) {
  try {
    tell({ from: id, stdout: readFileSync(path, 'utf8'), ended: 0 });
  } catch (error) {
    tell({ from: id, stderr: String(error), ended: 1 });
  }
}

createInterface({ input: createReadStream('', { fd: output, autoClose: false }) }).on('line', (line) => {
  const message = JSON.parse(line);
  if (message.signal) programs.get(message.to)?.kill(message.signal);
  else if (message.read) read(message.start, message.read);
  else start(message.start, message.command);
});
tell({ ready: Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) });
