"""The scikit-learn estimators."""

import pickle

import jaxtyping
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.utils.estimator_checks import parametrize_with_checks

from yingshe.errors import UserError
from yingshe.estimators import MetaClassifier, MetaRegressor
from yingshe.tasks import TaskSet
from yingshe.training import TrainConfig


@pytest.fixture
def unchecked_types():
    """scikit-learn's checks pass wrong types on purpose, and want its own errors back."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.mark.usefixtures("unchecked_types")
@parametrize_with_checks([MetaRegressor(), MetaClassifier()])
def test_scikit_learn_conformance(estimator, check):
    check(estimator)


def lines(tasks: int, rows: int, seed: int):
    """Tasks y = a x0 + b with their own a and b: X, y and the number of the task."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(tasks, rows, 2))
    a, b = rng.normal(size=(2, tasks, 1))
    y = a * x[..., 0] + b + 0.01 * rng.normal(size=(tasks, rows))
    return x.reshape(-1, 2), y.reshape(-1), np.repeat(np.arange(tasks), rows)


@pytest.fixture(scope="module")
def trained() -> MetaRegressor:
    config = TrainConfig(steps=300, tasks_per_step=32, examples_per_task=8, learning_rate=1e-2)
    options = {"num_features": 0}
    model = MetaRegressor(learner_options=options, config=config, random_state=0)
    return model.meta_fit(*lines(200, 8, seed=0))


def test_a_trained_regressor_adapts_from_few_rows(trained):
    x, y, task = lines(50, 12, seed=1)
    trained_error, untrained_error = [], []
    for i in range(50):
        rows = task == i
        x_i, y_i = x[rows], y[rows]
        for model, errors in ((trained, trained_error), (MetaRegressor(), untrained_error)):
            predicted = model.fit(x_i[:2], y_i[:2]).predict(x_i[2:])
            errors.append(np.mean((predicted - y_i[2:]) ** 2))
    # Two pairs fix the line for who knows that the second input does nothing; margin: threefold.
    assert np.median(trained_error) < 0.02
    assert np.median(trained_error) < 0.1 * np.median(untrained_error)


def test_partial_fit_continues_adaptation(trained):
    x, y, _ = lines(1, 10, seed=2)
    for model in (trained, MetaRegressor()):
        at_once = clone(model).fit(x, y)
        in_parts = clone(model).partial_fit(x[:3], y[:3]).partial_fit(x[3:], y[3:])
        for a, b in zip(
            at_once.predict(x, return_std=True), in_parts.predict(x, return_std=True), strict=True
        ):
            np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4)


def test_clone_and_pickle_keep_what_meta_fit_learned(trained):
    x, y, _ = lines(1, 6, seed=3)
    expected = trained.fit(x, y).predict(x)
    copied = clone(trained)
    assert not hasattr(copied, "state_")
    np.testing.assert_array_equal(copied.fit(x, y).predict(x), expected)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(trained)).predict(x), expected)
    np.testing.assert_array_equal(
        MetaRegressor(trained.meta_learner_).fit(x, y).predict(x), expected
    )
    assert cross_val_score(trained, x, y, cv=2).shape == (2,)


def test_mapping_is_the_adapted_one(trained):
    x, y, _ = lines(1, 6, seed=4)
    prediction = trained.fit(x, y).mapping_(x)
    mean, deviation = trained.predict(x, return_std=True)
    np.testing.assert_allclose(prediction.mean[:, 0], mean)
    np.testing.assert_allclose(prediction.variance[:, 0], deviation**2, rtol=1e-5)
    with pytest.raises(UserError, match="meta_fit first"):
        _ = MetaRegressor().fit(x, y).mapping_


def test_several_outputs(trained):
    x, y, _ = lines(1, 9, seed=5)
    both = np.stack([y, -y], axis=1)
    assert MetaRegressor().fit(x, both).predict(x).shape == (9, 2)
    with pytest.raises(UserError, match="1 column"):
        trained.fit(x, both)


def test_untrained_regression_is_bayesian_linear_regression():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 3)) * [1, 10, 100] + 5
    truth = x @ [1.0, -0.1, 0.02] + 7
    mean, deviation = (
        MetaRegressor()
        .fit(x[:300], truth[:300] + 0.5 * rng.normal(size=300))
        .predict(x[300:], return_std=True)
    )
    # The standard error of 4 coefficients from 300 rows: 0.5 √(4/300) = 0.06.
    assert np.sqrt(np.mean((mean - truth[300:]) ** 2)) < 0.15
    assert deviation.mean() == pytest.approx(0.5, rel=0.15)


def test_untrained_pairs_in_any_number():
    assert MetaRegressor().fit([[1.0]], [3.0]).predict([[2.0]]) == pytest.approx([3.0])
    assert MetaRegressor().fit([[1.0], [1.0]], [3.0, 5.0]).predict([[9.0]]) == pytest.approx([4.0])


@pytest.mark.slow
def test_a_trained_classifier_adapts_from_few_rows():
    """Each task has its own side of the first of two inputs for class "a"."""
    rng = np.random.default_rng(0)

    def task():
        labels, side = rng.integers(0, 2, 20), rng.choice([-1, 1])
        x = rng.normal(size=(20, 2))
        x[:, 0] = side * (2 * labels - 1) + 0.3 * x[:, 0]
        return x, np.array(["a", "b"])[labels]

    config = TrainConfig(steps=200, tasks_per_step=32, examples_per_task=12, learning_rate=1e-2)
    model = MetaClassifier(learner_options={"num_features": 0}, config=config, random_state=0)
    model.meta_fit([task() for _ in range(200)])
    scores = []
    for _ in range(30):
        x, y = task()
        scores.append(model.fit(x[:1], y[:1]).score(x[1:], y[1:]))
        assert model.classes_.tolist() == ["a", "b"]
    assert np.mean(scores) > 0.9  # from one row each; chance is 0.5
    with pytest.raises(UserError, match="the label 'd'"):
        model.fit([[1.0, 1.0]], ["d"])


def test_untrained_classes_are_as_probable_as_they_should_be():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 4000)
    x = rng.normal(size=(4000, 1)) + 1.5 * y[:, None]
    model = MetaClassifier().fit(x[:2000], y[:2000])
    expected = 1 / (1 + np.exp(-1.5 * (x[2000:, 0] - 0.75)))  # Bayes' rule
    assert np.abs(model.predict_proba(x[2000:])[:, 1] - expected).mean() < 0.02


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.ones((2, 1)), np.ones(2)), "give groups"),
        ((np.ones((2, 1)), np.ones(2), np.ones(3)), "must have the same length"),
    ],
)
def test_bad_tasks_are_refused(arguments, message):
    with pytest.raises(UserError, match=message):
        MetaRegressor().meta_fit(*arguments)


def test_tasks_of_the_other_kind_are_refused():
    numbers = TaskSet.from_arrays([(np.ones((2, 1)), np.ones(2))])
    classes = TaskSet.from_arrays([(np.ones((2, 1)), np.array([0, 1]))], classes=["a", "b"])
    with pytest.raises(UserError, match="use MetaRegressor"):
        MetaClassifier().meta_fit(numbers)
    with pytest.raises(UserError, match="use MetaClassifier"):
        MetaRegressor().meta_fit(classes)
    with pytest.raises(UserError, match="Did you mean 'rls'"):
        MetaRegressor("rsl").meta_fit(numbers)


def test_names_of_0_1_work_with_a_warning():
    numbers = TaskSet.from_arrays([(np.ones((2, 1)), np.ones(2)), (np.zeros((2, 1)), np.ones(2))])
    config = TrainConfig(steps=1, tasks_per_step=1, examples_per_task=2, validation_tasks=1)
    model = MetaRegressor(learner_options={"features": 0}, config=config, random_state=0)
    with pytest.warns(DeprecationWarning, match="'features' is now 'num_features'"):
        model.meta_fit(numbers)
    model = MetaRegressor("attention", learner_options={"channels": 8}, config=config)
    with pytest.warns(DeprecationWarning, match="is now") as warned:
        model.meta_fit(numbers)
    text = " ".join(str(warning.message) for warning in warned)
    assert "'attention' is now 'attentive_process'" in text
    assert "'channels' is now 'embed_dim'" in text
