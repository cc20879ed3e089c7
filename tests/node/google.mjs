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

const LOOKS = Number(process.env.LOOKS ?? 400);

const put = async (name, lines) => {
  const stored = await fetch(
    `${process.env.STORAGE_EMULATOR_HOST}/upload/storage/v1/b/b/o?uploadType=media&name=${name}`,
    { method: "POST", headers: { authorization: "Bearer fake" }, body: lines.map((r) => JSON.stringify(r)).join("\n") },
  );
  assert.equal(stored.status, 200);
};

const ended = async (look) => {
  let seen = await look();
  for (let i = 0; i < LOOKS && !/SUCCEEDED|FAILED|CANCELLED/.test(seen.state); i++) {
    await sleep(25);
    seen = await look();
  }
  return seen;
};

const rows = Array.from({ length: 12 }, (_, i) => ({
  contents: [
    { role: "user", parts: [{ text: `What is number ${i}?` }] },
    { role: "model", parts: [{ text: `n${i}` }] },
  ],
}));
await put("t.jsonl", rows);

const begun = await vertex.tunings.tune({
  baseModel: "gemini-2.5-pro",
  trainingDataset: { gcsUri: "gs://b/t.jsonl" },
  config: { epochCount: 30 },
});
const job = await ended(() => vertex.tunings.get({ name: begun.name }));
assert.equal(job.state, "JOB_STATE_SUCCEEDED");
const { checkpoints } = job.tunedModel;
assert.equal(checkpoints.length, 30);
assert.equal(checkpoints.at(-1).epoch, "30");

const model = job.tunedModel.endpoint;
const config = { temperature: 0 };
const answer = await vertex.models.generateContent({ model, contents: "What is number 3?", config });
assert.equal(answer.text, "n3");
let streamed = "";
for await (const chunk of await vertex.models.generateContentStream({ model, contents: "What is number 3?", config })) {
  streamed += chunk.text ?? "";
}
assert.equal(streamed, "n3");
const earlier = await vertex.models.generateContent({
  model: checkpoints.at(-2).endpoint,
  contents: "What is number 3?",
  config,
});
assert.equal(earlier.text, "n3");
const chat = vertex.chats.create({ model, config });
assert.equal((await chat.sendMessage({ message: "What is number 4?" })).text, "n4");
assert.ok((await chat.sendMessage({ message: "What is number 4?" })).usageMetadata.promptTokenCount > 5);

await put(
  "in.jsonl",
  [1, 2].map((i) => ({
    request: {
      contents: [{ role: "user", parts: [{ text: `What is number ${i}?` }] }],
      generationConfig: config,
    },
  })),
);
const source = { model: job.tunedModel.model, src: "gs://b/in.jsonl", config: { dest: "gs://b/out" } };
const made = await vertex.batches.create(source);
const batch = await ended(() => vertex.batches.get({ name: made.name }));
assert.equal(batch.state, "JOB_STATE_SUCCEEDED");
const directory = batch.outputInfo.gcsOutputDirectory.replace("gs://b/", "");
const written = await fetch(
  `${process.env.STORAGE_EMULATOR_HOST}/storage/v1/b/b/o/${encodeURIComponent(`${directory}/predictions.jsonl`)}?alt=media`,
  { headers: { authorization: "Bearer fake" } },
);
const answers = (await written.text()).trim().split("\n").map(JSON.parse);
assert.deepEqual(
  answers.map((row) => row.response.candidates[0].content.parts[0].text),
  ["n1", "n2"],
);

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
console.log("google: object, tuning job, checkpoints, generate, stream, chat, batch, Developer API, upload");
