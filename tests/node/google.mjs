// The Node client of Google against `fbench serve`: tuning on Vertex AI, and generating on both APIs.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { GoogleGenAI } from "@google/genai";
import { OAuth2Client } from "google-auth-library";

const authClient = new OAuth2Client();
authClient.setCredentials({ access_token: "fake", expiry_date: 4102444800000 });
const vertex = new GoogleGenAI({
  vertexai: true,
  project: "p",
  location: "us-central1",
  googleAuthOptions: { authClient },
  httpOptions: { baseUrl: process.env.GOOGLE_VERTEX_BASE_URL },
});

const rows = Array.from({ length: 12 }, (_, i) => ({
  contents: [
    { role: "user", parts: [{ text: `What is number ${i}?` }] },
    { role: "model", parts: [{ text: `n${i}` }] },
  ],
}));
const stored = await fetch(
  `${process.env.STORAGE_EMULATOR_HOST}/upload/storage/v1/b/b/o?uploadType=media&name=t.jsonl`,
  { method: "POST", headers: { authorization: "Bearer fake" }, body: rows.map((r) => JSON.stringify(r)).join("\n") },
);
assert.equal(stored.status, 200);

let job = await vertex.tunings.tune({
  baseModel: "gemini-2.5-pro",
  trainingDataset: { gcsUri: "gs://b/t.jsonl" },
  config: { epochCount: 30 },
});
for (let i = 0; i < 400 && !/SUCCEEDED|FAILED|CANCELLED/.test(job.state); i++) {
  await sleep(25);
  job = await vertex.tunings.get({ name: job.name });
}
assert.equal(job.state, "JOB_STATE_SUCCEEDED");

const model = job.tunedModel.endpoint;
const config = { temperature: 0 };
const answer = await vertex.models.generateContent({ model, contents: "What is number 3?", config });
assert.equal(answer.text, "n3");
let streamed = "";
for await (const chunk of await vertex.models.generateContentStream({ model, contents: "What is number 3?", config })) {
  streamed += chunk.text ?? "";
}
assert.equal(streamed, "n3");

const gemini = new GoogleGenAI({ apiKey: "k", httpOptions: { baseUrl: process.env.GOOGLE_GEMINI_BASE_URL } });
const said = await gemini.models.generateContent({ model: "gemini-2.5-pro", contents: "hi" });
assert.ok(said.text.length > 0);
let pieces = 0;
for await (const chunk of await gemini.models.generateContentStream({ model: "gemini-2.5-pro", contents: "hi" })) {
  if (chunk.text) pieces += 1;
}
assert.ok(pieces > 0);

const uploaded = await gemini.files.upload({
  file: new Blob(["some text"], { type: "text/plain" }),
  config: { mimeType: "text/plain", displayName: "t" },
});
assert.equal(uploaded.mimeType, "text/plain");
console.log("google: object, tuning job, generate, stream, Developer API, upload");
