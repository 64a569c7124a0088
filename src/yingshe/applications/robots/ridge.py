"""Recursive ridge regression with exponential forgetting, the baseline of robot controllers."""

import numpy as np
from jaxtyping import Float

from yingshe.errors import UserError


class RecursiveRidge:
    """Ridge regression that is updated by one row at a time and forgets old rows.

    After t rows the weights W minimize

        Σᵢ λᵗ⁻ⁱ ‖yᵢ − Wᵀ xᵢ‖² + penalty ‖W‖²,

    where λ is the forgetting factor. With `fade_penalty` the last term is λᵗ penalty ‖W‖², as in
    classical recursive least squares. Directions without new data would then grow without bound
    (estimator wind-up). Against this, the rows' weights are scaled up where the trace of the
    inverse Gram matrix exceeds its initial value.

    Several independent regressions may share one object through `batch_shape`.

    Args:
        num_inputs: Number of columns of x.
        num_outputs: Number of columns of y.
        penalty: Weight of the squared norm of the weights, above 0.
        forgetting_factor: Factor by which the weight of a row falls with each later row, in (0, 1].
        fade_penalty: Forget the penalty like a row.
        batch_shape: Leading axes of x, y and the weights.

    Raises:
        UserError: A number is out of its range.

    References:
        Haykin, Adaptive Filter Theory, 2002, chapter 9.
    """

    def __init__(
        self,
        num_inputs: int,
        num_outputs: int,
        *,
        penalty: float,
        forgetting_factor: float = 1.0,
        fade_penalty: bool = False,
        batch_shape: tuple[int, ...] = (),
    ):
        if penalty <= 0 or not 0 < forgetting_factor <= 1:
            raise UserError(
                "penalty must be above 0 and forgetting_factor in (0, 1], "
                f"got {penalty} and {forgetting_factor}."
            )
        self._forgetting_factor, self._fade_penalty = forgetting_factor, fade_penalty
        self._penalty = np.broadcast_to(
            penalty * np.eye(num_inputs), (*batch_shape, num_inputs, num_inputs)
        )
        self._max_trace = num_inputs / penalty
        # With a fading penalty the Gram matrix holds it; otherwise it is added when solving.
        self._gram = self._penalty.copy() if fade_penalty else np.zeros(self._penalty.shape)
        self._cross_moment = np.zeros((*batch_shape, num_inputs, num_outputs))

    @property
    def weights(self) -> Float[np.ndarray, "*batch inputs outputs"]:
        """Weights fitted to the rows so far; zeros before the first."""
        gram = self._gram if self._fade_penalty else self._penalty + self._gram
        return np.linalg.solve(gram, self._cross_moment)

    def update(
        self, x: Float[np.ndarray, "*batch inputs"], y: Float[np.ndarray, "*batch outputs"]
    ) -> None:
        """Add one row to the regression.

        Args:
            x: Inputs of the row (*batch_shape, num_inputs).
            y: Outputs of the row (*batch_shape, num_outputs).
        """
        factor = self._forgetting_factor
        self._gram = factor * self._gram + x[..., :, None] * x[..., None, :]
        self._cross_moment = factor * self._cross_moment + x[..., :, None] * y[..., None, :]
        if self._fade_penalty:
            trace = np.trace(np.linalg.inv(self._gram), axis1=-2, axis2=-1)
            scale = np.maximum(1.0, trace / self._max_trace)[..., None, None]
            self._gram, self._cross_moment = scale * self._gram, scale * self._cross_moment
