// A receiver of webhooks as somebody else would write it: HTTPS with HTTP/2, signatures checked by the
// public package. Prints its port; keeps a line for each request in LOG; answers as the file BEHAVIOUR
// says: a status, or "slow" (200 after a while), or "lost" (takes it and hangs up).
//
//   node webhook_receiver.mjs KEY CERTIFICATE SECRET LOG BEHAVIOUR
import { appendFileSync, readFileSync } from "node:fs";
import { createSecureServer } from "node:http2";
import { Webhook } from "standardwebhooks";

const [key, certificate, secret, log, behaviour] = process.argv.slice(2);
const webhook = new Webhook(secret);
const seen = new Set();

function receive(request, response, body) {
  const headers = {};
  for (const name of ["webhook-id", "webhook-timestamp", "webhook-signature"])
    headers[name] = request.headers[name];
  let verified = true;
  try {
    webhook.verify(body, headers);
  } catch {
    verified = false;
  }
  const id = headers["webhook-id"];
  const how = readFileSync(behaviour, "utf8").trim();
  const entry = {
    id,
    verified,
    again: seen.has(id),
    http: request.httpVersion,
    timestamp: headers["webhook-timestamp"],
    how,
    body: JSON.parse(body),
  };
  seen.add(id);
  appendFileSync(log, JSON.stringify(entry) + "\n");
  if (how === "lost") {
    request.stream.close(8);
    return;
  }
  const answer = () => {
    response.writeHead(how === "slow" ? 200 : Number(how), { "x-request-id": `r-${id}` });
    response.end(how === "200" ? "" : "this is why");
  };
  setTimeout(answer, how === "slow" ? 300 : 0);
}

const options = { key: readFileSync(key), cert: readFileSync(certificate), allowHTTP1: true };
const server = createSecureServer(options, (request, response) => {
  const pieces = [];
  request.on("data", (piece) => pieces.push(piece));
  request.on("end", () => receive(request, response, Buffer.concat(pieces).toString("utf8")));
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
