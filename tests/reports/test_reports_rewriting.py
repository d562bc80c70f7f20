"""Captions in the words of a language model: what changes a value or a finding is turned away."""

import json
import re
import shlex
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from typer.testing import CliRunner

from echovlm.cli import app
from echovlm.reports import ChatEndpoint, EndpointError, find_changes, rewrite_caption

CAPTION = (
    "Apical four chamber. There is mild mitral regurgitation. The left ventricle is not dilated. "
    "The LV ejection fraction is 58%."
)
SAME = (
    "In the apical four chamber view, mitral regurgitation is mild, the left ventricle is not dilated, "
    "and the LV ejection fraction is 58%."
)


@contextmanager
def endpoint(answers, status=200, headers=()):
    """Serve ``answers`` in turn at a loopback address, the last one again and again; yield address and requests."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append((self.path, dict(self.headers), body))
            answer = answers[min(len(asked), len(answers)) - 1]
            code = status if not isinstance(answer, int) else answer
            content = {"choices": [{"message": {"role": "assistant", "content": answer}}]}
            raw = answer if isinstance(answer, bytes) else json.dumps(content).encode()
            self.send_response(code)
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_other_words_for_the_same_are_accepted():
    assert find_changes(CAPTION, SAME) == ()
    assert rewrite_caption(CAPTION, lambda _: SAME).text == SAME
    assert find_changes(CAPTION, CAPTION) == ()


@pytest.mark.parametrize(
    ("old", "new", "objection"),
    [
        ("58%", "55%", "value"),
        ("58%", "58.5%", "number"),
        ("is mild", "is moderate", "finding"),
        ("is not dilated", "is dilated", "finding"),
        ("mitral", "tricuspid", "finding"),
        ("apical four chamber", "apical two chamber", "view"),
        (", and the LV ejection fraction is 58%", "", "value"),
        ("is mild,", "is mild (previously severe),", "finding"),
        ("58%.", "58%, with no pericardial effusion.", "finding"),
        ("58%.", "58% and the heart rate is 70 bpm.", "number"),
        ("In the", "On colour Doppler in the", "mode"),
        ("is not dilated", "may be dilated", "finding"),
    ],
)
def test_a_text_that_says_something_else_is_turned_away(old, new, objection):
    assert old in SAME
    result = rewrite_caption(CAPTION, lambda _: SAME.replace(old, new))
    assert any(objection in each for each in result.objections), result.objections
    assert result.text == CAPTION, "the caption keeps its own words"


def test_a_sentence_that_cannot_be_checked_must_stand_as_it_was():
    caption = "Parasternal long axis. The aortic leaflets open poorly."
    assert find_changes(caption, "Parasternal long axis view. The aortic leaflets open poorly.") == ()
    changed = find_changes(caption, "Parasternal long axis view. The aortic leaflets open well.")
    assert "cannot" in " ".join(changed) or "no other wording" in " ".join(changed)


def test_nothing_and_an_essay_are_no_rewritings():
    assert find_changes(CAPTION, "") == ("it is empty",)
    assert "letters" in find_changes(CAPTION, f"{SAME} {'Indeed it is so. ' * 60}")[0]


def test_a_writer_gets_a_second_chance_and_no_third():
    texts = iter([SAME.replace("58%", "60%"), SAME, "never asked for"])
    result = rewrite_caption(CAPTION, lambda _: next(texts), attempts=2)
    assert result.text == SAME
    assert next(texts) == "never asked for"


def test_an_endpoint_is_asked_as_the_protocol_wants_it():
    with endpoint([SAME]) as (address, asked):
        chat = ChatEndpoint(address + "/", "some-model", api_key="secret", temperature=0.2)
        assert rewrite_caption(CAPTION, chat.complete).text == SAME
    path, headers, body = asked[0]
    assert path == "/v1/chat/completions"
    assert headers["Authorization"] == "Bearer secret"
    assert (body["model"], body["temperature"], body["stream"]) == ("some-model", 0.2, False)
    assert body["messages"][0]["content"].endswith(CAPTION)
    assert "secret" not in repr(chat)


def test_without_a_key_none_is_sent():
    with endpoint([SAME]) as (address, asked):
        ChatEndpoint(address, "m").complete("hello")
    assert "Authorization" not in asked[0][1]


def test_a_busy_endpoint_is_asked_again():
    with endpoint([503, 429, SAME], headers=[("Retry-After", "0")]) as (address, asked):
        assert ChatEndpoint(address, "m").complete("hello") == SAME
    assert len(asked) == 3


@pytest.mark.parametrize(
    ("answers", "status", "told"),
    [
        ([b"no such model"], 404, "answered 404 Not Found: no such model"),
        ([b'{"error": "key"}'], 401, "answered 401"),
        ([b"<html>hello</html>"], 200, "no completion"),
        ([b'{"choices": []}'], 200, "no completion"),
        ([b'{"choices": [{"message": {"content": null}}]}'], 200, "no completion"),
        ([b"[]"], 200, "no completion"),
        ([503], 200, "answered 503"),
    ],
)
def test_an_endpoint_that_refuses_or_babbles_is_named_in_one_sentence(answers, status, told):
    with endpoint(answers, status) as (address, _):
        chat = ChatEndpoint(address, "m", api_key="secret", pause_s=0.01)
        with pytest.raises(EndpointError, match=told.replace("(", r"\(")) as caught:
            chat.complete("hello")
    assert address in str(caught.value)
    assert "secret" not in str(caught.value)


def test_an_endpoint_that_is_not_there_is_named():
    with endpoint([SAME]) as (address, _):
        pass
    with pytest.raises(EndpointError, match="cannot be reached"):
        ChatEndpoint(address, "m", tries=2, pause_s=0.01).complete("hello")
    with pytest.raises(EndpointError, match="no address of an endpoint"):
        ChatEndpoint("localhost:8000", "m")
    with pytest.raises(EndpointError, match="no address"):
        ChatEndpoint("file:///etc/passwd", "m")


def test_the_example_of_the_help_text_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = CliRunner().invoke(app, ["rewrite", "--help"], terminal_width=200).output
    line = re.search(r"Example:\s*\n\s*echovlm (.*)\n", text)[1]
    (tmp_path / "captions.txt").write_text(CAPTION)
    with endpoint([SAME]) as (address, _):
        arguments = shlex.split(line.replace("http://localhost:8000/v1", address))
        result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert (tmp_path / "rewritten.jsonl").exists()


def test_the_command_keeps_what_is_good_counts_what_is_not_and_resumes(tmp_path):
    captions, out = tmp_path / "captions.txt", tmp_path / "rewritten.jsonl"
    captions.write_text(f"{CAPTION}\n\nParasternal long axis. No pericardial effusion is seen.\n")
    arguments = ["rewrite", str(captions), str(out), "--model", "m", "--attempts", "1", "--endpoint"]
    with endpoint([SAME, "Parasternal long axis. A pericardial effusion is seen."]) as (address, asked):
        result = CliRunner().invoke(app, [*arguments, address])
        assert result.exit_code == 0, result.output
        assert "1 of 2 captions rewritten" in result.output
        assert "rejected for a finding that is new: 1" in result.output
        out.write_text(out.read_text() + '{"caption": "cut sh')
        again = CliRunner().invoke(app, [*arguments, address])
        assert again.exit_code == 0
        assert len(asked) == 2, "nothing is asked twice"
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["accepted"] for row in rows] == [True, False]
    assert rows[1]["objections"]


def test_the_command_refuses_what_is_no_list_of_captions(tmp_path):
    empty, other = tmp_path / "empty.txt", tmp_path / "other.jsonl"
    empty.write_text("\n\n")
    other.write_text("precious\n")
    arguments = ["--model", "m", "--endpoint", "http://127.0.0.1:9/v1"]
    result = CliRunner().invoke(app, ["rewrite", str(empty), str(other), *arguments])
    assert result.exit_code != 0
    assert "holds no caption" in str(result.exception)
    empty.write_text(CAPTION)
    result = CliRunner().invoke(app, ["rewrite", str(empty), str(other), *arguments])
    assert "no result of this command" in str(result.exception)
    assert other.read_text() == "precious\n"
