import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Gate, HeldTooLong } from './gate.mjs';

/** Whether a promise is still waiting after everything that could run has run. @param {Promise<unknown>} promise */
async function waits(promise) {
  const waiting = {};
  return (await Promise.race([promise, new Promise((resolve) => setTimeout(resolve, 20, waiting))])) === waiting;
}

test('closing waits for those inside, and those who come later wait for the opening', async () => {
  const gate = new Gate(5000);
  const leave = await gate.enter();
  const closed = gate.close(5000);
  const late = gate.enter();
  assert.ok(await waits(closed));
  leave();
  leave();
  assert.equal(await closed, 0);
  assert.ok(await waits(late));
  assert.equal(gate.held, 1);
  gate.open();
  (await late)();
  assert.deepEqual([gate.inFlight, gate.held], [0, 0]);
});

test('a wait for those inside ends at its deadline and tells how many there are', async () => {
  const gate = new Gate(5000);
  await gate.enter();
  await gate.enter();
  assert.equal(await gate.close(10), 2);
});

test('nobody is held longer than the gate may hold', async () => {
  const gate = new Gate(10);
  await gate.close(10);
  await assert.rejects(gate.enter(), HeldTooLong);
  assert.equal(gate.held, 0);
});
