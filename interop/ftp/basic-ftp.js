// npm basic-ftp: Node's FTP client, in clear and under TLS (explicit and implicit). Prints ok and FAIL lines.
const { Client } = require("basic-ftp");
const fs = require("fs");
const path = require("path");

const { HOST, FTP_PORT, FTPS_PORT, ACCOUNT, PASSWORD, SCRATCH } = process.env;
let passed = 0, failed = 0;
const check = (name, holds, found) => {
    holds ? passed++ : failed++;
    console.log(holds ? `ok ftp: npm basic-ftp: ${name}` : `FAIL ftp: npm basic-ftp: ${name} ${JSON.stringify(found)}`);
};

async function play(secure) {
    const how = secure === true ? "AUTH TLS" : secure ? "implicit TLS" : "in clear";
    const client = new Client(30_000);
    await client.access({
        host: HOST, port: Number(secure === "implicit" ? FTPS_PORT : FTP_PORT), user: ACCOUNT, password: PASSWORD, secure,
        secureOptions: { rejectUnauthorized: false },
    });
    const large = path.join(SCRATCH, "large.bin"), back = path.join(SCRATCH, `basic-${how.replace(" ", "-")}.bin`);
    await client.ensureDir("/npm/deep");
    await client.cd("/npm");
    await client.uploadFrom(large, "ü 1.bin");
    check(`${how}: SIZE`, await client.size("ü 1.bin") === fs.statSync(large).size);
    await client.downloadTo(back, "ü 1.bin");
    check(`${how}: the same bytes`, fs.readFileSync(back).equals(fs.readFileSync(large)));
    fs.truncateSync(back, 1_000_000);
    await client.downloadTo(fs.createWriteStream(back, { flags: "a" }), "ü 1.bin", 1_000_000);
    check(`${how}: goes on where it stopped`, fs.readFileSync(back).equals(fs.readFileSync(large)));
    await client.appendFrom(large, "ü 1.bin");
    check(`${how}: appends`, await client.size("ü 1.bin") === 2 * fs.statSync(large).size);
    await client.rename("ü 1.bin", "deep/b.bin");
    const list = await client.list("deep");
    check(`${how}: MLSD`, list.length === 1 && list[0].name === "b.bin" && list[0].isFile && list[0].modifiedAt, list);
    check(`${how}: features`, (await client.features()).has("MLST"));
    await client.removeDir("/npm");
    check(`${how}: removes a tree`, !(await client.list("/")).some(one => one.name === "npm"));
    client.close();
}

(async () => {
    for (const secure of [false, true, "implicit"]) await play(secure);
    console.log(`${passed} passed, ${failed} failed`);
})();
