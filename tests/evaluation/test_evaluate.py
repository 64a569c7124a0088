"""Shot curves against figures that are known: by hand, from the oracle, from the prior."""

import json

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import yingshe as ys
from yingshe.evaluation import ShotCurve
from yingshe.evaluation._scores import score_learner, score_oracle
from yingshe.evaluation._splits import sample_tasks, split_support_query
from yingshe.learners import Learner
from yingshe.pairs import Pairs
from yingshe.prediction import Gaussian, PointEstimate
from yingshe.tasks import Linear, TaskSet

KEY = jax.random.key(7)


class RunningMean(Learner):
    """Predicts the mean of the y it has read, 0 before the first."""

    x_dim: int = 1
    y_dim: int = 1
    likelihood: str = "point"

    def init_state(self):
        return jnp.zeros(()), jnp.zeros(self.y_dim)

    def observe(self, state, x, y):
        number, total = state
        return number + 1, total + y

    def predict(self, state, x):
        number, total = state
        return PointEstimate(total / jnp.maximum(number, 1))

    def prequential(self, pairs):
        raise NotImplementedError


class StandardNormal(RunningMean):
    """Predicts N(0, 1) whatever it has read."""

    def predict(self, state, x):
        return Gaussian(jnp.zeros(1), jnp.ones(1))


@pytest.fixture(scope="module")
def exact():
    """RLS with the prior and the noise of the family: it is then the oracle itself."""
    family = Linear(x_dim=2, noise_std=0.5, coefficient_scale=1.5, intercept_scale=0.7)
    learner = ys.learners.RLS(2, 1, num_features=0, key=KEY)
    scales = jnp.diag(jnp.array([0.7, 1.5, 1.5]))
    noise = 0.5 * jnp.log(0.25 - 1e-5)  # RLS adds 1e-5 to the variance
    learner = eqx.tree_at(lambda r: (r.prior_factor, r.log_noise), learner, (scales, noise))
    return learner, family


@pytest.fixture(scope="module")
def curve(exact):
    learner, family = exact
    baselines = ("pooled", "mean", "ridge", "knn")
    return ys.evaluate(learner, family, (0, 1, 3, 12), key=KEY, tasks=150, baselines=baselines)


def test_the_exact_posterior_meets_the_oracle_at_every_shot_count(curve):
    for row in curve.select("RLS"):
        assert row.ratio_to_oracle.value == pytest.approx(1, abs=1e-3)
        assert row.log_likelihood_gap.value == pytest.approx(0, abs=1e-3)
        assert row.tasks == 150


def test_no_shots_are_the_prior(curve):
    # y = w x + b + ε has variance 2 · 1.5² + 0.7² + 0.5²
    error = curve.at("RLS", 0).error
    assert error.low < 2 * 1.5**2 + 0.7**2 + 0.5**2 < error.high


def test_no_shots_alone_are_a_question_too(exact):
    learner, family = exact
    alone = ys.evaluate(learner, family, (0,), key=KEY, tasks=50, baselines=("mean",))
    assert alone.at("RLS", 0).ratio_to_oracle.value == pytest.approx(1, abs=1e-3)


def test_many_shots_leave_the_noise(curve):
    assert 0.25 < curve.at("oracle", 12).error.value < 0.25 * 1.5


def test_every_baseline_is_worse_than_the_oracle(curve):
    for method in ("pooled", "mean", "ridge", "knn"):
        assert curve.at(method, 3).ratio_to_oracle.low > 1.1


def test_models_from_scratch_have_no_answer_before_the_first_pair(curve):
    assert [row.shots for row in curve.select("ridge")] == [1, 3, 12]
    assert [row.shots for row in curve.select("pooled")] == [0, 1, 3, 12]
    with pytest.raises(ys.UserError, match="no figures at 0 shots"):
        curve.at("ridge", 0)


def test_learners_come_first_and_the_oracle_last(curve):
    assert curve.methods == ("RLS", "pooled", "mean", "ridge", "knn", "oracle")


def test_json_holds_the_whole_curve(curve):
    again = ShotCurve.from_dict(json.loads(curve.to_json()))
    assert again == curve


def test_the_table_shows_every_method(curve):
    text = str(curve)
    for shown in (*curve.methods, "150", "log-likelihood"):
        assert shown in text


def by_hand():
    """Two tasks, of five pairs and of three; the query is the last two, and of the short one both
    beyond its single shot.
    """
    x = np.zeros((2, 5, 1))
    y = np.array([[1.0, 3.0, 5.0, 2.0, 4.0], [2.0, 0.0, 6.0, 99.0, 99.0]])[..., None]
    mask = np.arange(5) < np.array([[5], [3]])
    return Pairs(x, y, mask)


def test_errors_by_hand():
    splits = split_support_query(by_hand(), (0, 1, 3), 2)
    scores = score_learner(RunningMean(), splits, (0, 1, 3))
    # Task 1, query 2 and 4: predicted 0, then 1, then 3. Task 2, query 0 and 6: 0, then 2.
    expected = [[(4 + 16) / 2, (1 + 9) / 2, (1 + 1) / 2], [36 / 2, (4 + 16) / 2, np.nan]]
    np.testing.assert_array_equal(scores.valid, [[True, True, True], [True, True, False]])
    np.testing.assert_allclose(np.where(scores.valid, scores.error, np.nan), expected)
    assert np.isnan(scores.log_likelihood).all()


def test_log_likelihood_by_hand():
    scores = score_learner(
        StandardNormal(), split_support_query(by_hand(), (0, 1, 3), 2), (0, 1, 3)
    )
    log_density = -0.5 * np.log(2 * np.pi)
    np.testing.assert_allclose(scores.log_likelihood[0], log_density - 10 / 2, rtol=1e-6)


def test_real_pairs_count_wherever_the_padding_is():
    pairs = by_hand()
    order = np.array([3, 0, 4, 1, 2])  # the short task's padding now lies between its pairs
    mixed = Pairs(pairs.x[:, order], pairs.y[:, order], pairs.mask[:, order])
    splits = split_support_query(mixed, (0, 1), 2)
    np.testing.assert_array_equal(splits.support.y[1, 0], [2.0])
    np.testing.assert_array_equal(splits.query.y[1, :, 0], [0.0, 6.0])


def test_padding_reaches_no_oracle():
    family = Linear(noise_std=0.5)
    drawn, shots = sample_tasks(family, 6, 12, key=KEY), (0, 4)
    mask = jnp.broadcast_to(jnp.arange(12) < 9, (6, 12))
    errors = []
    for padding in (0.0, 1e3):
        x, y = (jnp.where(mask[..., None], v, padding) for v in (drawn.x, drawn.y))
        splits = split_support_query(Pairs(x, y, mask), shots, 6)
        errors.append(score_oracle(family.oracle, splits, shots).error)
    np.testing.assert_array_equal(*errors)


@pytest.fixture(scope="module")
def recorded():
    """Three recorded tasks of 2, 4 and 8 pairs, all with y = 1."""
    return TaskSet.from_arrays([(np.arange(m)[:, None], np.ones(m)) for m in (2, 4, 8)])


def test_every_recorded_task_is_evaluated_once(recorded):
    curve = ys.evaluate(RunningMean(), recorded, (0, 1, 3, 5), key=KEY, baselines=("mean",))
    assert [row.tasks for row in curve.select("RunningMean")] == [3, 3, 2, 1]
    assert [row.error.value for row in curve.select("RunningMean")] == [1, 0, 0, 0]
    assert np.isnan(curve.at("RunningMean", 5).error.low)  # of one task there is no interval
    assert "nan" not in curve.to_json().lower()


def test_recorded_tasks_have_no_pooled_model_without_others(recorded):
    assert "pooled" not in ys.evaluate(RunningMean(), recorded, (1,), key=KEY).methods
    with pytest.raises(ys.UserError, match="meta_train"):
        ys.evaluate(RunningMean(), recorded, (1,), key=KEY, baselines=("pooled",))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"shots": (-1, 2)}, "of 0 or more"),
        ({"shots": (8,)}, "longest task has 8 pairs"),
        ({"baselines": ("rigde",)}, "Did you mean 'ridge'"),
        ({"learner": RunningMean(x_dim=2)}, "2 inputs"),
    ],
)
def test_bad_input_gets_a_remedy(recorded, options, message):
    call = {"learner": RunningMean(), "shots": (0, 1), "baselines": False} | options
    with pytest.raises(ys.UserError, match=message):
        ys.evaluate(call.pop("learner"), recorded, call.pop("shots"), key=KEY, **call)


def test_classes_have_error_rates():
    rng = np.random.default_rng(0)
    tasks = []
    for _ in range(30):
        x = rng.normal(size=(12, 1))
        tasks.append((x, (x[:, 0] > 0).astype(int)))
    family = TaskSet.from_arrays(tasks, classes=("down", "up"))
    learner = ys.learners.RLS(1, 2, num_features=0, likelihood="categorical", key=KEY)
    curve = ys.evaluate(learner, family, (0, 1, 8), key=KEY, meta_train=family)
    assert curve.metric == "error rate"
    assert curve.methods == ("RLS", "pooled", "majority", "logistic", "knn")
    assert curve.at("pooled", 0).error.value < 0.05  # all tasks are alike
    assert curve.at("logistic", 8).error.value < 0.2 < curve.at("majority", 8).error.value
    assert (
        curve.at("logistic", 8).log_likelihood.value > curve.at("majority", 8).log_likelihood.value
    )


def test_a_curve_that_0_1_wrote_still_loads(curve):
    old = {"metric": "error_name", "ratio_to_oracle": "times_oracle"}
    old["log_likelihood_gap"] = "nats_below_oracle"
    content = {old.get(key, key): value for key, value in curve.to_dict().items()}
    content["rows"] = [{old.get(k, k): v for k, v in row.items()} for row in content["rows"]]
    loaded = ShotCurve.from_dict(content)
    assert loaded.to_json() == curve.to_json()
    assert loaded.at("RLS", 3) == curve.at("RLS", 3)
