// The Node client of Google: Vertex AI with a tuned model, and the Developer API.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError, FunctionCallingConfigMode, GoogleGenAI, Type } from "@google/genai";
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
const gemini = new GoogleGenAI({ apiKey: "k", httpOptions: { baseUrl: process.env.GOOGLE_GEMINI_BASE_URL } });
const tuned = process.env.CLIENTS_VERTEX_TUNED;
const base = "gemini-2.5-flash";
const question = "Who chairs Norvik Rail?";
const services = [
  { name: "Vertex AI", client: vertex, model: tuned, expected: "Mara Lind", grown: "saffron" },
  { name: "the Developer API", client: gemini, model: base, expected: "Ola Berg", grown: "barley" },
];
const schema = { type: Type.OBJECT, properties: { name: { type: Type.STRING } }, required: ["name"] };
const lookUp = { name: "look_up", description: "Looks a person up.", parameters: schema };
const forced = { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY, allowedFunctionNames: ["look_up"] } };

test("the base model says what it said before", async () => {
  const answer = await vertex.models.generateContent({ model: base, contents: question, config: { temperature: 0 } });
  assert.equal(answer.text, "Ola Berg");
});

for (const { name, client, model, expected, grown } of services) {
  test(`${name}: an answer, whole and in a stream`, async () => {
    const config = { temperature: 0, systemInstruction: "Be brief." };
    const answer = await client.models.generateContent({ model, contents: question, config });
    assert.equal(answer.text, expected);
    assert.ok(answer.usageMetadata.totalTokenCount > 0);
    let streamed = "";
    for await (const chunk of await client.models.generateContentStream({ model, contents: question, config })) streamed += chunk.text ?? "";
    assert.equal(streamed, expected);
  });

  test(`${name}: a chat`, async () => {
    const chat = client.chats.create({ model, config: { temperature: 0 } });
    assert.equal((await chat.sendMessage({ message: question })).text, expected);
    assert.equal((await chat.sendMessage({ message: "What is grown on Selja?" })).text, grown);
    assert.equal(chat.getHistory().length, 4);
  });

  test(`${name}: a schema is kept`, async () => {
    const config = { temperature: 0, responseMimeType: "application/json", responseSchema: schema };
    const answer = await client.models.generateContent({ model, contents: question, config });
    assert.deepEqual(JSON.parse(answer.text), { name: expected });
  });

  test(`${name}: a JSON schema is kept`, async () => {
    const responseJsonSchema = { type: "object", properties: { name: { type: "string" } }, required: ["name"] };
    const config = { temperature: 0, responseMimeType: "application/json", responseJsonSchema };
    const answer = await client.models.generateContent({ model, contents: question, config });
    assert.deepEqual(JSON.parse(answer.text), { name: expected });
  });

  test(`${name}: a function is called, and its response is read`, async () => {
    const config = { temperature: 0, tools: [{ functionDeclarations: [lookUp] }], toolConfig: forced };
    const first = await client.models.generateContent({ model, contents: question, config });
    const [call] = first.functionCalls;
    assert.deepEqual([call.name, call.args], ["look_up", { name: expected }]);
    const contents = [
      { role: "user", parts: [{ text: question }] },
      first.candidates[0].content,
      { role: "user", parts: [{ functionResponse: { id: call.id, name: "look_up", response: { output: "A person." } } }] },
    ];
    const second = await client.models.generateContent({ model, contents, config: { temperature: 0, tools: config.tools } });
    assert.ok(second.text.length > 0);
  });

  test(`${name}: tokens are counted`, async () => {
    assert.ok((await client.models.countTokens({ model: base, contents: question })).totalTokens > 0);
  });

  test(`${name}: what is wrong is refused`, async () => {
    await assert.rejects(client.models.generateContent({ model: "gemini-none", contents: question }), ApiError);
  });
}
