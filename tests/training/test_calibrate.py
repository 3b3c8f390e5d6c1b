from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.training.faces import drawn_chips  # noqa: E402
from training.calibrate import Calibration, Head, calibrate, calibration_rows, fit_head  # noqa: E402
from training.metrics import calibration_error  # noqa: E402

PLAIN = Head(1.0, (0.0,) * 7)


def test_a_head_that_is_too_sure_is_cooled() -> None:
    torch.manual_seed(0)
    honest = torch.randn(4000, 7)
    labels = torch.distributions.Categorical(logits=honest).sample()
    assert fit_head(3.0 * honest, labels).temperature == pytest.approx(3.0, rel=0.1)


def test_the_mix_sums_to_one_and_balance_lifts_the_rare() -> None:
    logits = torch.randn(50, 2, 7, generator=torch.Generator().manual_seed(0))
    prior = (0.1, 0.01, 0.1, 0.3, 0.3, 0.1, 0.09)
    plain, _, _ = Calibration(PLAIN, PLAIN, 0.5, 0.0, prior).probabilities(logits)
    evened, _, _ = Calibration(PLAIN, PLAIN, 0.5, 0.5, prior).probabilities(logits)
    torch.testing.assert_close(evened.sum(1), torch.ones(50))
    assert bool((evened[:, 1] > plain[:, 1]).all())


def test_the_mix_says_how_sure_it_is_of_the_original_labels() -> None:
    random = torch.Generator().manual_seed(0)
    logits = torch.randn(4000, 1, 7, generator=random) * torch.tensor([[[1.0], [3.0]]])
    held = drawn_chips(4000)
    held.original[:] = torch.multinomial(logits[:, 0].softmax(1), 1, generator=random)[:, 0]
    votes = torch.multinomial(logits[:, 1].softmax(1), 1, generator=random)[:, 0]
    held.votes[:] = 10.0 * torch.nn.functional.one_hot(votes, 7).numpy()
    calibration = calibrate(logits, held)
    shipped = calibration.probabilities(logits)[0].numpy()
    untempered = replace(calibration, temperature=1.0).probabilities(logits)[0].numpy()
    right = shipped.argmax(1) == held.original
    assert calibration_error(shipped.max(1), right) < 0.04
    assert calibration_error(untempered.max(1), right) > calibration_error(shipped.max(1), right)


def test_calibration_is_fitted_to_the_set_that_has_ten_annotators_where_there_is_one() -> None:
    chips = drawn_chips(4)
    assert calibration_rows(chips).all()
    fer = replace(chips, dataset=np.array(["drawn", "fer2013-train", "inthewild", "fer2013-train"]))
    assert calibration_rows(fer).tolist() == [False, True, False, True]


def test_calibration_prefers_the_head_that_is_right() -> None:
    held = drawn_chips(140)
    logits = torch.randn(140, 2, 7, generator=torch.Generator().manual_seed(1))
    logits[:, 1] += 4.0 * torch.nn.functional.one_hot(torch.from_numpy(held.original), 7)
    shipped, original, votes = calibrate(logits, held).probabilities(logits)
    right = [float((p.argmax(1).numpy() == held.original).mean()) for p in (shipped, original, votes)]
    assert right[1] < 0.5 < right[2] <= right[0] + 0.01


def test_two_pictures_of_a_rare_class_do_not_choose_the_mix() -> None:
    random = torch.Generator().manual_seed(2)
    held = drawn_chips(900)
    common = torch.tensor([0, 2, 3, 4, 5, 6])
    by_votes, original = (common[torch.randint(6, (900,), generator=random)] for _ in range(2))
    by_votes[:2] = 1
    held.original[:] = original
    held.votes[:] = 10.0 * torch.nn.functional.one_hot(by_votes, 7).numpy()
    logits = torch.randn(900, 2, 7, generator=random)
    for head, labels in enumerate((original, by_votes)):
        logits[:, head] += 2.0 * torch.nn.functional.one_hot(labels, 7)
    missed = logits.clone()
    missed[:2, :, 1] -= 9.0
    one, other = calibrate(logits, held), calibrate(missed, held)
    assert one.votes_share == pytest.approx(other.votes_share, abs=0.03)
    assert one.balance == pytest.approx(other.balance, abs=0.03)
    assert 0.0 < one.votes_share < 1.0
