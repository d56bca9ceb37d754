// imapflow against the server: what web mailers and mail APIs do. Environment: HOST IMAPS_PORT ACCOUNT PASSWORD.
"use strict";
const { ImapFlow } = require("imapflow");
const crypto = require("crypto");

const env = process.env;
let passed = 0;
let failed = 0;
function told(name, isSo, why = "") {
    console.log(`${isSo ? "ok" : "FAIL"} syncers: imapflow: ${name} ${isSo ? "" : why}`.trimEnd());
    isSo ? passed++ : failed++;
}

function client(options = {}) {
    return new ImapFlow({
        host: env.HOST, port: Number(env.IMAPS_PORT), secure: true, tls: { rejectUnauthorized: false },
        auth: { user: env.ACCOUNT, pass: env.PASSWORD }, logger: false, ...options,
    });
}

async function content(stream) {
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    return Buffer.concat(chunks);
}

async function main() {
    const imap = client({ qresync: true });
    await imap.connect();
    told("connects under TLS", imap.usable);
    told("compresses", Boolean(imap._inflate));
    told("enables QRESYNC", imap.enabled.has("QRESYNC"), [...imap.enabled].join(" "));

    const folders = await imap.list();
    const uses = Object.fromEntries(folders.filter((one) => one.specialUse).map((one) => [one.specialUse, one.path]));
    told("finds the roles of folders", ["\\Sent", "\\Trash", "\\Drafts", "\\Junk"].every((use) => uses[use]), JSON.stringify(uses));
    const created = await imap.mailboxCreate(["Entwürfe & Pläne", "日本"]);
    told("creates a folder with Unicode in its name", created.created && (await imap.list()).some((one) => one.path === "Entwürfe & Pläne/日本"));

    const raw = crypto.randomBytes(300000);
    const message = Buffer.from(
        "From: a@b.example\r\nSubject: =?utf-8?B?R3LDvMOfZQ==?=\r\nMessage-ID: <one@b.example>\r\nMIME-Version: 1.0\r\n"
        + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n"
        + "Content-Transfer-Encoding: quoted-printable\r\n\r\nsch=C3=B6n\r\n--b\r\nContent-Type: application/octet-stream\r\n"
        + "Content-Disposition: attachment; filename=raw.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + raw.toString("base64").replace(/(.{76})/g, "$1\r\n") + "\r\n--b--\r\n");
    const date = new Date("2026-11-01T10:00:00Z");
    const put = await imap.append("INBOX", message, ["\\Flagged", "$Label1"], date);
    told("appends with flags and a date", put.uid > 0);
    for (let number = 0; number < 20; number++) {
        await imap.append("INBOX", `Subject: number ${number}\r\n\r\nbody ${number}\r\n`, number % 2 ? ["\\Seen"] : []);
    }

    let lock = await imap.getMailboxLock("INBOX");
    try {
        const one = await imap.fetchOne(put.uid, {
            uid: true, flags: true, envelope: true, bodyStructure: true, internalDate: true, size: true, source: true, labels: true,
        }, { uid: true });
        told("fetches envelope, structure, date, flags and source",
            one.envelope.subject === "Grüße" && one.bodyStructure.childNodes.length === 2 && one.flags.has("$Label1")
            && one.internalDate.getTime() === date.getTime() && one.size === message.length && one.source.equals(message), JSON.stringify(one.envelope));
        told("tells the same message by its id", /^M/.test(one.emailId || ""), one.emailId);
        const part = await imap.download(put.uid, "2", { uid: true });
        told("downloads an attachment", (await content(part.content)).equals(raw) && part.meta.filename === "raw.bin");
        const text = await imap.download(put.uid, "1", { uid: true });
        told("downloads a text in its charset", (await content(text.content)).toString().trim() === "schön");

        told("searches", (await imap.search({ subject: "number 7" }, { uid: true })).length === 1
            && (await imap.search({ seen: false, flagged: true })).length === 1);
        const unseen = await imap.search({ seen: false }, { uid: true });
        await imap.messageFlagsAdd(unseen.slice(0, 3), ["\\Seen", "work"], { uid: true });
        told("sets flags", (await imap.search({ keyword: "work" })).length === 3);
        const copied = await imap.messageCopy(put.uid, "Entwürfe & Pläne/日本", { uid: true });
        told("copies, and knows where to", copied.uidMap.get(put.uid) === 1, String(copied.uidMap.get(put.uid)));
        const moved = await imap.messageMove({ subject: "number 1" }, uses["\\Trash"]);
        told("moves", moved.uidMap.size === 11, String(moved.uidMap.size));
        await imap.messageDelete({ subject: "number 2" });
        told("deletes", (await imap.search({ subject: "number" })).length === 8);
    } finally {
        lock.release();
    }

    const status = await imap.status("Entwürfe & Pläne/日本", { messages: true, unseen: true, uidNext: true, highestModseq: true, size: true });
    told("asks for a status", status.messages === 1 && status.uidNext === 2 && status.highestModseq > 0n);
    told("asks for the quota", (await imap.getQuota("INBOX")) !== undefined);

    // Push: another device changes what this one looks at.
    lock = await imap.getMailboxLock("INBOX");
    const seen = { exists: 0, flags: 0, expunge: 0 };
    for (const event of Object.keys(seen)) imap.on(event, () => seen[event]++);
    const idling = imap.idle();
    const other = client({ disableCompression: true });
    await other.connect();
    await other.append("INBOX", "Subject: pushed\r\n\r\nx\r\n");
    await other.mailboxOpen("INBOX");
    await other.messageFlagsAdd("1", ["\\Answered"]);
    await other.messageDelete("2");
    for (let waited = 0; waited < 50 && !(seen.exists && seen.flags && seen.expunge); waited++) await new Promise((done) => setTimeout(done, 100));
    told("hears of mail, flags and deletions while it idles", seen.exists > 0 && seen.flags > 0 && seen.expunge > 0, JSON.stringify(seen));
    lock.release();
    await other.logout();
    await imap.noop();
    await idling;

    // What changed while it was away (CONDSTORE, QRESYNC).
    const before = imap.mailbox.highestModseq;
    const again = client({ qresync: true });
    await again.connect();
    await again.mailboxOpen("INBOX");
    await again.messageFlagsAdd("1", ["later"]);
    const changed = [];
    for await (const one of again.fetch("1:*", { flags: true }, { changedSince: before })) changed.push(one);
    told("asks only for what changed", changed.length === 1 && changed[0].flags.has("later"), String(changed.length));
    await again.mailboxRename("Entwürfe & Pläne/日本", "anders");
    await again.mailboxDelete("anders");
    told("renames and deletes a folder", !(await again.list()).some((one) => one.path === "anders"));
    await again.logout();
    await imap.logout();
}

main().catch((error) => told("comes to its end", false, error.stack || String(error))).finally(() => {
    console.log(`${passed} passed, ${failed} failed`);
    process.exit(failed ? 1 : 0);
});
