"""`echovlm rewrite`."""

import json
import os
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from echovlm.cli.progress import progress_bar, stderr
from echovlm.errors import EchoVLMError


def rewrite(
    captions: Annotated[Path, typer.Argument(help="Text file with one caption per line.")],
    out: Annotated[
        Path, typer.Argument(help="JSON lines to write; captions that it holds are not asked again.")
    ],
    endpoint: Annotated[
        str, typer.Option(help="OpenAI-compatible address up to the version, http://localhost:8000/v1.")
    ],
    model: Annotated[str, typer.Option(help="The model's name at the endpoint.")],
    key_variable: Annotated[
        str, typer.Option(help="Environment variable that holds the key, if the endpoint wants one.")
    ] = "OPENAI_API_KEY",
    attempts: Annotated[int, typer.Option(min=1, help="How often one caption is tried.")] = 2,
) -> None:
    """Put captions into other words with a language model; what changes a value or finding is rejected.

    Captions of patients leave this machine if the endpoint is elsewhere. A rerun resumes.

    \b
    Example:
        echovlm rewrite captions.txt rewritten.jsonl --endpoint http://localhost:8000/v1 --model llama
    """
    from echovlm.reports import ChatEndpoint, rewrite_caption

    lines = _read_lines(captions)
    done = _read_done(out)
    chat = ChatEndpoint(endpoint, model, api_key=os.environ.get(key_variable, ""))
    todo = [line for line in dict.fromkeys(lines) if line not in done]
    kinds: Counter[str] = Counter()
    with progress_bar("rewrite") as on_progress, out.open("a", encoding="utf-8") as file:
        for count, caption in enumerate(todo, start=1):
            result = rewrite_caption(caption, chat.complete, attempts=attempts)
            # "the finding X is lost" is counted as "finding lost".
            kinds.update({_kind(objection) for objection in result.objections})
            row = {
                "caption": caption,
                "rewritten": result.rewritten,
                "accepted": not result.objections,
                "objections": result.objections,
            }
            file.write(json.dumps(row) + "\n")
            file.flush()
            done[caption] = not result.objections
            on_progress(count, len(todo))
    for kind, count in kinds.most_common():
        stderr.print(f"rejected for {kind}: {count}", markup=False)
    accepted = sum(done[line] for line in dict.fromkeys(lines))
    typer.echo(f"{accepted} of {len(set(lines))} captions rewritten in {out}; the others keep their words")


def _kind(objection: str) -> str:
    words = objection.split()
    if words[0] == "the" and words[1] != "sentence":
        return f"a {words[1]} that is {words[-1]}"
    return "a sentence that cannot be checked" if words[0] == "the" else "its length"


def _read_lines(path: Path) -> list[str]:
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except UnicodeDecodeError as error:
        raise EchoVLMError(f"{path} is no text file ({error.reason}); give one caption per line") from None
    if not lines:
        raise EchoVLMError(f"{path} holds no caption; give one per line")
    return lines


def _read_done(path: Path) -> dict[str, bool]:
    """Return the captions that an earlier run has asked for; a line that was cut short is asked for again."""
    if not path.exists():
        return {}
    text = path.read_text(encoding="utf-8", errors="replace")
    done = {}
    whole = []
    for line in text.splitlines():
        try:
            row = json.loads(line)
            done[row["caption"]] = bool(row["accepted"])
            whole.append(line)
        except (ValueError, KeyError, TypeError):
            continue
    if len(whole) < len(text.splitlines()):
        if not whole:
            raise EchoVLMError(f"{path} exists and is no result of this command; give another file")
        path.write_text("".join(f"{line}\n" for line in whole), encoding="utf-8")
    return done
