"""Plots are whole files of the kind that their suffix says."""

import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from yingshe.errors import UserError
from yingshe.evaluation import Interval, Row, ShotCurve, TaskDistances
from yingshe.evaluation.plotting import render_or_explain, save_gif


@pytest.fixture(scope="module")
def curve():
    """A learner that learns, a baseline that does not, and an oracle that reaches zero."""
    rows = []
    for method, errors in (
        ("GRU", (4.0, 1.0, 0.02)),
        ("mean", (4.2,)),
        ("oracle", (4.0, 0.5, 0.0)),
    ):
        shots = (0, 2, 5)[-len(errors) :]
        for k, error in zip(shots, errors, strict=True):
            interval = Interval(error, 0.9 * error, 1.1 * error)
            likelihood = None if method == "mean" else Interval(-error, -1.1 * error, -0.9 * error)
            rows.append(Row(method, k, 100, interval, likelihood, None, None))
    return ShotCurve("Sinusoid", "squared error", ("GRU",), tuple(rows))


@pytest.fixture(scope="module")
def relations():
    positions = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]])
    distances = np.linalg.norm(positions[:, None] - positions, axis=-1)
    return TaskDistances(
        "mean", ("a", "b", "c"), distances, positions, 1.0, distances[0], positions[0]
    )


@pytest.mark.parametrize("name", ["curve", "relations"])
def test_png(name, request, tmp_path):
    request.getfixturevalue(name).plot(tmp_path / "plot.png")
    content = (tmp_path / "plot.png").read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert content.endswith(b"IEND\xaeB`\x82")
    width, height = (int.from_bytes(content[i : i + 4]) for i in (16, 20))
    assert width > 600
    assert height > 400


@pytest.mark.parametrize("name", ["curve", "relations"])
def test_svg(name, request, tmp_path):
    request.getfixturevalue(name).plot(tmp_path / "plot.svg")
    assert ET.parse(tmp_path / "plot.svg").getroot().tag.endswith("svg")


def test_another_suffix_is_refused_and_nothing_is_written(curve, tmp_path):
    with pytest.raises(UserError, match=r"\.png or \.svg"):
        curve.plot(tmp_path / "plot.jpeg")
    assert list(tmp_path.iterdir()) == []


FRAMES = [np.full((8, 12, 3), shade, np.uint8) for shade in (0, 128, 255)]


def test_gif_holds_every_frame_for_its_time(tmp_path):
    image = pytest.importorskip("PIL.Image")
    save_gif(FRAMES, tmp_path / "a.gif", fps=20)
    with image.open(tmp_path / "a.gif") as gif:
        assert (gif.n_frames, gif.size, gif.info["duration"]) == (3, (12, 8), 50)
        assert gif.info["loop"] == 0, "an animation repeats"
        gif.seek(2)
        assert gif.convert("RGB").getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("frames", "name", "fps", "message"),
    [
        (FRAMES, "a.mp4", 20, "written as .gif"),
        ([], "a.gif", 20, "frames is empty"),
        (FRAMES, "a.gif", 0, "fps must be above 0, got 0"),
    ],
)
def test_bad_animations_are_refused_and_nothing_is_written(frames, name, fps, message, tmp_path):
    with pytest.raises(UserError, match=message):
        save_gif(frames, tmp_path / name, fps=fps)
    assert list(tmp_path.iterdir()) == []


def test_an_animation_without_pillow_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(UserError, match="pip install pillow"):
        save_gif(FRAMES, tmp_path / "a.gif", fps=20)


def test_a_machine_that_cannot_draw_off_screen_says_so(tmp_path, capsys):
    def no_display():
        raise RuntimeError("gladLoadGL error")

    assert not render_or_explain(no_display, tmp_path / "a.gif", fps=20)
    assert capsys.readouterr().out.count("cannot draw off screen (RuntimeError)") == 1
    assert list(tmp_path.iterdir()) == []

    def bad_input():
        raise UserError("there is no such robot")

    with pytest.raises(UserError, match="no such robot"):  # not the driver's fault
        render_or_explain(bad_input, tmp_path / "a.gif", fps=20)
    pytest.importorskip("PIL")
    assert render_or_explain(lambda: FRAMES, tmp_path / "a.gif", fps=20)
    assert f"animation: {tmp_path / 'a.gif'}" in capsys.readouterr().out
