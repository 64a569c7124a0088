"""scikit-learn estimators: `meta_fit` trains once, and from then on `fit` is adaptation."""

from yingshe.estimators.classifier import MetaClassifier
from yingshe.estimators.regressor import MetaRegressor

__all__ = ["MetaClassifier", "MetaRegressor"]
