"""Distances between mappings, maps of them, and the neighbours of a new task."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import yingshe as ys
from yingshe.evaluation import TaskDistances
from yingshe.evaluation.distances import classical_mds, mean_distance, symmetric_kl
from yingshe.prediction import Gaussian, PointEstimate
from yingshe.tasks import TaskSet

KEY = jax.random.key(3)
GRID = np.linspace(-1, 1, 15)[:, None]


@pytest.fixture(scope="module")
def learner():
    return ys.learners.RLS(1, 1, num_features=0, key=KEY)


@pytest.fixture(scope="module")
def lines(learner):
    """Lines: two the same, one of another slope, one of another height; and a new one."""
    coefficients = [(0, 1), (0, 1), (0, -1), (5, 1)]
    tasks = TaskSet.from_arrays([(GRID, a + b * GRID) for a, b in coefficients])
    new = ys.Pairs(GRID, 4.9 + GRID)
    return ys.relate(learner, tasks, key=KEY, new=new)


def test_the_same_task_twice_is_at_distance_nothing(lines):
    assert lines.distances[0, 1] < 1e-5


def test_distances_are_those_of_the_functions(lines, learner):
    # Lines 0 + x and 5 + x are 5 apart everywhere; RLS shrinks the mean of 15 pairs a little.
    assert lines.distances[0, 3] == pytest.approx(5, rel=0.02)
    # x and -x: 2 |x|, over the probes; the grid's root mean square of 2x is 1.23.
    assert lines.distances[0, 2] == pytest.approx(1.23, rel=0.15)


def test_distances_are_a_metric(lines):
    d = lines.distances
    np.testing.assert_allclose(d, d.T, atol=1e-6)
    np.testing.assert_allclose(np.diag(d), 0, atol=1e-6)
    assert (d[:, None, :] <= d[:, :, None] + d[None, :, :].swapaxes(0, 1) + 1e-5).all()


def test_lines_lie_in_a_plane(lines):
    assert lines.explained_variance_ratio == pytest.approx(1, abs=1e-3)
    apart = np.linalg.norm(lines.embedding[:, None] - lines.embedding, axis=-1)
    np.testing.assert_allclose(apart, lines.distances, atol=0.02)


def test_a_new_task_finds_its_neighbors(lines):
    (name, distance), *others = lines.nearest()
    assert name == "3"
    assert distance == pytest.approx(0.1, abs=0.02)
    assert len(others) == 3
    assert lines.nearest(1, to="0")[0][0] == "1"


def test_unknown_tasks_are_refused(lines, learner):
    with pytest.raises(ys.UserError, match="no task 'seven'"):
        lines.nearest(to="seven")
    alone = TaskSet.from_arrays([(GRID, GRID)])
    with pytest.raises(ys.UserError, match="only one task"):
        ys.relate(learner, alone, key=KEY)
    with pytest.raises(ys.UserError, match="Did you mean 'mean'"):
        ys.relate(learner, alone, key=KEY, metric="maen")


def test_json_holds_all(lines):
    again = TaskDistances.from_dict(json.loads(lines.to_json()))
    np.testing.assert_allclose(again.distances, lines.distances)
    np.testing.assert_allclose(again.query_embedding, lines.query_embedding)
    assert again.names == lines.names


def test_map_finds_points_of_the_plane_again():
    points = np.random.default_rng(0).normal(size=(9, 2)) * [3.0, 1.0]
    distances = np.linalg.norm(points[:, None] - points, axis=-1)
    positions, shown = classical_mds(distances)
    np.testing.assert_allclose(
        np.linalg.norm(positions[:, None] - positions, axis=-1), distances, atol=1e-9
    )
    assert shown == pytest.approx(1)


def test_map_says_what_it_leaves_out():
    corners = np.sqrt(2) * (1 - np.eye(4))  # a tetrahedron: three equal axes, of which two show
    assert classical_mds(corners)[1] == pytest.approx(2 / 3)


def test_divergence_of_normal_distributions():
    # KL(N(0,1) ‖ N(1,4)) + KL(N(1,4) ‖ N(0,1)) = ½ ((1+1)/4 + (4+1)/1) - 1
    mean, variance = jnp.array([0.0, 1.0]), jnp.array([1.0, 4.0])
    predictions = Gaussian(mean[:, None, None], variance[:, None, None])
    np.testing.assert_allclose(symmetric_kl(predictions), [[0, 1.75], [1.75, 0]], atol=1e-6)
    with pytest.raises(ys.UserError, match="predicts points"):
        symmetric_kl(PointEstimate(mean[:, None, None]))


def test_mean_distance_is_the_root_mean_square_over_probes():
    means = jnp.array([[[0.0, 0.0], [0.0, 0.0]], [[3.0, 4.0], [0.0, 0.0]]])
    expected = np.sqrt(25 / 2)
    np.testing.assert_allclose(mean_distance(PointEstimate(means))[0, 1], expected, rtol=1e-6)


def test_distances_that_0_1_wrote_still_load(lines):
    content = lines.to_dict()
    for old, new in (
        ("by", "metric"),
        ("positions", "embedding"),
        ("shown", "explained_variance_ratio"),
        ("to_new", "query_distances"),
        ("new_position", "query_embedding"),
    ):
        content[old] = content.pop(new)
    assert TaskDistances.from_dict(content).to_json() == lines.to_json()
    loaded = TaskDistances.from_dict(content | {"by": "divergence"})
    assert loaded.metric == "symmetric_kl"


def test_the_metric_of_0_1_works_with_a_warning(learner):
    tasks = TaskSet.from_arrays([(GRID, GRID), (GRID, -GRID)])
    with pytest.warns(DeprecationWarning, match="'divergence' is now 'symmetric_kl'"):
        distances = ys.relate(learner, tasks, key=KEY, metric="divergence")
    assert distances.metric == "symmetric_kl"
