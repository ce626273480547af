"""Prompts: the languages of the system's own, a custom one that is spoken by a machine, the files of a playlist."""

from __future__ import annotations

from ...store.shelves import SHELVES, Holdings, Item, listed_in
from ..calls import Call, Fields
from ..deeds import holdings_of
from ..errors import YeastarError
from ..relations import refuse_duplicates
from ..resources.prompts import CUSTOM_PROMPT

_ENGLISH = "sound-en"

# What plays where nobody chose another playlist; no source names its files.
_DEFAULT_PLAYLIST = "default"


def system_prompts(call: Call, given: Fields) -> Fields:
    """The languages that are installed; the first of them is the current one."""
    prompts = [_language(item) for item in holdings_of(call).items("system_prompt")]
    call.entry.rows = call.entry.total = len(prompts)
    current = prompts[0]["language"] if prompts else _ENGLISH
    return {"system_prompt": {"language": current, "prompt_list": prompts}}


def _language(item: Item) -> Item:
    installed = item.get("is_default_install")
    return {
        "language": str(item.get("language", item["name"])),
        "language_text": item["name"],
        "is_default_install": installed if installed in (0, 1) else 1,
    }


def create_custom_prompt(call: Call, given: Fields) -> Fields:
    """Keep a prompt. Raises 40003 for a name that another one has."""
    item = {"name": f"{given['file']}.wav", "created_ts": call.now, "updated_ts": call.now, **given}
    del item["file"]
    with call.world.write() as connection:
        refuse_duplicates(CUSTOM_PROMPT, item, ("file",), Holdings(connection, call.settings), "create")
        SHELVES["custom_prompt"].add(connection, item)
    call.entry.notes.append("nobody speaks here: the prompt is listed, and has no sound")
    return {}


def moh_files(call: Call, given: Fields) -> Fields:
    """The files of the playlist of that name. Raises 60001."""
    playlist = holdings_of(call).find("play_list", given["list_name"], "name")
    if playlist is None and given["list_name"] != _DEFAULT_PLAYLIST:
        raise YeastarError(60001, "there is no playlist of that name")
    files = [{"file": str(entry["file"])} for entry in listed_in(playlist or {}, "prompt_list") if _is_file(entry)]
    call.entry.rows = call.entry.total = len(files)
    return {"prompt_list": files}


def _is_file(entry: object) -> bool:
    return isinstance(entry, dict) and "file" in entry
