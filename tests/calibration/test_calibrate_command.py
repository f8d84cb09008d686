"""`polyactors calibrate` as its users have it."""

import json
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import pytest

from actors.pricing.settings import PricingSettings
from polyactors.calibration.page import page_of
from polyactors.calibration.picture import png_of
from polyactors.calibration.report import calibrate
from polyactors.calibration.simulated import play_simulated
from polyactors.calibration.words import JudgedMarket, Looked, MarketLeftOut, Played
from polyactors.cli.calibrate import calibrate as command
from polyactors.cli.failures import report_mistakes
from tests.calibration.made_recordings import Made, write

PNG = b"\x89PNG\r\n\x1a\n"


class Ran:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> "Run":
    return Run(capsys)


class Run:
    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: object) -> Ran:
        code: object = 0
        try:
            with report_mistakes():
                command.main(list(map(str, arguments)), standalone_mode=False)
        except SystemExit as end:
            code = end.code
        said = self._capsys.readouterr()
        return Ran(code if isinstance(code, int) else 1, said.out, said.err)


def test_the_result_is_one_document_with_every_look_in_it(run: Run, tmp_path: Path) -> None:
    ran = run(write(Made(tmp_path / "a", count=2)), write(Made(tmp_path / "b", name="other", seed=5)), "--json")
    assert (ran.code, ran.err) == (0, "")
    document = json.loads(ran.out)
    assert document["what"] == "made-up, other"
    assert len(document["markets"]) == 3 and document["left_out"] == []
    assert [at["left_s"] for at in document["by_time_left"]] == [240, 180, 120, 60, 30, 10]
    for at in document["by_time_left"]:
        assert at["both"] == 3 and "3 markets" in at["verdict"]["text"] and not at["verdict"]["is_clear"]
        assert sum(each["count"] for each in at["fair"]["bins"]) == 3
    assert document["log_loss_clipped_at"] == 0.001


def test_for_people_there_are_tables_and_an_honest_verdict(run: Run, tmp_path: Path) -> None:
    ran = run(write(Made(tmp_path)), "--left", "60,10")
    assert ran.code == 0
    assert "1 market, " in ran.out and "clipped at 0.001" in ran.out
    assert "60 s left: 1 market: no verdict" in ran.out and "240 s" not in ran.out


def test_the_files_are_written_and_the_page_needs_nothing_else(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "result"
    ran = run(write(Made(tmp_path / "made")), "--out", out, "--json")
    assert ran.code == 0
    assert sorted(path.name for path in out.iterdir()) == ["calibration.html", "calibration.json", "calibration.png"]
    assert (out / "calibration.png").read_bytes().startswith(PNG)
    assert json.loads((out / "calibration.json").read_text()) == json.loads(ran.out)
    check_page((out / "calibration.html").read_text())


class Links(HTMLParser):
    """Whatever a browser would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        assert tag not in ("script", "link", "iframe", "object")
        if tag not in ("meta", "img"):
            self.open.append(tag)
        self.found += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "style")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def check_page(page: str) -> None:
    links = Links()
    links.feed(page)
    links.close()
    assert links.open == []
    assert len(links.found) == 1 and links.found[0].startswith("data:image/png;base64,")
    assert "url(" not in page and "@import" not in page


def test_names_of_others_stay_text_in_the_page() -> None:
    nasty = "<script>alert(1)</script>&\"'"
    look = Looked(60, 0.4, 0.3, 0.5, 0.6)
    market = JudgedMarket(nasty, 0, True, nasty, (look,))
    result = calibrate(nasty, [Played((market,), (MarketLeftOut(nasty, nasty),))], [60])
    check_page(page_of(result, png_of(result)))


@pytest.mark.parametrize("markets", [0, 7])
def test_the_same_result_is_the_same_picture_however_few_there_are(markets: int) -> None:
    looks = (Looked(60, 0.4, 0.3, 0.5, None), Looked(10, 1.0, 1.0, 1.0, 0.0))
    played = Played(tuple(JudgedMarket(f"m{each}", each, each % 2 == 0, "x", looks) for each in range(markets)), ())
    result = calibrate("few", [played], [60, 10, 5])
    assert png_of(result) == png_of(result)
    assert png_of(result).startswith(PNG)


def test_every_mistake_is_named_at_once(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ran = run(tmp_path / "nowhere", tmp_path, "--left", "60,x", "--out", tmp_path / "file", "--config", tmp_path / "no")
    assert ran.code == 2 and ran.out == ""
    for part in ("nowhere", "manifest.json is missing", "--left", "no folder", "cannot be read"):
        assert part in ran.err, part


@pytest.mark.parametrize("left", ["", "0", "-1", "60,", "1.5", "60;10", "99999", "3601", "٣"])
def test_times_that_are_none_are_refused(run: Run, tmp_path: Path, left: str) -> None:
    ran = run(write(Made(tmp_path)), f"--left={left}")
    assert ran.code == 2 and "--left" in ran.err


def test_nothing_to_calibrate_on_is_a_mistake(run: Run) -> None:
    ran = run()
    assert ran.code == 2 and "--simulated" in ran.err
    assert run("--simulated", "0").code == 2


def test_a_folder_that_cannot_be_written_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("")
    ran = run(write(Made(tmp_path / "made")), "--left", "60", "--out", tmp_path / "blocked" / "below")
    assert ran.code == 2 and "could not be written" in ran.err


def test_what_is_left_out_is_said_with_its_reason(run: Run, tmp_path: Path) -> None:
    ran = run(write(Made(tmp_path, market={"slug": "will-it-rain"})))
    assert ran.code == 0
    assert "0 markets" in ran.out and "left out: made-up/will-it-rain: it is no up-or-down market" in ran.out


def test_simulated_markets_are_judged_by_the_exchange_and_are_the_same_each_time() -> None:
    played = [play_simulated(4, 3, (240, 60, 10), PricingSettings()) for _ in range(2)]
    assert played[0] == played[1]
    assert (len(played[0].markets), played[0].left_out, played[0].bad_inputs) == (4, (), 0)
    for market in played[0].markets:
        assert market.outcome_by == "the exchange"
        assert [look.left_s for look in market.looks] == [240, 60, 10]
        assert all(look.fair is not None and look.market is not None for look in market.looks)
        last = market.looks[-1].fair
        # Five sixths of the mean that decides are known.
        assert last is not None and (last > 0.5) == market.is_up
