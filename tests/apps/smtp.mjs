/** Mail by SMTP in the few words that it takes (RFC 5321), for apps that have no library for it. */
import { randomUUID } from "node:crypto";
import { connect } from "node:net";
import { createInterface } from "node:readline";

/** @param {string} text */
const encoded = (text) => `=?utf-8?b?${Buffer.from(text).toString("base64")}?=`;

/**
 * @param {string} url `smtp://HOST:PORT`
 * @param {{ from: string, to: string, subject: string, html: string }} mail `from` may have a name
 * @throws {Error} when the server refuses it
 */
export async function sendMail(url, { from, to, subject, html }) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  try {
    const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
    /** @param {string} word @param {string} [expected] */
    const say = async (word, expected = "2") => {
      if (word) socket.write(`${word}\r\n`);
      for (;;) {
        const { value, done } = await lines.next();
        if (done || !value.startsWith(expected)) throw new Error(`the mail server said ${value ?? "nothing"}`);
        if (value[3] !== "-") return;
      }
    };
    await say("");
    await say("EHLO localhost");
    await say(`MAIL FROM:<${/<(.+)>/.exec(from)?.[1] ?? from}>`);
    await say(`RCPT TO:<${to}>`);
    await say("DATA", "3");
    const body = Buffer.from(html).toString("base64").replace(/.{76}/g, "$&\r\n");
    const headers = [`From: ${from}`, `To: ${to}`, `Subject: ${encoded(subject)}`, `Message-ID: <${randomUUID()}@localhost>`, "MIME-Version: 1.0"];
    await say([...headers, "Content-Type: text/html; charset=utf-8", "Content-Transfer-Encoding: base64", "", body, "."].join("\r\n"));
    await say("QUIT");
  } finally {
    socket.destroy();
  }
}
