"""Comparisons of learners on families made so that the diagnoses are known."""

import json
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import yingshe as ys
from yingshe.evaluation import Candidate, default_variants
from yingshe.evaluation.candidates import losses_vs_cumulative_lr, scale_width
from yingshe.evaluation.diagnostics import last_quarter_fraction
from yingshe.tasks import Linear, Sinusoid, TaskSet

KEY = jax.random.key(11)
CONFIG = ys.TrainConfig(
    steps=150,
    tasks_per_step=16,
    examples_per_task=12,
    learning_rate=3e-2,
    validation_tasks=32,
    max_grad_norm=None,
)


def rls(features=0, x_dim=1):
    return ys.learners.RLS(x_dim, 1, num_features=features, key=KEY)


def verdicts(comparison):
    return [diagnosis.verdict for diagnosis in comparison.diagnoses]


@pytest.fixture(scope="module")
def rates():
    """A good learning rate and one that diverges, on lines."""
    diverging = replace(CONFIG, learning_rate=1e12, optimizer="sgd")
    candidates = [Candidate("good", rls(), CONFIG), Candidate("diverging", rls(), diverging)]
    calls = []
    comparison = ys.compare(
        candidates,
        Linear(noise_std=0.3),
        (0, 6),
        key=KEY,
        tasks=60,
        baselines=("ridge",),
        on_progress=lambda *progress: calls.append(progress),
    )
    return comparison, calls


@pytest.mark.slow
def test_the_best_of_rates_wins_and_has_converged(rates):
    comparison, _ = rates
    assert comparison.best == "good"
    assert verdicts(comparison)[:2] == ["yes", "yes"]


def test_a_candidate_that_diverges_is_shown_and_spoils_nothing(rates):
    comparison, _ = rates
    diverging = comparison.results[1]
    assert diverging.error is None
    assert "diverged" in str(comparison)
    assert "diverging" not in comparison.curve.methods


def test_seeds_are_averaged(rates):
    comparison, _ = rates
    good = comparison.results[0]
    assert len(good.errors_by_seed) == 2
    assert good.errors_by_seed[0] != good.errors_by_seed[1]
    assert good.error.value == pytest.approx(np.mean(good.errors_by_seed), rel=1e-6)


def test_progress_is_reported(rates):
    _, calls = rates
    assert ("good", 1, 150) in calls


def test_the_comparison_as_json_table_and_plot(rates, tmp_path):
    comparison, _ = rates
    content = json.loads(comparison.to_json())
    assert content["best"] == "good"
    assert content["results"][0]["losses"][0][0] == 0
    assert "Is the task well posed?" in str(comparison)
    comparison.plot(tmp_path / "comparison.svg")
    assert (tmp_path / "comparison.svg").read_text().rstrip().endswith("</svg>")


@pytest.mark.slow
def test_a_learning_rate_of_a_millionth_is_not_enough():
    slow = Candidate("slow", rls(), replace(CONFIG, learning_rate=1e-6))
    comparison = ys.compare(
        [slow],
        Linear(
            noise_std=0.3, coefficient_scale=3.0, intercept_scale=0.0
        ),  # not the prior it starts from
        (0, 1),
        key=KEY,
        seeds=1,
        tasks=60,
        baselines=False,
    )
    assert verdicts(comparison)[1] in ("no", "not yet")


@pytest.mark.parametrize("schedule", ["constant", "cosine", "linear"])
def test_a_loss_that_falls_by_the_learning_rate_has_a_quarter_left(schedule):
    config = replace(CONFIG, steps=200, lr_schedule=schedule, warmup_steps=20)
    steps = range(0, 201, 5)
    total = np.array(
        [t for t, _ in losses_vs_cumulative_lr(tuple((s, 0.0) for s in steps), config)]
    )
    even = tuple((s, 5 - t) for s, t in zip(steps, total, strict=True))
    assert last_quarter_fraction(losses_vs_cumulative_lr(even, config)) == pytest.approx(
        0.25, abs=1e-3
    )
    if schedule == "linear":
        # 20 steps up to the rate and 180 down from it: half of each, times the rate
        assert total[-1] == pytest.approx(3e-2 * 100, rel=0.01)


@pytest.mark.slow
def test_noise_is_no_task():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 120, 16, 1))
    train, test = TaskSet.from_arrays(list(zip(x, y, strict=True))).split((0.5, 0.5), key=KEY)
    comparison = ys.compare(
        [Candidate("RLS", rls(), CONFIG)],
        train,
        (0, 8),
        key=KEY,
        meta_test=test,
        seeds=1,
        baselines=("ridge", "knn"),
    )
    assert verdicts(comparison)[0] == "no"
    assert comparison.results[0].test_over_train is not None


@pytest.mark.slow
def test_lines_are_too_small_for_sinusoids():
    comparison = ys.compare(
        [Candidate("lines", rls(), replace(CONFIG, steps=300))],
        Sinusoid(),
        (0, 5),
        key=KEY,
        seeds=1,
        tasks=30,
        baselines=False,
    )
    assert verdicts(comparison)[2] == "too small"


def test_unequal_budgets_are_refused():
    longer = replace(CONFIG, steps=151)
    pair = [Candidate("a", rls(), CONFIG), Candidate("b", rls(), longer)]
    with pytest.raises(ys.UserError, match=r"equal budgets.*a: 150 × 16 × 12; b: 151"):
        ys.compare(pair, Linear(), key=KEY)


def test_recorded_tasks_need_meta_test_tasks():
    tasks = TaskSet.from_arrays([(np.zeros((3, 1)), np.zeros(3))])
    with pytest.raises(ys.UserError, match="meta_test"):
        ys.compare([Candidate("a", rls(), CONFIG)], tasks, key=KEY)


def test_default_variants_vary_one_thing_at_a_time():
    base, lower, higher, other, half, double = default_variants(
        Candidate("RLS", rls(features=8), CONFIG), key=KEY
    )
    assert (lower.config.learning_rate, higher.config.learning_rate) == (1e-2, 9e-2)
    assert other.config.optimizer == "momentum"
    assert (half.learner.num_features, double.learner.num_features) == (4, 16)
    assert half.config == double.config == base.config == CONFIG
    assert len(default_variants(Candidate("lines", rls(), CONFIG), key=KEY)) == 4


def test_a_standardized_learner_keeps_its_units_when_its_width_is_scaled():
    standardizer = ys.tasks.TaskSet.from_arrays(
        [(np.arange(4.0)[:, None], np.ones(4))]
    ).standardizer
    learner = ys.learners.StandardizedLearner(rls(features=8), standardizer)
    wider = scale_width(learner, 2.0, key=KEY)
    assert wider.inner.num_features == 16
    assert jnp.array_equal(wider.standardizer.x_mean, standardizer.x_mean)
