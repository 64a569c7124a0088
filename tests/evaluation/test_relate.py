"""Distances between mappings, flat maps of them, and the neighbours of a new task."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import yingshe as ys
from yingshe.evaluation import TaskDistances
from yingshe.evaluation.distances import classical_mds, divergence, mean_distance
from yingshe.prediction import Gaussian, PointEstimate
from yingshe.tasks import TaskSet

KEY = jax.random.key(3)
GRID = np.linspace(-1, 1, 15)[:, None]


@pytest.fixture(scope="module")
def learner():
    return ys.learners.RLS(1, 1, num_features=0, key=KEY)


@pytest.fixture(scope="module")
def relations(learner):
    """Lines: two the same, one of another slope, one of another height; and a new one."""
    lines = [(0, 1), (0, 1), (0, -1), (5, 1)]
    tasks = TaskSet.from_arrays([(GRID, a + b * GRID) for a, b in lines])
    new = ys.Pairs(GRID, 4.9 + GRID)
    return ys.relate(learner, tasks, key=KEY, new=new)


def test_the_same_task_twice_is_at_distance_nothing(relations):
    assert relations.distances[0, 1] < 1e-5


def test_distances_are_those_of_the_functions(relations, learner):
    # Lines 0 + x and 5 + x are 5 apart everywhere; RLS shrinks the mean of 15 pairs a little.
    assert relations.distances[0, 3] == pytest.approx(5, rel=0.02)
    # x and -x: 2 |x|, over the probes; the grid's root mean square of 2x is 1.23.
    assert relations.distances[0, 2] == pytest.approx(1.23, rel=0.15)


def test_distances_are_a_metric(relations):
    d = relations.distances
    np.testing.assert_allclose(d, d.T, atol=1e-6)
    np.testing.assert_allclose(np.diag(d), 0, atol=1e-6)
    assert (d[:, None, :] <= d[:, :, None] + d[None, :, :].swapaxes(0, 1) + 1e-5).all()


def test_lines_lie_in_a_plane(relations):
    assert relations.shown == pytest.approx(1, abs=1e-3)
    apart = np.linalg.norm(relations.positions[:, None] - relations.positions, axis=-1)
    np.testing.assert_allclose(apart, relations.distances, atol=0.02)


def test_a_new_task_finds_its_like(relations):
    (name, distance), *others = relations.nearest()
    assert name == "3"
    assert distance == pytest.approx(0.1, abs=0.02)
    assert len(others) == 3
    assert relations.nearest(1, to="0")[0][0] == "1"


def test_unknown_tasks_are_refused(relations, learner):
    with pytest.raises(ys.UserError, match="no task 'seven'"):
        relations.nearest(to="seven")
    alone = TaskSet.from_arrays([(GRID, GRID)])
    with pytest.raises(ys.UserError, match="but one task"):
        ys.relate(learner, alone, key=KEY)
    with pytest.raises(ys.UserError, match="Did you mean 'mean'"):
        ys.relate(learner, alone, key=KEY, by="maen")


def test_json_holds_all(relations):
    again = TaskDistances.from_dict(json.loads(relations.to_json()))
    np.testing.assert_allclose(again.distances, relations.distances)
    np.testing.assert_allclose(again.new_position, relations.new_position)
    assert again.names == relations.names


def test_flat_map_finds_points_of_the_plane_again():
    points = np.random.default_rng(0).normal(size=(9, 2)) * [3.0, 1.0]
    distances = np.linalg.norm(points[:, None] - points, axis=-1)
    positions, shown = classical_mds(distances)
    np.testing.assert_allclose(
        np.linalg.norm(positions[:, None] - positions, axis=-1), distances, atol=1e-9
    )
    assert shown == pytest.approx(1)


def test_flat_map_says_what_it_leaves_out():
    corners = np.sqrt(2) * (1 - np.eye(4))  # a tetrahedron: three equal axes, of which two show
    assert classical_mds(corners)[1] == pytest.approx(2 / 3)


def test_divergence_of_normal_distributions():
    # KL(N(0,1) ‖ N(1,4)) + KL(N(1,4) ‖ N(0,1)) = ½ ((1+1)/4 + (4+1)/1) - 1
    mean, variance = jnp.array([0.0, 1.0]), jnp.array([1.0, 4.0])
    predictions = Gaussian(mean[:, None, None], variance[:, None, None])
    np.testing.assert_allclose(divergence(predictions), [[0, 1.75], [1.75, 0]], atol=1e-6)
    with pytest.raises(ys.UserError, match="bare points"):
        divergence(PointEstimate(mean[:, None, None]))


def test_mean_distance_is_the_root_mean_square_over_probes():
    means = jnp.array([[[0.0, 0.0], [0.0, 0.0]], [[3.0, 4.0], [0.0, 0.0]]])
    expected = np.sqrt(25 / 2)
    np.testing.assert_allclose(mean_distance(PointEstimate(means))[0, 1], expected, rtol=1e-6)
