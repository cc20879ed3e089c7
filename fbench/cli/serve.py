"""`fbench serve`: the fake services on a loopback port."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType

import click

from fbench.errors import UsageError

__all__ = ["serve"]


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Where to listen; 0, the default, is any free port.",
)
@click.option("--seed", type=int, default=0, help="Enters every id and the order of training. Default: 0.")
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    default=600.0,
    help="How much faster than the wall clock jobs move. Default: 600.",
)
@click.option(
    "--prior",
    type=click.Path(path_type=Path, dir_okay=False),
    help='What base models already know: JSONL of {"prompt", "answer"}.',
)
@click.option(
    "--behaviour",
    type=click.Path(path_type=Path, dir_okay=False),
    help="How models and services behave besides what they know: a TOML or JSON file. Default: terse.",
)
@click.option(
    "--routes",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Canned answers to the calls that fit a pattern: a TOML or JSON file. Default: the fakes answer.",
)
@click.option(
    "--learner",
    default="softmax",
    metavar="NAME",
    help="What models answer: softmax (they learn; the default), tiny (a small transformer that learns), "
    "hf:MODEL (open weights that are tuned here), scripted FILE, replay FILE... or a plug-in.",
)
@click.option(
    "--fresh",
    is_flag=True,
    help="Answer a request without a seed anew each time it comes. Default: equal requests, equal answers.",
)
@click.option(
    "--any-id",
    is_flag=True,
    help="Answer for OpenAI ids that were never created, for generated tests. Default: 404, as the service.",
)
@click.option(
    "--date",
    "day",
    metavar="YYYY-MM-DD",
    help="The date at which the services stand, whose models end then. Default: 2026-01-01.",
)
@click.option(
    "--state",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A journal to go on from and to keep. Default: all is forgotten at the end.",
)
@click.option(
    "--cors",
    multiple=True,
    metavar="ORIGIN",
    help="A page that may use it from a browser, such as http://localhost:3000; * is any. Default: none.",
)
@click.option(
    "--allow-host",
    multiple=True,
    metavar="NAME",
    help="A name under which it may be asked, besides localhost and 127.0.0.1.",
)
@click.option(
    "--max-body",
    type=click.IntRange(min=1),
    default=513,
    help="The largest request in MiB; larger ones get a 413. Default: 513.",
)
@click.option(
    "--rpm", type=click.IntRange(min=1), help="Requests a minute for each model. Default: no limit."
)
@click.option("--tpm", type=click.IntRange(min=1), help="Tokens a minute for each model. Default: no limit.")
@click.option(
    "--first-token",
    type=float,
    default=0.0,
    metavar="SECONDS",
    help="How long a streamed answer takes until its first token. Default: 0.",
)
@click.option(
    "--tokens-per-second",
    type=float,
    metavar="N",
    help="How fast the tokens of a streamed answer come. Default: no wait.",
)
@click.option(
    "--forward",
    metavar="URL",
    help="A base URL for calls of OpenAI's API that no fake serves. Default: they get a 404.",
)
@click.option(
    "--record",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder where forwarded calls are recorded, scrubbed; recorded ones are not sent again.",
)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE]...")
def serve(
    *,
    port: int,
    seed: int,
    speed: float,
    prior: Path | None,
    behaviour: Path | None,
    routes: Path | None,
    any_id: bool,
    day: str | None,
    learner: str,
    fresh: bool,
    files: tuple[Path, ...],
    state: Path | None,
    cors: tuple[str, ...],
    allow_host: tuple[str, ...],
    max_body: int,
    rpm: int | None,
    tpm: int | None,
    first_token: float,
    tokens_per_second: float | None,
    forward: str | None,
    record: Path | None,
) -> None:
    """Serve fake OpenAI, Nebius, Azure, Vertex AI and Cloud Storage on a loopback port.

    Prints shell lines that point the vendors' clients here, once connections are accepted, then nothing more.
    Ends on Ctrl-C or SIGTERM. /_fbench on the same port is for tests: GET shows the state, and POST to
    faults, date, advance and reset changes it. Faults are a JSON list: what goes wrong with calls, such as
    {"kind": "status", "status": 503, "calls": [1]}, and with jobs, batches, files and deployments, such as
    {"end": "fails", "model": "gpt-4o", "message": "..."}; an end is fails, hangs, cancelled or, of a file,
    never_ready, or, of a deployment, expires. GET /_fbench/faults shows all fields, and a quota or a key that
    is refused as examples.

    --behaviour names a file such as {"models": {"gpt-4o*": {"verbose": 0.5, "thinking": 0.2}}, "services":
    {"openai": {"lists_late": 2, "loses": 0.01}}}: shares of requests whose answers are verbose, thinking,
    refusing, wrong-language, markdown or cut, by pattern of the model's name; and services that list late,
    forget metadata (lacks_metadata) or lose answers. POST the same to /_fbench/behaviours.

    --routes names a file of answers that come before the fakes' own, each a [[route]] such as: method =
    "POST", path = "/v1/chat/completions", json__model = "gpt-4o", respond = {status = 503, json = {error =
    {message = "Overloaded."}}}. The patterns are those of respx; a list of answers gives one to each call.
    GET /_fbench/routes counts their calls; GET /_fbench/requests shows the last requests, by filters such as
    ?service=openai&path=/v1/chat/*&status=429&model=gpt-4o&since=N&limit=100.

    --forward sends what no fake serves, such as embeddings, to a real service, such as
    https://api.openai.com/v1, with the client's own key, so it may cost money; --record keeps the answers
    without secrets, and plays them to equal calls from then on.

    Only programs of this machine are let in: a request with another Host, or from a page of a browser that
    --cors does not name, is refused.

    FILE is what --learner answers from. scripted: JSONL of {"prompt", "answer"}, a JSON object of prompts to
    answers, or CSV with these two columns. replay: FineTuneBench's files of released answers, or their
    folder; a tuned model, whatever it was tuned on, then answers as the published one did. hf:MODEL tunes
    open weights on this machine: MODEL is a folder, a .gguf file or OWNER/NAME at the Hugging Face hub, and
    FILE a TOML file of settings such as: method = "full". It needs pip install 'fbench[local]'; what it
    trained is kept beside --state.
    """
    from fakes.behaviours import read_settings  # noqa: PLC0415 - slow to import
    from fakes.doors.server import read_prior  # noqa: PLC0415 - imported only when it is needed
    from fakes.doors.server import serve as run  # noqa: PLC0415 - imported only when it is needed
    from fakes.limits import Limits  # noqa: PLC0415 - slow to import (NumPy)
    from fakes.stream_pace import StreamPace  # noqa: PLC0415 - as the others

    def limits() -> Limits | None:
        return Limits(rpm or 10**9, tpm or 10**12) if rpm or tpm else None

    if (forward is None) != (record is None):
        raise UsageError("--forward URL and --record FOLDER go together: what is paid for once is kept.")
    forwarder = None
    if forward is not None and record is not None:
        from fbench.forward import Forwarder, base_of  # noqa: PLC0415 - as above

        forwarder = Forwarder(base_of(forward), record)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _nothing)  # uvicorn shuts down, then raises it again, which is not an error
    try:
        run(
            port=port,
            ready=_announce,
            seed=seed,
            speed=speed,
            prior=read_prior(prior) if prior else (),
            limits=limits,
            any_id=any_id,
            behaviours=read_settings(behaviour) if behaviour else None,
            routes=routes,
            forward=forwarder,
            streams={"*": StreamPace(first_token, tokens_per_second)}
            if first_token or tokens_per_second is not None
            else None,
            fresh=fresh,
            learner=learner,
            learner_files=files,
            state=state,
            hosts=allow_host,
            origins=cors,
            largest_body=max_body * 2**20,
            day=day,
        )
    except OSError as error:
        given = (prior, behaviour, routes, state)
        at_fault = [str(file) for file in given if file and str(error.filename) == str(file)]
        where = at_fault[0] if at_fault else f"port {port}"
        raise UsageError(f"{where}: cannot be used: {error.strerror}.") from error
    except ValueError as error:
        raise UsageError(str(error)) from error
    finally:
        if forwarder is not None:
            forwarder.close()


def _nothing(_number: int, _frame: FrameType | None) -> None:
    """Ignore a signal."""


def _announce(port: int) -> None:
    address = f"http://127.0.0.1:{port}"
    for name, value in (
        ("OPENAI_BASE_URL", f"{address}/openai/v1"),
        ("OPENAI_API_KEY", "sk-fake"),
        ("GOOGLE_VERTEX_BASE_URL", f"{address}/google"),
        ("GOOGLE_GEMINI_BASE_URL", f"{address}/google"),
        ("STORAGE_EMULATOR_HOST", f"{address}/storage"),
        ("OPENAI_API_BASE", f"{address}/openai/v1"),  # the older name, which litellm and others still read
        ("GOOGLE_CLOUD_PROJECT", "fake"),  # Vertex AI's clients need one
        ("NEBIUS_BASE_URL", f"{address}/nebius/v1"),
        ("NEBIUS_API_KEY", "sk-fake"),
        ("AZURE_OPENAI_BASE_URL", f"{address}/azure/openai/v1"),
        ("AZURE_OPENAI_API_KEY", "sk-fake"),
        ("AZURE_MANAGEMENT_URL", f"{address}/azure/management"),
        (
            "AZURE_OPENAI_RESOURCE_ID",
            "/subscriptions/fake/resourceGroups/fake/providers/Microsoft.CognitiveServices/accounts/fake",
        ),
    ):
        sys.stdout.write(f"export {name}={value}\n")
    sys.stdout.flush()
    # stdout is closed, so that `eval "$(fbench serve &)"` does not wait for the server to end
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
