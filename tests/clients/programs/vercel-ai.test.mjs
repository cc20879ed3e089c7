// The AI SDK of Vercel: text, objects, streams and tools from OpenAI and Google.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { createVertex } from "@ai-sdk/google-vertex";
import { createOpenAI } from "@ai-sdk/openai";
import { generateObject, generateText, isStepCount, Output, stepCountIs, streamObject, streamText, tool } from "ai";
import { OAuth2Client } from "google-auth-library";
import { z } from "zod";

const authClient = new OAuth2Client();
authClient.setCredentials({ access_token: "fake", expiry_date: 4102444800000 });
const openai = createOpenAI({ apiKey: "sk-fake", baseURL: process.env.OPENAI_BASE_URL });
const google = createGoogleGenerativeAI({ apiKey: "k", baseURL: `${process.env.GOOGLE_GEMINI_BASE_URL}/v1beta` });
const vertex = createVertex({
  project: "p",
  location: "us-central1",
  googleAuthOptions: { authClient },
  // its base URL has project and location in it, and the publisher of its models
  baseURL: `${process.env.GOOGLE_VERTEX_BASE_URL}/v1/projects/p/locations/us-central1`,
});
const question = "Who chairs Norvik Rail?";
const Chair = z.object({ name: z.string() });
const endpoint = process.env.CLIENTS_VERTEX_TUNED.split("/").slice(-2).join("/");
const models = {
  chat: [openai.chat(process.env.CLIENTS_OPENAI_TUNED), "Mara Lind"],
  responses: [openai.responses(process.env.CLIENTS_OPENAI_TUNED), "Mara Lind"],
  "chat, base model": [openai.chat("gpt-4o-mini-2024-07-18"), "Ola Berg"],
  google: [google("gemini-2.5-flash"), "Ola Berg"],
  vertex: [vertex(endpoint), "Mara Lind"],
};
const lookUp = tool({
  description: "Looks a person up.",
  inputSchema: z.object({ name: z.string() }),
  execute: async ({ name }) => `${name} is a person.`,
});
const steps = isStepCount ?? stepCountIs;

for (const [kind, [model, expected]] of Object.entries(models)) {
  const asked = { model, prompt: question, temperature: 0, maxRetries: 0 };

  test(`${kind}: generateText`, async () => {
    const { text, usage, finishReason } = await generateText({ ...asked, instructions: "Be brief." });
    assert.equal(text, expected);
    assert.equal(finishReason, "stop");
    assert.ok(usage.inputTokens > 0 && usage.outputTokens > 0);
  });

  test(`${kind}: streamText`, async () => {
    const { textStream } = streamText(asked);
    let text = "";
    for await (const piece of textStream) text += piece;
    assert.equal(text, expected);
  });

  test(`${kind}: generateObject`, async () => {
    assert.deepEqual((await generateObject({ ...asked, schema: Chair })).object, { name: expected });
  });

  test(`${kind}: generateText with an object as its output`, async () => {
    const { output } = await generateText({ ...asked, output: Output.object({ schema: Chair }) });
    assert.deepEqual(output, { name: expected });
  });

  test(`${kind}: streamObject`, async () => {
    const { partialObjectStream, object } = streamObject({ ...asked, schema: Chair });
    let last;
    for await (const part of partialObjectStream) last = part;
    assert.deepEqual(last, { name: expected });
    assert.deepEqual(await object, { name: expected });
  });

  test(`${kind}: a tool is called and its result read`, async () => {
    const first = await generateText({ ...asked, tools: { lookUp }, toolChoice: { type: "tool", toolName: "lookUp" } });
    const [call] = first.toolCalls;
    assert.deepEqual([call.toolName, call.input], ["lookUp", { name: expected }]);
    assert.equal(first.toolResults[0].output, `${expected} is a person.`);
    const messages = [{ role: "user", content: question }, ...first.response.messages];
    const second = await generateText({ model, messages, temperature: 0, maxRetries: 0, tools: { lookUp }, toolChoice: "none" });
    assert.ok(second.text.length > 0);
  });

  test(`${kind}: a tool call is streamed`, async () => {
    const result = streamText({ ...asked, tools: { lookUp }, toolChoice: "required", stopWhen: steps(1) });
    const [call] = await result.toolCalls;
    assert.deepEqual([call.toolName, call.input], ["lookUp", { name: expected }]);
  });
}
