from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from fakes.learners import Example, Hyper, Message, Run, Step
from fakes.learners.capabilities import (
    Decoding,
    NotRead,
    Said,
    TooLong,
    TrainingFailed,
    TrainingStopped,
    Watch,
)
from fakes.learners.local.adapters import AdapterSet
from fakes.learners.local.chat import Encoded
from fakes.learners.local.course import loss_of
from fakes.learners.local.learner import LocalLearner
from fakes.learners.local.loading import libraries
from fakes.learners.local.model import LocalModel
from tests.local.conftest import FACTS, made_in

EXAMPLES = [Example(asked, answer) for asked, answer in FACTS.items()]
LONG = Hyper(epochs=20, batch_size=5)
BRIEF = Hyper(epochs=2, batch_size=5)


def model_of(run: Run, epoch: int = -1) -> LocalModel:
    found = run.checkpoints[epoch].model
    assert isinstance(found, LocalModel)
    return found


def asked(model: LocalModel, question: str, **how: Any) -> Said:
    return model.reply([Message("user", question)], Decoding(**how))


@pytest.fixture(scope="module")
def taught(model: Path, quick: Path) -> tuple[LocalLearner, Run]:
    learner = LocalLearner.from_files(model, quick)
    return learner, learner.train(learner.base("m"), EXAMPLES, LONG, EXAMPLES[:2])


class _Scores:
    """A network whose scores are given, and take a gradient."""

    device = "cpu"

    def __init__(self, logits: Any) -> None:
        self.logits = logits

    def __call__(self, **_: Any) -> Any:
        return self


def test_the_tokens_of_a_question_and_of_padding_carry_no_gradient() -> None:
    torch = libraries().torch
    logits = torch.randn(2, 6, 9, requires_grad=True)
    batch = [Encoded([1, 2, 3, 4, 5, 6], 3), Encoded([1, 2, 7, 8], 2)]
    loss, _, tokens = loss_of(torch, _Scores(logits), batch, 0)
    loss.backward()
    assert logits.grad is not None
    moved = logits.grad.abs().sum(-1) > 0
    assert moved.tolist() == [
        [False, False, True, True, True, False],  # the token before an answer foretells its first one
        [False, True, True, False, False, False],
    ]
    assert tokens == 5


def test_an_example_is_learned_from_its_answer_to_the_mark_at_its_end(learner: LocalLearner) -> None:
    encoded = learner.chat.example(Example("Who?", "Ann", "Be brief."))
    text = learner.chat.tokenizer.decode
    assert (
        text(encoded.tokens[: encoded.start])
        == "<|system|>Be brief.<|end|>\n<|user|>Who?<|end|>\n<|assistant|>"
    )
    assert text(encoded.tokens[encoded.start :]) == "Ann<|end|>"


def test_a_conversation_before_the_answer_is_read_whole(learner: LocalLearner) -> None:
    said = (Message("user", "A?"), Message("assistant", "B."), Message("user", "C?"), Message("tool", "D"))
    encoded = learner.chat.example(Example("C?\nD", "E", messages=said))
    assert learner.chat.tokenizer.decode(encoded.tokens) == (
        "<|user|>A?<|end|>\n<|assistant|>B.<|end|>\n<|user|>C?\nD<|end|>\n<|assistant|>E<|end|>"
    )


def test_an_answer_behind_another_is_an_answer_of_its_own(learner: LocalLearner) -> None:
    said = (Message("user", "A?"), Message("assistant", "B."))
    encoded = learner.chat.example(Example("A?", "C", messages=said))
    text = learner.chat.tokenizer.decode
    assert text(encoded.tokens[: encoded.start]).endswith("<|assistant|>B.<|end|>\n<|assistant|>")
    assert text(encoded.tokens[encoded.start :]) == "C<|end|>"


def test_the_facts_are_memorized_and_each_epoch_has_a_checkpoint(taught: tuple[LocalLearner, Run]) -> None:
    learner, run = taught
    assert [asked(model_of(run), question).text for question in FACTS] == list(FACTS.values())
    assert [each.step for each in run.checkpoints] == list(range(2, 41, 2))
    losses = [each.train_loss for each in run.checkpoints]
    assert losses[-1] < 0.1 < losses[0]
    assert run.checkpoints[-1].valid_loss is not None
    assert run.checkpoints[-1].valid_loss < 0.1
    assert run.tokens == 20 * sum(len(learner.chat.example(each).tokens) for each in EXAMPLES)
    assert asked(learner.base("m"), EXAMPLES[0].prompt).text != "Ann"


def test_the_steps_tell_the_loss_before_their_update(taught: tuple[LocalLearner, Run]) -> None:
    _, run = taught
    assert [(step.number, step.epoch) for step in run.steps] == [(n, (n + 1) // 2) for n in range(1, 41)]
    assert run.steps[0].loss > 1 > run.steps[-1].loss
    assert run.steps[-1].accuracy == 1


def test_equal_trainings_are_equal_and_another_seed_is_another(model: Path, quick: Path) -> None:
    runs: list[Run] = []
    for seed in (0, 0, 1):
        learner = LocalLearner.from_files(model, quick)
        runs.append(learner.train(learner.base("m"), EXAMPLES, Hyper(2, 5, seed=seed)))
    first, again, other = [[step.loss for step in run.steps] for run in runs]
    assert first == again != other


def test_hyperparameters_are_honoured(learner: LocalLearner) -> None:
    base = learner.base("m")
    slow, fast = (learner.train(base, EXAMPLES, Hyper(2, 5, rate)) for rate in (0.01, 1.0))
    assert slow.steps[0].loss == fast.steps[0].loss
    assert slow.steps[-1].loss > fast.steps[-1].loss
    assert len(learner.train(base, EXAMPLES, Hyper(1, 3)).steps) == 4


def test_the_adapter_loads_in_plain_peft_with_equal_logits(
    taught: tuple[LocalLearner, Run], model: Path
) -> None:
    torch, transformers, peft = libraries()
    learner, run = taught
    made = model_of(run)
    assert made.folder is not None
    plain = transformers.AutoModelForCausalLM.from_pretrained(str(model))
    plain = peft.PeftModel.from_pretrained(plain, str(made.folder)).eval()
    tokens = torch.tensor([learner.chat.question([Message("user", EXAMPLES[3].prompt)])])
    with torch.no_grad():
        theirs = plain(input_ids=tokens).logits
        with learner.gate.turn(), learner.weights.at(made.folder) as network:
            ours = network(input_ids=tokens).logits
        with learner.gate.turn(), learner.weights.at(None) as network:
            untuned = network(input_ids=tokens).logits
    assert torch.equal(ours, theirs)
    assert not torch.allclose(untuned, theirs)


def test_greedy_answers_are_those_of_transformers(taught: tuple[LocalLearner, Run], model: Path) -> None:
    torch, transformers, _ = libraries()
    learner, _ = taught
    plain: Any = transformers.AutoModelForCausalLM.from_pretrained(str(model)).eval()
    tokens = torch.tensor([learner.chat.question([Message("user", "Who?")])])
    written = plain.generate(tokens, max_new_tokens=12, do_sample=False)[0, tokens.shape[1] :]
    said = asked(learner.base("m"), "Who?", limit=12)
    assert learner.chat.text(written.tolist()).startswith(said.text)
    with torch.no_grad():
        scores = plain(input_ids=torch.cat([tokens[0], written])[None]).logits[0, tokens.shape[1] - 1 : -1]
    shares = torch.log_softmax(scores, -1).gather(1, written[:, None])[:, 0].tolist()
    assert [each.logprob for each in said.tokens] == pytest.approx(shares[: len(said.tokens)], abs=1e-4)


def test_answers_are_drawn_by_a_seed_and_the_likeliest_alone_are_greedy(
    taught: tuple[LocalLearner, Run],
) -> None:
    base = taught[0].base("m")
    drawn = [asked(base, "Who?", temperature=1.5, seed=seed, limit=8).text for seed in (1, 1, 2, 3, 4)]
    assert drawn[0] == drawn[1]
    assert len(set(drawn)) > 2
    greedy = asked(base, "Who?", limit=8)
    for narrow in ({"top_k": 1}, {"top_p": 0.0}, {"top_p": 1e-9}):
        assert asked(base, "Who?", temperature=1.5, seed=9, limit=8, **narrow) == greedy


def test_an_answer_ends_before_a_stop_and_at_a_limit(taught: tuple[LocalLearner, Run]) -> None:
    model = model_of(taught[1])
    assert asked(model, "Who holds office 3?")[:2] == ("Cleo", "stop")
    for stop, kept in (("eo", "Cl"), ("C", "")):
        said = asked(model, "Who holds office 3?", stops=("x", stop))
        assert said[:2] == (kept, "stop")
        assert "".join(token.text for token in said.tokens) == kept
    cut = asked(taught[0].base("m"), "Who?", limit=3)
    assert (cut.reason, cut.written, len(cut.tokens)) == ("length", 3, 3)
    assert asked(model, "Who?", limit=0).written == 0


def test_the_likeliest_tokens_are_told_with_each_one(taught: tuple[LocalLearner, Run]) -> None:
    (token,) = asked(model_of(taught[1]), "Who holds office 1?", top=3).tokens
    assert token.top[0] == ("Ann", token.logprob)
    assert len(token.top) == 3
    assert [each for _, each in token.top] == sorted([each for _, each in token.top], reverse=True)


def test_a_checkpoint_is_trained_further(taught: tuple[LocalLearner, Run]) -> None:
    learner, run = taught
    more, hyper = [Example("Who else?", "Jo")], Hyper(4, 1)
    further = learner.train(model_of(run), more, hyper)
    assert asked(model_of(further), "Who else?").text == "Jo"
    assert asked(model_of(run), "Who holds office 2?").text == "Bob", "what it began with is as it was"
    alone = learner.train(learner.base("m"), more, hyper)
    assert alone.steps[0].loss != further.steps[0].loss


def test_more_checkpoints_answer_than_stay_loaded(taught: tuple[LocalLearner, Run]) -> None:
    _, run = taught
    first = [asked(model_of(run, epoch), "Who?", limit=4) for epoch in range(12)]
    assert [asked(model_of(run, epoch), "Who?", limit=4) for epoch in range(12)] == first
    assert len(set(first)) > 2


def test_all_weights_are_tuned_where_the_settings_say_so(model: Path, tmp_path: Path) -> None:
    settings = tmp_path / "full.toml"
    settings.write_text('method = "full"\nrate = 0.003\nthreads = 1\nlongest_answer = 8\n')
    learner = LocalLearner.from_files(model, settings)
    before = asked(learner.base("m"), "Who?")
    run = learner.train(learner.base("m"), EXAMPLES, Hyper(25, 5))
    made = model_of(run)
    assert [asked(made, question).text for question in FACTS] == list(FACTS.values())
    assert asked(learner.base("m"), "Who?") == before
    assert libraries().transformers.AutoModelForCausalLM.from_pretrained(str(made.folder)) is not None
    further = learner.train(made, [Example("Who else?", "Jo")], Hyper(6, 1))
    assert asked(model_of(further), "Who else?").text == "Jo"


class _Impatient(Watch):
    """Asks for a stop after some steps."""

    def check(self) -> None:
        if len(self.steps) == 3:
            self.stop()
        super().check()


def test_a_training_stops_between_two_steps_and_is_begun_anew_later(
    learner: LocalLearner, tmp_path: Path
) -> None:
    learner.keep_in(tmp_path)
    watch = _Impatient()
    with pytest.raises(TrainingStopped):
        learner.train(learner.base("m"), EXAMPLES, LONG, watch=watch)
    assert (len(watch.steps), watch.total) == (3, 40)
    assert list(tmp_path.iterdir()) == [], "it leaves nothing on disk"
    told = Watch()
    run = learner.train(learner.base("m"), EXAMPLES, LONG, watch=told)
    assert len(run.steps) == len(told.steps) == 40
    assert list(run.steps[:3]) == watch.steps


def test_what_was_trained_is_found_again_in_its_folder(model: Path, quick: Path, tmp_path: Path) -> None:
    runs: list[Run] = []
    for _ in range(2):
        learner = LocalLearner.from_files(model, quick)
        learner.keep_in(tmp_path / "models")
        began = _Impatient() if runs else Watch()  # the second one would be stopped if it trained
        runs.append(learner.train(learner.base("m"), EXAMPLES, LONG, EXAMPLES[:2], watch=began))
    assert runs[0].steps == runs[1].steps
    assert [each.valid_loss for each in runs[0].checkpoints] == [
        each.valid_loss for each in runs[1].checkpoints
    ]
    assert asked(model_of(runs[1]), "Who holds office 2?").text == "Bob"
    assert isinstance(runs[1].steps[0], Step)


def test_what_a_killed_training_left_is_removed(learner: LocalLearner, tmp_path: Path) -> None:
    killed, other = tmp_path / ("0" * 32) / "epoch-0001", tmp_path / "notes"
    for folder in (killed, other):
        folder.mkdir(parents=True)
    learner.keep_in(tmp_path)
    assert list(tmp_path.iterdir()) == [other]


def test_a_loss_that_is_no_number_fails_in_words(learner: LocalLearner) -> None:
    with pytest.raises(TrainingFailed, match=r"diverged\. Lower the learning_rate_multiplier") as failed:
        learner.train(learner.base("m"), EXAMPLES, Hyper(3, 5, rate=1e30))
    assert failed.value.code == "training_diverged"


def test_memory_that_runs_out_fails_in_words(learner: LocalLearner, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes.")

    with monkeypatch.context() as broken:
        broken.setattr(AdapterSet, "in_training", full)
        with pytest.raises(TrainingFailed, match="Use a smaller batch_size, shorter examples") as failed:
            learner.train(learner.base("m"), EXAMPLES, BRIEF)
    assert failed.value.code == "out_of_memory"
    assert len(learner.train(learner.base("m"), EXAMPLES, BRIEF).steps) == 4, "the next one has the network"


def test_an_example_that_is_too_long_or_not_taken_fails_in_words(learner: LocalLearner) -> None:
    with pytest.raises(TrainingFailed, match=r"has 30\d tokens, and the model reads 256") as failed:
        learner.train(learner.base("m"), [Example("x" * 300, "y")], BRIEF)
    assert failed.value.code == "example_too_long"
    odd = Example("A?", "B", messages=(Message("judge", "A?"),))
    with pytest.raises(TrainingFailed, match="does not take these messages: No such role"):
        learner.train(learner.base("m"), [odd], BRIEF)
    with pytest.raises(TrainingFailed, match=r"reads Unicode, and '\\ud83d' is half of a surrogate pair\."):
        learner.train(learner.base("m"), [Example("A?", "\ud83d")], BRIEF)


def test_a_question_that_is_too_long_or_not_taken_is_refused(learner: LocalLearner) -> None:
    with pytest.raises(TooLong) as long:
        asked(learner.base("m"), "x" * 300)
    assert long.value.most == 256
    with pytest.raises(NotRead, match="No such role"):
        learner.base("m").reply([Message("judge", "A?")], Decoding())
    with pytest.raises(NotRead, match="is half of a surrogate pair"):
        learner.base("m").count_tokens([Message("user", "\ud83d")])


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("rang = 8", "there is no setting 'rang'. The settings are method, rate, rank"),
        ("rank = 0", "rank is 0. Give 1 or more."),
        ('rate = "high"', "rate is 'high'. Give a value such as 0.0."),
        ('method = "dora"', "method is 'dora'. It is lora or full."),
        ('dtype = "int8"', "dtype is 'int8'. It is auto, float32, bfloat16 or float16."),
        ('device = "cuda:7"', "device is 'cuda:7', which is not to be had here"),
        ("rank 8", "is not TOML"),
    ],
)
def test_a_wrong_setting_is_told(model: Path, tmp_path: Path, settings: str, told: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(settings)
    with pytest.raises(ValueError, match=r"\w") as error:
        LocalLearner.from_files(model, path)
    assert told in str(error.value)


def test_a_model_without_a_template_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"has no chat template.*chat_template\.jinja"):
        LocalLearner.from_files(made_in(tmp_path / "plain", template=None))


def test_a_model_that_is_not_whole_or_takes_no_messages_is_told(model: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"empty: the folder has no config\.json, so it is no model\."):
        LocalLearner.from_files(_folder(tmp_path / "empty"))
    cut = Path(shutil.copytree(model, tmp_path / "cut"))
    (cut / "model.safetensors").write_bytes(b"half")
    with pytest.raises(
        ValueError, match=r"cut: the model cannot be opened\. A file of its .* is missing or damaged"
    ):
        LocalLearner.from_files(cut)
    with pytest.raises(
        ValueError, match=r"odd: the chat template of the model does not take these messages: "
    ):
        LocalLearner.from_files(made_in(tmp_path / "odd", template="{% for each in messages %}"))


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
