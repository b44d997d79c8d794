/** Makes the calls that stdin lists with the official SDK and prints its answers: `{"url","key","calls":[["emails.send",{...}], ...]}`. */

import { text } from 'node:stream/consumers';
import { Resend } from 'resend';

const { url, key, calls } = JSON.parse(await text(process.stdin));
const resend = new Resend(key, { baseUrl: url });
const answers = [];
for (const [path, ...parameters] of calls) {
  const [group, method] = path.split('.');
  answers.push(await resend[group][method](...parameters));
}
process.stdout.write(JSON.stringify(answers));
