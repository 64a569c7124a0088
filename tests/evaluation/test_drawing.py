"""Plots are whole files of the kind that their suffix says."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from yingshe.errors import UserError
from yingshe.evaluation import Interval, Row, ShotCurve, TaskDistances


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
