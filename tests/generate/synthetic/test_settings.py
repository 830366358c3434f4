"""Numbers that are asked for are checked at once."""

from __future__ import annotations

import pytest

from medcurate.errors import UsageError
from medcurate.generate.synthetic.settings import GenerateSettings


@pytest.mark.parametrize("options", [{"n": 0}, {"n": 1, "batch": 0}, {"n": 1, "seed": -1}])
def test_numbers_out_of_range(options):
    with pytest.raises(UsageError, match=r"^(n|batch|seed): expected"):
        GenerateSettings(**options)
