// npm webdav: a browser's and Node's client. Prints ok and FAIL lines.
import { createClient } from "webdav";
import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { text, buffer } from "node:stream/consumers";

const { ACCOUNT, PASSWORD, FILES } = process.env;
let passed = 0, failed = 0;
const check = (name, holds, found) => {
    holds ? passed++ : failed++;
    console.log(holds ? `ok files: npm webdav: ${name}` : `FAIL files: npm webdav: ${name} ${JSON.stringify(found)}`);
};
const client = createClient(FILES, { username: ACCOUNT, password: PASSWORD });
await client.createDirectory("/npm/deep/ü", { recursive: true });
check("makes folders", await client.exists("/npm/deep/ü"));
await client.putFileContents("/npm/a b.txt", "hello", { overwrite: false });
check("reads text", await client.getFileContents("/npm/a b.txt", { format: "text" }) === "hello");
check("does not overwrite", await client.putFileContents("/npm/a b.txt", "other", { overwrite: false }) === false);
const large = randomBytes(3_000_000);
await client.putFileContents("/npm/large.bin", large);
check("reads octets", Buffer.compare(await client.getFileContents("/npm/large.bin"), large) === 0);
const part = await buffer(client.createReadStream("/npm/large.bin", { range: { start: 1_000_000, end: 1_000_099 } }));
check("reads a range", Buffer.compare(part, large.subarray(1_000_000, 1_000_100)) === 0, part.length);
await client.partialUpdateFileContents("/npm/large.bin", 1_000_000, 1_000_004, "PARTS");
large.write("PARTS", 1_000_000);
check("writes a part (sabre's PATCH, seen in OPTIONS)", Buffer.compare(await client.getFileContents("/npm/large.bin"), large) === 0);
await new Promise((resolve, reject) => {
    const stream = client.createWriteStream("/npm/stream.txt", {}, () => resolve());
    stream.on("error", reject);
    Readable.from(["one ", "two"]).pipe(stream);
});
check("streams up", await text(client.createReadStream("/npm/stream.txt")) === "one two");
const names = (await client.getDirectoryContents("/npm")).map(one => one.basename).sort();
check("lists", names.join() === "a b.txt,deep,large.bin,stream.txt", names);
const deep = (await client.getDirectoryContents("/npm", { deep: true })).map(one => one.filename).sort();
check("lists what is deep", deep.includes("/npm/deep/ü"), deep);
await client.moveFile("/npm/a b.txt", "/npm/deep/c.txt");
await client.copyFile("/npm/deep/c.txt", "/npm/d.txt");
check("moves and copies", await client.exists("/npm/deep/c.txt") && await client.exists("/npm/d.txt") && !await client.exists("/npm/a b.txt"));
const stat = await client.stat("/npm/d.txt", { details: true });
check("tells facts", stat.data.size === 5 && stat.data.etag, stat.data);
const lock = await client.lock("/npm/d.txt");
check("locks", typeof lock.token === "string", lock);
const refused = await client.putFileContents("/npm/d.txt", "no").then(() => "taken", error => error.status);
check("a lock keeps others out", refused === 423, refused);
await client.unlock("/npm/d.txt", lock.token);
const search = await client.search("/", { data: `<d:searchrequest xmlns:d="DAV:"><d:basicsearch><d:select><d:prop><d:getcontentlength/></d:prop>
    </d:select><d:from><d:scope><d:href>/files/${ACCOUNT}</d:href><d:depth>infinity</d:depth></d:scope></d:from><d:where><d:gt><d:prop>
    <d:getcontentlength/></d:prop><d:literal>2999999</d:literal></d:gt></d:where></d:basicsearch></d:searchrequest>`, details: true })
    .then(found => found.data.results.map(one => one.basename), error => error.message);
check("searches", Array.isArray(search) && search.includes("large.bin"), search);
await client.deleteFile("/npm");
check("deletes", !await client.exists("/npm"));
console.log(`${passed} passed, ${failed} failed`);
