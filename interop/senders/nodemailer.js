// Sends one message: nodemailer.js PORT none|starttls|tls MECHANISM|none FROM PASSWORD TO SUBJECT FILE
const nodemailer = require("nodemailer");
const fs = require("fs");
const [port, security, mechanism, from, password, to, subject, file] = process.argv.slice(2);
const transport = nodemailer.createTransport({
    host: process.env.HOST,
    port: Number(port),
    secure: security === "tls",
    requireTLS: security === "starttls",
    ignoreTLS: security === "none",
    tls: { rejectUnauthorized: false },
    ...(mechanism === "none" ? {} : { auth: { user: from, pass: password }, authMethod: mechanism }),
});
transport.sendMail({
    from, to, subject,
    text: "Grüße\n.\n..\n.dot\n",
    html: "<p>Grüße</p>",
    attachments: [{ filename: "raw.bin", content: fs.readFileSync(file) }],
}).then(info => console.log(info.response), error => { console.error(error.message); process.exit(1); });
