"""Colours that can be read: on every ground, by every pair of eyes, in every number of colours, and without any."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
from colour_vision import DEUTERANOPIA, PROTANOPIA, TYPICAL, Matrix, distance
from rich.color import Color, ColorSystem
from rich.style import Style
from textual.theme import BUILTIN_THEMES
from tui_driver import opened
from tui_shop import Shop

from kpi_core.errors import ConfigError, UsageError
from tui import settings
from tui.cli.common import Look
from tui.look import themes
from tui.look.theme import PALETTES, READABLE, STRONG, TERMINAL, Palette, contrast, readable
from tui.options import Options

ROLES = ("", "good", "warn", "bad", "muted", "accent", "key", "lit", "target", "title")
GROUNDS = ("background", "bar", "selection")
STATUS = ("good", "warn", "bad")
OWN = [palette for palette in PALETTES.values() if not palette.ansi]
DEPTHS = ("truecolor", "256")


def colours_of(style: Style) -> tuple[str, str]:
    """Text and ground as `#rrggbb`."""
    assert style.color is not None and style.color.triplet is not None and style.bgcolor is not None and style.bgcolor.triplet is not None
    return style.color.triplet.hex, style.bgcolor.triplet.hex


def each(palettes: list[Palette]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("palette", palettes, ids=lambda palette: palette.name)


@each(OWN)
@pytest.mark.parametrize("colours", DEPTHS)
def test_every_role_reads_on_every_ground(palette: Palette, colours: str) -> None:
    shown = palette.at(colours)
    for ground in GROUNDS:
        for role in ROLES:
            text, under = colours_of(shown.style(role, ground))
            assert contrast(text, under) >= palette.least >= READABLE, f"{role} on {ground}: {text} on {under}"


def test_the_high_contrast_themes_keep_seven_to_one() -> None:
    assert {palette.least for palette in OWN if "high-contrast" in palette.name} == {STRONG}


@each(OWN)
@pytest.mark.parametrize("colours", DEPTHS)
def test_statuses_are_told_apart(palette: Palette, colours: str) -> None:
    """Good and bad by everybody; all three by most eyes, and by all eyes in the themes that are made for them."""
    made_for_it = "colour-blind" in palette.name
    shown = palette.at(colours)
    for ground in GROUNDS:
        seen = {role: colours_of(shown.style(role, ground))[0] for role in STATUS}
        for one, other in combinations(STATUS, 2):
            assert distance(seen[one], seen[other], TYPICAL) >= 15, (ground, one, other)
        eyes: Matrix
        for eyes in (DEUTERANOPIA, PROTANOPIA):
            assert distance(seen["good"], seen["bad"], eyes) >= (50 if made_for_it else 10 if colours == "truecolor" else 8), (ground, seen)
            if made_for_it:
                assert min(distance(seen[one], seen[other], eyes) for one, other in combinations(STATUS, 2)) >= 20


def test_the_simulation_is_that_of_the_paper() -> None:
    assert distance("#000000", "#ffffff") == pytest.approx(100, abs=0.01)
    for eyes in (DEUTERANOPIA, PROTANOPIA):
        assert distance("#777777", "#777777", eyes) == 0
        assert distance("#ffffff", "#ffffff", eyes) == 0 and distance("#000000", "#ffffff", eyes) == pytest.approx(100, abs=0.1)  # greys stay grey
        assert distance("#8a6d00", "#a02000", eyes) < distance("#8a6d00", "#a02000") / 2  # yellow and red come close


@each(OWN)
def test_256_colours_are_shown_as_they_are_chosen(palette: Palette) -> None:
    shown = palette.at("256")
    for ground in GROUNDS:
        for role in ROLES:
            for colour in colours_of(shown.style(role, ground)):
                assert Color.parse(colour).downgrade(ColorSystem.EIGHT_BIT).get_truecolor().hex == colour


@each(list(PALETTES.values()))
def test_sixteen_colours_keep_statuses_apart_and_readable(palette: Palette) -> None:
    shown = palette.at("standard")
    for ground in GROUNDS:
        styles = {role: shown.style(role, ground) for role in ROLES}
        assert len({styles[role].color for role in STATUS}) == 3
        assert styles[""].reverse is (True if ground == "selection" else None)
        for role, style in styles.items():
            assert style.color is None or style.color.type.name == "STANDARD"
            if palette is not TERMINAL:  # the terminal's own ground is not known
                assert style.color is not None and style.bgcolor is not None
                text, under = (colour.get_truecolor().hex for colour in (style.color, style.bgcolor))
                assert contrast(text, under) >= READABLE, (role, ground, text, under)


@each(list(PALETTES.values()))
def test_without_colours_bold_reverse_and_underline_are_left(palette: Palette) -> None:
    shown = palette.at(None)
    for role in ROLES:
        assert all(style.color is None and style.bgcolor is None for style in (shown.style(role, ground) for ground in GROUNDS))
    assert shown.style("", "selection").reverse and not shown.style("").reverse
    assert shown.style("lit").bold and shown.style("lit").underline and shown.style("bad").bold and shown.style("title").bold


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert readable("#777777", "#ffffff", "#000000") != "#777777"


def test_no_theme_is_one_of_textuals() -> None:
    assert not {palette.theme().name for palette in PALETTES.values()} & set(BUILTIN_THEMES)


# ---------------------------------------------------------------- which theme


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


def chosen(folder: Path, environ: dict[str, str] | None = None, **given: object) -> Options:
    return settings.options(Look("en", False, True), environ or {}, config=folder, **given)  # type: ignore[arg-type]


def test_option_then_environment_then_file_then_guess(tmp_path: Path) -> None:
    write(tmp_path, "app.yaml", "theme: light\n")
    assert chosen(tmp_path, {"OMNIGAP_THEME": "terminal"}, theme="high-contrast").theme == "high-contrast"
    assert chosen(tmp_path, {"OMNIGAP_THEME": "terminal"}).theme == "terminal"
    assert chosen(tmp_path, {"COLORFGBG": "15;0"}).theme == "light"
    write(tmp_path, "app.yaml", "theme: auto\n")
    assert chosen(tmp_path, {"COLORFGBG": "0;default;15"}).theme == "light"
    assert chosen(tmp_path, {"COLORFGBG": "15;0"}).theme == chosen(tmp_path / "none").theme == "dark"
    with pytest.raises(UsageError) as error:
        chosen(tmp_path, theme="color-blind")
    assert error.value.hint is not None and "colour-blind" in str(error.value.hint.values)


@pytest.mark.parametrize(("text", "hint"), [("them: dark\n", "theme"), ("mouse: sometimes\n", None), ("shwo_cursor: true\n", "show_cursor")])
def test_a_wrong_setting_is_said_with_its_place(tmp_path: Path, text: str, hint: str | None) -> None:
    write(tmp_path, "app.yaml", text)
    with pytest.raises(ConfigError) as error:
        chosen(tmp_path)
    assert error.value.where is not None and error.value.where.line == 1
    assert hint is None or (error.value.hint is not None and error.value.hint.values["name"] == hint)


def test_settings_and_environment(tmp_path: Path) -> None:
    write(tmp_path, "app.yaml", "ascii: true\ncolor: false\nmouse: false\nshow_cursor: true\n")
    found = chosen(tmp_path)
    assert (found.ascii_only, found.no_color, found.mouse, found.show_cursor) == (True, True, False, True)
    plain = tmp_path / "none"
    assert [chosen(plain, env).no_color for env in ({}, {"NO_COLOR": ""}, {"NO_COLOR": "1"}, {"CLICOLOR": "0"}, {"TERM": "dumb"})] == [False, False, True, True, True]
    assert chosen(tmp_path, served=True).mouse  # a visitor of the browser is not this user


def test_c_and_posix_are_ascii() -> None:
    cases = [({}, False), ({"LANG": "C"}, True), ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, True), ({"LC_ALL": "POSIX", "LANG": "fr_FR.UTF-8"}, True)]
    cases += [({"LANG": "C.UTF-8"}, False), ({"LC_ALL": "fr_FR.UTF-8", "LANG": "C"}, False)]
    assert [settings.ascii_locale(env) for env, _ in cases] == [wanted for _, wanted in cases]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "theme: light\n"),
        ("mouse: false", "mouse: false\ntheme: light\n"),
        ("# mine\ntheme: dark # so\nmouse: false\n", "# mine\ntheme: light # so\nmouse: false\n"),
        ("theme:\n", "theme: light\n"),
    ],
)
def test_a_theme_is_kept_and_the_rest_of_the_file_stays(tmp_path: Path, before: str, after: str) -> None:
    if before:
        write(tmp_path, "app.yaml", before)
    assert settings.keep_theme(tmp_path, "light").read_text(encoding="utf-8") == after
    assert settings.read(tmp_path).theme == "light"
    assert [path.name for path in tmp_path.iterdir()] == ["app.yaml"]


# ---------------------------------------------------------------- themes of a user


def test_a_theme_of_ones_own(tmp_path: Path) -> None:
    write(tmp_path, "themes/mine.yaml", 'base: light\ngood: "#99ff99"\n')
    mine = themes.find("mine", tmp_path)
    assert mine.background == PALETTES["light"].background and mine.good == "#99ff99"
    weak = themes.weaknesses(mine)
    assert weak is not None and "good/background" in str(weak.values["roles"])
    text, under = colours_of(mine.style("good"))
    assert text != "#99ff99" and contrast(text, under) >= READABLE  # shown stronger
    assert themes.names(tmp_path)[-1] == "mine" and chosen(tmp_path, theme="mine").theme == "mine"


@pytest.mark.parametrize(("text", "line"), [('good: "green"\n', 1), ("base: dark\ngoood: 1\n", 2), ('base: drak\ngood: "#00ff00"\n', 1), ("base: terminal\n", 1)])
def test_a_wrong_theme_is_said_with_its_place(tmp_path: Path, text: str, line: int) -> None:
    write(tmp_path, "themes/mine.yaml", text)
    with pytest.raises(ConfigError) as error:
        themes.find("mine", tmp_path)
    assert error.value.where is not None and error.value.where.line == line
    ((name, problem),) = themes.user_themes(tmp_path)
    assert name == "mine" and isinstance(problem, ConfigError)


async def test_a_list_with_a_preview(tmp_path: Path) -> None:
    write(tmp_path, "themes/broken.yaml", "good: 12\n")
    async with opened(Shop(), options=Options(config=tmp_path)) as ui:
        look = ui.app.look
        await ui.press("T")
        ui.expect("high-contrast", "colour-blind", "terminal", "broken")
        await ui.press("down")
        assert look.palette.name == "light" and ui.app.theme == "omnigap-light"
        assert {grid.palette.name for grid in ui.app.main.query("GridView")} == {"light"}  # type: ignore[attr-defined]
        await ui.press("escape")
        assert look.palette.name == "dark" and ui.app.theme == "omnigap-dark" and not (tmp_path / "app.yaml").exists()
        await ui.press("T", *["down"] * 6)
        assert look.palette.ansi
        await ui.press("enter")
        ui.expect("theme terminal, kept in")
    assert settings.read(tmp_path).theme == "terminal"


async def test_each_theme_opens_in_every_number_of_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("light", "terminal"):
        for no_color in (False, True):
            async with opened(Shop(), options=Options(theme=name, no_color=no_color)) as ui:
                await ui.press("question_mark")
                ui.expect("Average order value" if "Average" in ui.text else "Commands")
