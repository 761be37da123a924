"""``python -m demo run|up|down``."""

from __future__ import annotations

import argparse
import signal
import sys
from types import FrameType

from demo import processes
from demo.failure import DemoFailed
from demo.place import Place
from demo.product import Product
from demo.settings import DAG_ID
from demo.stage import Stage
from demo.story import Story
from demo.voice import Voice

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(argv: list[str] | None = None) -> int:
    """Gives the exit status: 0 only if everything came true."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("verb", choices=("run", "up", "down"))
    verb = parser.parse_args(argv).verb
    for number in SIGNALS:
        signal.signal(number, _stop)
    voice = Voice()
    try:
        return {"run": run, "up": up, "down": down}[verb](voice)
    except KeyboardInterrupt:
        voice.bad("Interrupted.")
        return 130


def run(voice: Voice) -> int:
    """The whole way once, with nobody at the keyboard."""
    place = Place.named("demo")
    if _busy(place, voice, "Another demonstration runs in"):
        return 1
    stage = Stage(place, voice)
    voice.title("From finalized NuORDER orders to Retail POS purchase orders")
    failure: DemoFailed | None = None
    try:
        stage.build()
        Story(stage, Product(place, stage.environment)).tell()
    except DemoFailed as error:
        failure = error
    finally:
        _end(stage, voice)
    if failure is None:
        voice.good(f"Everything came true. Logs and databases are in {place.root}")
        return 0
    return _tell(voice, failure)


def up(voice: Voice) -> int:
    """Starts the same and leaves it running."""
    place = Place.named("up")
    if _busy(place, voice, "It runs already (`make down` ends it), from"):
        return 1
    stage = Stage(place, voice)
    try:
        stage.build()
    except DemoFailed as error:
        _end(stage, voice)
        return _tell(voice, error)
    except BaseException:
        _end(stage, voice)
        raise
    voice.good("Everything runs and goes on running; `make down` ends it.")
    origin = stage.airflow.origin
    rows = [("Airflow", origin), ("its DAG", f"{origin}/dags/{DAG_ID}")]
    rows += [("the merchant's desk", f"{origin}/plugin/purchase-orders")]
    rows += [(f"user {name}", f"password {password}") for name, password in stage.passwords.items()]
    rows += [("stand-in NuORDER", stage.ready["nuorder"]), ("stand-in POS", stage.ready["pos"])]
    rows += [("the POS's own books", f"{stage.ready['pos']}/_ledger"), ("logs", str(place.root / "logs"))]
    rows += [("to type nuorder-pos", f". {place.environment}")]
    voice.table("", ("What", "Where"), rows)
    return 0


def down(voice: Voice) -> int:
    """Ends what ``up`` started."""
    place = Place.named("up")
    services = processes.remembered(place.record)
    if not services:
        voice.step("Nothing runs that `make up` started.")
        return 0
    return _end(Stage(place, voice, services=services), voice)


def _busy(place: Place, voice: Voice, sentence: str) -> bool:
    """Whether something runs in this place; the rest of a demonstration whose runner was killed is ended instead."""
    services = processes.remembered(place.record)
    if not any(service.processes() for service in services):
        return False
    if place.root.name == "up" or processes.runner_lives(place.record):
        voice.bad(f"{sentence} {place.root}.")
        return True
    voice.step("Ending what an interrupted demonstration left behind")
    return bool(_end(Stage(place, voice, services=services), voice))


def _end(stage: Stage, voice: Voice) -> int:
    """Ends every process, whatever signal comes meanwhile."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in SIGNALS}
    try:
        stage.end()
    except DemoFailed as error:
        return _tell(voice, error)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 0


def _tell(voice: Voice, failure: DemoFailed) -> int:
    voice.bad(f"This did not come true: {failure}")
    if failure.log is not None:
        voice.remark(f"Look into {failure.log}")
    return 1


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
