"""Intervals cover what they should, and pair what is paired."""

import numpy as np
import pytest

from yingshe.evaluation.bootstrap import Interval, Resamples, mean_interval, ratio_of_means


def test_intervals_cover_the_mean_as_often_as_they_say():
    rng = np.random.default_rng(0)
    resamples = Resamples(60, rng)
    everyone = np.ones(60, bool)
    intervals = [resamples.mean(rng.exponential(2.0, 60), everyone) for _ in range(400)]
    covered = np.mean([low < 2.0 < high for _, low, high in intervals])
    assert 0.90 < covered < 0.97  # 95 % less the percentile interval's bias on a skewed law


def test_only_valid_tasks_count():
    values = np.array([1.0, 3.0, np.nan])
    interval = Resamples(3, np.random.default_rng(0)).mean(values, np.array([True, True, False]))
    assert interval == Interval(2.0, 1.0, 3.0)


def test_a_paired_ratio_is_far_surer_than_its_parts():
    rng = np.random.default_rng(1)
    base = rng.exponential(size=200)
    everyone = np.ones(200, bool)
    resamples = Resamples(200, rng)
    ratio = resamples.ratio(1.1 * base, base, everyone)
    mean = resamples.mean(base, everyone)
    assert ratio.value == pytest.approx(1.1)
    assert ratio.high - ratio.low < 1e-9 < mean.high - mean.low


def test_one_task_has_no_interval():
    interval = Resamples(1, np.random.default_rng(0)).mean(np.array([2.0]), np.array([True]))
    assert interval.value == 2.0
    assert np.isnan(interval.low)
    assert np.isnan(interval.high)


def test_a_ratio_of_unpaired_means_adds_up_both_spreads():
    ratio = ratio_of_means(Interval(2.0, 1.8, 2.2), Interval(1.0, 0.9, 1.1))
    assert ratio.value == 2.0
    # √(0.1² + 0.1²) on a logarithmic scale
    assert (ratio.low, ratio.high) == pytest.approx((1.736, 2.304), rel=1e-3)


def test_an_interval_of_a_mean_leaves_out_tasks_without_a_value():
    values = np.array([1.0, 3.0, np.nan])
    assert mean_interval(values) == Interval(2.0, 1.0, 3.0)
    assert mean_interval(values, seed=1).value == 2.0
