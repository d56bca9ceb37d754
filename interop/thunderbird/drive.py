#!/usr/bin/env python3
"""Thunderbird reads, marks, moves, deletes, is told of new mail, and sends. See README.md.

usage: drive.py SCRATCH SAMPLES     SAMPLES: the messages that are in INBOX, one file each
"""
import base64
import os
import re
import socket
import ssl
import sys
import time

here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [here, os.path.join(here, "..", "lib")]
import mailtest as mt  # noqa: E402
from marionette import Thunderbird  # noqa: E402

PRELUDE = """
const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const server = MailServices.accounts.defaultAccount?.incomingServer;
const use = name => server.rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags[name]);
const named = name => server.rootFolder.descendants.find(folder => folder.localizedName === name || folder.name === name);
const wait = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));
const until = async (isSo, seconds = 20) => {
    for (const end = Date.now() + seconds * 1000; Date.now() < end; await wait(50)) if (isSo()) return true;
    return false;
};
const url = start => new Promise((resolve, reject) => start({
    OnStartRunningUrl() {}, OnStopRunningUrl: (url, code) => code === 0 ? resolve() : reject(new Error("code " + code)),
    QueryInterface: ChromeUtils.generateQI(["nsIUrlListener"]),
}));
const copied = start => new Promise((resolve, reject) => start({
    onStartCopy() {}, onProgress() {}, setMessageKey() {}, getMessageId: () => null,
    onStopCopy: code => code === 0 ? resolve() : reject(new Error("code " + code)),
    QueryInterface: ChromeUtils.generateQI(["nsIMsgCopyServiceListener"]),
}));
const update = folder => url(listener => folder.QueryInterface(Ci.nsIMsgImapMailFolder).updateFolderWithListener(null, listener));
const octets = message => new Promise((resolve, reject) => {
    const uri = message.folder.getUriForMsg(message), parts = [];
    const input = Cc["@mozilla.org/binaryinputstream;1"].createInstance(Ci.nsIBinaryInputStream);
    MailServices.messageServiceFromURI(uri).streamMessage(uri, {
        onStartRequest() {},
        onDataAvailable(request, stream, offset, count) { input.setInputStream(stream); parts.push(input.readBytes(count)); },
        onStopRequest: (request, code) => code === 0 ? resolve(btoa(parts.join(""))) : reject(new Error("code " + code)),
        QueryInterface: ChromeUtils.generateQI(["nsIStreamListener"]),
    }, null, null, false, "", false);
});
const find = (folder, subject) => [...folder.messages].find(message => message.mime2DecodedSubject === subject);
"""

ADD_ACCOUNT = """
const [host, imapPort, smtpPort, user, password, der] = args;
const certificate = Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB).constructX509FromBase64(der);
const overrides = Cc["@mozilla.org/security/certoverride;1"].getService(Ci.nsICertOverrideService);
for (const port of [imapPort, smtpPort]) overrides.rememberValidityOverride(host, port, {}, certificate, false);
for (const origin of [`imap://${host}`, `smtp://${host}`]) {
    const login = Cc["@mozilla.org/login-manager/loginInfo;1"].createInstance(Ci.nsILoginInfo);
    login.init(origin, null, origin, user, password, "", "");
    await Services.logins.addLoginAsync(login);
}
const incoming = MailServices.accounts.createIncomingServer(user, host, "imap");
incoming.port = imapPort;
incoming.socketType = Ci.nsMsgSocketType.SSL;
incoming.authMethod = Ci.nsMsgAuthMethod.passwordCleartext;
incoming.password = password;
const outgoing = MailServices.outgoingServer.createServer("smtp");
const smtp = outgoing.QueryInterface(Ci.nsISmtpServer);
smtp.hostname = host;
smtp.port = smtpPort;
outgoing.username = user;
outgoing.socketType = Ci.nsMsgSocketType.SSL;
outgoing.authMethod = Ci.nsMsgAuthMethod.passwordCleartext;
outgoing.password = password;
const identity = MailServices.accounts.createIdentity();
identity.email = user;
identity.fullName = "Thunder Bird";
identity.smtpServerKey = outgoing.key;
const account = MailServices.accounts.createAccount();
account.addIdentity(identity);
account.incomingServer = incoming;
MailServices.accounts.defaultAccount = account;
"""

SEND = """
const [to, subject] = args;
const identity = MailServices.accounts.defaultAccount.defaultIdentity;
const fields = Cc["@mozilla.org/messengercompose/composefields;1"].createInstance(Ci.nsIMsgCompFields);
Object.assign(fields, { from: identity.email, to, subject, body: "Grüße, sent by Thunderbird\\r\\n", forcePlainText: true, useMultipartAlternative: false });
const parameters = Cc["@mozilla.org/messengercompose/composeparams;1"].createInstance(Ci.nsIMsgComposeParams);
parameters.composeFields = fields;
parameters.identity = identity;
parameters.format = Ci.nsIMsgCompFormat.PlainText;
const compose = MailServices.compose.initCompose(parameters, window);
await compose.sendMsg(Ci.nsIMsgCompDeliverMode.Now, identity, MailServices.accounts.defaultAccount.key, null, null);
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def digest(message):
    """Thunderbird keeps a message with the line ends of its own system, and with lines of its own on top."""
    return mt.sha(re.sub(rb"(?m)^X-Mozilla-(Status2?|Keys):.*\n", b"", message.replace(b"\r", b"")).rstrip())


def main():
    scratch, samples = sys.argv[1:]
    settings, report = mt.Settings(), mt.Report("thunderbird")
    host = os.environ.get("TLS_NAME", "localhost")
    der = base64.b64encode(ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate((settings.host, settings.imaps_port)))).decode()
    wanted = {digest(open(os.path.join(samples, name), "rb").read()) for name in os.listdir(samples)}
    client = mt.imap(settings)
    for step in (client.create, client.subscribe):
        mt.done(step(mt.quote("Entwürfe & Pläne")))
    bird = Thunderbird(f"{scratch}/profile", free_port())

    def run(script, *arguments):
        return bird.run(PRELUDE + script, *arguments)

    def search(mailbox, *criteria):
        client = mt.imap(settings, mailbox)
        return mt.done(client.uid("SEARCH", *criteria))[0].split()

    def appears(mailbox, *criteria):
        for _ in range(200):
            if search(mailbox, *criteria):
                return True
            time.sleep(0.1)
        return False

    try:
        bird.run(PRELUDE + ADD_ACCOUNT, host, settings.imaps_port, settings.submissions_port, settings.account, settings.password, der)
        report.check("logs in under TLS and lists the folders", run(
            'server.performExpand(null); return until(() => server.rootFolder.descendants.length >= 7);'))
        report.check("finds the roles of folders", run('return ["Inbox", "Drafts", "SentMail", "Junk", "Trash", "Archive"].every(use);'),
                     run("return server.rootFolder.descendants.map(folder => [folder.URI, folder.flags]);"))
        report.check("shows a folder by its Unicode name", run('return Boolean(named("Entwürfe & Pläne"));'))

        run('await update(use("Inbox"));')
        report.same("sees every message", len(wanted), run('return use("Inbox").getTotalMessages(false);'))
        run('await url(listener => use("Inbox").downloadAllForOffline(listener, null));')
        read = run('return Promise.all([...use("Inbox").messages].map(octets));')
        found = {digest(base64.b64decode(one)) for one in read}
        report.same("has downloaded each, byte for byte", set(), wanted - found)

        run("""
            const inbox = use("Inbox"), [first, second] = [...inbox.messages].sort((a, b) => a.messageKey - b.messageKey);
            inbox.markMessagesRead([first], true);
            inbox.markMessagesFlagged([first, second], true);
            inbox.addKeywordsToMessages([second], "$label1");""")
        report.check("marks as read", appears("INBOX", "SEEN"))
        report.check("marks with a star", appears("INBOX", "UID", "2", "FLAGGED"))
        report.check("tags", appears("INBOX", "KEYWORD", "$label1"))

        run("""
            await url(listener => { server.rootFolder.createSubfolder("Made by bird", null); until(() => named("Made by bird")).then(
                () => listener.OnStopRunningUrl(null, 0)); });
            const inbox = use("Inbox"), third = [...inbox.messages].sort((a, b) => a.messageKey - b.messageKey)[2];
            await copied(listener => MailServices.copy.copyMessages(inbox, [third], named("Made by bird"), true, listener, null, false));""")
        report.check("makes a folder and moves into it", appears("Made by bird", "ALL") and not search("INBOX", "UID", "3"))
        run("""
            const inbox = use("Inbox"), last = [...inbox.messages].sort((a, b) => b.messageKey - a.messageKey)[0];
            await copied(listener => inbox.deleteMessages([last], null, false, false, listener, false));""")
        report.check("deletes into Trash", appears("Trash", "ALL"))

        count = run('return use("Inbox").getTotalMessages(false);')
        mt.done(mt.imap(settings).append("INBOX", None, None, b"From: a@b.example\r\nSubject: pushed\r\n\r\nnew\r\n"))
        report.check("hears of new mail while it idles", run('return until(() => find(use("Inbox"), "pushed"), 30);'), count)

        report.run("sends", lambda: run(SEND, settings.account2, "from a bird"))
        report.check("keeps what it sent", appears("Sent", "SUBJECT", '"from a bird"'))
        other = lambda: mt.done(mt.imap(settings, "INBOX", settings.account2, settings.password2).uid("SEARCH", "SUBJECT", '"from a bird"'))[0]
        report.check("what it sent arrives", any(other() or time.sleep(0.1) for _ in range(100)))
        run('for (const name of ["Inbox", "Trash", "SentMail"]) await update(use(name));')
        for use, mailbox in (("Inbox", "INBOX"), ("Trash", "Trash"), ("SentMail", "Sent")):
            report.same(f"{mailbox}: both sides have as many", len(search(mailbox, "ALL")), run(f'return use("{use}").getTotalMessages(false);'))
    finally:
        bird.close()

    # Again with what it has: by mod-sequences, and nothing twice.
    client = mt.imap(settings, "INBOX")
    mt.done(client.uid("STORE", "4", "+FLAGS", "(\\Flagged)"))
    mt.done(client.uid("STORE", "1", "+FLAGS", "(\\Deleted)"))
    mt.done(client.expunge())
    bird = Thunderbird(f"{scratch}/profile", free_port())
    try:
        run('await update(use("Inbox"));')
        report.check("comes back and hears what went", run('return until(() => use("Inbox").getTotalMessages(false) === args[0]);', len(search("INBOX", "ALL"))))
        report.check("and what was marked", run('return until(() => [...use("Inbox").messages].find(one => one.messageKey === 4)?.isFlagged);'))
    finally:
        bird.close()
    report.finish()


if __name__ == "__main__":
    main()
