"""Estimators for scikit-learn: `meta_fit` trains once, every later `fit` adapts."""

from yingshe.estimators.classifier import MetaClassifier
from yingshe.estimators.regressor import MetaRegressor

__all__ = ["MetaClassifier", "MetaRegressor"]
