"""Ordinary texts that look a little like secrets."""

from __future__ import annotations

import base64
import hashlib
import random
import string
import uuid
from collections.abc import Callable, Iterator

__all__ = ["HARMLESS", "made_up"]

HARMLESS = [
    '{"role": "user", "content": "Which key opens the door? The token is lost."}',
    '{"object": "organization.project", "usage": {"prompt_tokens": 12, "total_tokens": 123456789}}',
    '{"nextPageToken": "CAUQAA1234567890abcdefgh", "id": "ftjob-FO6z0rNnNUmHe4xiVOHC7TEk"}',
    '{"training_file": "file-Cbl1lel9YuFDEEYeJu0Kxyvq", "model": "ft:gpt-4o-2024-08-06:personal::AbC1"}',
    '{"logprobs": {"content": [{"token": "Hello", "logprob": -0.1}]}, "owned_by": "openai"}',
    "A risk-averse, user-friendly task-management-framework; basic information; the bearer of bad news.",
    "def f(key=lambda x: x, password=None): return tokens[key] @ matrix  # see projects/website/index.html",
    "See https://docs.python.org/3/library/functions.html?highlight=sorted#sorted, 100% sure, 50%25 off.",
    "x-request-id: req_0123456789abcdef0123456789abcdef",
    '{"api_key": "FILTERED", "client_secret": "<redacted>", "password": "****", "token": "your-key-here"}',
    '{"api_key": "test_api_key", "project_id": "fake-project", "authorization": "Bearer sk-fake-key"}',
    "api_key=YOUR_API_KEY&client_secret=dummy&access_token=changeme; export OPENAI_API_KEY=sk-test",
    "<password>placeholder</password> https://hooks.example/x?code=200 curl -u user https://x.test/",
    "The npm_config, the sk_buff and the key-value pairs; ek_ is a prefix, so is whsec_, and dapi is a word.",
    # source code
    "api_key = os.environ['ACME_API_KEY']; token = self.tokens[i + 1]; secret = get_secret('name-2')",
    "client = Acme(api_key=settings.acme_api_key, password=password, token=token_2.value)",
    "const token = await getToken({ audience: 'api' }); headers['x-api-key'] = apiKey2;",
    "for key, value in sorted(d.items(), key=lambda kv: kv[1]): cache_key = f'{key}:{value}'",
    "parser.add_argument('--api-key', default=None, help='the key, from 16 to 64 characters')",
    "password = input('Password: ')  # at least 8 characters, 1 digit",
    "token_type_ids = tokenizer(text, return_tensors='pt')['input_ids']; eos_token = '<|im_end|>'",
    "{'pad_token': '[PAD]', 'bos_token': '<s>', 'eos_token': '<|endoftext|>', 'unk_token': '<unk>'}",
    '{"type": "object", "properties": {"password": {"type": "string", "minLength": 8}}}',
    '{"required": ["api_key", "model"], "properties": {"api_key": {"description": "the key of 2024"}}}',
    "CREATE TABLE users (id INT PRIMARY KEY, password VARCHAR(255), token CHAR(64)); -- FOREIGN KEY",
    "switch (event.key) { case 'Enter': submit(); break; case 'Escape': close(); }",
    "if (password.length < 12) throw new Error('password too short: 12 characters');",
    "$ git commit -am 'Add keys' && git push -u origin main && pip install --user acme==1.2.3",
    "$ docker run -u 1000:1000 -p 8080:80 --name web nginx:1.27; kubectl get secret db-password -o yaml",
    "auth = (user, password); session.auth = auth; r = s.get(url, auth=HTTPBasicAuth('user', pw1))",
    "The sort_key is user-2024-01-01, partition_key=orders-2024, cache-key: v2-linux-x64-python-3.11",
    # hashes, ids, numbers
    "commit 3f786850e387550fdab836ed7e6dc881de23001b, fixed in d670460b4b4aece5915caf5c68d12f560a9fe3e4",
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  train-2024-01-01.jsonl",
    "sha512-vSsar5bcYjrqHHLkxTFSqJ4JRTPIVbW6Eq8xLHqVYxQ2f3rDqHhYNn9rBz0Tr0vP0x6+2mC8Wk0cVfS7bM8y5g==",
    "request 0b7e4c1a-89ab-4def-8123-456789abcdef took 12.5 ms; trace 4bf92f3577b34da6a3ce929d0e0e4736",
    '{"id": "chatcmpl-9XyZ0AbCdEfGhIjKlMnOpQrStUvWx", "system_fingerprint": "fp_44709d6fcb"}',
    '{"id": "resp_67ccd2bed1ec8190b14f964abc0542670bb6a6b452d3795b", "previous_response_id": null}',
    '{"id": "msg_01XFDUDYJgAACzvnptvVoYEL", "type": "message", "model": "claude-sonnet-4-20250514"}',
    '{"tool_call_id": "call_62136354AbCdEfGhIjKlMn01", "batch_id": "batch_67f8a1b2c3d48190a1b2c3d4e5f60718"}',
    '{"result_files": ["file-YmVkcm9jaw1234567890Ab"], "training_steps": 91, "seed": 683058546}',
    '{"fine_tuned_model": "ft:gpt-4o-mini-2024-07-18:personal:people:AbC123", "trained_tokens": 5768}',
    '{"usage": {"completion_tokens": 40, "completion_tokens_details": {"reasoning_tokens": 1024}}}',
    '{"modelId": "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0"}',
    "ISBN 978-0-306-40615-7, ISSN 2049-3630, doi:10.1038/s41586-021-03819-2, arXiv:2106.09685v2",
    "Order AB-2024-0001234567, flight LH2030, VIN WVWZZZ1JZXW000001, plate B-AB 1234, room 3.14",
    "The key signature is B-flat minor, opus 111; the secret of 1851; token economy 2.0; password day.",
    "0x7ffeefbff5c0: 48 8b 05 d9 2f 20 00 48 85 c0 74 02 ff d0; 3.141592653589793238462643383279",
    # pictures, formulas, logs
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9",
    r"\begin{equation} \label{eq:key} \sum_{i=1}^{n} x_i^2 = \frac{n(n+1)(2n+1)}{6} \end{equation} $6$",
    r"The cost is $2b$ or \$2y\$10; \texttt{sk\_buff}, \cite{key2024secret}, $$e^{i\pi} + 1 = 0$$",
    "2026-01-05T12:00:01Z INFO worker-7 key=orders count=1204 took=35ms path=/v1/items?page=2 status=200",
    '10.0.0.1 - - [05/Jan/2026:12:00:01 +0000] "GET /index.html?utm_source=news HTTP/1.1" 200 5123',
    "WARN tokens: 4096 of 8192 used (50%), key not found: user_17, retrying in 250 ms [attempt 2/5]",
    "Traceback: KeyError: 'api_key_2'; ValueError: invalid literal for int() with base 10: '12a'",
    # links
    "https://blog.test/2024/05/sk-learn-pipelines-in-10-minutes?utm_source=x&utm_campaign=spring-2024-sale",
    "https://shop.test/p/key-lime-pie-mix-500g-b07xj8c8f5?variant=43210987654321&ref=nav_menu_2",
    "https://github.com/acme/widgets/blob/3f786850e387550fdab836ed7e6dc881de23001b/src/api_key.py#L10-L20",
    "https://www.youtube.com/watch?v=dQw4w9WgXcQ&list=PLrAXtmErZgOeiKm4sgNOknGvNjby9efdf&index=2",
    "https://en.wikipedia.org/wiki/Public-key_cryptography?oldid=1234567890#RSA_(1977)",
    "https://example.test/search?q=bearer+bonds+1929&page=2&sort=key&token_type=bearer&lang=en-GB",
    "git@github.com:acme/widgets.git, ssh://git@gitlab.com/acme/widgets, pkg:npm/%40angular/core@17.0.1",
    "Write to you@example.com or @alice_doe; matrix @ vector; lodash@4.17.21, acme/tool@v2, @media print",
    "![badge](https://img.shields.io/badge/coverage-100%25-green.svg) [key]: #key-points-of-2024",
    # names of secrets without one
    "The password field is required; secret: none; token: optional; api_key: string (32 characters).",
    "Set client_secret to the secret of your app, api_token: <your token>, and PASSWORD=${PASSWORD}.",
    '<input type="password" name="password" placeholder="Password"><label for="token">Token</label>',
    "<key>CFBundleVersion</key><string>1.2.3</string> <Key>logs/2024/01/app-01.txt</Key>",
    "password: ${{ secrets.DB_PASSWORD_2 }}; token: $(cat token-2.txt); key: {{ .Values.key1 }}",
    "Access-Control-Allow-Headers: authorization, x-api-key; Cache-Control: max-age=3600; Vary: cookie",
    'WWW-Authenticate: Bearer realm="api", error="invalid_token"; authorization_endpoint: /oauth2/v1',
    "Idempotency-Key: stainless-python-retry-0b7e4c1a-89ab-4def-8123-456789abcdef",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==; public_key: MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQ",
    "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl alice",
]
"""Each looks like a secret to a rule that is too eager."""

_WORDS = [
    *("key", "token", "secret", "password", "report", "spring", "train", "model", "user", "data", "north"),
    *("river", "2024", "v2", "7", "part", "basic"),
]
_MADE: tuple[Callable[[random.Random], str], ...] = (
    lambda r: hashlib.md5(r.randbytes(8), usedforsecurity=False).hexdigest(),
    lambda r: hashlib.sha256(r.randbytes(8)).hexdigest(),
    lambda r: str(uuid.UUID(bytes=r.randbytes(16), version=4)),
    lambda r: base64.b64encode(r.randbytes(r.randrange(60, 400))).decode(),
    lambda r: "-".join(r.choices(_WORDS, k=r.randrange(2, 8))),
    lambda r: "_".join(r.choices(_WORDS, k=r.randrange(2, 6))),
    lambda r: (
        r.choice(("file-", "ftjob-", "chatcmpl-", "msg_", "call_", "resp_", "batch_", "run_"))
        + "".join(r.choices(string.ascii_letters + string.digits, k=24))
    ),
    lambda r: "https://x.test/" + "/".join(r.choices(_WORDS, k=4)) + "?page=2&utm_medium=" + r.choice(_WORDS),
    lambda r: f"{r.choice(_WORDS)}_key: {r.choice(_WORDS)}, {r.choice(_WORDS)}_id: {r.randrange(10**9)}",
    lambda r: f"978-{r.randrange(10)}-{r.randrange(1000, 9999)}-{r.randrange(1000, 9999)}-{r.randrange(10)}",
)


def made_up(seed: int) -> Iterator[str]:
    """Digests, ids, slugs, links, pictures: forms that chance makes look like anything."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    while True:
        for make in _MADE:
            yield f"See {make(chance)} and {make(chance)}."
